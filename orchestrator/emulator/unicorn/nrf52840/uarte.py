"""UARTE: the UART with EasyDMA (nRF52840 PS v1.7, 6.34).

Bytes come from and go to `soc.console`. Between the line and the RX buffer lies the receiver's FIFO, which takes
what arrives while no buffer is armed; a byte that finds it full is an overrun (6.34.3, 6.34.4).
"""

from __future__ import annotations

from types import MappingProxyType

from ..clock import NEVER
from .block import Block

STARTRX, STOPRX, STARTTX, STOPTX, FLUSHRX = 0x000, 0x004, 0x008, 0x00C, 0x02C
CTS, NCTS, RXDRDY, ENDRX, TXDRDY, ENDTX = 0x100, 0x104, 0x108, 0x110, 0x11C, 0x120
ERROR, RXTO, RXSTARTED, TXSTARTED, TXSTOPPED = 0x124, 0x144, 0x14C, 0x150, 0x158
ERRORSRC, ENABLE, PSEL_TXD, PSEL_RXD, BAUDRATE, CONFIG = 0x480, 0x500, 0x50C, 0x514, 0x524, 0x56C
RXD_PTR, RXD_MAXCNT, RXD_AMOUNT = 0x534, 0x538, 0x53C
TXD_PTR, TXD_MAXCNT, TXD_AMOUNT = 0x544, 0x548, 0x54C
ENABLED, LEGACY = 8, 4
OVERRUN, FRAMING, BREAK = 1, 4, 8
FIFO_BYTES = 5
AFTER_STOP_BYTES = 4  # "up to four bytes" may still arrive after STOPRX (6.34.3)


