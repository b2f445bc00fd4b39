"""lib/dsp compiled for this machine, and NumPy arrays as its arguments."""

from __future__ import annotations

import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI
from numpy.typing import ArrayLike, DTypeLike

from fieldmouse.build import ROOT, shared_object
from fieldmouse.cdef import declarations

DSP = ROOT / "lib" / "dsp"
INCLUDE = [DSP, ROOT / "lib" / "port"]
_DEFINE = re.compile(r"#define (\w+) (\d+)u?\b")
_INCLUDE = re.compile(r'^#include "(dsp_\w+\.h)"', re.MULTILINE)

ffi = FFI()


@cache
def limits() -> dict[str, int]:
    """The numbers that the headers define, by name."""
    return {n: int(v) for h in sorted(DSP.glob("*.h")) for n, v in _DEFINE.findall(h.read_text("utf-8"))}


def _headers() -> list[Path]:
    """The headers, each after those that it includes: cffi takes a type only once it knows it."""
    order = TopologicalSorter({h.name: _INCLUDE.findall(h.read_text("utf-8")) for h in sorted(DSP.glob("*.h"))})
    return [DSP / name for name in order.static_order()]


@cache
def library() -> Any:
    """Every function of lib/dsp as cffi offers it."""
    text = declarations(*_headers())
    for name, value in limits().items():  # cffi sees no #define
        text = re.sub(rf"\b{name}\b", str(value), text)
    ffi.cdef(text)
    return ffi.dlopen(str(shared_object(sorted(DSP.glob("*.c")), INCLUDE, name="dsp")))


def integers(values: ArrayLike, dtype: DTypeLike, name: str = "values") -> np.ndarray:
    """A new C-contiguous copy of `values` as `dtype`. Raises ValueError for what is no integer of that type: the device
    has no other, and rounding or wrapping here would hide it."""
    array = np.asarray(values)
    wanted = np.dtype(dtype)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers ({wanted}), not {array.dtype}; to_q15() rounds fractions to Q15")
    info = np.iinfo(wanted)
    if array.size and (int(array.min()) < info.min or int(array.max()) > info.max):
        raise ValueError(f"{name} must fit {wanted}: {array.min()} … {array.max()} do not")
    return np.array(array, dtype=wanted, order="C")


def pointer(array: np.ndarray) -> Any:
    """A contiguous integer array as the pointer that C takes; valid as long as the array lives."""
    kinds = {"i": "int", "u": "uint"}
    return ffi.cast(f"{kinds[array.dtype.kind]}{8 * array.itemsize}_t *", array.ctypes.data)


def to_q15(values: ArrayLike) -> np.ndarray:
    """Fractions as Q15, int16: 32768 times the value, rounded half to even, held to -32768 … 32767."""
    return np.clip(np.round(np.asarray(values, dtype=np.float64) * 2**15), -(2**15), 2**15 - 1).astype(np.int16)


def from_q15(values: ArrayLike) -> np.ndarray:
    """Q15 as float64 fractions."""
    return np.asarray(values, dtype=np.float64) / 2**15
