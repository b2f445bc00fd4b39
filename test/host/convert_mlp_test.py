"""Networks through our own engine against scikit-learn: agreement, bounds, the proof that no sum overflows, and Keras' form."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from dense_support import Converted, extremes, split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from orchestrator.convert.compact import fit, layers, mlp, narrow, squash
from orchestrator.convert.compact.layers import Dense
from orchestrator.convert.compact.logs import logs_for, soft
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import identity

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_a_classifier_agrees_on_digits(activation: str, optimize: str, tmp_path: Path) -> None:
    train, test, truth, _ = split("digits")
    model = MLPClassifier((16, 8), activation=activation, random_state=0, max_iter=60).fit(train, truth)
    c = Converted(model, train, tmp_path, 10, optimize=optimize)
    assert (c.classes(test) == model.predict(test)).mean() >= 0.985
    assert c.measured.classes <= c.bound.classes
    assert c.measured.proba <= c.bound.proba


@pytest.mark.parametrize("bits", [8, 16])
def test_no_sum_of_a_narrow_network_leaves_int16(bits: int) -> None:
    train, _, truth, _ = split("digits")
    model = MLPClassifier((9, 5), random_state=0, max_iter=30).fit(train, truth)
    made = list(fit.candidates(layers.of_scikit(model), train[:600], bits))
    assert len(made) > 50
    tops = [[layer.most for layer in net.layers[:-1]] for net in made[::9]]
    twins = [
        fit.build(layers.of_scikit(model), train[:600], net.inputs, top, bits, True)
        for net, top in zip(made[::9], tops, strict=True)
    ]
    assert all(twins)
    made += twins
    for net in made:
        most = np.full(train.shape[1], net.inputs.most)
        assert net.inputs.values(extremes(train.shape[1])).max() <= net.inputs.most <= 255
        for layer in net.layers:
            high = np.maximum(layer.weights, 0) @ most + layer.biases
            low = np.minimum(layer.weights, 0) @ most + layer.biases
            assert high.max() <= 32767
            assert low.min() >= -32768
            assert np.abs(layer.weights).max() <= (127 if bits == 8 else 2047)
            most = np.full(len(layer.biases), layer.most)
            assert layer.most <= 255


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("data", ["wine", "digits"])
def test_the_c_is_what_numpy_says(data: str, optimize: str, tmp_path: Path) -> None:
    """On the ends of int16 too; 9 and 5 units fill no whole group, 13 features no whole step."""
    train, _, truth, _ = split(data)
    model = MLPClassifier((9, 5), random_state=0, max_iter=100)
    model = (make_pipeline(StandardScaler(), model) if data == "wine" else model).fit(train, truth)
    chosen: list[narrow.Narrow] = []
    code = narrow.code
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(narrow, "code", lambda name, net, *rest: chosen.append(net) or code(name, net, *rest))
        c = Converted(model, train, tmp_path, len(model.classes_), optimize=optimize)
    rows = np.vstack([train[:300], extremes(train.shape[1])])
    scores = chosen[0].scores(rows)
    assert (c.classes(rows) == scores.argmax(axis=1)).all()
    assert (c.proba(rows) == soft(scores, logs_for(1 / chosen[0].scale))).all()


def test_two_classes(tmp_path: Path) -> None:
    train, test, truth, _ = split("breast_cancer")
    model = make_pipeline(StandardScaler(), MLPClassifier((8,), random_state=0, max_iter=200)).fit(train, truth)
    c = Converted(model, train, tmp_path, 2)
    assert (c.classes(test) == model.predict(test)).mean() >= 0.985
    assert np.abs(c.proba(test) - model.predict_proba(test) * 255).max() <= 3 * c.bound.proba


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_a_regressor_is_within_its_bound(activation: str, tmp_path: Path) -> None:
    train, test, truth, _ = split("diabetes")
    targets = np.stack([truth, -10 * truth], axis=1)
    network = MLPRegressor(
        hidden_layer_sizes=(12, 6), activation=activation, solver="lbfgs", random_state=0, max_iter=300
    )
    model = make_pipeline(StandardScaler(), network).fit(train, targets)
    c = Converted(model, train, tmp_path)
    error = np.abs(c.outputs(test) - model.predict(test)).max()
    assert error <= 2 * c.bound.output
    assert c.bound.output <= 0.1 * targets.std()
    c.outputs(extremes(10))


def test_the_logistic_function_is_within_its_bound() -> None:
    z = np.arange(-12 * 128, 12 * 128)
    exact = 1 / (1 + np.exp(-z / 128))
    assert np.abs(squash.logistic(z, 5) / 32767 - exact).max() <= 0.0011


def _keras(*dense: Dense) -> SimpleNamespace:
    """Stands in for a Keras Sequential: what the conversion touches of it."""

    def layer(d: Dense) -> SimpleNamespace:
        kind = type("Dense", (SimpleNamespace,), {})
        return kind(get_weights=lambda: [d.W.T, d.b], activation=SimpleNamespace(__name__=d.activation))

    def predict(X: np.ndarray, verbose: int) -> np.ndarray:
        for d in dense[:-1]:
            X = layers.activate(d.activation, d.sums(X))
        z = dense[-1].sums(X)
        if dense[-1].activation == "softmax":
            z = np.exp(z - z.max(axis=1, keepdims=True))
            return z / z.sum(axis=1, keepdims=True)
        return 1 / (1 + np.exp(-z)) if dense[-1].activation == "sigmoid" else z

    dropout = type("Dropout", (SimpleNamespace,), {})()
    kind = type("Sequential", (SimpleNamespace,), {})
    return kind(
        layers=[layer(dense[0]), dropout, *map(layer, dense[1:])], predict=predict, n_features_in_=dense[0].W.shape[1]
    )


@pytest.mark.parametrize(("last", "n_out"), [("softmax", 4), ("sigmoid", 1), ("linear", 2)])
def test_a_keras_network(last: str, n_out: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    net = _keras(
        Dense(rng.normal(0, 0.02, (10, 6)), rng.normal(0, 0.3, 10), "relu"),
        Dense(rng.normal(0, 1, (n_out, 10)), rng.normal(0, 0.3, n_out), last),
    )
    X = rng.integers(-60, 60, (300, 6)).astype(np.int16)
    wanted = net.predict(X.astype(float), verbose=0)
    c = Converted(net, X, tmp_path, 0 if last == "linear" else max(n_out, 2))
    if last == "linear":
        assert np.abs(c.outputs(X) - wanted).max() <= c.bound.output
    else:
        truth = wanted.argmax(axis=1) if n_out > 1 else (wanted[:, 0] > 0.5).astype(int)
        assert (c.classes(X) == truth).mean() >= 0.985


def test_what_cannot_be_converted_is_said() -> None:
    train, _, truth, _ = split("wine")
    model = MLPClassifier((3,), max_iter=5).fit(train, truth)
    with pytest.raises(ConvertError, match="not fitted"):
        layers.of_scikit(MLPClassifier())
    with pytest.raises(ConvertError, match="needs calibration rows, at least 20"):
        mlp.classifier(model, "trial", Options(), train[:3], identity(13))
    odd = _keras(Dense(np.ones((2, 13)), np.zeros(2), "gelu"))
    with pytest.raises(ConvertError, match="the activation gelu does not convert"):
        mlp.keras(odd, "trial", Options(), train, identity(13))
    odd.layers[0].__class__.__name__ = "LSTM"
    with pytest.raises(ConvertError, match="a Keras layer LSTM does not convert"):
        mlp.keras(odd, "trial", Options(), train, identity(13))
