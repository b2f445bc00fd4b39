"""The firmware's front end on NumPy arrays: every function runs the C of lib/dsp and returns the device's bits."""

from fieldmouse.dsp.framing import frames
from fieldmouse.dsp.library import from_q15, to_q15
from fieldmouse.dsp.periodicity import Period, autocorrelation, autocorrelation_q15, period, period_of
from fieldmouse.dsp.wavelets import band_energy, bands, dwt, idwt, orthonormal

__all__ = [
    "Period",
    "autocorrelation",
    "autocorrelation_q15",
    "band_energy",
    "bands",
    "dwt",
    "frames",
    "from_q15",
    "idwt",
    "orthonormal",
    "period",
    "period_of",
    "to_q15",
]
