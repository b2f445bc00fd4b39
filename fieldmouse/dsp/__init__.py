"""The firmware's front end on NumPy arrays: every function runs the C of lib/dsp and returns the device's bits."""

from fieldmouse.dsp.library import from_q15, to_q15
from fieldmouse.dsp.wavelets import band_energy, bands, dwt, idwt, orthonormal

__all__ = ["band_energy", "bands", "dwt", "from_q15", "idwt", "orthonormal", "to_q15"]
