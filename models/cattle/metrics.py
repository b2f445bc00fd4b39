"""The figures of merit of cattle: what of a cow's day is told right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

OTHER = "other"
UNKNOWN = "unknown"
# Merged for macro_f1_3: apart from walking and grazing, a cow's head does not move much, whatever her legs do.
STILL = {"standing", "resting", "lying", "ruminating"}


def _f1(truth: np.ndarray, predicted: np.ndarray, label: str) -> float:
    right = np.sum((truth == label) & (predicted == label))
    return float(2 * right / (np.sum(truth == label) + np.sum(predicted == label)))


def _macro_f1(truth: np.ndarray, predicted: np.ndarray) -> float | None:
    labels = sorted(set(truth.tolist()) - {OTHER})
    return float(np.mean([_f1(truth, predicted, label) for label in labels])) if labels else None


def score(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """Metrics over decisions; abstaining is wrong, and counts against coverage.

    macro_f1 is the mean F1 of the behaviours that occur in `truth`, without `other`: a behaviour that an animal never
    showed is not a zero. A behaviour answered where the truth is `other` is a false positive of that behaviour.
    """
    if len(truth) != len(predicted) or not truth:
        raise ValueError(f"{len(truth)} truths and {len(predicted)} answers: need as many of each, and some")
    told, said = np.asarray(truth, dtype=object), np.asarray(predicted, dtype=object)
    merge = np.frompyfunc(lambda label: "still" if label in STILL else label, 1, 1)
    found = {
        "macro_f1": _macro_f1(told, said),
        "macro_f1_3": _macro_f1(merge(told), merge(said)),
        "accuracy": float(np.mean(told == said)),
        "coverage": float(np.mean(said != UNKNOWN)),
    }
    return {name: value for name, value in found.items() if value is not None}
