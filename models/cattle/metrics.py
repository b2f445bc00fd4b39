"""The figures of merit of cattle: what of a cow's day is told right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fieldmouse.recording import Told

OTHER = "other"
UNKNOWN = "unknown"
SCORE = "macro_f1"  # what models are compared by
# Merged for macro_f1_3: apart from walking and grazing, a cow's head does not move much, whatever her legs do.
STILL = {"standing", "resting", "lying", "ruminating"}


def _f1(truth: np.ndarray, predicted: np.ndarray, label: str) -> float:
    right = np.sum((truth == label) & (predicted == label))
    return float(2 * right / (np.sum(truth == label) + np.sum(predicted == label)))


def _macro_f1(truth: np.ndarray, predicted: np.ndarray) -> float | None:
    labels = sorted(set(truth.tolist()) - {OTHER})
    return float(np.mean([_f1(truth, predicted, label) for label in labels])) if labels else None


def score(told: Sequence[Told]) -> dict[str, float]:
    """Metrics over the labelled decisions of some recordings; abstaining is wrong, and counts against coverage.

    macro_f1 is the mean F1 of the behaviours that occur in the truth, without `other`: a behaviour that an animal never
    showed is not a zero. A behaviour answered where the truth is `other` is a false positive of that behaviour.
    """
    pairs = [pair for one in told for pair in one.labelled()]
    if not pairs:
        raise ValueError("not one labelled decision to score")
    truth = np.array([pair[0] for pair in pairs], dtype=object)
    said = np.array([pair[1] for pair in pairs], dtype=object)
    merge = np.frompyfunc(lambda label: "still" if label in STILL else label, 1, 1)
    found = {
        "macro_f1": _macro_f1(truth, said),
        "macro_f1_3": _macro_f1(merge(truth), merge(said)),
        "accuracy": float(np.mean(truth == said)),
        "coverage": float(np.mean(said != UNKNOWN)),
    }
    return {name: value for name, value in found.items() if value is not None}
