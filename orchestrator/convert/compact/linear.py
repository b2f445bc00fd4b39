"""Linear models for lib/compact/compact_linear.h: integer weights, scalers folded in, an error bound that holds row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact.logs import PROBA_ERROR, logs_for
from orchestrator.convert.ctext import array
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

LARGEST = 32768  # of |feature|
BUDGET = 2**30 - 1  # the sum of weights and features may take half of int32, the bias the other
SMALL_ENOUGH = 0.002  # 8 bits are taken where at most this share of the calibration rows gets another class
SMALL_ERROR = 1 / 64  # … or where no output is off by more than this part of the outputs' standard deviation


@dataclass(frozen=True)
class Rows:
    """Integer rows: value_k = (weights[k] · x + biases[k] · 2^bias_shift) / scale[k], and what rounding them left: of each weight and bias,
    in the units of the model."""

    bits: int
    weights: np.ndarray  # int64 [k, n]
    biases: np.ndarray  # int64 [k]
    bias_shift: int
    scale: np.ndarray  # float [k]
    weight_error: np.ndarray
    bias_error: np.ndarray

    @property
    def used(self) -> int:
        """The features up to the last that has a weight, at least one: no others are stored, nor those before `first`."""
        return int(np.flatnonzero(self.weights.any(axis=0)).max(initial=0)) + 1

    @property
    def first(self) -> int:
        """The first feature that has a weight, or 0."""
        return int(np.flatnonzero(self.weights.any(axis=0)).min(initial=self.used - 1))

    def sums(self, X: np.ndarray) -> np.ndarray:
        """What the C's int32 sums are, [rows, k]."""
        return X.astype(np.int64) @ self.weights.T + (self.biases << self.bias_shift)

    def error(self, X: np.ndarray) -> np.ndarray:
        """How far each value may be off, [rows, k]: no int16 row is off by more."""
        return np.abs(X.astype(float)) @ self.weight_error.T + self.bias_error

    def worst(self, X: np.ndarray) -> np.ndarray:
        """How far each value may be off on any row within the range of these, [k]."""
        return self.error(np.abs(X.astype(float)).max(axis=0, keepdims=True))[0]


def largest_scale(W: np.ndarray, b: np.ndarray, most: int) -> float:
    """The largest scale at which each weight is within ±most and no sum can leave int32; 1 for a model of zeros."""
    room = LARGEST * (np.abs(W).sum(axis=1).max() if W.size else 0.0)
    limits = [most / np.abs(W).max() if W.any() else np.inf, BUDGET / np.abs(b).max() if b.any() else np.inf]
    if room:
        limits.append((BUDGET - LARGEST * W.shape[1] / 2) / room)  # rounding may add half a step to each weight
    scale = min(limits)
    return float(scale) if np.isfinite(scale) else 1.0


def quantised(W: np.ndarray, b: np.ndarray, scale: np.ndarray, bits: int) -> Rows:
    """The integer rows of float weights [k, n] and biases [k] at these scales [k]."""
    weights = np.rint(W * scale[:, None]).astype(np.int64)
    wide = b * scale
    shift = 0
    while np.abs(np.rint(wide / 2**shift)).max() > 32767:
        shift += 1
    biases = np.rint(wide / 2**shift).astype(np.int64)
    if (np.abs(weights).sum(axis=1) * LARGEST + (np.abs(biases) << shift)).max() >= 2**31:
        raise ConvertError("this linear model's weights do not fit 32 bits at any scale: standardise the features")
    return Rows(bits, weights, biases, shift, scale, np.abs(W - weights / scale[:, None]),
                np.abs(b - (biases << shift) / scale))  # fmt: skip


def tables(name: str, rows: Rows) -> tuple[str, int]:
    """The C of the weights and biases, and their bytes."""
    kind = f"int{rows.bits}_t"
    weights = rows.weights[:, rows.first : rows.used]
    code = array(f"{name}_weights", kind, weights.ravel()) + array(f"{name}_biases", "int16_t", rows.biases)
    return code, weights.size * rows.bits // 8 + 2 * rows.biases.size


def call(function: str, name: str, rows: Rows, shifts: str, rest: str, of: str = "features") -> str:
    """The C that asks one of compact_linear.h's functions, of what `of` names."""
    given = f"{of} + {rows.first}" if rows.first else of
    arguments = f"{shifts}{rows.bias_shift}, {rows.used - rows.first}, {len(rows.weights)}, {given}, {rest}"
    return f"{function}({name}_weights, {rows.bits}, {name}_biases, {arguments});"


def widths(options: Options) -> tuple[int, ...]:
    """The bits of a weight to try, in this order."""
    return (8, 16) if options.optimize == "size" else (16,)


