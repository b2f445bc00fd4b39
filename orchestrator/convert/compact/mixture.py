"""Gaussian naive Bayes, Gaussian mixtures and the elliptic envelope: pieces over the tables of gauss.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from orchestrator.convert.compact.gauss import (
    FAR,
    FINEST,
    Diagonal,
    Triangular,
    diagonal,
    diagonal_code,
    triangular,
    triangular_code,
    triangular_tables,
)
from orchestrator.convert.compact.logs import PROBA_ERROR, log2, logs_for, soft
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound, Piece
from orchestrator.convert.pipeline import Affine

MARGIN = 1.5  # the stated bounds are so many times what the calibration rows showed
LN2 = float(np.log(2))
SPARE = range(0, 12, 2)


def _seen(affine: Affine, X: np.ndarray) -> np.ndarray:
    """What the estimator sees, as float: scikit-learn's diagonal and spherical mixtures square int16 in int16, which wraps."""
    return affine.transform(X.astype(np.float64))


def _fitted(estimator: Any, attribute: str) -> None:
    if not hasattr(estimator, attribute):
        raise ConvertError(f"this {type(estimator).__name__} is not fitted: call fit first")


def _extra(nats: np.ndarray, fine: int) -> tuple[np.ndarray, float]:
    """What each class costs from the start, in steps, and the nats that were taken off all."""
    least = float(nats.min())
    return np.minimum(np.rint((nats - least) * 4.0**fine), FAR).astype(np.int64), least


def _classifier(estimator: Any, name: str, options: Options, X: np.ndarray, affine: Affine, tables: Diagonal | Triangular,
                nats: np.ndarray, with_score: bool) -> Piece:  # fmt: skip
    """The most likely class, its probabilities, and the logarithm of the density where that is wanted."""
    fine = tables.fine if isinstance(tables, Triangular) else FINEST
    extra, least = _extra(nats, fine)
    text, size, call = (triangular_code if isinstance(tables, Triangular) else diagonal_code)(name, tables, extra)
    logs, k, kind = logs_for(4.0**-fine), len(nats), type(estimator).__name__
    constant = f"    const compact_logs_t logs = {logs.literal};\n"
    text += f"""
static HOT SHARED void {name}_scores(const int16_t *features, uint32_t margin, int32_t *scores)
{{
    {call}
}}
"""
    classify = f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
{constant}    int32_t scores[{k}];
    (void)self;
    {name}_scores(features, proba != NULL ? logs.limit : 0u, scores);
    return compact_soft(scores, {k}, logs, proba);
}}
"""
    functions = {"classify": classify}
    costs = tables.costs(X, extra)
    # densities further out than twice the calibration rows' 99th percentile, and 64 nats, are all one
    far = int(min(FAR, (2 * np.quantile(costs.min(axis=1), 0.99) + 64 * 4.0**fine) if with_score else FAR))
    offset = round(-least * 4**fine)
    if with_score:
        if abs(offset) >= 2**29:
            raise ConvertError("the mixture's densities are beyond what 32 bits hold: standardise the features")
        functions["score"] = f"""
static int32_t {name}_score(const ROM model_t *self, const int16_t *features)
{{
{constant}    int32_t scores[{k}];
    (void)self;
    {name}_scores(features, logs.limit, scores);
    return compact_log_sum(scores, {k}, logs, {round(LN2 * 2 ** (2 * fine + 4))}, {far}UL, {offset});
}}
"""
    seen = _seen(affine, X)
    exact = estimator.predict_proba(seen)
    other = float((costs.argmin(axis=1) != exact.argmax(axis=1)).mean())
    apart = np.abs(soft(-costs, logs) - exact * 255).max(axis=1)
    off, mostly = float(apart.max()), float(np.quantile(apart, 0.99))
    score_off = 0.0
    floor = -far / 4.0**fine - least

    def score(rows: np.ndarray) -> np.ndarray:
        return np.maximum(estimator.score_samples(_seen(affine, rows)), floor)

    if with_score:
        power = np.exp(-(costs - costs.min(axis=1, keepdims=True)) / 4.0**fine).sum(axis=1)
        held = log2(np.rint(power * 32768)) * LN2 / 4096 - costs.min(axis=1) / 4.0**fine - least
        score_off = float(np.abs(np.maximum(held, floor) - score(X)).max()) + 0.002
    members = {"classify": f"{name}_classify"} | ({"score": f"{name}_score"} if with_score else {})

    def reference(rows: np.ndarray) -> Answers:
        proba = estimator.predict_proba(_seen(affine, rows))
        return Answers(proba.argmax(axis=1), proba, score=score(rows) if with_score else None)

    said = f"a row that is more than {FAR / 4.0**fine:.3g} nats from every class saturates"
    if with_score:
        said = f"its log-density by at most {score_off:.3g}, and one below {floor:.4g} saturates there; {said}"
    return Piece(
        kind=kind, code=text, apart=functions, headers=("compact_mixture.h", "compact_softmax.h"), members=members, reference=reference,
        fraction=2 * fine if with_score else 0, tables=size,
        bound=Bound(classes=MARGIN * other, proba=max(MARGIN * off, PROBA_ERROR), score=MARGIN * score_off),
        note=f"{other:.2%} of the calibration rows get another class, a probability is off by at most {off:.1f}/255, of 99 in 100 "
        f"rows by {mostly:.1f}; {said}",
    )  # fmt: skip


def _best_diagonal(make: Callable[[int], Diagonal], nats: np.ndarray, X: np.ndarray, exact: np.ndarray) -> Diagonal:
    """The tables whose largest factors are cut by as many bits as answers best: features that hardly vary in a class have factors
    thousands of times larger than the others, and are as decisive when they are cut."""
    extra, _ = _extra(nats, FINEST)
    logs = logs_for(4.0**-FINEST)
    best, least = make(0), np.inf
    for spare in SPARE:
        tables = make(spare)
        costs = tables.costs(X, extra)
        error = 3 * (costs.argmin(axis=1) != exact.argmax(axis=1)).mean() + np.sqrt(
            ((soft(-costs, logs) / 255 - exact) ** 2).mean()
        )
        if error < least - 1e-9:
            best, least = tables, error
    return best


def naive_bayes(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A GaussianNB."""
    _fitted(estimator, "theta_")
    means = (estimator.theta_ - affine.offset) / affine.scale
    roots = affine.scale / np.sqrt(2 * estimator.var_)
    nats = 0.5 * np.log(2 * np.pi * estimator.var_).sum(axis=1) - np.log(estimator.class_prior_)
    exact = estimator.predict_proba(_seen(affine, calibration))
    tables = _best_diagonal(lambda spare: diagonal(means, roots, calibration, spare), nats, calibration, exact)
    return _classifier(estimator, name, options, calibration, affine, tables, nats, with_score=False)


