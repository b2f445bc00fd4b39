"""A driver of lib/source on this machine, and a part of orchestrator/emulator/parts at the other end of its bus."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI

from fieldmouse.build import ROOT, shared_object
from fieldmouse.cdef import declarations
from orchestrator.emulator.parts import I2cPart

HERE = Path(__file__).parent
SOURCE, PORT = ROOT / "lib" / "source", ROOT / "lib" / "port"
HZ = 1_000_000  # of the part's clock
DONE, NOBODY, REFUSED, STUCK = range(4)

ffi = FFI()


@cache
def library() -> Any:
    """Every driver, and the shim."""
    headers = [
        SOURCE / "source_sensor.h",
        *sorted(p for p in SOURCE.glob("source_*.h") if p.stem not in ("source_sensor", "source_sensors")),
    ]
    ffi.cdef(declarations(*headers, HERE / "source_shim.h"))
    sources = [*(p for p in sorted(SOURCE.glob("*.c")) if p.stem != "source_feed"), HERE / "source_shim.c"]
    return ffi.dlopen(str(shared_object(sources, [SOURCE, PORT, HERE], name="source")))


def state_name(state: int) -> str:
    """A state as the serial line tells it."""
    return ffi.string(library().SOURCE_STATE_NAMES[state].text).decode()


class Bench:
    """One driver with one part. `break_at` is the number of a transfer, from 0, that fails with `how`; the driver's time begins at
    `began_ms`."""

    def __init__(self, part: I2cPart, kind: str, rate_hz: int, began_ms: int = 0) -> None:
        self.part = part
        self.began_ms = began_ms
        self.now_ms = 0
        self.transfers = 0
        self.break_at: int | None = None
        self.how = REFUSED
        part.start(HZ)
        lib = library()
        self._kept = (
            ffi.callback("void(void)")(lambda: None),
            ffi.callback("int(uint8_t, const uint8_t *, uint32_t, uint8_t *, uint32_t)")(self._transfer),
            ffi.callback("int(void)")(lambda: int(part.interrupt(self._now()))),
        )
        lib.shim_attach(
            ffi.new("shim_bus_t *", {"init": self._kept[0], "transfer": self._kept[1], "interrupt": self._kept[2]})[0]
        )
        self._state = ffi.new(f"source_{kind}_t *")
        getattr(lib, f"source_{kind}_init")(self._state, rate_hz)
        self._step = getattr(lib, f"source_{kind}_step")

    def _now(self) -> int:
        return self.now_ms * HZ // 1000

    def _transfer(self, address: int, put: Any, n_put: int, got: Any, n_got: int) -> int:
        number, self.transfers = self.transfers, self.transfers + 1
        if number == self.break_at:
            return self.how
        if self.part.holds_data(self._now()):
            return STUCK
        if address != self.part.address or not self.part.present(self._now()):
            return NOBODY
        if n_put:
            self.part.write(bytes(ffi.buffer(put, n_put)), self._now())
        if n_got:
            ffi.buffer(got, n_got)[:] = self.part.read(n_got, self._now())
        return DONE

    def step(self) -> tuple[str, np.ndarray]:
        """The state, and the frames that came."""
        n = ffi.new("uint8_t *")
        state = self._step(self._state, (self.now_ms + self.began_ms) % 2**32, n)
        channels = len(self._state.frames[0])
        frames = np.frombuffer(ffi.buffer(self._state.frames), dtype=np.int16).reshape(-1, channels)
        return state_name(state), frames[: n[0]].copy()

    def run(self, ms: int, pause_ms: int = 1) -> tuple[list[str], np.ndarray]:
        """Steps until `ms` have passed, resting when there is nothing to do: each state that differs from the one before, and all
        frames."""
        states: list[str] = []
        found: list[np.ndarray] = []
        end = self.now_ms + ms
        while self.now_ms < end:
            state, frames = self.step()
            if not states or states[-1] != state:
                states.append(state)
            if len(frames):
                found.append(frames)
            else:
                self.now_ms += pause_ms
        return states, np.vstack(found) if found else np.zeros((0, 3), dtype=np.int16)
