"""The firmware's front end on NumPy arrays: every function runs the C of lib/dsp and returns the device's bits."""

from fieldmouse.dsp.filters import (
    Stream,
    biquad,
    dc_remove,
    ema_high,
    ema_low,
    fir,
    fir_decimate,
    goertzel,
    halfband,
)
from fieldmouse.dsp.library import from_q15, to_q15

__all__ = [
    "Stream",
    "biquad",
    "dc_remove",
    "ema_high",
    "ema_low",
    "fir",
    "fir_decimate",
    "from_q15",
    "goertzel",
    "halfband",
    "to_q15",
]