class Uarte(Block):
    """UARTE0, wired to the console."""

    name = "UARTE0"
    shorts = MappingProxyType({5: (ENDRX, STARTRX), 6: (ENDRX, STOPRX)})
    read_only = frozenset({RXD_AMOUNT, TXD_AMOUNT})

    def reset(self) -> None:
        if hasattr(self, "tx_total"):
            self._send_until(self.soc.clock.now())  # what left the chip before the reset did leave it
        super().reset()
        self.tasks = {
            STARTRX: self.start_rx, STOPRX: self.stop_rx, STARTTX: self.start_tx, STOPTX: self.stop_tx, FLUSHRX: self.flush_rx,
        }  # fmt: skip
        self.events = frozenset({CTS, NCTS, RXDRDY, ENDRX, TXDRDY, ENDTX, ERROR, RXTO, RXSTARTED, TXSTARTED, TXSTOPPED})
        self.plain |= dict.fromkeys((ERRORSRC, ENABLE, CONFIG, *range(0x534, 0x540, 4), *range(0x544, 0x550, 4)), 0)
        self.plain |= dict.fromkeys((0x508, PSEL_TXD, 0x510, PSEL_RXD), 0xFFFFFFFF)
        self.plain[BAUDRATE] = 0x04000000  # 250000 baud
        self._set_byte_cycles()
        self.receiving = False  # bytes on the line are taken in
        self.armed = False  # a buffer waits for them
        self.rx_at = self.rx_left = self.rx_amount = 0
        self.fifo = bytearray()
        self.rx_due = self.tx_end = self.tx_step = self.stop_due = NEVER
        self.tx_total = self.tx_sent = self.tx_at = self.tx_start = 0

    def byte_cycles(self) -> int:
        """A start bit, eight data bits, and what CONFIG adds: parity (bits 1 to 3), a second stop bit (bit 4)."""
        return self._byte_cycles

    def _set_byte_cycles(self) -> None:
        config = self.plain[CONFIG]
        bits = 10 + int(config & 0xE == 0xE) + (config >> 4 & 1)
        self._byte_cycles = max(1, bits * self.soc.clock.hz * 2**32 // (max(1, self.plain[BAUDRATE]) * 16_000_000))

    # --- sending ---

    def start_tx(self) -> None:
        if self.plain[ENABLE] != ENABLED or self.tx_end != NEVER:
            return
        self.tx_at, self.tx_total, self.tx_sent = self.plain[TXD_PTR], self.plain[TXD_MAXCNT] & 0xFFFF, 0
        if not self.soc.dma_ok(self.name, self.tx_at, self.tx_total):
            return
        self.tx_start = self.soc.clock.now()
        self.tx_end = self.tx_start + self.tx_total * self.byte_cycles()
        self.event(TXSTARTED)
        self.replan()

    def stop_tx(self) -> None:
        if self.tx_end != NEVER:
            self._send_until(self.soc.clock.now())
            self._end_tx()
        self.event(TXSTOPPED)

    def _send_until(self, now: int) -> None:
        """Lets out the bytes whose time has come. They are read only now, so a buffer reused too early shows."""
        if self.tx_end == NEVER:
            return
        done = min(self.tx_total, (now - self.tx_start) // self.byte_cycles())
        if done > self.tx_sent:
            data = bytes(self.soc.uc.mem_read(self.tx_at + self.tx_sent, done - self.tx_sent))
            self.tx_sent = done
            if self.soc.wired(PSEL_TXD, self.plain[PSEL_TXD]):
                self.soc.console.send(data)
            self.event(TXDRDY)

    def _end_tx(self) -> None:
        self.plain[TXD_AMOUNT] = self.tx_sent
        self.tx_end = NEVER
        self.event(ENDTX)

    # --- receiving ---

    def start_rx(self) -> None:
        if self.plain[ENABLE] != ENABLED:
            return
        self.rx_at, self.rx_left, self.rx_amount = self.plain[RXD_PTR], self.plain[RXD_MAXCNT] & 0xFFFF, 0
        if not self.soc.dma_ok(self.name, self.rx_at, self.rx_left):
            return
        self.armed = self.receiving = True
        self.stop_due = NEVER
        self.soc.console.listening = self.soc.wired(PSEL_RXD, self.plain[PSEL_RXD])
        self.event(RXSTARTED)
        self._drain()
        self.replan()

    def stop_rx(self) -> None:
        """The receiver listens for four more bytes, which go to the FIFO; then ENDRX, if it is owed, and RXTO."""
        if self.receiving and self.stop_due == NEVER:
            self.stop_due = self.soc.clock.now() + AFTER_STOP_BYTES * self.byte_cycles()
            if self.armed:
                self._end_rx(shortcuts=False)
            self.replan()

    def flush_rx(self) -> None:
        """Moves the FIFO to the buffer of RXD.PTR and ends it (6.34.3).

        When there is nothing to move, RXSTARTED does not come and RXD.AMOUNT keeps its old value; the manufacturer's
        driver (nrfx_uarte.c) calls that an anomaly and works around it.
        """
        if not self.fifo:
            self.event(ENDRX)
            return
        if not self.soc.dma_ok(self.name, self.plain[RXD_PTR], self.plain[RXD_MAXCNT] & 0xFFFF):
            return
        self.rx_at, self.rx_left, self.rx_amount, self.armed = (
            self.plain[RXD_PTR],
            self.plain[RXD_MAXCNT] & 0xFFFF,
            0,
            True,
        )
        self.event(RXSTARTED)
        self._drain()
        if self.armed:
            self._end_rx(shortcuts=False)
        self.replan()

    def _drain(self) -> None:
        if not self.fifo or not self.armed:
            return
        n = min(len(self.fifo), self.rx_left)
        data = bytes(self.fifo[:n])
        del self.fifo[:n]
        self.soc.uc.mem_write(self.rx_at, data)
        self.rx_at += n
        self.rx_left -= n
        self.rx_amount += n
        if not self.rx_left:
            self._end_rx()

    def _end_rx(self, shortcuts: bool = True) -> None:
        self.armed = False
        self.plain[RXD_AMOUNT] = self.rx_amount
        if shortcuts:
            self.event(ENDRX)
            return
        saved, self.plain[0x200] = self.plain[0x200], 0
        self.event(ENDRX)
        self.plain[0x200] = saved

    def _receive(self, horizon: int) -> None:
        """Takes one byte, or all up to `horizon` at once where that makes no difference."""
        console, step = self.soc.console, self.byte_cycles()
        n = min(1 + (horizon - self.rx_due) // step, console.waiting(), self.rx_left - 1) if self.armed else 0
        counter = None
        if self.soc.ppi.routes.get(self.base + RXDRDY):
            counter = self.soc.only_counter(self.base + RXDRDY)
            n = min(n, counter.counts_to_compare() - 1) if counter else 0
        if n < 2 or console.faulty or self.fifo:
            n = 1
            self._arrive()
        else:
            self.soc.uc.mem_write(self.rx_at, console.take_many(n))
            self.rx_at += n
            self.rx_left -= n
            self.rx_amount += n
            if counter:
                counter.count_many(n)
            self.raise_flag(RXDRDY)
        self.rx_due = self.rx_due + n * step if console.waiting() and console.listening else NEVER

    def _arrive(self) -> None:
        """The stop bit of one byte."""
        byte, faults = self.soc.console.take()
        if not self.receiving:
            self.soc.console.lost += 1
            return
        if len(self.fifo) >= FIFO_BYTES or faults & OVERRUN:
            self.soc.console.overruns += 1
            faults |= OVERRUN
        elif byte is not None:
            if not faults & FRAMING:  # without its stop bit a byte is not stored (6.34.4), but, it seems, counted
                self.fifo.append(byte)
            self.event(RXDRDY)
            self._drain()
        if faults:
            self.plain[ERRORSRC] |= faults
            self.event(ERROR)

    # --- time ---

    def plan(self) -> None:
        console = self.soc.console
        now = self.soc.clock.now()
        if not console.waiting() or not console.listening:
            self.rx_due = NEVER
        elif self.rx_due == NEVER:
            self.rx_due = now + self.byte_cycles()
        tx_step = self.tx_step = NEVER
        if self.tx_end != NEVER:
            step = self.byte_cycles()
            each = self.listened(TXDRDY) or not self.flag(TXDRDY)
            tx_step = min(self.tx_end, self.tx_start + (self.tx_sent + 1) * step) if each else self.tx_end
            self.tx_step = tx_step
        self.due = min(self.rx_due, tx_step, self.stop_due)
        self.urgent = min(self.stop_due, tx_step if self.listened(TXDRDY) else self.tx_end)
        if self.rx_due == NEVER:
            return
        if self.listened(RXDRDY) or console.faulty:
            self.urgent = min(self.urgent, self.rx_due)
        else:
            until_full = self.rx_left if self.armed else FIFO_BYTES + 1 - len(self.fifo)
            step = max(0, min(until_full, console.waiting()) - 1)
            self.urgent = min(self.urgent, self.rx_due + step * self.byte_cycles())

    def fire(self, now: int, horizon: int) -> None:
        if self.rx_due <= now:
            self._receive(min(horizon, self.tx_step - 1, self.stop_due - 1))
        if self.tx_step <= now:
            self._send_until(now)
            if self.tx_end <= now:
                self._end_tx()
        if self.stop_due <= now:
            self.stop_due = NEVER
            self.receiving = False
            self.event(RXTO)
        self.plan()

    def busy(self) -> bool:
        return self.tx_end != NEVER

    def written(self, offset: int, value: int) -> None:
        if offset == ERRORSRC:
            self.plain[ERRORSRC] = self.errors & ~value
        elif offset in (BAUDRATE, CONFIG):
            self._set_byte_cycles()
        elif offset == ENABLE:
            if value == LEGACY:
                self.soc.report("the legacy UART0 (ENABLE = 4) is not modelled; use UARTE0 (ENABLE = 8)")
            if value != ENABLED:
                self.receiving = self.armed = False
                self.stop_due = self.tx_end = NEVER
                self.fifo.clear()
            self.replan()

    def write_word(self, offset: int, value: int) -> None:
        self.errors = self.plain[ERRORSRC]
        super().write_word(offset, value)
