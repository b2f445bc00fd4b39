"""USART (RM0351 40, RM0433 48); the older one is in usart_old.py. Bytes come from and go to `soc.console`.

A byte is in the shift register while it is on the line, and in RDR or TDR before and after. Errors that can come here are
overrun, by the driver or injected, and framing, injected as a break.
"""

from __future__ import annotations

from ..clock import NEVER
from ..console import FRAMING, OVERRUN
from .block import Block
from .dma import PERIPHERAL, Channel

FE, NE, ORE, IDLE, RXNE, TC, TXE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
ERRORS = 0xF
RE, TE, IDLEIE, RXNEIE, TCIE, TXEIE = 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7  # CR1
EIE, DMAR, DMAT, OVRDIS, DDRE = 1 << 0, 1 << 6, 1 << 7, 1 << 12, 1 << 13  # CR3
TEACK, REACK = 1 << 21, 1 << 22
TOLERANCE = 0.025  # of the bit rate; 10 bits and 16 samples a bit allow about 3.75 % in all (40.5.5)


class Usart(Block):
    """The registers of the newer one."""

    CR1, CR2, CR3, BRR, STATUS, ICR, RDR, TDR = 0x00, 0x04, 0x08, 0x0C, 0x1C, 0x20, 0x24, 0x28
    UE = 1 << 0
    registers = {0x00: 0, 0x04: 0, 0x08: 0, 0x0C: 0, 0x10: 0, 0x14: 0}  # noqa: RUF012

    def reset(self) -> None:
        if hasattr(self, "out"):
            self._emit(self.soc.clock.now())  # what left the chip before the reset did leave it
        super().reset()
        self.status = TC
        self.received = 0  # RDR
        self.step = 0  # CPU cycles of a byte; 0 while there is no rate
        self.out = bytearray()  # on the line or waiting for it
        self.line_end = 0  # when all of `out` will have left
        self.tx_since = 0
        self.sending = False
        self.rx_due = self.idle_due = self.tx_due = NEVER

    # --- what others ask ---

    def on(self, bits: int = 0) -> bool:
        wanted = self.UE | bits
        return self.plain[self.CR1] & wanted == wanted

    def _channel(self, enable: int, role: str, register: int) -> Channel | None:
        """The DMA channel that serves a direction now."""
        if not self.plain[self.CR3] & enable:
            return None
        channel = self.soc.channels.get(f"{self.name}_{role}")
        if channel is None or not channel.active:
            return None
        if channel.words[PERIPHERAL] != self.base + register or channel.outward != (role == "TX"):
            where = f"0x{channel.words[PERIPHERAL]:08X}, {'to' if channel.outward else 'from'} the peripheral"
            self.tell("dma", register, f"{self.name}_{role} is asked of a DMA channel that serves {where}")
            return None
        return channel

    def wired(self, role: str) -> bool:
        """The board's pin carries this line, at the rate of the other end."""
        wrong = self.soc.miswired(f"{self.name}_{role}", role)
        line = self.soc.line_baud
        baud = 10 * self.soc.clock.hz / self.step if self.step else 0
        if not wrong and line and abs(baud / line - 1) > TOLERANCE:
            wrong = f"runs at {baud:.0f} baud, but the other end at {line}"
        if wrong:
            self.tell("wire", ord(role[0]), f"{self.name}_{role} {wrong}")
        return not wrong

    def busy(self) -> bool:
        return self.sending or self.idle_due != NEVER

    def clocks_changed(self) -> None:
        self._set_rate()

    def _set_rate(self) -> None:
        self.step = 0
        if self.plain[self.BRR] and self.clocked:
            divider = self.plain[self.BRR]
            if self.plain[self.CR1] >> 15 & 1:  # OVER8: three fraction bits, 8 samples a bit
                divider = (divider & ~0xF | (divider & 7) << 1) / 2
            bits = 10 + (self.plain[self.CR1] >> 12 & 1) + (self.plain[self.CR2] >> 13 & 1)
            kernel = self.soc.chip.clocks.kernel(self.soc.rcc, self.name)
            self.step = round(bits * self.soc.clock.hz * divider / kernel) if kernel else 0
        self.replan()

    # --- receiving ---

    def _receive(self, horizon: int) -> None:
        """Takes one byte, or all up to `horizon` at once where that makes no difference."""
        console, step, channel = self.soc.console, self.step, self._channel(DMAR, "RX", self.RDR)
        n = 1
        if channel and not console.faulty and not self.status & (RXNE | ORE) and self.on(RE):
            last = min(horizon, self.tx_due - 1)
            n = min(1 + (last - self.rx_due) // step, console.waiting(), channel.until_event() - 1)
        if channel and n > 1:
            channel.put(console.take_many(n))
        else:
            n = 1
            self._arrive(channel)
        last = self.rx_due + (n - 1) * step
        more = console.waiting() and console.listening
        self.rx_due = last + step if more else NEVER
        self.idle_due = NEVER if more else last + step

    def _arrive(self, channel: Channel | None) -> None:
        """The stop bit of one byte."""
        console = self.soc.console
        byte, faults = console.take()
        if not self.on(RE):
            console.lost += 1
        elif self.status & ORE and not self.plain[self.CR3] & OVRDIS:  # until ORE is cleared nothing is received
            console.overruns += 1
        elif faults & OVERRUN or self.status & RXNE:
            console.overruns += 1
            self.status |= ORE if not self.plain[self.CR3] & OVRDIS else 0
        elif byte is not None:
            if faults & FRAMING:
                self.status |= FE
                if self.plain[self.CR3] & DMAR and self.drops_bad_bytes():
                    return
            self.received = byte
            self.status |= RXNE
            self._serve(channel)

    def drops_bad_bytes(self) -> bool:
        """With DMA, and DDRE = 0, RXNE is kept 0 for a byte with an error (40.8.3)."""
        return not self.plain[self.CR3] & DDRE

    def _serve(self, channel: Channel | None) -> None:
        if channel and self.status & RXNE:
            self.status &= ~RXNE
            channel.put(bytes([self.received]))

    # --- sending ---

    def _transmit(self, now: int) -> None:
        """Lets DMA fill TDR each time it had become empty by now, and the bytes out whose time has come."""
        step = self.step
        channel = self._channel(DMAT, "TX", self.TDR) if self.on(TE) and step else None
        while channel and channel.active:
            at = max(self.tx_since, self.line_end - step)
            if at > now:
                break
            n = min(channel.until_event(), 1 + (now - at) // step) if self.line_end > at else 1
            self._queue(at, channel.take(n))
            self.written_by_dma()
        self._emit(now)
        if self.sending and self.line_end <= now:
            self.sending = False
            self.status |= TC

    def _queue(self, at: int, data: bytes) -> None:
        if self.line_end <= at:
            self._emit(at)
        self.out += data
        self.line_end = max(at, self.line_end) + len(data) * self.step
        self.sending = True

    def written_by_dma(self) -> None:
        """What a write to TDR by DMA does to TC."""
        self.status &= ~TC

    def written_by_cpu(self) -> None:
        """What a write to TDR by the CPU does to TC."""
        self.status &= ~TC

    def _emit(self, now: int) -> None:
        held = -(-(self.line_end - now) // self.step) if self.line_end > now and self.step else 0
        n = len(self.out) - held
        if n > 0:
            data = bytes(self.out[:n])
            del self.out[:n]
            if self.wired("TX"):
                self.soc.console.send(data)

    def _send(self, value: int) -> None:
        now = self.soc.clock.now()
        if not self.on(TE) or not self.step:
            self.tell("off", 0, f"a byte was written to {self.name}, whose transmitter is off or has no rate")
        elif not self._txe():
            self.tell("full", 0, f"a byte was written to {self.name} while its TDR was full: the one before is lost")
            self.out[-1] = value & 0xFF
        else:
            self._queue(now, bytes([value & 0xFF]))
            self.written_by_cpu()

    def _txe(self) -> bool:
        return self.line_end - self.step <= self.soc.clock.now()

    # --- time ---

    def plan(self) -> None:
        console, now, step = self.soc.console, self.soc.clock.now(), self.step
        self._line()
        if self.on(RE) and step and console.waiting() and not console.listening:
            console.listening = self.wired("RX")
        if not console.waiting() or not console.listening or not step:
            self.rx_due = NEVER
        elif self.rx_due == NEVER:
            self.rx_due = now + step
            self.idle_due = NEVER if self.idle_due > now else self.idle_due
        tx, tx_urgent = self._plan_tx(now)
        self.tx_due = tx
        self.due = min(self.rx_due, self.idle_due, tx)
        self.urgent = min(tx_urgent, self.idle_due if self.plain[self.CR1] & IDLEIE else NEVER)
        if self.rx_due == NEVER:
            return
        channel = self._channel(DMAR, "RX", self.RDR)
        if console.faulty or (self.plain[self.CR1] & RXNEIE and not channel):
            self.urgent = min(self.urgent, self.rx_due)
            return
        noticed = min((channel.until_noticed() if channel else None) or NEVER, console.waiting())
        self.urgent = min(self.urgent, self.rx_due + (noticed - 1) * step)

    def _plan_tx(self, now: int) -> tuple[int, int]:
        step = self.step
        channel = self._channel(DMAT, "TX", self.TDR) if self.on(TE) and step else None
        if channel:
            at = max(self.tx_since, self.line_end - step, 0)
            ahead = 2 if self.line_end <= at else 1  # an idle transmitter takes two at once
            noticed = channel.until_noticed()
            due = at + max(0, channel.until_event() - ahead) * step
            return due, NEVER if noticed is None else at + max(0, noticed - ahead) * step
        if not self.sending:
            return NEVER, NEVER
        at = self.line_end - step if self.plain[self.CR1] & TXEIE and not self._txe() else self.line_end
        return at, at  # the end is looked at even where nothing interrupts: until then the chip is busy

    def fire(self, now: int, horizon: int) -> None:
        if self.rx_due <= now:
            self._receive(horizon)
        if self.idle_due <= now:
            self.idle_due = NEVER
            self.status |= IDLE
        self._transmit(now)
        self.plan()

    def dma_changed(self) -> None:
        """A channel was switched on or off, or its request was routed anew."""
        self.tx_since = self.soc.clock.now()
        self._serve(self._channel(DMAR, "RX", self.RDR))
        self._transmit(self.tx_since)
        self.replan()

    def _line(self) -> None:
        status, control = self.status_word(), self.plain[self.CR1]
        wanted = control & (IDLEIE | RXNEIE | TCIE | TXEIE)  # the same places as their flags
        if control & RXNEIE:
            wanted |= ORE
        if self.plain[self.CR3] & EIE:
            wanted |= FE | NE | ORE
        self.line(bool(self.on() and status & wanted))

    def status_word(self) -> int:
        return self.status | (TXE if self._txe() else 0)

    # --- the bus ---

    def read_word(self, offset: int) -> int:
        if offset == self.STATUS:
            acknowledged = (TEACK if self.on(TE) else 0) | (REACK if self.on(RE) else 0)
            return self.status_word() | acknowledged
        if offset == self.RDR:
            self.status &= ~RXNE
            self.replan()
            return self.received
        return 0 if offset in (self.ICR, self.TDR, 0x18) else super().read_word(offset)

    def narrow(self, offset: int) -> bool:
        return offset in (self.RDR, self.TDR)

    def write_word(self, offset: int, value: int) -> None:
        if offset == self.TDR:
            self._send(value)
        elif offset == self.ICR:
            self.status &= ~(value & (ERRORS | IDLE | TC))
        elif offset == 0x18 and value & 8:  # RQR.RXFRQ
            self.status &= ~RXNE
        else:
            super().write_word(offset, value)
        self.replan()

    def written(self, offset: int, value: int, old: int) -> None:
        if offset == self.CR1 and self.on() and not old & self.UE:
            self.soc.check_rate()
        if offset == self.CR1 and not self.on():
            self.out.clear()
            self.line_end, self.sending, self.status = 0, False, TC
        self._set_rate()
        if offset in (self.CR1, self.CR3):
            self.dma_changed()
