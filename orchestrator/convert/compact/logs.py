"""Softmax and log-sum-exp as lib/model/compact_softmax.h computes them: its constants, and the same bits on NumPy arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

EXP2 = (22657, 7555, 1282)
LOG2 = (5828, 2384, 652)
PROBA_ERROR = 0.2 + 0.5  # 255ths: what compact_soft adds to the error of its scores, rounding included


@dataclass(frozen=True)
class Logs:
    """`compact_logs_t`: what turns a distance of two integer scores into Q12 of a binary logarithm."""

    coarser: int
    shift: int
    factor: int
    limit: int

    @property
    def literal(self) -> str:
        """The C initialiser."""
        return f"{{{self.coarser}, {self.shift}, {self.factor}, {self.limit}UL}}"


def logs_for(nats_per_step: float) -> Logs:
    """The constants for scores whose unit is worth so many nats (natural logarithms)."""
    q12 = nats_per_step / math.log(2) * 4096
    coarser = 0
    while q12 < 0.25 and coarser < 31:  # too fine: the factor would be short of bits
        q12, coarser = q12 * 2, coarser + 1
    shift = 0
    while shift < 15 and round(q12 * 2 ** (shift + 1)) < 65536:
        shift += 1
    factor = min(max(round(q12 * 2**shift), 1), 65535)
    limit = min(-(-(16 << (12 + shift)) // factor) << coarser, 2**32 - 1)
    return Logs(coarser, shift, factor, limit)


def exp2(distance: np.ndarray, logs: Logs) -> np.ndarray:
    """`compact_exp2`: Q15."""
    a, b, c = EXP2
    near = np.where(distance < logs.limit, distance, 0)
    log2 = ((near >> logs.coarser) * logs.factor) >> logs.shift
    x = log2 & 0xFFF
    inner = a - ((x * (b - ((x * c) >> 12))) >> 12)
    power = (32768 - ((x * inner) >> 12)) >> (log2 >> 12)
    return np.where(distance < logs.limit, power, 0)


def soft(scores: np.ndarray, logs: Logs) -> np.ndarray:
    """`compact_soft`: integer scores [n, n_classes] to probabilities uint8 [n, n_classes]."""
    power = exp2(scores.max(axis=1, keepdims=True) - scores, logs)
    inverse = (1 << 30) // power.sum(axis=1, keepdims=True)
    inverse = np.minimum(inverse, 65535)
    return (((power * inverse) >> 15) * 255 + 16384) >> 15


def log2(total: np.ndarray) -> np.ndarray:
    """`compact_log2`: Q12 of log2(total) − 15."""
    a, b, c = LOG2
    total = np.asarray(total, dtype=np.int64).copy()
    exponent = np.zeros_like(total)
    while (large := total >= 65536).any():
        exponent[large] += 4096
        total[large] >>= 1
    x = (total - 32768) >> 3
    return exponent + ((x * (a - ((x * (b - ((x * c) >> 12))) >> 12))) >> 12)
