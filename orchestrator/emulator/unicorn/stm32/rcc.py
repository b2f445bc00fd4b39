"""RCC: oscillators and their ready flags, the switch of the system clock, peripheral clocks, reset flags."""

from __future__ import annotations

from .block import Block

START_US = 20  # an oscillator or PLL is ready so long after it was switched on: a driver that does not wait shows


class Rcc(Block):
    """The registers mean what the chip's `Clocks` says."""

    kept_flags = 0  # outlive every reset

    def reset(self) -> None:
        super().reset()
        self.clocks = self.soc.chip.clocks
        self.plain = dict(self.clocks.reset)
        self.ready_at: dict[tuple[int, int], int] = {}
        for on, ready in self.clocks.ready.items():
            if self._bit(on) and self._bit(ready):
                self.ready_at[ready] = 0
        for register, bit in self.clocks.ready.values():
            self.plain[register] &= ~(1 << bit)

    def restart(self, cause: str) -> None:
        """What a reset of this cause leaves."""
        self.kept_flags |= self.clocks.causes[cause]

    def _bit(self, place: tuple[int, int]) -> bool:
        return bool(self.plain[place[0]] >> place[1] & 1)

    def is_ready(self, place: tuple[int, int]) -> bool:
        return place in self.ready_at and self.ready_at[place] <= self.soc.clock.now()

    def lets_through(self, gate: tuple[int, int]) -> bool:
        return self._bit(gate)

    def read_word(self, offset: int) -> int:
        value = super().read_word(offset)
        for register, bit in self.clocks.ready.values():
            if register == offset and self.is_ready((register, bit)):
                value |= 1 << bit
        return value | self.kept_flags if offset == self.clocks.flags[0] else value

    def written(self, offset: int, value: int, old: int) -> None:
        clocks = self.clocks
        for on, ready in clocks.ready.items():
            if ready[0] == offset:
                self.plain[offset] &= ~(1 << ready[1])
            if on[0] == offset and not value >> on[1] & 1:
                self.ready_at.pop(ready, None)
            elif on[0] == offset and ready not in self.ready_at:
                self.ready_at[ready] = self.soc.clock.now() + START_US * self.soc.clock.hz // 1_000_000
        if offset == clocks.flags[0]:
            self.kept_flags &= -1 if not value >> clocks.flags[1] & 1 else 0
            self.plain[offset] &= ~sum({bit for bits in clocks.causes.values() for bit in _bits(bits)})
        register, mask, left = clocks.switch
        if offset == register:
            self._switch(value & mask, mask, left, old)
        self.soc.clocks_changed()

    def _switch(self, wanted: int, mask: int, left: int, old: int) -> None:
        register = self.clocks.switch[0]
        needed = self.clocks.sources.get(wanted)
        status = old >> left & mask
        if needed is not None and not self.is_ready(needed):
            self.tell(
                "switch", wanted, f"RCC: SW selects clock {wanted}, which is not ready: hardware does not switch to it"
            )
        else:
            status = wanted
        self.plain[register] = self.plain[register] & ~(mask << left) | status << left

    def sysclk(self) -> int:
        return self.clocks.sysclk(self)


def _bits(value: int) -> list[int]:
    return [1 << n for n in range(32) if value >> n & 1]
