"""The firmware's front end on NumPy arrays: every function runs the C of lib/dsp and returns the device's bits."""

from fieldmouse.dsp.filters import Stream, biquad, dc_remove, ema_high, ema_low, fir, fir_decimate, goertzel, halfband
from fieldmouse.dsp.library import from_q15, to_q15
from fieldmouse.dsp.sound import band_energy, band_log2, dct, exp2_q10, log2_q8, log2_q10, log_mel, mfcc, spectrogram
from fieldmouse.dsp.spectrum import hamming_q15, hann_q15, magnitude, power, rfft_block_q15, rfft_q15
from fieldmouse.dsp.wavelets import band_energy as dwt_band_energy
from fieldmouse.dsp.wavelets import bands, dwt, idwt, orthonormal

__all__ = [
    "Stream",
    "band_energy",
    "band_log2",
    "bands",
    "biquad",
    "dc_remove",
    "dct",
    "dwt",
    "dwt_band_energy",
    "ema_high",
    "ema_low",
    "exp2_q10",
    "fir",
    "fir_decimate",
    "from_q15",
    "goertzel",
    "halfband",
    "hamming_q15",
    "hann_q15",
    "idwt",
    "log2_q8",
    "log2_q10",
    "log_mel",
    "magnitude",
    "mfcc",
    "orthonormal",
    "power",
    "rfft_block_q15",
    "rfft_q15",
    "spectrogram",
    "to_q15",
]