def folded(W: np.ndarray, b: np.ndarray, affine: Affine) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases for the integer features: the scalers before the model are in them."""
    return W * affine.scale, b + W @ affine.offset


def classes_of(estimator: Any, scores: np.ndarray) -> np.ndarray:
    """The best class of scores [rows, k], the lowest of equals; one column is the second class's against zero."""
    return (scores[:, 0] > 0).astype(int) if scores.shape[1] == 1 else scores.argmax(axis=1)


def class_answers(estimator: Any, rows: Rows, affine: Affine, X: np.ndarray, soft: bool) -> Answers:
    """What a classifier answers to int16 rows, and on which of them rounding the weights may change the class."""
    seen = affine.transform(X)
    scores = estimator.decision_function(seen).reshape(len(X), -1)
    error = rows.error(X)
    if scores.shape[1] == 1:
        near = np.abs(scores[:, 0]) <= error[:, 0]
    else:
        order = np.sort(scores - error, axis=1)[:, -1], scores.argmax(axis=1)
        best = np.take_along_axis(scores - error, order[1][:, None], axis=1)[:, 0]
        reach = scores + error
        np.put_along_axis(reach, order[1][:, None], -np.inf, axis=1)
        near = reach.max(axis=1) >= best
    proba = estimator.predict_proba(seen) if soft else None
    return Answers(classes_of(estimator, scores), proba, near=near)


def has_softmax(estimator: Any) -> bool:
    """Whether its probabilities are the softmax of its scores; of two classes, the logistic function of the one score."""
    kind = type(estimator).__name__
    if kind == "SGDClassifier":
        return estimator.loss == "log_loss" and len(estimator.classes_) == 2
    return kind in ("LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis")


def check_fitted(estimator: Any) -> None:
    """Raise ConvertError for one that is not."""
    if not hasattr(estimator, "coef_"):
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")


def class_weights(estimator: Any, affine: Affine) -> tuple[np.ndarray, np.ndarray]:
    """A classifier's weights [k, n] and biases [k] for the integer features."""
    check_fitted(estimator)
    W, b = folded(np.atleast_2d(estimator.coef_), np.atleast_1d(estimator.intercept_).astype(float), affine)
    if W.shape[0] not in (1, len(estimator.classes_)):
        raise ConvertError(
            "a classifier with a row for each pair of classes does not convert: train one against the rest"
        )
    return W, np.broadcast_to(b, len(W)).astype(float)


def proba_bound(rows: Rows, calibration: np.ndarray) -> Bound:
    """|error of a share| <= share * (1 - share) * spread of the scores' errors <= their largest / 2 (of one score, / 4)."""
    return Bound(proba=255 * rows.worst(calibration).max() / (4 if len(rows.weights) == 1 else 2) + PROBA_ERROR)


def classifier(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A linear classifier, binary or with a row a class."""
    W, b = class_weights(estimator, affine)
    exact = classes_of(
        estimator, estimator.decision_function(affine.transform(calibration)).reshape(len(calibration), -1)
    )
    for bits in widths(options):
        scale = largest_scale(W, b, 2 ** (bits - 1) - 1)
        rows = quantised(W, b, np.full(len(W), scale), bits)
        other = float((classes_of(estimator, rows.sums(calibration)) != exact).mean())
        if other <= SMALL_ENOUGH and len(calibration) > 1:
            break
    soft = options.probabilities and has_softmax(estimator)
    n_classes = len(estimator.classes_)
    code, size = tables(name, rows)
    if soft:
        scores = ("    scores[0] = 0;\n", "scores + 1") if len(W) == 1 else ("", "scores")
        body = f"""    int32_t scores[{n_classes}];
    (void)self;
{scores[0]}    {call("compact_linear", name, rows, "NULL, ", scores[1])}
    return compact_soft(scores, {n_classes}, (compact_logs_t){logs_for(1 / scale).literal}, proba);"""
    else:
        body = f"""    (void)self;
    return {call("compact_linear_best", name, rows, "", "proba")}"""
    code += f"""
static {"HOT " if bits == 16 else ""}uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{body}
}}
"""
    return Piece(
        kind=type(estimator).__name__,
        code=code,
        headers=("compact_linear.h", "compact_softmax.h"),
        members={"classify": f"{name}_classify"},
        reference=lambda X: class_answers(estimator, rows, affine, X, soft),
        bound=proba_bound(rows, calibration) if soft else Bound(proba=0.0),
        tables=size,
        note=f"weights of {rows.bits} bits: {other:.2%} of the calibration rows get another class; no feature saturates",
        probabilities=soft,
    )


@dataclass(frozen=True)
class Values:
    """Rows whose values, shifted right by `shifts`, are outputs · 2^fraction."""

    rows: Rows
    shifts: np.ndarray
    fraction: int

    def outputs(self, X: np.ndarray) -> np.ndarray:
        """What the C answers, [rows, k]."""
        return (self.rows.sums(X) >> self.shifts) * 2.0**-self.fraction

    def error(self, X: np.ndarray) -> np.ndarray:
        """How far each output may be off, [rows, k]."""
        return self.rows.error(X) + self.rounding

    def worst(self, X: np.ndarray) -> float:
        """How far any output may be off on any row within the range of these."""
        return float((self.rows.worst(X) + self.rounding).max())

    @property
    def rounding(self) -> np.ndarray:
        """What shifting right may leave, [k]."""
        return (0.5 * 2.0**-self.fraction) * (self.shifts > 0)


def value_rows(W: np.ndarray, b: np.ndarray, bits: int) -> Values:
    """The integers of outputs W · x + b, each at the finest scale that it can have."""
    most = 2 ** (bits - 1) - 1
    fractions = np.array([np.floor(np.log2(largest_scale(W[k : k + 1], b[k : k + 1], most))) for k in range(len(W))])
    fraction = int(min(fractions.min(), 31))
    if fraction < 0:
        raise ConvertError("its outputs change by more than 2^15 a step of a feature: scale the targets down")
    shifts = np.where(fractions > fraction, fractions - fraction, 0).astype(int)
    half = np.where(shifts > 0, 2.0 ** (shifts - 1), 0.0)
    return Values(quantised(W, b + half / 2.0**fractions, 2.0**fractions, bits), shifts, fraction)


def value_weights(estimator: Any, affine: Affine) -> tuple[np.ndarray, np.ndarray]:
    """A regressor's weights [k, n] and biases [k] for the integer features; of a MultiOutputRegressor those of all in it."""
    several = type(estimator).__name__ == "MultiOutputRegressor"
    inner = estimator.estimators_ if several else [estimator]
    if any(type(one).__name__ not in REGRESSORS for one in inner):
        raise ConvertError(f"MultiOutputRegressor converts with linear regressors in it ({', '.join(REGRESSORS)}); "
                           "other kinds: convert each output by itself")  # fmt: skip
    for one in inner:
        check_fitted(one)
    W = np.vstack([np.atleast_2d(one.coef_) for one in inner])
    b = np.concatenate([np.broadcast_to(np.ravel(one.intercept_), len(np.atleast_2d(one.coef_))) for one in inner])
    return folded(W, b.astype(float), affine)


