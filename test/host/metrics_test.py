"""The figures of merit, on answers small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fieldmouse.recording import Recording, Span, tell
from models.cattle.metrics import score


def told(truth: str, said: str):
    """One letter a decision of 3 s: w, g, s, r, o as behaviours, u for unknown, f for a fault line."""
    names = {"w": "walking", "g": "grazing", "s": "standing", "r": "resting", "o": "other", "u": "unknown"}
    spans = tuple(Span(3.0 * i, 3.0 * i + 3, names[c]) for i, c in enumerate(truth) if c != " ")
    recording = Recording("x", {"cow": "1"}, {0: 10}, {0: np.zeros((30 * len(truth), 3), dtype=np.int16)}, spans)
    reports = [
        {"ev": "fault", "t_ms": 3000 * (i + 1)}
        if c == "f"
        else {"ev": "window", "t_ms": 3000 * (i + 1), "class": names[c]}
        for i, c in enumerate(said)
    ]
    return tell(recording, reports, 1.5)


@pytest.mark.parametrize(
    ("truth", "said", "expected"),
    [
        ("wgsr", "wgsr", {"macro_f1": 1, "macro_f1_3": 1, "accuracy": 1, "coverage": 1}),
        ("wgsr", "wgrs", {"macro_f1": 0.5, "macro_f1_3": 1, "accuracy": 0.5, "coverage": 1}),
        ("ww", "wu", {"macro_f1": 2 / 3, "accuracy": 0.5, "coverage": 0.5}),  # abstaining is wrong
        ("ww", "wf", {"macro_f1": 2 / 3, "accuracy": 0.5, "coverage": 0.5}),  # a fault line is no answer
        ("wwo", "www", {"macro_f1": 0.8, "accuracy": 2 / 3}),  # `other` taken for walking is a false positive
        ("wwo", "wwg", {"macro_f1": 1.0}),  # and grazing, which this cow never showed, is no zero
        ("w w", "wgw", {"macro_f1": 1.0, "accuracy": 1.0}),  # unlabelled decisions do not count
        ("oo", "oo", {"accuracy": 1.0}),
    ],
)
def test_score(truth: str, said: str, expected: dict[str, float]) -> None:
    found = score([told(truth, said)])
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_recordings_are_pooled() -> None:
    assert score([told("w", "w"), told("w", "g")])["accuracy"] == 0.5


def test_a_metric_that_was_not_measured_is_absent() -> None:
    assert set(score([told("oo", "oo")])) == {"accuracy", "coverage"}


def test_nothing_labelled_is_an_error() -> None:
    with pytest.raises(ValueError, match="not one labelled"):
        score([told("  ", "ww")])
