"""Good loadable models for the fuzzers to begin from: small, and together of every form that the format has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from orchestrator.convert import ModelFacts, Options, snap
from orchestrator.convert.blob import write_blob


def scaled(estimator: object) -> object:
    """A pipeline that begins with a scaler."""
    return make_pipeline(StandardScaler(), estimator)


def seeds(folder: Path) -> list[Path]:
    """Files in `folder`: soft and hard votes, one tree, regressors of one output and two, short splits and long ones, one leaf; sums of trees, and
    of weights, that classify (two classes and three, with and without probabilities), regress and score; hidden layers. The two that begin
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
        "boost": (
            GradientBoostingClassifier(n_estimators=2, max_depth=2, random_state=0).fit(narrow, labels),
            narrow,
            {},
        ),
        "hist": (HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=5).fit(narrow, labels > 0), narrow, {}),
        "added": (
            GradientBoostingRegressor(n_estimators=4, max_depth=2, random_state=0).fit(narrow, targets[:, 1]),
            narrow,
            {},
        ),
        "alone": (IsolationForest(n_estimators=4, max_samples=16, random_state=0).fit(narrow), narrow, {}),
        "logistic": (scaled(LogisticRegression()).fit(narrow, labels), narrow, {}),
        "binary": (scaled(LinearSVC(random_state=0)).fit(narrow, labels > 0), narrow, {}),
        "ridge": (scaled(Ridge()).fit(narrow, targets), narrow, {}),
        "layers": (scaled(MLPClassifier((6, 4), max_iter=60, random_state=0)).fit(narrow, labels), narrow, {}),
        "squash": (
            scaled(MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", max_iter=60, random_state=0)).fit(
                narrow, targets[:, 0]
            ),
            narrow,
            {},
        ),
    }
    found = []
    for name, (estimator, rows, options) in trials.items():
        classes = [str(c) for c in getattr(estimator, "classes_", [])]
        facts = ModelFacts("trial", "test", 50, classes, rows.shape[1])
        path = folder / f"{name}.blob"
        path.write_bytes(write_blob(estimator, facts, rows, Options(**options))[0])
        found.append(path)
    return found
