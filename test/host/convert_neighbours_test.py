"""k nearest neighbours and k-means through our own engine against scikit-learn: ties, far rows, bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dense_support import Converted, extremes, split
from sklearn.cluster import KMeans
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from orchestrator.convert.compact import neighbours, space
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import identity


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_a_classifier_agrees_on_every_test_row(data: str, k: int, tmp_path: Path) -> None:
    train, test, truth, _ = split(data)
    for i, model in enumerate((KNeighborsClassifier(k), make_pipeline(StandardScaler(), KNeighborsClassifier(k)))):
        model.fit(train, truth)
        c = Converted(model, train, tmp_path / str(i), len(model.classes_))
        assert (c.classes(test) == model.predict(test)).mean() >= 0.99
        c.classes(extremes(train.shape[1]))


def test_the_first_of_equals_counts(tmp_path: Path) -> None:
    X = np.array([[0, 0], [10, 0], [-10, 0], [0, 10]], dtype=np.int16)
    model = KNeighborsClassifier(1, algorithm="brute").fit(X, [3, 2, 1, 0])
    c = Converted(model, X, tmp_path / "a", 4)
    assert c.classes(np.array([[5, 0], [-5, 0], [0, 5], [5, 5]])).tolist() == [3, 3, 3, 3]
    vote = KNeighborsClassifier(2).fit(X, [3, 2, 1, 0])
    c = Converted(vote, X, tmp_path / "b", 4)
    assert c.classes(np.array([[9, 0]])).tolist() == [2], "one vote each: the lowest class"
    assert c.proba(np.array([[9, 0]])).tolist() == [[0, 0, 128, 128]]
    X = np.array([[5], [-5], [1]], dtype=np.int16)  # the last pushes out the second, not the first
    c = Converted(KNeighborsClassifier(2, algorithm="brute").fit(X, [0, 1, 2]), X, tmp_path / "c", 3)
    assert c.proba(np.array([[0]])).tolist() == [[128, 0, 128]]


def test_rows_that_fit_are_kept_as_they_are_and_far_queries_too(tmp_path: Path) -> None:
    train, test, truth, _ = split("digits")
    model = KNeighborsClassifier(3).fit(train[:300], truth[:300])
    c = Converted(model, test, tmp_path, 10)
    assert "rows as they are" in c.outcome.note
    rng = np.random.default_rng(8)
    rows = rng.integers(-2000, 2000, (200, 64)).astype(np.int16)
    distance, _ = model.kneighbors(rows, 4)
    clear = distance[:, 3] - distance[:, 2] > 1e-6
    assert clear.mean() > 0.9
    assert (c.classes(rows) == model.predict(rows))[clear].all()


def test_no_distance_overflows() -> None:
    for n, bits in ((1, 8), (13, 16), (64, 8), (200, 16)):
        rng = np.random.default_rng(n)
        for rows in (rng.integers(-32768, 32768, (30, n)), rng.integers(0, 16, (30, n))):
            made = space.space_for(rows.astype(float), np.ones(n), bits)
            query = made.query(extremes(n))
            worst = n * max(query.max() - made.rows.min(), made.rows.max() - query.min()) ** 2
            assert worst < 2**31
            assert -32768 <= query.min() <= query.max() <= 32767


def test_a_regressor_is_within_its_bound(tmp_path: Path) -> None:
    train, test, truth, _ = split("diabetes")
    targets = np.stack([truth, truth * -3.25], axis=1)
    model = KNeighborsRegressor(4).fit(train, targets)
    c = Converted(model, train, tmp_path, optimize="speed")
    assert np.median(np.abs(c.outputs(test) - model.predict(test))) <= 1e-3
    assert (np.abs(c.outputs(test) - model.predict(test)) <= 1e-3).all(axis=1).mean() >= 0.98
    c.outputs(extremes(10))


def test_the_nearest_centre(tmp_path: Path) -> None:
    train, test, _, _ = split("wine")
    for i, model in enumerate((KMeans(4, random_state=0), make_pipeline(StandardScaler(), KMeans(4, random_state=0)))):
        model.fit(train.astype(float))
        c = Converted(model, train, tmp_path / str(i), 4)
        rows = test.astype(float)
        assert (c.classes(test) == model.predict(rows)).all()
        wanted = np.array([model.score(row[None]) for row in rows])
        assert np.abs(c.score(test) - wanted).max() <= 2 * c.bound.score
        assert c.bound.score <= 0.02 * np.abs(wanted).max()
        assert (c.score(extremes(13)) < 0).all()


def test_what_cannot_be_converted_is_said() -> None:
    train, _, truth, _ = split("wine")
    for model, why in (
        (KNeighborsClassifier(), "not fitted"),
        (KNeighborsClassifier(weights="distance").fit(train, truth), "use 'uniform'"),
        (KNeighborsClassifier(metric="manhattan").fit(train, truth), "use the Euclidean"),
        (KNeighborsClassifier().fit(train, np.stack([truth, truth], axis=1)), "several outputs"),
        (KNeighborsClassifier().fit(train * 100.0, truth), "beyond int16"),
    ):
        with pytest.raises(ConvertError, match=why):
            neighbours.classifier(model, "trial", Options(), train, identity(13))