def regressor_piece(
    kind: str, predict: Any, W: np.ndarray, b: np.ndarray, name: str, options: Options, calibration: np.ndarray
) -> Piece:
    """Outputs W · x + b of integer features: W is float [n_outputs, n_features], b float [n_outputs], `predict` what is wanted."""
    spread = predict(calibration).std(axis=0)
    for bits in widths(options):
        made = value_rows(W, b, bits)
        rows, shifts, fraction = made.rows, made.shifts, made.fraction
        error = made.error(calibration)
        if (error.max(axis=0) <= SMALL_ERROR * spread).all() and len(calibration) > 1:
            break
    worst = made.worst(calibration)
    code, size = tables(name, rows)
    if shifts.any():
        code += array(f"{name}_shifts", "uint8_t", shifts)
        size += len(shifts)
    code += f"""
static {"HOT " if bits == 16 else ""}void {name}_regress(const ROM model_t *self, const int16_t *features, int32_t *outputs)
{{
    (void)self;
    {call("compact_linear", name, rows, f"{name}_shifts, " if shifts.any() else "NULL, ", "outputs")}
}}
"""
    return Piece(
        kind=kind,
        code=code,
        headers=("compact_linear.h",),
        members={"regress": f"{name}_regress"},
        n_outputs=len(W),
        fraction=fraction,
        reference=lambda X: Answers(outputs=predict(X)),
        bound=Bound(output=worst + 1e-9 * float(np.abs(predict(calibration)).max())),
        tables=size,
        note=f"weights of {rows.bits} bits: an output is off by at most {worst:.3g} within the range of the "
        "calibration rows; no feature saturates",
    )


def regressor(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A linear regressor with one output or several, or a MultiOutputRegressor of such."""

    def predict(X: np.ndarray) -> np.ndarray:
        return estimator.predict(affine.transform(X)).reshape(len(X), -1)

    return regressor_piece(
        type(estimator).__name__, predict, *value_weights(estimator, affine), name, options, calibration
    )


CLASSIFIERS = (
    "LogisticRegression", "LogisticRegressionCV", "RidgeClassifier", "RidgeClassifierCV", "LinearSVC", "SGDClassifier",
    "Perceptron", "LinearDiscriminantAnalysis",
)  # fmt: skip
REGRESSORS = (
    "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "MultiTaskLasso",
    "MultiTaskElasticNet", "BayesianRidge", "HuberRegressor", "SGDRegressor", "LinearSVR",
)  # fmt: skip


KINDS = dict.fromkeys(CLASSIFIERS, classifier) | dict.fromkeys((*REGRESSORS, "MultiOutputRegressor"), regressor)