def gaussian_mixture(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A GaussianMixture or BayesianGaussianMixture: the component of a row, and score_samples."""
    _fitted(estimator, "precisions_cholesky_")
    if type(estimator).__name__ != "GaussianMixture":
        raise ConvertError("only a GaussianMixture converts")
    k, n = estimator.means_.shape
    means = (estimator.means_ - affine.offset) / affine.scale
    cholesky, kind = estimator.precisions_cholesky_, estimator.covariance_type
    prior = 0.5 * n * np.log(2 * np.pi) - np.log(estimator.weights_)
    if kind in ("full", "tied"):
        full = np.broadcast_to(cholesky, (k, n, n))
        nats = prior - np.log(np.diagonal(full, axis1=1, axis2=2)).sum(axis=1)
        tables: Diagonal | Triangular = triangular(means, full * affine.scale[:, None] / np.sqrt(2), steep=True)
    else:
        roots = cholesky if kind == "diag" else np.repeat(cholesky[:, None], n, axis=1)
        nats = prior - np.log(roots).sum(axis=1)
        exact = estimator.predict_proba(_seen(affine, calibration))
        tables = _best_diagonal(
            lambda spare: diagonal(means, roots * affine.scale / np.sqrt(2), calibration, spare),
            nats,
            calibration,
            exact,
        )
    return _classifier(estimator, name, options, calibration, affine, tables, nats, with_score=True)


def envelope(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """An EllipticEnvelope: class 0 is an outlier, 1 an inlier; score is decision_function."""
    _fitted(estimator, "offset_")
    precision = estimator.get_precision() * np.outer(affine.scale, affine.scale)
    mean = (estimator.location_ - affine.offset) / affine.scale
    try:
        factor = np.linalg.cholesky(precision[::-1, ::-1])[::-1, ::-1]  # upper: precision = factor @ factor.T
    except np.linalg.LinAlgError:
        raise ConvertError("the envelope's precision is singular: leave out features that depend on others") from None
    tables = triangular(mean[None], factor[None])
    fraction = 2 * tables.fine
    allowed = round(-estimator.offset_ * 2.0**fraction)
    if not 0 < allowed < FAR:
        raise ConvertError("the envelope's threshold is beyond what 30 bits hold")
    text, size = triangular_tables(name, tables)
    n = len(mean)
    text += f"""
static HOT SHARED int32_t {name}_score(const ROM model_t *self, const int16_t *features)
{{
    (void)self;
    const uint32_t cost = compact_triangular({name}_weights, {name}_biases, {name}_column_shifts, {n}, features, 0, COMPACT_FAR);
    return {allowed}L - (int32_t)(cost > COMPACT_FAR ? COMPACT_FAR : cost);
}}
"""
    classify = f"""
static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    const uint8_t inlier = {name}_score(self, features) >= 0;
    compact_only(inlier, 2, proba);
    return inlier;
}}
"""
    floor = (allowed - FAR) * 2.0**-fraction

    def score(rows: np.ndarray) -> np.ndarray:
        return np.maximum(estimator.decision_function(_seen(affine, rows)), floor)

    exact = score(calibration)
    found = (allowed - tables.costs(calibration, np.zeros(1, dtype=np.int64))[:, 0]) * 2.0**-fraction
    close = exact > 3 * estimator.offset_  # error grows with the distance: near the border is what decides
    near_off = MARGIN * float(np.abs(found - exact)[close].max(initial=0.0)) + 2.0**-fraction
    off = MARGIN * float(np.abs(found - exact).max()) + 2.0**-fraction

    def reference(rows: np.ndarray) -> Answers:
        wanted = score(rows)
        return Answers((wanted >= 0).astype(int), score=wanted, near=np.abs(wanted) <= near_off)

    return Piece(
        kind="EllipticEnvelope", code=text, apart={"classify": classify}, headers=("compact_mixture.h",), reference=reference, tables=size,
        fraction=fraction, probabilities=False,
        members={"classify": f"{name}_classify", "score": f"{name}_score"}, bound=Bound(score=off),
        note=f"the score is off by at most {near_off:.3g} around the border and {off:.3g} over the calibration rows; a row further out than {floor:.4g} saturates there",
    )  # fmt: skip


KINDS = {"GaussianNB": naive_bayes, "GaussianMixture": gaussian_mixture, "EllipticEnvelope": envelope}
