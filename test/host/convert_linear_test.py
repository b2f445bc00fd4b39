"""Linear models through our own engine against scikit-learn: every test row, extremes of int16, and the bound that holds row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dense_support import Converted, extremes, split
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from orchestrator.convert.compact import linear
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import identity
from orchestrator.convert.quantise import Quantiser

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CLASSIFIERS = {
    "logistic": LogisticRegression(max_iter=500),
    "standardised": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    "ridge": make_pipeline(RobustScaler(), RidgeClassifier()),
    "svm": make_pipeline(MinMaxScaler(), LinearSVC()),
    "sgd": make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)),
    "discriminant": LinearDiscriminantAnalysis(),
}
REGRESSORS = {
    "least-squares": LinearRegression(),
    "ridge": make_pipeline(StandardScaler(), Ridge()),
    "lasso": Lasso(),
    "elastic": ElasticNet(),
    "svm": LinearSVR(max_iter=20000),
}


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_classifier_answers_as_scikit_learn_wherever_its_error_lets_it(
    kind: str, data: str, optimize: str, tmp_path: Path
) -> None:
    train, test, truth, _ = split(data)
    model = CLASSIFIERS[kind].fit(train, truth)
    c = Converted(model, train, tmp_path, len(model.classes_), optimize=optimize)
    rows = np.vstack([test, extremes(train.shape[1])])
    wanted = model.decision_function(rows)
    classes = (wanted > 0).astype(int) if wanted.ndim == 1 else wanted.argmax(axis=1)
    same = c.classes(rows) == classes
    assert same[: len(test)].mean() >= 0.99
    if optimize == "speed":
        assert same[: len(test)].all()
    soft = hasattr(model, "predict_proba") and (kind != "sgd" or len(model.classes_) == 2)
    if soft:
        error = np.abs(c.proba(test) - model.predict_proba(test) * 255).max()
        assert error <= c.bound.proba
        assert optimize == "size" or error <= 2, "16 bits"
    else:
        assert set(np.unique(c.proba(rows))) <= {0, 255}
        assert (c.proba(rows).argmax(axis=1) == c.classes(rows)).all()


@pytest.mark.parametrize("bits", [8, 16])
def test_no_row_of_int16_is_further_off_than_its_bound(bits: int) -> None:
    rng = np.random.default_rng(1)
    W, b = rng.normal(0, 3, (5, 40)), rng.normal(0, 1000, 5)
    scale = linear.largest_scale(W, b, 2 ** (bits - 1) - 1)
    rows = linear.quantised(W, b, np.full(5, scale), bits)
    X = extremes(40)
    sums = rows.sums(X)
    assert np.abs(sums).max() < 2**31
    error = np.abs(sums / scale - (X.astype(float) @ W.T + b))
    assert (error <= rows.error(X) * (1 + 1e-9)).all()
    assert error.max() > 0.1 * rows.error(X).max(), "the bound is no fantasy"


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("kind", REGRESSORS)
def test_a_regressor_is_within_its_bound(kind: str, optimize: str, tmp_path: Path) -> None:
    train, test, truth, _ = split("diabetes")
    model = REGRESSORS[kind].fit(train, truth)
    c = Converted(model, train, tmp_path, optimize=optimize)
    error = np.abs(c.outputs(test)[:, 0] - model.predict(test)).max()
    assert error <= 1.05 * c.bound.output, "the bound is over the calibration rows' range"
    assert c.bound.output <= truth.std() / 60


def test_several_outputs_of_different_sizes(tmp_path: Path) -> None:
    train, test, truth, _ = split("diabetes")
    targets = np.stack([truth, truth * 1000 + 5, -truth / 100], axis=1)
    for i, model in enumerate((Ridge(), MultiOutputRegressor(Ridge()))):
        model.fit(train, targets)
        c = Converted(model, train, tmp_path / str(i), optimize="speed")
        assert c.outputs(test).shape == (len(test), 3)
        step = 2.0**-c.c.fraction  # one for all outputs: the largest sets it
        assert (np.abs(c.outputs(test) - model.predict(test)).max(axis=0) <= 1e-3 * targets.std(axis=0) + step).all()


def test_two_classes_a_tie_is_the_first_class(tmp_path: Path) -> None:
    X = np.array([[-4], [-2], [0], [2], [4]], dtype=np.int16)
    model = LogisticRegression().fit(X, [0, 0, 0, 1, 1])
    model.intercept_[:] = 0.0
    c = Converted(model, X, tmp_path, 2)
    assert c.classes(X).tolist() == model.predict(X).tolist() == [0, 0, 0, 1, 1]
    assert c.proba(X)[2].tolist() == [128, 128]


def test_many_features_and_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    X = rng.integers(-3000, 3000, (400, 200)).astype(np.int16)
    y = (X[:, :40]).argmax(axis=1)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=100)).fit(X, y)
    c = Converted(model, X, tmp_path, 40, optimize="speed")
    assert (c.classes(X) == model.predict(X)).all()
    assert np.abs(c.proba(X) - model.predict_proba(X) * 255).max() <= 1.5


def test_floats_through_a_quantiser(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    X = rng.normal([5, 0.001, 300], [1, 0.0001, 100], (300, 3))
    y = (X - X.mean(axis=0)) / X.std(axis=0) @ [1, -1, 0.5] > 0
    model = make_pipeline(Quantiser(), StandardScaler(), LogisticRegression()).fit(X, y)
    c = Converted(model, X, tmp_path, 2)
    assert (c.classes(model[0].transform(X)) == model.predict(X)).mean() >= 0.99


def test_a_model_of_zeros_and_a_huge_bias(tmp_path: Path) -> None:
    X = np.array([[1, 2], [3, 4], [5, 7]], dtype=np.int16)
    model = LinearRegression().fit(X, [7.0, 7.0, 7.0])
    assert np.abs(Converted(model, X, tmp_path / "a").outputs(X) - 7).max() < 1e-4
    model.coef_[:], model.intercept_ = 1e-3, 1e6
    c = Converted(model, X, tmp_path / "b", optimize="speed")
    assert np.abs(c.outputs(X)[:, 0] - model.predict(X)).max() <= c.bound.output


def test_what_cannot_be_converted_is_said() -> None:
    X, y = np.arange(20).reshape(-1, 2), np.arange(10)
    for model, why in (
        (LinearRegression(), "not fitted"),
        (LinearRegression().fit(X, y * 1e12), "scale the targets down"),
    ):
        with pytest.raises(ConvertError, match=why):
            linear.regressor(model, "trial", Options(), X.astype(np.int16), identity(2))
    forests = MultiOutputRegressor(RandomForestRegressor(2)).fit(X, np.stack([y, y], axis=1))
    with pytest.raises(ConvertError, match="with linear regressors in it"):
        linear.regressor(forests, "trial", Options(), X.astype(np.int16), identity(2))
