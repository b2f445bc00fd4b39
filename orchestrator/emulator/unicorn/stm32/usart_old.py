"""The older USART (RM0008 27), with SR and DR: a read of SR and then one of DR clears errors and IDLE, a write of DR TC."""

from __future__ import annotations

from .usart import ERRORS, IDLE, RXNE, TC, Usart


class OldUsart(Usart):
    """Its registers; the bits of CR1, CR3 and SR are those of the newer one, but for UE. 0 written to SR clears RXNE, TC."""

    STATUS, RDR, TDR, BRR, CR1, CR2, CR3, ICR = 0x00, 0x04, 0x04, 0x08, 0x0C, 0x10, 0x14, -1
    UE = 1 << 13
    registers = {0x08: 0, 0x0C: 0, 0x10: 0, 0x14: 0, 0x18: 0}  # noqa: RUF012

    def reset(self) -> None:
        super().reset()
        self.seen = 0  # flags that a read of SR has shown

    def drops_bad_bytes(self) -> bool:
        """DMA transfers them (27.3.13)."""
        return False

    def written_by_dma(self) -> None:
        """DMA does not read SR, so TC stays as it is (27.3.13: it is cleared by hand before)."""

    def written_by_cpu(self) -> None:
        """TC is cleared by a read of SR that shows it, and then a write of DR (27.6.1)."""
        if self.seen & TC:
            self.status &= ~TC

    def read_word(self, offset: int) -> int:
        if offset == self.STATUS:
            self.seen = self.status_word()
            return self.seen
        if offset == self.RDR:
            self.status &= ~(self.seen & (ERRORS | IDLE))
            self.seen = 0
        return super().read_word(offset)

    def write_word(self, offset: int, value: int) -> None:
        if offset == self.STATUS:
            self.status &= value | ~(RXNE | TC)
            self.replan()
        else:
            super().write_word(offset, value)
