"""GPIO ports (RM0351 8.4, RM0433 11.4): modes, outputs, and which alternate function a pin carries."""

from __future__ import annotations

from .block import Block
from .chip import Place

MODER, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH, BRR = 0x00, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28
OUTPUT, ALTERNATE = 1, 2


class Gpio(Block):
    """One port of 16 pins; an input reads what the pin drives, or else 1 with a pull-up."""

    registers = {MODER: 0xFFFFFFFF, 0x04: 0, 0x08: 0, PUPDR: 0, ODR: 0, LCKR: 0, AFRL: 0, AFRH: 0}  # noqa: RUF012

    def mode(self, pin: int) -> int:
        return self.plain[MODER] >> (2 * pin) & 3

    def function(self, pin: int) -> int | None:
        """The alternate function that a pin carries; None in every other mode, and while the port has no clock."""
        if self.mode(pin) != ALTERNATE or not self.clocked:
            return None
        return self.plain[AFRL if pin < 8 else AFRH] >> (4 * (pin & 7)) & 0xF

    def output(self) -> int:
        """What the pins drive: the LEDs."""
        return sum(1 << pin for pin in range(16) if self.mode(pin) == OUTPUT and self.plain[ODR] >> pin & 1)

    def read_word(self, offset: int) -> int:
        if offset == IDR:
            pulled = sum(
                1 << pin for pin in range(16) if self.mode(pin) != OUTPUT and self.plain[PUPDR] >> (2 * pin) & 3 == 1
            )
            return self.output() | pulled
        return 0 if offset in (BSRR, BRR) else super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if offset == BSRR:
            self.plain[ODR] = self.plain[ODR] & ~(value >> 16) & 0xFFFF | value & 0xFFFF
        elif offset == BRR:
            self.plain[ODR] &= ~value
        else:
            super().write_word(offset, value)

    def written(self, offset: int, value: int, old: int) -> None:
        if offset in (MODER, AFRL, AFRH) and value != old:
            self.soc.pins_changed()


def ports(base: int, register: int, letters: str) -> dict[str, Place]:
    """The places of ports A, B, …, each with its clock in `register` of RCC; after a reset some pins are the debugger's."""
    debug = {"A": {MODER: 0xABFFFFFF, PUPDR: 0x64000000}, "B": {MODER: 0xFFFFFEBF, PUPDR: 0x00000100}}
    numbers = {letter: ord(letter) - ord("A") for letter in letters}
    return {
        f"GPIO{letter}": Place(Gpio, base + 0x400 * n, (register, n), facts={"reset": debug.get(letter, {})})
        for letter, n in numbers.items()
    }
