"""Good loadable models for the fuzzers to begin from: small, and together of every form that the format has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

from orchestrator.convert import ModelFacts, Options, snap
from orchestrator.convert.blob import write_blob


def seeds(folder: Path) -> list[Path]:
    """Files in `folder`: soft and hard votes, one tree, regressors of one output and two, short splits and long ones, one leaf; the two that begin
    with `soft` differ in their numbers only."""
    generator = np.random.default_rng(3)
    narrow = generator.integers(-3000, 3000, (300, 5)).astype(np.int16)
    wide = generator.integers(-32768, 32768, (120, 80)).astype(np.int16)
    labels = (narrow[:, 0] > 500).astype(int) + (narrow[:, 1] > narrow[:, 2])
    targets = narrow[:, :2] * np.array([0.01, 700.0])
    small = {"max_depth": 4, "min_samples_leaf": 8, "random_state": 0}
    one = np.zeros(300)
    trials = {
        "soft-a": (snap(RandomForestClassifier(4, **small).fit(narrow, labels)), narrow, {}),
        "soft-b": (snap(RandomForestClassifier(3, **small).fit(narrow[::2], labels[::2])), narrow, {}),
        "fine": (RandomForestClassifier(3, **small).fit(narrow, labels), narrow, {}),
        "hard": (RandomForestClassifier(5, **small).fit(narrow, labels), narrow, {"vote": "hard"}),
        "leaf": (DecisionTreeClassifier().fit(narrow, one), narrow, {}),
        "long": (
            DecisionTreeClassifier(max_leaf_nodes=20, random_state=0).fit(wide, wide[:, 70] > wide[:, 79]),
            wide,
            {},
        ),
        "mean": (RandomForestRegressor(3, **small).fit(narrow, targets[:, 0]), narrow, {}),
        "two": (RandomForestRegressor(2, **small).fit(narrow, targets), narrow, {}),
    }
    found = []
    for name, (estimator, rows, options) in trials.items():
        classes = [str(c) for c in getattr(estimator, "classes_", [])]
        facts = ModelFacts("trial", "test", 50, classes, rows.shape[1])
        path = folder / f"{name}.blob"
        path.write_bytes(write_blob(estimator, facts, rows, Options(**options))[0])
        found.append(path)
    return found
