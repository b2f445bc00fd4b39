"""Trees of every kind through our engine against scikit-learn: every row, extremes, ties, and formats that widen by themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from fieldmouse.model import Model
from orchestrator.convert import ConvertError, ModelFacts, Options, Quantiser, Report, convert, snap

RNG = np.random.default_rng(5)
EXTREMES = np.array([-32768, -32767, -1, 0, 1, 32766, 32767], dtype=np.int16)


def rows(load) -> tuple[np.ndarray, np.ndarray]:
    x, y = load(return_X_y=True)
    return Quantiser().fit_transform(x), y


def synthetic(n: int = 400, width: int = 6) -> np.ndarray:
    """int16 over the whole range, the extremes among them."""
    return np.vstack([RNG.integers(-32768, 32768, (n, width)), RNG.choice(EXTREMES, (n // 4, width))]).astype(np.int16)


def proved(model, folder: Path, X: np.ndarray, **options) -> tuple[Report, Model]:
    """A conversion that has passed its own check on X, by our engine."""
    estimator = model[-1] if hasattr(model, "steps") else model
    classes = [str(c) for c in getattr(estimator, "classes_", [])]
    facts = ModelFacts("trial", "test", 50, classes, X.shape[1])
    report = convert(model, facts, folder / "include", X, Options(engine="compact", **options))
    return report, Model(folder / "include", "trial")


def corners(X: np.ndarray) -> np.ndarray:
    """The rows, and rows of extremes."""
    return np.vstack([X, RNG.choice(EXTREMES, (100, X.shape[1]))]).astype(np.int16)


CLASSIFIERS = {
    "forest": RandomForestClassifier(10, max_depth=8, random_state=0),
    "extra": ExtraTreesClassifier(12, max_depth=6, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=8, random_state=0),
    "smooth": RandomForestClassifier(7, min_samples_leaf=5, class_weight="balanced", random_state=0),  # rows unlike
}


@pytest.mark.parametrize("load", [load_digits, load_breast_cancer, load_wine])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_votes(kind: str, load, tmp_path: Path) -> None:
    x, y = rows(load)
    estimator = CLASSIFIERS[kind].fit(x[::2], y[::2])
    hard, _ = proved(estimator, tmp_path / "hard", corners(x), vote="hard")
    assert hard.outcomes["compact"].measured.near == 0
    estimator = snap(estimator)
    report, model = proved(estimator, tmp_path / "soft", corners(x))
    assert report.outcomes["compact"].bound.proba == 0.5
    assert (estimator.classes_[model.classify(x)[0]] == estimator.predict(x)).all()


def test_a_model_that_was_not_snapped_keeps_its_classes_and_probabilities(tmp_path: Path) -> None:
    x, y = rows(load_digits)
    estimator = RandomForestClassifier(10, max_depth=6, min_samples_leaf=3, random_state=0).fit(x[::2], y[::2])
    _, model = proved(estimator, tmp_path, x)
    classes, proba = model.classify(x)
    assert (estimator.classes_[classes] == estimator.predict(x)).all()
    assert np.abs(proba - 255 * estimator.predict_proba(x)).max() <= 1


@pytest.mark.parametrize("leaves", [16, 64])
def test_clustered_leaves_answer_as_the_changed_estimator(leaves: int, tmp_path: Path) -> None:
    x, y = rows(load_digits)
    estimator = RandomForestClassifier(10, max_depth=8, random_state=0).fit(x[::2], y[::2])
    full, _ = proved(estimator, tmp_path / "full", x)
    report, _ = proved(estimator, tmp_path / "few", x, leaves=leaves)
    outcome = report.outcomes["compact"]
    assert outcome.measured.near == 0
    assert outcome.tables < full.outcomes["compact"].tables
    assert outcome.measured.fitted > 0.97


WIDE = {
    "features": lambda: (
        RNG.integers(-900, 900, (300, 200)),
        RNG.integers(0, 3, 300),
        RandomForestClassifier(20, random_state=0),
    ),
    "classes": lambda: (synthetic(1200), np.arange(1500) % 40, RandomForestClassifier(12, max_depth=9, random_state=0)),
    "trees": lambda: (synthetic(), RNG.integers(0, 3, 500), RandomForestClassifier(500, max_depth=3, random_state=0)),
    "thresholds": lambda: (synthetic(1600, 1), RNG.integers(0, 4, 2000), DecisionTreeClassifier(random_state=0)),
    "levels": lambda: (np.arange(2000)[:, None], np.arange(2000) % 2, DecisionTreeClassifier(random_state=0)),
    "one-class": lambda: (synthetic(), np.zeros(500), RandomForestClassifier(3, random_state=0)),
}


@pytest.mark.parametrize("case", WIDE)
def test_the_format_widens_by_itself(case: str, tmp_path: Path) -> None:
    x, y, estimator = WIDE[case]()
    estimator = snap(estimator.fit(x, y))
    report, model = proved(estimator, tmp_path, corners(x))
    assert report.outcomes["compact"].bound.classes == 0
    assert (estimator.classes_[model.classify(x)[0]] == estimator.predict(x)).all()


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_a_scaler_is_folded_into_the_thresholds_exactly(scaler, tmp_path: Path) -> None:
    x = synthetic()
    model = make_pipeline(scaler, RandomForestClassifier(5, max_depth=6, random_state=0)).fit(x, x[:, 0] > x[:, 1])
    snap(model[-1])
    _, compiled = proved(model, tmp_path, corners(x))
    assert (model.classes_[compiled.classify(x)[0]] == model.predict(x)).all()


DIABETES = rows(load_diabetes)
REGRESSORS = {
    "tree": DecisionTreeRegressor(max_depth=7, random_state=0),
    "forest": RandomForestRegressor(12, max_depth=7, random_state=0),
    "extra": ExtraTreesRegressor(12, max_depth=7, random_state=0),
    "boosting": GradientBoostingRegressor(n_estimators=40, random_state=0),
    "hist": HistGradientBoostingRegressor(max_iter=30, random_state=0),
}


@pytest.mark.parametrize("kind", REGRESSORS)
def test_regression(kind: str, tmp_path: Path) -> None:
    x, y = DIABETES
    report, model = proved(REGRESSORS[kind].fit(x, y), tmp_path, corners(x))
    outcome = report.outcomes["compact"]
    assert outcome.bound.output < 1e-3 * np.ptp(y)
    wanted = REGRESSORS[kind].predict(x)
    assert np.abs(model.regress(x)[:, 0] / 2**model.fraction - wanted).max() <= outcome.bound.output


def test_several_outputs(tmp_path: Path) -> None:
    x, y = DIABETES
    targets = np.column_stack([y, -y / 100, np.full(len(y), 3.0)])
    _, model = proved(RandomForestRegressor(7, max_depth=6, random_state=0).fit(x, targets), tmp_path, corners(x))
    assert model.regress(x).shape == (len(x), 3)


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
@pytest.mark.parametrize("kind", [GradientBoostingClassifier, HistGradientBoostingClassifier])
def test_boosting_classifies(kind, load, tmp_path: Path) -> None:
    x, y = rows(load)
    estimator = kind(
        random_state=0, **({"max_iter": 8} if kind is HistGradientBoostingClassifier else {"n_estimators": 25})
    )
    report, model = proved(estimator.fit(x, y), tmp_path, corners(x))
    outcome = report.outcomes["compact"]
    assert outcome.measured.near <= 2
    assert outcome.bound.proba < 1.5
    assert (estimator.classes_[model.classify(x)[0]] == estimator.predict(x)).all()


def test_an_isolation_forest_scores(tmp_path: Path) -> None:
    x, _ = rows(load_wine)
    estimator = IsolationForest(n_estimators=50, contamination=0.1, max_features=0.5, random_state=0).fit(x)
    report, model = proved(estimator, tmp_path, corners(x))
    assert report.outcomes["compact"].bound.score < 1e-3
    wanted = estimator.decision_function(x)
    clear = np.abs(wanted) > 1e-3
    assert ((model.score(x) < 0) == (wanted < 0))[clear].all()


WINE, DIABETES_TARGETS = rows(load_wine), np.column_stack([DIABETES[1], -DIABETES[1] / 100])
DEEP = np.arange(40)
AS_CODE = {
    "soft": (*rows(load_digits), lambda: RandomForestClassifier(4, max_depth=7, random_state=0)),
    "one": (*rows(load_digits), lambda: DecisionTreeClassifier(max_depth=6, min_samples_leaf=4, random_state=0)),
    "values": (*DIABETES, lambda: RandomForestRegressor(4, max_depth=6, random_state=0)),
    "several": (DIABETES[0], DIABETES_TARGETS, lambda: ExtraTreesRegressor(4, max_depth=5, random_state=0)),
    "boosting": (*WINE, lambda: GradientBoostingClassifier(n_estimators=5, random_state=0)),
    "binary": (*rows(load_breast_cancer), lambda: HistGradientBoostingClassifier(max_iter=4, random_state=0)),
    "isolation": (*WINE, lambda: IsolationForest(n_estimators=8, max_features=0.5, random_state=0)),
    "wide": (
        RNG.integers(-900, 900, (300, 200)),
        RNG.integers(0, 3, 300),
        lambda: RandomForestClassifier(5, random_state=0),
    ),
    "leaves": (synthetic(100), np.ones(125), lambda: RandomForestRegressor(3, random_state=0)),
    "one-class": (synthetic(100), np.zeros(125), lambda: RandomForestClassifier(3, random_state=0)),
    # splits off a row a level, as no compiler nests braces
    "deep": (DEEP[:, None] - 30, DEEP % 3, lambda: DecisionTreeClassifier(random_state=0), 3.0**DEEP),
}


def said(model: Model, X: np.ndarray) -> list[np.ndarray]:
    """All that a model answers."""
    if "classify" in model.members:
        return [*model.classify(X), model.classify(X, with_proba=False)[0]]
    return [model.regress(X) if "regress" in model.members else model.score(X)]


@pytest.mark.parametrize("kind", AS_CODE)
def test_code_answers_as_tables_do(kind: str, tmp_path: Path) -> None:
    x, y, make, *weights = AS_CODE[kind]
    estimator = make().fit(x, y, *weights)
    seen = corners(x)
    _, tables = proved(estimator, tmp_path / "tables", seen)
    choices = [{"optimize": "speed"}, *({"code_levels": levels} for levels in (1, 3, 5))]
    left = []
    for k, options in enumerate(choices):
        report, code = proved(estimator, tmp_path / str(k), seen, **options)
        left.append(report.outcomes["compact"].tables)
        for a, b in zip(said(tables, seen), said(code, seen), strict=True):
            assert (a == b).all(), options
    assert left[0] <= left[3] <= left[2] <= left[1], "more levels leave less to the tables"


def test_hard_votes_as_code(tmp_path: Path) -> None:
    x, y = rows(load_digits)
    estimator = RandomForestClassifier(5, max_depth=7, random_state=0).fit(x, y)
    for k, options in enumerate([{"optimize": "speed"}, {"code_levels": 4}]):
        proved(estimator, tmp_path / str(k), corners(x), vote="hard", **options)


def test_many_trees_as_code(tmp_path: Path) -> None:
    x = synthetic()
    estimator = RandomForestClassifier(500, max_depth=2, random_state=0).fit(x, RNG.integers(0, 3, len(x)))
    proved(estimator, tmp_path, corners(x), vote="hard", optimize="speed")


def test_features_that_are_promised_not_to_be_negative(tmp_path: Path) -> None:
    x, y = load_digits(return_X_y=True)
    estimator = snap(RandomForestClassifier(4, max_depth=7, random_state=0).fit(x, y))
    proved(estimator, tmp_path, np.vstack([x, x + 32000]), optimize="speed", nonnegative=True)
    with pytest.raises(ConvertError, match="below 0"):
        proved(estimator, tmp_path, x - 1, optimize="speed", nonnegative=True)


def test_what_cannot_be_converted_is_said(tmp_path: Path) -> None:
    x, y = rows(load_wine)
    two = RandomForestClassifier(3, random_state=0).fit(x, np.column_stack([y, y]))
    with pytest.raises(ConvertError, match="several outputs"):
        proved(two, tmp_path, x)
    kinds = HistGradientBoostingClassifier(max_iter=3, categorical_features=[0], random_state=0).fit(np.abs(x) % 5, y)
    with pytest.raises(ConvertError, match="categorical"):
        proved(kinds, tmp_path, np.abs(x) % 5)
    with pytest.raises(ConvertError, match="not int16"):
        proved(DecisionTreeClassifier().fit(x, y), tmp_path, x + 0.5)
    for wrong in ({"vote": "loud"}, {"leaves": 1}, {"leaf_steps": 100}):
        with pytest.raises(ConvertError, match="choose"):
            Options(**wrong)
