"""The firmware's front end on NumPy arrays: every function runs the C of lib/dsp and returns the device's bits."""

from fieldmouse.dsp.library import from_q15, to_q15
from fieldmouse.dsp.sound import band_energy, band_log2, dct, exp2_q10, log2_q8, log2_q10, log_mel, mfcc, spectrogram
from fieldmouse.dsp.spectrum import hamming_q15, hann_q15, magnitude, power, rfft_block_q15, rfft_q15

__all__ = [
    "band_energy",
    "band_log2",
    "dct",
    "exp2_q10",
    "from_q15",
    "hamming_q15",
    "hann_q15",
    "log2_q8",
    "log2_q10",
    "log_mel",
    "magnitude",
    "mfcc",
    "power",
    "rfft_block_q15",
    "rfft_q15",
    "spectrogram",
    "to_q15",
]
