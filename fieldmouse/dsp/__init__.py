"""The firmware's front end on NumPy arrays: every function runs the C of lib/dsp and returns the device's bits."""

from fieldmouse.dsp.library import from_q15, to_q15
from fieldmouse.dsp.statistics import (
    Stats,
    Stats3,
    atan2_q15,
    correlation_q15,
    covariance,
    crossings,
    energy,
    isqrt,
    moments,
    percentile,
    planarity_q15,
    sma_q4,
    stats,
    stats3,
    tilt_q15,
    vector_magnitude,
)

__all__ = [
    "Stats",
    "Stats3",
    "atan2_q15",
    "correlation_q15",
    "covariance",
    "crossings",
    "energy",
    "from_q15",
    "isqrt",
    "moments",
    "percentile",
    "planarity_q15",
    "sma_q4",
    "stats",
    "stats3",
    "tilt_q15",
    "to_q15",
    "vector_magnitude",
]
