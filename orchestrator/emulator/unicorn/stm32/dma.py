"""DMA engines: the channels of RM0351 (11) and older parts, the streams of RM0433 (15). Bytes to and from peripherals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .block import Block

if TYPE_CHECKING:
    from .chip import Place
    from .soc import Stm32

HALF, COMPLETE, ERROR = 1, 2, 4
CONTROL, COUNT, PERIPHERAL, MEMORY = range(4)


class Channel:
    """One channel or stream, whatever its registers look like."""

    def __init__(self, dma: Dma, n: int) -> None:
        self.dma = dma
        self.n = n
        self.reset()

    def reset(self) -> None:
        self.words = [0, 0, 0, 0]
        self.enabled = self.circular = self.outward = False
        self.total = self.left = self.flags = self.wanted = 0

    @property
    def active(self) -> bool:
        """It would move a byte now."""
        return self.enabled and self.left > 0

    def until_event(self) -> int:
        """Bytes until the next flag."""
        half = self.total - self.total // 2
        return self.left - half if self.left > half else self.left

    def until_noticed(self) -> int | None:
        """Bytes until the next flag that interrupts; None when none does."""
        half = self.total - self.total // 2
        if self.wanted & HALF and self.left > half:
            return self.left - half
        return self.left if self.wanted & (COMPLETE | HALF) else None

    def put(self, data: bytes) -> None:
        """From the peripheral to memory; no more than `until_event`."""
        self.dma.soc.uc.mem_write(self.words[MEMORY] + self.total - self.left, data)
        self._moved(len(data))

    def take(self, n: int) -> bytes:
        """From memory to the peripheral; no more than `until_event`. They are read only now: a buffer reused too early shows."""
        data = bytes(self.dma.soc.uc.mem_read(self.words[MEMORY] + self.total - self.left, n))
        self._moved(n)
        return data

    def _moved(self, n: int) -> None:
        self.left -= n
        if self.left == self.total - self.total // 2:
            self.flags |= HALF
        if self.left == 0:
            self.flags |= COMPLETE
            if self.circular:
                self.left = self.total
            else:
                self.dma.ended(self)
        self.dma.line_of(self)


class Dma(Block):
    """Registers that a subclass names. `facts`: `irqs` of the channels, and where the selection is (`mux`)."""

    first = 1  # the number of the first channel
    flag_bits: dict[int, int] = {}  # noqa: RUF012
    enable_bits: dict[int, int] = {}  # noqa: RUF012

    def __init__(self, soc: Stm32, name: str, place: Place) -> None:
        self.channels = [Channel(self, n + self.first) for n in range(len(place.facts["irqs"]))]
        self.irqs: list[int] = place.facts["irqs"]
        super().__init__(soc, name, place)

    def reset(self) -> None:
        super().reset()
        for channel in self.channels:
            channel.reset()

    # --- what a subclass says ---

    def locate(self, offset: int) -> tuple[Channel, int] | None:
        """The channel and which of its registers."""
        raise NotImplementedError

    def configure(self, channel: Channel, control: int) -> str:
        """Reads direction and mode from the control word; says what this emulator or a UART cannot do with it."""
        raise NotImplementedError

    def selection(self, channel: Channel) -> int:
        """The request that is routed to the channel, as a number."""
        raise NotImplementedError

    def ended(self, channel: Channel) -> None:
        """All was moved, and the channel does not go round."""

    # --- what all share ---

    def line_of(self, channel: Channel) -> None:
        """The interrupt of a channel, which it may share with others."""
        irq = self.irqs[channel.n - self.first]
        level = channel.flags & channel.wanted
        if not level and self.irqs.count(irq) > 1:
            level = any(c.flags & c.wanted for c, n in zip(self.channels, self.irqs, strict=True) if n == irq)
        self.soc.core.set_line(irq, bool(level))

    def clear(self, channel: Channel, flags: int) -> None:
        if channel.flags & flags:
            channel.flags &= ~flags
            self.line_of(channel)

    def read_word(self, offset: int) -> int:
        place = self.locate(offset)
        if place is None:
            return super().read_word(offset)
        channel, register = place
        return channel.left if register == COUNT else channel.words[register]

    def write_word(self, offset: int, value: int) -> None:
        place = self.locate(offset)
        if place is None:
            super().write_word(offset, value)
            self.soc.dma_changed()
            return
        channel, register = place
        if register == CONTROL:
            self._control(channel, value)
        elif channel.enabled:
            self.tell("enabled", offset, f"write to {self.name}+0x{offset:03X} while channel {channel.n} is enabled")
        else:
            channel.words[register] = value
            if register == COUNT:
                channel.left = channel.total = value & 0xFFFF

    def _control(self, channel: Channel, value: int) -> None:
        old, channel.words[CONTROL] = channel.words[CONTROL], value
        channel.wanted = sum(flag for flag, bit in self.enable_bits.items() if value >> bit & 1)
        if not value & 1:
            channel.enabled = False
        elif not old & 1:
            wrong = self.configure(channel, value)
            if wrong:
                self.tell("mode", channel.n, f"{self.name} channel {channel.n}: {wrong}")
            channel.enabled = not wrong
            if channel.enabled and not self.soc.dma_ok(self, channel.n, channel.words[MEMORY], channel.left):
                channel.enabled = False
                channel.words[CONTROL] &= ~1
                channel.flags |= ERROR
        self.line_of(channel)
        self.soc.dma_changed()


class ChannelDma(Dma):
    """ISR, IFCR, then five words a channel; CSELR selects a request of each (11.6.7) where the chip has it."""

    flag_bits = {COMPLETE: 1, HALF: 2, ERROR: 3}  # noqa: RUF012
    enable_bits = {COMPLETE: 1, HALF: 2, ERROR: 3}  # noqa: RUF012
    ISR, IFCR, CSELR = 0x00, 0x04, 0xA8
    registers = {CSELR: 0}  # noqa: RUF012

    def locate(self, offset: int) -> tuple[Channel, int] | None:
        n, register = divmod(offset - 8, 20)
        return (self.channels[n], register >> 2) if 0 <= n < len(self.channels) and register < 16 else None

    def configure(self, channel: Channel, control: int) -> str:
        channel.outward, channel.circular = bool(control >> 4 & 1), bool(control >> 5 & 1)
        if control & 0x4F40 or not control >> 7 & 1:
            return (
                f"CCR is 0x{control:08X}; a UART takes bytes (PSIZE, MSIZE) and an address that only memory counts up"
            )
        return ""

    def selection(self, channel: Channel) -> int:
        return self.plain[self.CSELR] >> (4 * (channel.n - 1)) & 0xF

    def read_word(self, offset: int) -> int:
        if offset != self.ISR:
            return 0 if offset == self.IFCR else super().read_word(offset)
        value = 0
        for channel in self.channels:
            if channel.flags:
                bits = sum(1 << bit for flag, bit in self.flag_bits.items() if channel.flags & flag)
                value |= (bits | 1) << (4 * (channel.n - 1))
        return value

    def write_word(self, offset: int, value: int) -> None:
        if offset != self.IFCR:
            super().write_word(offset, value)
            return
        for channel in self.channels:
            bits = value >> (4 * (channel.n - 1)) & 0xF
            if not bits:
                continue
            if bits & 1 and channel.enabled:
                said = (
                    f"IFCR clears GIF of {self.name} channel {channel.n}, which is on: with it a flag that nobody saw"
                )
                self.tell("global", channel.n, said)
            every = HALF | COMPLETE | ERROR
            self.clear(channel, every if bits & 1 else sum(f for f, bit in self.flag_bits.items() if bits >> bit & 1))


class StreamDma(Dma):
    """LISR, HISR, LIFCR, HIFCR, then six words a stream; DMAMUX selects the request (RM0433 17)."""

    first = 0
    flag_bits = {ERROR: 3, HALF: 4, COMPLETE: 5}  # noqa: RUF012
    enable_bits = {ERROR: 2, HALF: 3, COMPLETE: 4}  # noqa: RUF012
    SHIFTS = (0, 6, 16, 22)

    def locate(self, offset: int) -> tuple[Channel, int] | None:
        n, register = divmod(offset - 0x10, 0x18)
        return (self.channels[n], register >> 2) if 0 <= n < len(self.channels) and register < 16 else None

    def configure(self, channel: Channel, control: int) -> str:
        channel.outward, channel.circular = control >> 6 & 3 == 1, bool(control >> 8 & 1)
        if control & 0x0004FA20 or control >> 6 & 2 or not control >> 10 & 1:
            return f"CR is 0x{control:08X}; a UART takes bytes (PSIZE, MSIZE) and an address that only memory counts up"
        if not control >> 20 & 1:
            return "TRBUFF is off, which a UART needs, or the stream may lock (15.5.5)"
        return ""

    def selection(self, channel: Channel) -> int:
        return self.soc.blocks[self.facts["mux"]].plain[4 * channel.n] & 0x7F

    def ended(self, channel: Channel) -> None:
        channel.enabled = False
        channel.words[CONTROL] &= ~1

    def read_word(self, offset: int) -> int:
        if offset not in (0x00, 0x04):
            return 0 if offset in (0x08, 0x0C) else super().read_word(offset)
        value = 0
        for channel, shift in zip(self.channels[offset:][:4], self.SHIFTS, strict=True):
            value |= sum(1 << bit for flag, bit in self.flag_bits.items() if channel.flags & flag) << shift
        return value

    def write_word(self, offset: int, value: int) -> None:
        if offset not in (0x08, 0x0C):
            super().write_word(offset, value)
            return
        for channel, shift in zip(self.channels[offset - 8 :][:4], self.SHIFTS, strict=True):
            self.clear(channel, sum(flag for flag, bit in self.flag_bits.items() if value >> shift + bit & 1))


class Dmamux(Block):
    """CCR of each channel: which request it lets through (RM0433 17.6.1)."""

    registers = dict.fromkeys(range(0, 64, 4), 0)

    def written(self, offset: int, value: int, old: int) -> None:
        self.soc.dma_changed()
