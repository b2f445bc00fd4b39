"""Training of cattle: which decisions weigh how much, what may decide what, and the forest's size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

GROUP = "cow"  # what evaluation leaves out
STEP_S = 3.0  # from one decision to the next
TRUTH_LAG_S = 1.5  # a decision answers for the middle of its last block
CHANNELS = ("x", "y", "z")
UNIT = "g"
UNIT_SCALE = 1000  # raw steps in one unit

# Columns of the feature vector that tell lying from standing: CATTLE_SWAY and CATTLE_SWAY_NECK.
POSTURE_FEATURES = (0, 1)
POSTURES = ("standing", "resting", "lying")
COPIES = 3

# Deeper trees and smaller leaves take twice the flash and answer no better on cows they have not seen.
PARAMS: Mapping[str, Mapping[str, Any]] = {
    "": {"n_estimators": 20, "max_depth": 7, "min_samples_leaf": 12},
    "small": {"n_estimators": 10, "max_depth": 6, "min_samples_leaf": 12},
}

# What `inv sweep` tries, as scikit-learn's ParameterGrid takes it; `convert__` are fields of orchestrator.convert.Options.
SPACE: Mapping[str, Any] = {
    "n_estimators": [5, 10, 20],
    "max_depth": [5, 7, 9],
    "min_samples_leaf": [12],
    "convert__vote": ["soft", "hard"],
}


def weights(y: np.ndarray, recording: np.ndarray) -> np.ndarray:
    """A weight for each row, of mean 1.

    Decisions of one stretch resemble each other, so n of them count as n^0.25: half an hour of rest is nearer to one
    observation than to six hundred. A behaviour of n decisions weighs n^0.75, between as common as it is and all the same.
    The postures weigh the same: whether a cow stands or lies should not depend on which cows were there to learn from.
    """
    _, stretch, sizes = np.unique(
        np.array([f"{r} {label}" for r, label in zip(recording, y, strict=True)]),
        return_inverse=True,
        return_counts=True,
    )
    weight = sizes[stretch].astype(float) ** -0.75
    wanted = {label: np.sum(y == label) ** 0.75 for label in np.unique(y)}
    postures = [label for label in POSTURES if label in wanted]
    if postures:
        wanted |= dict.fromkeys(postures, np.mean([wanted[label] for label in postures]))
    for label, total in wanted.items():
        weight[y == label] *= total / weight[y == label].sum()
    return weight / weight.mean()


def exchange(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows in which only posture features can tell the postures apart.

    A cow chews, or flicks an ear, as well standing as lying. In a few cows the two coincide by chance, and a forest
    learns the chance. So all but the posture features of each standing or lying row come from another such row.
    """
    still = np.flatnonzero(np.isin(y, POSTURES))
    if len(np.unique(y[still])) < 2:
        return X, y, weight
    moving = np.setdiff1d(np.arange(len(y)), still)
    columns = np.array(POSTURE_FEATURES)
    parts = [X[moving]]
    for _ in range(COPIES):
        mixed = X[rng.choice(still, len(still), p=weight[still] / weight[still].sum())]
        mixed[:, columns] = X[still][:, columns]
        parts.append(mixed)
    return (
        np.vstack(parts),
        np.concatenate([y[moving], np.tile(y[still], COPIES)]),
        np.concatenate([weight[moving], np.tile(weight[still] / COPIES, COPIES)]),
    )


def fit(
    X: np.ndarray, y: np.ndarray, groups: np.ndarray, *, recording: np.ndarray, seed: int, params: Mapping[str, Any]
) -> RandomForestClassifier:
    """A forest fitted on int16 feature vectors; `recording` tells which rows follow one another. Groups need no care here."""
    del groups
    rng = np.random.default_rng(seed)
    rows, labels, weight = exchange(X, y, weights(y, recording), rng)
    forest = RandomForestClassifier(**params, max_features=3, random_state=seed, n_jobs=1)
    return forest.fit(rows, labels, sample_weight=weight)
