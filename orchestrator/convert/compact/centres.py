"""k-means for lib/compact/compact_neighbours.h: the nearest centre, and how far it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from orchestrator.convert.compact.space import search, seen, space_for, tables
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

MARGIN = 1.5  # the stated bounds are so many times what the calibration rows showed


def kmeans(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A KMeans or MiniBatchKMeans: the nearest centre, and as score minus its squared distance (KMeans.score of one row)."""
    kind = type(estimator).__name__
    if not hasattr(estimator, "cluster_centers_"):
        raise ConvertError(f"this {kind} is not fitted: call fit first")
    centres = estimator.cluster_centers_.astype(np.float64)
    rows = (centres - affine.offset) / affine.scale
    if np.abs(rows).max() > 32768:
        raise ConvertError("its centres are beyond int16: fit on int16 features")
    n = rows.shape[1]
    top = 2 * math.isqrt((2**31 - 1) // n) // 3
    around = np.vstack([rows, calibration])
    span = max(float((np.ptp(around, axis=0) * affine.scale).max()), 1e-9)
    power = int(np.clip(np.floor(np.log2(min(top, 32767) / span)), -15, 15))
    power = min(power, int(np.floor(np.log2(32767 / affine.scale.max()))))
    space = space_for(rows, affine.scale, 16, 2.0**power, around)
    fraction, coarser = max(2 * power, 0), max(-2 * power, 0)
    far = (2**31 - 1) >> coarser
    n_clusters = len(rows)
    text, size, query = tables(name, space)
    text += search(name, space, 1, query)
    classify = f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    uint32_t distance;
    uint16_t nearest;
    (void)self;
    {name}_nearest(features, &distance, &nearest);
    compact_only((uint8_t)nearest, {n_clusters}, proba);
    return (uint8_t)nearest;
}}
"""
    score = f"""
static int32_t {name}_score(const ROM model_t *self, const int16_t *features)
{{
    uint32_t distance;
    uint16_t nearest;
    (void)self;
    {name}_nearest(features, &distance, &nearest);
    return -(int32_t)((distance > {far}UL ? {far}UL : distance) << {coarser});
}}
"""

    def exact(X: np.ndarray) -> np.ndarray:
        return ((seen(affine, X)[:, None, :] - centres) ** 2).sum(axis=2)

    def held_score(X: np.ndarray) -> np.ndarray:
        return np.maximum(-exact(X).min(axis=1), -float(far << coarser) / 2.0**fraction)

    found = space.distances(calibration)
    wanted = exact(calibration)
    other = float((found.argmin(axis=1) != wanted.argmin(axis=1)).mean())
    held = -(np.minimum(found.min(axis=1), far) << coarser) / 2.0**fraction
    off = float(np.abs(held - held_score(calibration)).max())
    return Piece(
        kind=kind, code=text, apart={"classify": classify, "score": score}, headers=("compact_neighbours.h", "compact_softmax.h"),
        members={"classify": f"{name}_classify", "score": f"{name}_score"}, fraction=fraction, tables=size, probabilities=False,
        reference=lambda X: Answers(estimator.predict(seen(affine, X)), score=held_score(X)),
        bound=Bound(classes=MARGIN * other, score=MARGIN * off + 2.0**-fraction),
        note=f"{other:.2%} of the calibration rows get another centre, the squared distance is off by at most {off:.3g}; score is minus the "
        f"squared distance; features more than {-space.least} units outside the calibration rows' range saturate",
    )  # fmt: skip


KINDS = {"KMeans": kmeans, "MiniBatchKMeans": kmeans}
