"""lib/line and lib/source through cffi, for the tests of lines and of commands."""

from __future__ import annotations

from typing import Any

from cffi import FFI

from fieldmouse.build import ROOT, shared_object
from fieldmouse.cdef import declarations

LIB = ROOT / "lib"
MODULES = ("line/line_crc", "line/line_out", "line/line_in", "source/source_feed")

ffi = FFI()
ffi.cdef(declarations(*(LIB / f"{module}.h" for module in MODULES)))
lib: Any = ffi.dlopen(
    str(
        shared_object(
            [LIB / f"{module}.c" for module in MODULES],
            [LIB / name for name in ("line", "source", "port")],
            name="line",
        )
    )
)


def crc(data: bytes) -> int:
    return lib.line_crc(lib.LINE_CRC_START, data, len(data))


def signed(line: bytes) -> bytes:
    return line + b" *%04X" % crc(line)
