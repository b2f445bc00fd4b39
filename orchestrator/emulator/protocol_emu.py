"""pyserial's handler for `emu://`: an emulated board as a serial port like any other."""

from __future__ import annotations

import io
import logging

from serial import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException
from serial.serialutil import to_bytes

from .child import Child
from .launch import ROOT, LaunchError, prepare, resolve

LOG = logging.getLogger("orchestrator.emulator")


class Serial(SerialBase):
    """The port is open as long as the emulator runs; line settings are accepted and change nothing."""

    _child: Child | None = None
    _mourned = False  # whoever holds the port was told how its emulator ended, and what it said

    def open(self) -> None:
        """Starts the emulator. Nothing that it says is dropped: the boot banner is read like all else."""
        if self._port is None:
            raise SerialException("an emulated board needs an address: emu://<board>")
        if self.is_open:
            raise SerialException("the port is already open")
        try:
            launch = resolve(self._port)
            prepare(launch)
            self._child = Child(launch.command, ROOT)
            self._mourned = False
        except (LaunchError, OSError) as error:
            raise SerialException(f"cannot open {self._port}: {error}") from error
        self.is_open = True

    def close(self) -> None:
        """Ends the emulator."""
        child, self._child = self._child, None
        self.is_open = False
        if child is not None:
            log = child.end()
            if log and not self._mourned:
                LOG.warning("%s said: %s", self._port, log)

    def _over(self, child: Child) -> SerialException:
        self._mourned = True
        return SerialException(child.epitaph())

    def _open_child(self) -> Child:
        if not self.is_open or self._child is None:
            raise PortNotOpenError
        return self._child

    @property
    def in_waiting(self) -> int:
        """How many bytes can be read at once."""
        child = self._open_child()
        n = child.waiting()
        if n == 0 and child.over and child.waiting() == 0:
            raise self._over(child)
        return n

    def read(self, size: int = 1) -> bytes:
        """Reads `size` bytes, fewer at the timeout."""
        child = self._open_child()
        data = child.read(size, self._timeout)
        if size and not data and child.over:
            raise self._over(child)
        return data

    def write(self, b: bytes, /) -> int:
        """Sends all of `b`."""
        child = self._open_child()
        data = to_bytes(b)
        try:
            done = child.write(data, self._write_timeout)
        except (BrokenPipeError, ValueError) as error:
            raise self._over(child) from error
        if done < len(data):
            raise SerialTimeoutException("Write timeout")
        return done

    def flush(self) -> None:
        """What was written is already the emulator's."""
        self._open_child()

    def reset_input_buffer(self) -> None:
        """Drops what was received and not read."""
        self._open_child().forget()

    def reset_output_buffer(self) -> None:
        """Nothing waits here to be sent."""
        self._open_child()

    def cancel_read(self) -> None:
        """Ends a read that waits in another thread."""
        if self._child is not None:
            self._child.cancel_read()

    def cancel_write(self) -> None:
        """A write waits only while the emulator is busy."""

    @property
    def out_waiting(self) -> int:
        """Bytes written and not yet handed over: none."""
        return 0

    @property
    def emulator_log(self) -> str:
        """What the emulator said on its standard error so far: faults of the firmware, above all."""
        return self._open_child().log()

    def fileno(self) -> int:
        """There is no one file behind this port."""
        raise io.UnsupportedOperation("an emulated board has no file number")

    def send_break(self, duration: float = 0.25) -> None:
        """A break on the line is injected through the address: `inject=break-rx=N`."""
        raise SerialException("an emulated board takes a break as ?inject=break-rx=N")

    def _reconfigure_port(self, force_update: bool = False) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass

    def _update_dtr_state(self) -> None:
        pass

    def _update_break_state(self) -> None:
        pass

    @property
    def cts(self) -> bool:
        """Always clear to send."""
        return True

    @property
    def dsr(self) -> bool:
        """Always ready."""
        return True

    @property
    def ri(self) -> bool:
        """Never rings."""
        return False

    @property
    def cd(self) -> bool:
        """The board is there while its emulator runs."""
        return self._child is not None and not self._child.over
