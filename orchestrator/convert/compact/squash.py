"""The logistic function as lib/model/compact_squash.h computes it, on NumPy arrays."""

from __future__ import annotations

import numpy as np

TABLE = np.rint(32767 / (1 + np.exp(-(np.arange(65) - 32) / 4))).astype(np.int64)


def logistic(z: np.ndarray, fine: int) -> np.ndarray:
    """`compact_mlp_logistic`: z · 2^(fine + 2) to Q15."""
    place = np.clip(z + (32 << fine), 0, (64 << fine) - 1)
    low = TABLE[place >> fine]
    return low + (((TABLE[(place >> fine) + 1] - low) * (place & ((1 << fine) - 1))) >> fine)
