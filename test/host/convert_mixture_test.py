"""Naive Bayes, Gaussian mixtures and the elliptic envelope through our own engine against scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dense_support import Converted, extremes, split
from sklearn.covariance import EllipticEnvelope
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from orchestrator.convert.compact import gauss, logs, mixture
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import identity


@pytest.mark.parametrize("data", ["digits", "breast_cancer", "wine"])
def test_naive_bayes_agrees_on_every_test_row(data: str, tmp_path: Path) -> None:
    train, test, truth, _ = split(data)
    model = GaussianNB().fit(train, truth)
    c = Converted(model, train, tmp_path, len(model.classes_))
    assert (c.classes(test) == model.predict(test)).all()
    assert np.abs(c.proba(test) - model.predict_proba(test) * 255).max() <= 2 * c.bound.proba
    c.classes(extremes(train.shape[1]))


def test_naive_bayes_behind_a_scaler_and_without_probabilities(tmp_path: Path) -> None:
    train, test, truth, _ = split("wine")
    model = make_pipeline(StandardScaler(), GaussianNB()).fit(train, truth)
    c = Converted(model, train, tmp_path, 3, probabilities=False)
    assert (c.classes(test) == model.predict(test)).all()
    assert set(np.unique(c.proba(test))) == {0, 255}


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_a_mixture_agrees_and_knows_its_density(kind: str, tmp_path: Path) -> None:
    """As float: on int16 rows scikit-learn itself wraps for two of the kinds."""
    train, test, _, _ = split("wine")
    model = make_pipeline(StandardScaler(), GaussianMixture(3, covariance_type=kind, reg_covar=0.05, random_state=0))
    model.fit(train)
    c = Converted(model, train, tmp_path, 3)
    rows = test.astype(float)
    assert (c.classes(test) == model.predict(rows)).mean() >= 0.97
    density = model.score_samples(rows)
    score = c.score(test)
    inside = score > score.min()
    assert np.abs(score - density)[inside].max() <= 2 * c.bound.score
    assert c.bound.score <= 2
    far = c.score(extremes(13))
    assert far.min() >= -2e5, "far rows saturate"
    assert far.max() < density.min()


@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_an_envelope_decides_and_scores_as_scikit_learn(data: str, tmp_path: Path) -> None:
    train, test, _, _ = split(data)
    model = EllipticEnvelope(random_state=0).fit(train)
    c = Converted(model, train, tmp_path, 2)
    wanted = model.decision_function(test)
    assert (c.classes(test) == (wanted >= 0)).mean() >= 0.99
    near = wanted > 3 * model.offset_
    assert near.sum() > 20
    assert np.abs(c.score(test) - wanted)[near].max() <= 0.05 * -model.offset_
    far = extremes(train.shape[1])
    assert (c.classes(far) == 0).all()
    assert (c.score(far) < 0).all()
    assert (c.score(far) >= -(2**30) * 2.0**-c.c.fraction).all()


def test_the_c_costs_what_numpy_says(tmp_path: Path) -> None:
    train, _, _, _ = split("breast_cancer")
    model = EllipticEnvelope(random_state=0, support_fraction=0.9).fit(train)
    c = Converted(model, train, tmp_path, 2)
    rows = np.vstack([train, extremes(30)])
    precision = model.get_precision()
    factor = np.linalg.cholesky(precision[::-1, ::-1])[::-1, ::-1]
    tables = gauss.triangular(model.location_[None], factor[None])
    costs = tables.costs(rows, np.zeros(1, dtype=np.int64))[:, 0]
    allowed = round(-model.offset_ * 4.0**tables.fine)
    assert (c.c.score(rows) == allowed - costs).all()


def test_no_column_overflows() -> None:
    rng = np.random.default_rng(5)
    means = rng.uniform(-32768, 32767, (2, 20))
    factors = np.stack([np.triu(rng.normal(0, 10.0 ** rng.uniform(-5, 0), (20, 20))) for _ in range(2)])
    tables = gauss.triangular(means, factors, steep=True)
    assert np.abs(tables.biases).max() < 2**30
    assert (np.abs(tables.weights).sum(axis=1) * 32768).max() < 2**30
    assert np.abs(tables.weights).max() <= 32767


def test_the_softmax_and_the_logarithm_are_within_their_bounds() -> None:
    rng = np.random.default_rng(6)
    for nats in (1 / 4096, 1e-7, 0.01, 3.0):
        scores = (rng.normal(0, 4, (2000, 40)) / nats).astype(np.int64)
        exact = np.exp((scores - scores.max(axis=1, keepdims=True)) * nats)
        exact /= exact.sum(axis=1, keepdims=True)
        assert np.abs(logs.soft(scores, logs.logs_for(nats)) - exact * 255).max() <= logs.PROBA_ERROR
    total = rng.integers(32768, 2**23, 5000)
    assert np.abs(logs.log2(total) / 4096 - (np.log2(total) - 15)).max() <= 0.0015


def test_what_cannot_be_converted_is_said() -> None:
    train, _, _, _ = split("wine")
    for family, model in (
        (mixture.naive_bayes, GaussianNB()),
        (mixture.gaussian_mixture, GaussianMixture(2)),
        (mixture.envelope, EllipticEnvelope()),
    ):
        with pytest.raises(ConvertError, match="not fitted"):
            family(model, "trial", Options(), train, identity(13))
    with pytest.raises(ConvertError, match="mean lies outside int16"):
        gauss.diagonal(np.array([[40000.0]]), np.array([[1.0]]), train)
    with pytest.raises(ConvertError, match="hardly varies"):
        gauss.triangular(np.zeros((1, 1)), np.array([[[1e6]]]))
