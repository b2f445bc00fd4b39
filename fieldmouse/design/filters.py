"""Designs of filters, for `fieldmouse.dsp` on arrays and, as C tables, for the device."""

from __future__ import annotations

from fieldmouse.design._fir import Fir, Halfband, fir, fir_taps, halfband, remez
from fieldmouse.design._iir import Biquads, butterworth, iir, sos
from fieldmouse.design._single import Dc, Ema, Goertzel, dc, ema, goertzel

__all__ = [
    "Biquads",
    "Dc",
    "Ema",
    "Fir",
    "Goertzel",
    "Halfband",
    "butterworth",
    "dc",
    "ema",
    "fir",
    "fir_taps",
    "goertzel",
    "halfband",
    "iir",
    "remez",
    "sos",
]
