"""Conversion as a stranger would use it: drawn estimators on drawn data answer within their bound on fresh rows, or are refused with advice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from fieldmouse.model import Model
from orchestrator.convert import ConvertError, ModelFacts, Options, convert

pytestmark = pytest.mark.filterwarnings("ignore")
SEEDS = range(48)
FRESH = 200
NEAR = 0.02  # of the largest score
TIE = 1e-9  # of a probability
LABELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "int": lambda y: y,
    "negative": lambda y: 5 - 3 * y,
    "str": lambda y: np.array([f"class {9 - k}" for k in y]),
    "bool": lambda y: y > 0,
    "float": lambda y: y * 1.0,
}


def drawn_rows(rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """int16 rows, and fresh ones within the range of each of their columns."""
    r = np.random.default_rng(rng.randrange(1 << 30))
    n, width = rng.choice([24, 150]), rng.choice([1, 3, 6])
    top = rng.choice([1, 9, 900, 32767])
    X = r.integers(-top, top, (n, width), endpoint=True)
    if rng.random() < 0.2:
        X = r.choice([-32768, -1, 0, 1, 32767], (n, width))
    if rng.random() < 0.3:
        X[:, -1] = 7
    if rng.random() < 0.3:
        X = np.repeat(X[: n // 3], 3, axis=0)
    fresh = np.stack([r.choice(column, FRESH) for column in X.T], axis=1)
    return X.astype(np.int16), fresh.astype(np.int16)


def drawn_classifier(rng: random.Random) -> Any:
    """One of the kinds whose error is proved, not measured."""
    seed, depth, trees = rng.randrange(99), rng.choice([1, 3, None]), rng.choice([1, 4, 9])
    weight = rng.choice([None, "balanced"])
    return rng.choice([
        lambda: DecisionTreeClassifier(max_depth=depth, class_weight=weight, random_state=seed),
        lambda: RandomForestClassifier(trees, max_depth=depth, class_weight=weight, max_features=1, random_state=seed),
        lambda: ExtraTreesClassifier(trees, max_depth=depth, random_state=seed),
        lambda: GradientBoostingClassifier(n_estimators=trees, subsample=0.7, max_depth=2, random_state=seed),
        lambda: HistGradientBoostingClassifier(max_iter=trees, min_samples_leaf=2, random_state=seed),
        lambda: LogisticRegression(C=rng.choice([0.01, 100]), class_weight=weight),
        lambda: RidgeClassifier(),
        lambda: SGDClassifier(loss=rng.choice(["hinge", "log_loss"]), random_state=seed),
    ])()  # fmt: skip


def drawn_regressor(rng: random.Random) -> Any:
    """The same that regress."""
    seed, trees = rng.randrange(99), rng.choice([1, 4, 9])
    return rng.choice([
        lambda: DecisionTreeRegressor(max_depth=4, random_state=seed),
        lambda: RandomForestRegressor(trees, max_depth=4, random_state=seed),
        lambda: GradientBoostingRegressor(n_estimators=trees, loss=rng.choice(["squared_error", "huber"])),
        lambda: HistGradientBoostingRegressor(max_iter=trees, min_samples_leaf=2, random_state=seed),
        lambda: LinearRegression(), lambda: Ridge(), lambda: MultiOutputRegressor(Ridge()),
    ])()  # fmt: skip


def drawn_scaler(rng: random.Random) -> list[Any]:
    return rng.choice([[], [], [], [StandardScaler()], [MinMaxScaler()], [RobustScaler()], [MaxAbsScaler()]])


def drawn_options(rng: random.Random, classes: bool) -> Options:
    """Those that leave the model as it is."""
    return Options(
        optimize=rng.choice(["size", "speed"]), code_levels=rng.choice([None, None, 2]),
        probabilities=rng.random() < 0.8 if classes else True,
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_model_answers_fresh_rows_as_scikit_learn(seed: int, tmp_path: Path) -> None:
    """Classes by `predict` itself; where two are as near as rounding, the runner-up is right too."""
    rng = random.Random(seed)
    X, fresh = drawn_rows(rng)
    total = X.astype(float) @ np.linspace(1, 2, X.shape[1])
    classes = rng.random() < 0.6
    if classes:
        place = np.argsort(np.argsort(total)) / len(total)
        y = LABELS[rng.choice(list(LABELS))](np.digitize(place, [0.4, 0.8]))
    else:
        y = total / np.abs(total).max()
    inner = drawn_classifier(rng) if classes else drawn_regressor(rng)
    if not classes and (
        isinstance(inner, MultiOutputRegressor) or (seed % 3 == 0 and "Boost" not in type(inner).__name__)
    ):
        y = np.stack([y, -3 * y + 1], axis=1)
    model = make_pipeline(*drawn_scaler(rng), inner).fit(X.astype(float), y)
    names = [f"c{i}" for i in range(len(model.classes_))] if classes else []
    report = convert(
        model, ModelFacts("drawn", "sim", 1, names, X.shape[1]), tmp_path / "i", X, drawn_options(rng, classes)
    )
    wanted = model.predict(fresh.astype(float))
    for engine, outcome in report.outcomes.items():
        asked = Model(tmp_path / "i", "drawn", engine)
        if classes:
            same = model.classes_[asked.classify(fresh)[0]] == wanted
            assert (same | near(model, fresh)).all(), (engine, str(inner))
        else:
            off = np.abs(asked.regress(fresh) * 2.0**-asked.fraction - wanted.reshape(FRESH, -1)).max()
            assert off <= outcome.bound.output * (1 + 1e-6) + 1e-12, (engine, str(inner))


def near(model: Any, rows: np.ndarray) -> np.ndarray:
    """On which rows scikit-learn itself hardly tells the two best classes apart."""
    if hasattr(model, "decision_function"):
        scores = model.decision_function(rows.astype(float)).reshape(len(rows), -1)
        scores = np.hstack([-scores, scores]) if scores.shape[1] == 1 else scores
        best = np.sort(scores, axis=1) / np.abs(scores).max()
    else:
        best = np.sort(model.predict_proba(rows.astype(float)), axis=1)
    return best[:, -1] - best[:, -2] < (NEAR if hasattr(model, "decision_function") else TIE)


R = np.random.default_rng(0)
ROWS = R.integers(-100, 100, (60, 4)).astype(np.int16)
TWO = (ROWS[:, 0] > ROWS[:, 1]).astype(int)
TREE = DecisionTreeClassifier(max_depth=3).fit(ROWS, TWO)


def spoiled(value: float) -> LogisticRegression:
    """A model that has diverged."""
    model = LogisticRegression().fit(ROWS, TWO)
    model.coef_[0, 1] = value
    return model


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "nothing": (None, {}, "no model"),
    "an empty pipeline": (Pipeline([("a", "passthrough")]), {}, "no model"),
    "an unfitted one": (GaussianNB(), {}, "not fitted"),
    "half a pipeline": (make_pipeline(StandardScaler().fit(ROWS), LogisticRegression()), {}, "not fitted"),
    "a search": (GridSearchCV(TREE, {"max_depth": [2]}).fit(ROWS, TWO), {}, "GridSearchCV cannot"),
    "bagging": (BaggingClassifier(n_estimators=2).fit(ROWS, TWO), {}, "these can"),
    "voting": (VotingClassifier([("a", GaussianNB())]).fit(ROWS, TWO), {}, "these can"),
    "AdaBoost": (AdaBoostClassifier(n_estimators=2).fit(ROWS, TWO), {}, "these can"),
    "a selection": (make_pipeline(SelectKBest(k=2), GaussianNB()).fit(ROWS, TWO), {}, "SelectKBest converts not at all"),
    "one class, boosted": (HistGradientBoostingClassifier(max_iter=2).fit(ROWS, 0 * TWO), {"classes": ["a"]}, "one class only"),
    "one class, linear": (RidgeClassifier().fit(ROWS, 0 * TWO), {"classes": ["a"]}, "one class only"),
    "many labels": (RidgeClassifier().fit(ROWS, np.stack([TWO, 1 - TWO], 1)), {}, "one for each label"),
    "categories": (HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]).fit(np.abs(ROWS) % 5, ROWS[:, 0] % 5 == 2), {}, "encode them"),
    "another start": (GradientBoostingClassifier(n_estimators=2, init=GaussianNB()).fit(ROWS, TWO), {}, "leave init"),
    "not a number": (spoiled(np.nan), {}, "not converged"),
    "infinite": (spoiled(np.inf), {}, "not converged"),
    "no variance": (GaussianNB(var_smoothing=0).fit(ROWS * [1, 1, 1, 0], TWO), {}, "variance 0"),
    "too many neighbours": (KNeighborsClassifier(50).fit(ROWS[:9], TWO[:9]), {}, "50 neighbours of 9 rows"),
    "isolated alone": (IsolationForest(n_estimators=2, max_samples=1).fit(ROWS), {"classes": []}, "max_samples to 2"),
    "clusters without names": (KMeans(3, n_init=1).fit(ROWS), {"classes": []}, "3 classes and the facts name 0"),
    "too few names": (TREE, {"classes": ["a"]}, "2 classes and the facts name 1"),
    "too many classes": (TREE, {"classes": ["a"] * 300}, "at most 254"),
    "too few columns": (TREE, {"rows": ROWS[:, :3]}, "calibration rows have 3"),
    "facts of another": (TREE, {"n_features": 5}, "facts name 5"),
    "words": (TREE, {"rows": np.array([["a"] * 4])}, "no numbers"),
    "missing values": (TREE, {"rows": np.full((2, 4), np.nan)}, "not int16"),
    "large values": (TREE, {"rows": ROWS.astype(int) * 1000}, "not int16"),
    "no rows": (TREE, {"rows": ROWS[:0]}, "give some"),
    "a name in two words": (TREE, {"name": "my model"}, "letter first"),
    "a name of a digit": (TREE, {"name": "1x"}, "letter first"),
    "a negative rate": (TREE, {"rate": -1}, "whole number"),
    "half a rate": (TREE, {"rate": 0.5}, "whole number"),
    "a quote": (TREE, {"classes": ['a"', "b"]}, "no quote"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_convert_says_what_to_do(what: str, tmp_path: Path) -> None:
    model, changed, words = REFUSED[what]
    facts = {"name": "trial", "rate": 1, "classes": ["a", "b"], "n_features": 4, "rows": ROWS} | changed
    told = ModelFacts(facts["name"], "sim", facts["rate"], facts["classes"], facts["n_features"])
    with pytest.raises(ConvertError, match=words):
        convert(model, told, tmp_path / "include", facts["rows"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["leaves", "code_levels", "leaf_steps", "threshold_bits", "max_bytes"])
def test_half_an_option_is_refused(option: str) -> None:
    with pytest.raises(ConvertError, match="whole number"):
        Options(**{option: 2.5})


def test_an_ordinary_forest_of_two_classes_converts_as_it_was_fitted(tmp_path: Path) -> None:
    """Its leaves are no 128ths, so emlearn refuses it and the other engine holds it."""
    model = RandomForestClassifier(5, max_depth=3, random_state=0).fit(ROWS, TWO)
    report = convert(model, ModelFacts("plain", "sim", 1, ["a", "b"], 4), tmp_path / "i", ROWS)
    assert list(report.outcomes) == ["compact"]
    assert "snap" in report.refused["emlearn"]


def test_a_linear_models_bound_is_of_the_range_of_the_rows(tmp_path: Path) -> None:
    """Rows with one large feature each; a fresh row has all of them large."""
    rows = np.vstack([np.diag([900, 800, 700, 600]), ROWS[:20]]).astype(np.int16)
    model = Ridge().fit(rows, rows @ [0.1234, 0.0567, 0.0891, 0.0345])
    report = convert(model, ModelFacts("wide", "sim", 1, [], 4), tmp_path / "i", rows)
    corner = rows.max(axis=0)[None]
    asked = Model(tmp_path / "i", "wide")
    off = np.abs(asked.regress(corner) * 2.0**-asked.fraction - model.predict(corner)).max()
    assert off <= report.outcomes["compact"].bound.output


def test_missing_values_while_learning_take_nothing_of_the_answers(tmp_path: Path) -> None:
    """int16 has none, so the sides that they take are never asked for."""
    holes = ROWS.astype(float)
    holes[::5, 0] = np.nan
    for i, model in enumerate((HistGradientBoostingClassifier(max_iter=4), LinearSVC())):
        model.fit(holes if i == 0 else ROWS, TWO)
        convert(model, ModelFacts("holes", "sim", 1, ["a", "b"], 4), tmp_path / str(i), ROWS)
        assert (Model(tmp_path / str(i), "holes").classify(ROWS)[0] == model.predict(ROWS)).mean() >= 0.99
