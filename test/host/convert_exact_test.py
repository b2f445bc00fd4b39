"""Voting trees that nothing was done to, against scikit-learn on rows anywhere in int16: every class the same, ties apart, and no tie guessed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from bench.models import cases
from fieldmouse.model import Model
from orchestrator.convert import ModelFacts, Options, Report, convert
from orchestrator.convert.ensemble import trees

MARGIN = 2.0**-18  # of a vote: what the documents promise
ROUNDING = 1e-12  # of scikit-learn's own sum
ROWS = 4000

# estimator, its trees, classes, features, options of scikit-learn, rows learned
GRID: dict[str, tuple[Any, int, int, int, dict[str, Any], int]] = {
    "one": (RandomForestClassifier, 1, 2, 3, {}, 200),
    "two": (RandomForestClassifier, 2, 3, 3, {}, 200),
    "three-shallow": (RandomForestClassifier, 3, 2, 4, {"max_depth": 2}, 300),
    "five-leaves": (RandomForestClassifier, 5, 4, 6, {"min_samples_leaf": 5}, 400),
    "ten": (RandomForestClassifier, 10, 10, 16, {"max_depth": 8}, 1500),
    "ten-deep": (RandomForestClassifier, 10, 4, 6, {}, 3000),
    "ten-large-leaves": (RandomForestClassifier, 10, 3, 6, {"min_samples_leaf": 60}, 3000),
    "balanced": (RandomForestClassifier, 10, 3, 6, {"max_depth": 6, "class_weight": "balanced"}, 600),
    "subsample": (RandomForestClassifier, 30, 2, 6, {"max_depth": 6, "class_weight": "balanced_subsample"}, 600),
    "binary": (RandomForestClassifier, 20, 2, 8, {"max_depth": 5}, 800),
    "classes-16": (RandomForestClassifier, 10, 16, 6, {"max_depth": 6}, 1000),
    "classes-17": (RandomForestClassifier, 10, 17, 6, {"max_depth": 6}, 1000),
    "classes-40": (RandomForestClassifier, 12, 40, 6, {"max_depth": 7}, 1500),
    "classes-40-weights": (RandomForestClassifier, 8, 40, 6, {"max_depth": 7, "class_weight": "balanced"}, 1500),
    "features-200": (RandomForestClassifier, 20, 3, 200, {}, 300),
    "hundred": (RandomForestClassifier, 100, 5, 6, {"max_depth": 4}, 1000),
    "five-hundred": (RandomForestClassifier, 500, 3, 6, {"max_depth": 3}, 500),
    "five-hundred-weights": (RandomForestClassifier, 500, 3, 6, {"max_depth": 3, "class_weight": "balanced"}, 500),
    "extra": (ExtraTreesClassifier, 12, 6, 8, {"max_depth": 6}, 1000),
    "extra-all": (ExtraTreesClassifier, 15, 3, 8, {}, 1000),
    "extra-bootstrap": (ExtraTreesClassifier, 15, 3, 8, {"bootstrap": True, "min_samples_leaf": 3}, 1000),
    "tree": (DecisionTreeClassifier, 0, 5, 6, {"max_depth": 6}, 1000),
    "tree-weights": (DecisionTreeClassifier, 0, 3, 6, {"max_depth": 5, "class_weight": {0: 0.3, 1: 1.7, 2: 1.0}}, 800),
    "tree-deep": (DecisionTreeClassifier, 0, 4, 1, {}, 2000),
    "tree-pruned": (DecisionTreeClassifier, 0, 12, 5, {"ccp_alpha": 0.002}, 1000),
    "tree-classes-40": (DecisionTreeClassifier, 0, 40, 6, {"max_depth": 6}, 1500),
    "extra-tree": (ExtraTreeClassifier, 0, 3, 6, {"min_samples_leaf": 7}, 800),
}
SAMPLE_WEIGHTS = ("five-leaves", "extra")


def fitted(case: str) -> Any:
    """An estimator of the grid on rows over the whole range, whose labels follow two features and are often wrong."""
    kind, n_trees, n_classes, width, options, n = GRID[case]
    generator = np.random.default_rng(len(case) + n)
    x = generator.integers(-32768, 32768, (n, width)).astype(np.int16)
    y = (x[:, 0].astype(int) + x[:, -1] // 2 + 49152) * n_classes // 98304
    wrong = generator.random(n) < 0.3
    y[wrong] = generator.integers(0, n_classes, wrong.sum())
    y[:n_classes] = np.arange(n_classes)
    weight = generator.random(n) + 0.1 if case in SAMPLE_WEIGHTS else None
    estimator = kind(random_state=0, **options, **({"n_estimators": n_trees} if n_trees else {}))
    return estimator.fit(x, y, sample_weight=weight)


def converted(estimator: Any, folder: Path, X: np.ndarray, **options: Any) -> tuple[Report, Model]:
    names = [f"c{c}" for c in estimator.classes_]
    facts = ModelFacts("trial", "test", 50, names, X.shape[1])
    report = convert(estimator, facts, folder / "include", X, Options(engine="compact", **options))
    return report, Model(folder / "include", "trial")


def anywhere(estimator: Any, n: int, seed: int = 1) -> np.ndarray:
    """Rows over the whole range, and rows on both sides of the trees' own thresholds."""
    generator = np.random.default_rng(seed)
    rows = generator.integers(-32768, 32768, (n, estimator.n_features_in_))
    for tree in trees(estimator):
        inner = np.flatnonzero(tree.tree_.children_left >= 0)
        if len(inner):
            chosen = generator.choice(inner, max(1, n // 4 // len(trees(estimator))))
            at = generator.integers(0, n, len(chosen))
            rows[at, tree.tree_.feature[chosen]] = np.floor(tree.tree_.threshold[chosen]) + generator.integers(
                0, 2, len(chosen)
            )
    return np.clip(rows, -32768, 32767).astype(np.int16)


def answered(estimator: Any, folder: Path, X: np.ndarray, **options: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """After a conversion that knows 200 of the rows: the classes, which rows scikit-learn answers clearly, and which are ties to it."""
    report, model = converted(estimator, folder, X[:200], **options)
    assert report.outcomes["compact"].bound.classes == 0
    wanted = estimator.predict_proba(X)
    classes, proba = model.classify(X)
    assert (classes == model.classify(X, with_proba=False)[0]).all(), "stopping early changes nothing"
    assert np.abs(proba - 255 * wanted).max() <= 0.8
    two = np.sort(wanted, axis=1)[:, -2:]
    clear, tied = two[:, 1] - two[:, 0] > MARGIN, two[:, 1] - two[:, 0] <= ROUNDING
    assert (clear | tied).all(), "no row lies between a tie and the margin"
    assert (classes == np.argmax(wanted, axis=1))[clear].all()
    lowest = np.argmax(wanted >= wanted.max(axis=1, keepdims=True) - ROUNDING, axis=1)
    assert (classes == lowest)[tied].all(), "of equals the lowest"
    return classes, clear, tied


@pytest.mark.parametrize("case", GRID)
def test_every_row_is_answered_as_scikit_learn_does(case: str, tmp_path: Path) -> None:
    estimator = fitted(case)
    answered(estimator, tmp_path, anywhere(estimator, ROWS))


@pytest.mark.parametrize("case", ["ten", "extra", "classes-40", "tree"])
def test_code_answers_so_too(case: str, tmp_path: Path) -> None:
    estimator = fitted(case)
    answered(estimator, tmp_path, anywhere(estimator, 1000), optimize="speed")


def test_the_synthetic_set_of_the_bench_on_fresh_rows(tmp_path: Path) -> None:
    estimator = next(job for job in cases.JOBS if job.name == "synthetic-forest").estimator
    answered(estimator, tmp_path, anywhere(estimator, 10_000))


def test_ties_go_to_the_lowest_class_whatever_floats_do(tmp_path: Path) -> None:
    """Equal as fractions, though scikit-learn's sums in float64 are not all equal."""
    generator = np.random.default_rng(2)
    x = generator.integers(0, 2, (400, 6)).astype(np.int16)
    estimator = RandomForestClassifier(3, min_samples_leaf=7, random_state=1).fit(x, generator.integers(0, 3, 400))
    every = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T.astype(np.int16)
    rows = np.vstack([every, every + 1])
    exact = []
    for leaves in np.transpose([tree.apply(rows) for tree in estimator.estimators_]):
        values = [t.tree_.value[leaf, 0] for t, leaf in zip(estimator.estimators_, leaves, strict=True)]
        exact.append([sum(Fraction(v[c]).limit_denominator(400) for v in values) for c in range(3)])
    model = converted(estimator, tmp_path, rows)[1]
    assert model.classify(rows)[0].tolist() == [votes.index(max(votes)) for votes in exact]


def test_a_hard_vote_says_how_often_it_is_scikit_learns_answer(tmp_path: Path) -> None:
    estimator = fitted("ten-large-leaves")
    X = anywhere(estimator, 2000)
    report, model = converted(estimator, tmp_path, X, vote="hard")
    votes = np.array([[tree.tree_.value[leaf, 0].argmax() for leaf in tree.apply(X)] for tree in estimator.estimators_])
    wanted = [np.bincount(row, minlength=3).argmax() for row in votes.T]
    classes, _ = model.classify(X)
    assert (classes == wanted).all()
    fitted_share = report.outcomes["compact"].measured.fitted
    assert fitted_share == np.mean(classes == np.argmax(estimator.predict_proba(X), axis=1))
    assert fitted_share < 1
