"""Networks of dense layers, wherever they come from: scikit-learn's MLPs and Keras' Sequential, as float matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.errors import ConvertError
from orchestrator.convert.pipeline import Affine

ACTIVATIONS = {"identity": "identity", "linear": "identity", "relu": "relu", "tanh": "tanh", "logistic": "logistic",
               "sigmoid": "logistic", "softmax": "softmax"}  # fmt: skip


@dataclass(frozen=True)
class Dense:
    """activation(W @ x + b): W is float [n_outputs, n_inputs]."""

    W: np.ndarray
    b: np.ndarray
    activation: str

    def sums(self, x: np.ndarray) -> np.ndarray:
        """W @ x + b of rows [n, n_inputs]."""
        return x @ self.W.T + self.b


def activate(name: str, z: np.ndarray) -> np.ndarray:
    """A hidden layer's activation."""
    if name == "relu":
        return np.maximum(z, 0.0)
    if name == "tanh":
        return np.tanh(z)
    return 0.5 * (1 + np.tanh(z / 2)) if name == "logistic" else z


def _known(name: str) -> str:
    if name not in ACTIVATIONS:
        raise ConvertError(f"the activation {name} does not convert; these do: {', '.join(sorted(ACTIVATIONS))}")
    return ACTIVATIONS[name]


def of_scikit(estimator: Any) -> list[Dense]:
    """The layers of a fitted MLPClassifier or MLPRegressor."""
    if not hasattr(estimator, "coefs_"):
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")
    names = [_known(estimator.activation)] * (len(estimator.coefs_) - 1) + [_known(estimator.out_activation_)]
    return [Dense(np.asarray(W, dtype=float).T, np.asarray(b, dtype=float), name)
            for W, b, name in zip(estimator.coefs_, estimator.intercepts_, names, strict=True)]  # fmt: skip


def of_keras(model: Any) -> list[Dense]:
    """The layers of a Keras Sequential of Dense layers; layers that do nothing after training are left out."""
    found = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind in ("InputLayer", "Dropout", "Flatten"):
            continue
        if kind == "Activation" and found and found[-1].activation == "identity":
            found[-1] = Dense(found[-1].W, found[-1].b, _known(layer.activation.__name__))
        elif kind == "Dense":
            W, *rest = layer.get_weights()
            b = rest[0] if rest else np.zeros(np.shape(W)[1])
            found.append(
                Dense(np.asarray(W, dtype=float).T, np.asarray(b, dtype=float), _known(layer.activation.__name__))
            )
        else:
            raise ConvertError(
                f"a Keras layer {kind} does not convert; these do: Dense, Dropout, Flatten, InputLayer, Activation"
            )
    if not found:
        raise ConvertError("this Keras model has no Dense layer")
    return found


def simplified(layers: list[Dense], affine: Affine) -> list[Dense]:
    """The same function of the integer features: the scalers go into the first layer, a hidden layer without activation into the
    next, tanh into a logistic function."""
    first = layers[0]
    layers = [Dense(first.W * affine.scale, first.b + first.W @ affine.offset, first.activation), *layers[1:]]
    found: list[Dense] = []
    for layer in layers:
        if found and found[-1].activation == "identity":
            before = found.pop()
            layer = Dense(layer.W @ before.W, layer.sums(before.b), layer.activation)
        found.append(layer)
    for i in range(len(found) - 1):
        layer = found[i]
        if layer.activation == "tanh":  # tanh(z) = 2 logistic(2z) - 1
            after = found[i + 1]
            found[i] = Dense(2 * layer.W, 2 * layer.b, "logistic")
            found[i + 1] = Dense(2 * after.W, after.b - after.W.sum(axis=1), after.activation)
        elif layer.activation == "softmax":
            raise ConvertError("softmax converts in the last layer only")
    return found


def exact_sums(layers: Sequence[Dense], X: np.ndarray) -> np.ndarray:
    """The last layer's sums in float."""
    x = X.astype(float)
    for layer in layers[:-1]:
        x = activate(layer.activation, layer.sums(x))
    return layers[-1].sums(x)


def softmax(z: np.ndarray) -> np.ndarray:
    """Probabilities [rows, classes] of sums; of one column, its logistic function and what is left."""
    z = np.hstack([np.zeros_like(z), z]) if z.shape[1] == 1 else z
    power = np.exp(z - z.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def two(scores: np.ndarray) -> np.ndarray:
    """Scores with the second class's against zero."""
    return np.hstack([np.zeros_like(scores), scores]) if scores.shape[1] == 1 else scores
