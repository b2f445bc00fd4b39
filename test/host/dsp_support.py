"""What the tests of lib/dsp share: its functions, arrays that notice a write beyond their ends, and full-scale samples."""

from __future__ import annotations

from hypothesis import strategies as st

from fieldmouse.dsp.library import ffi, library, limits

lib = library()
LIMITS = limits()

GUARD = b"\xa5" * 16
samples = st.integers(-32768, 32767) | st.sampled_from([-32768, -32767, 0, 32767])
frames = st.tuples(samples, samples, samples)


class Guarded:
    """An array or a struct between guards; `check` says that no function wrote over them."""

    def __init__(self, kind: str, values: list | None = None, count: int | None = None) -> None:
        self.count = len(values) if values is not None else count
        self.bytes = ffi.sizeof(kind) * (1 if self.count is None else self.count)
        self._memory = ffi.new("uint64_t[]", (self.bytes + 7) // 8 + 4)
        ffi.buffer(self._memory)[:] = b"\xa5" * len(ffi.buffer(self._memory))
        self.at = ffi.cast(f"{kind} *", ffi.cast("char *", self._memory) + len(GUARD))
        for i, value in enumerate(values or ()):
            self.at[i] = value

    def check(self) -> None:
        around = bytes(ffi.buffer(self._memory))
        assert around[: len(GUARD)] == GUARD, "written before the start"
        assert around[len(GUARD) + self.bytes :].strip(b"\xa5") == b"", "written past the end"

    def list(self) -> list[int]:
        self.check()
        return [self.at[i] for i in range(self.count or 0)]
