"""The models, fitted in this run, and what scikit-learn answers to each test row."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from bench.models import data
from orchestrator.bench.contract import Case, Verdict

CLASSIFY, REGRESS, SCORE = "classify", "regress", "score"  # members of model_t
NEAR = 0.5  # a regressor's answer is right within this; the truths are integers


@dataclass(frozen=True)
class Job:
    """A model of the registry. `kind` is what peers' modules know it by; a scaled one has a StandardScaler before it, which
    is part of ours and done beforehand for a peer."""

    name: str
    title: str
    data: str
    kind: str
    make: Callable[[], Any]
    asks: str = CLASSIFY
    scaled: bool = False

    @property
    def n_features(self) -> int:
        """Of a row."""
        return int(data.rows(self.data).test.shape[1])

    @property
    def n_classes(self) -> int:
        """0 for a regressor; an outlier is class 0 of two."""
        if self.asks == REGRESS:
            return 0
        return {"envelope": 2, "isolation": 2, "mixture": 3}.get(self.kind) or data.CLASSES[self.data]

    @property
    def model(self) -> Any:
        """Fitted: an estimator, or a pipeline that ends in it."""
        return _fitted(self)

    @property
    def estimator(self) -> Any:
        """The estimator alone."""
        return self.model[-1] if self.scaled else self.model

    def floats(self, row: np.ndarray) -> np.ndarray:
        """A row as the estimator sees it."""
        wide = row[None].astype(np.float64)
        return (self.model[:-1].transform(wide) if self.scaled else wide)[0]


@cache
def _fitted(job: Job) -> Any:
    rows = data.rows(job.data)
    model = make_pipeline(StandardScaler(), job.make()) if job.scaled else job.make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a network that has not converged is as good a model to convert
        return model.fit(rows.train.astype(np.float64), rows.truth)


def _forest(trees: int = 10, depth: int = 8) -> Callable[[], Any]:
    return lambda: RandomForestClassifier(trees, max_depth=depth, random_state=0)


JOBS = [
    Job("digits-forest", "random forest 10 × depth 8, digits", "digits", "forest", _forest()),
    Job("cancer-forest", "random forest 10 × depth 8, breast cancer", "cancer", "forest", _forest()),
    Job("wine-forest", "random forest 10 × depth 8, wine", "wine", "forest", _forest()),
    Job("synthetic-forest", "random forest 10 × depth 12, synthetic int16", "synthetic", "forest", _forest(10, 12)),
    Job("digits-extra", "extra trees 10 × depth 8, digits", "digits", "extra",
        lambda: ExtraTreesClassifier(10, max_depth=8, random_state=0)),
    Job("digits-tree", "decision tree of depth 8, digits", "digits", "tree",
        lambda: DecisionTreeClassifier(max_depth=8, random_state=0)),
    Job("cancer-tree", "decision tree, breast cancer", "cancer", "tree", lambda: DecisionTreeClassifier(random_state=0)),
    Job("diabetes-forest", "regression forest 10 × depth 6, diabetes", "diabetes", "forest-regressor",
        lambda: RandomForestRegressor(10, max_depth=6, random_state=0), REGRESS),
    Job("diabetes-tree", "regression tree of depth 6, diabetes", "diabetes", "tree-regressor",
        lambda: DecisionTreeRegressor(max_depth=6, random_state=0), REGRESS),
    Job("wine-boosting", "gradient boosting 20 × depth 3, wine", "wine", "boosting",
        lambda: GradientBoostingClassifier(n_estimators=20, random_state=0)),
    Job("cancer-hist", "histogram gradient boosting 20, breast cancer", "cancer", "boosting",
        lambda: HistGradientBoostingClassifier(max_iter=20, random_state=0)),
    Job("diabetes-boosting", "boosted regression 40 × depth 3, diabetes", "diabetes", "boosting-regressor",
        lambda: GradientBoostingRegressor(n_estimators=40, random_state=0), REGRESS),
    Job("cancer-isolation", "isolation forest of 20, breast cancer", "cancer", "isolation",
        lambda: IsolationForest(n_estimators=20, random_state=0), SCORE),
    Job("digits-mlp", "network 64-16-8-10, digits", "digits", "mlp",
        lambda: MLPClassifier((16, 8), max_iter=300, random_state=0)),
    Job("digits-logistic", "logistic regression, digits", "digits", "logistic", lambda: LogisticRegression(max_iter=300)),
    Job("cancer-svm", "linear SVM, breast cancer", "cancer", "svm", lambda: LinearSVC(random_state=0), scaled=True),
    Job("diabetes-ridge", "ridge regression, diabetes", "diabetes", "linear", lambda: Ridge(), REGRESS),
    Job("digits-bayes", "Gaussian naive Bayes, digits", "digits", "bayes", lambda: GaussianNB()),
    Job("wine-bayes", "Gaussian naive Bayes, wine", "wine", "bayes", lambda: GaussianNB(), scaled=True),
    Job("wine-knn", "5 nearest neighbours, wine", "wine", "knn", lambda: KNeighborsClassifier(5)),
    Job("cancer-envelope", "elliptic envelope, breast cancer", "cancer", "envelope",
        lambda: EllipticEnvelope(random_state=0), scaled=True),
    Job("cancer-mixture", "Gaussian mixture of 3, breast cancer", "cancer", "mixture",
        lambda: GaussianMixture(3, random_state=0), scaled=True),
]  # fmt: skip


def right(job: Job) -> np.ndarray:
    """What scikit-learn answers: classes as places in `classes_`, 0 for an outlier; a regressor's outputs."""
    rows = data.rows(job.data).test.astype(np.float64)
    answers = np.asarray(job.model.predict(rows))
    return answers > 0 if job.kind in ("envelope", "isolation") else answers


def judge(answers: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> Verdict:
    """The share of rows with the same class."""
    return Verdict(agree=float(np.mean([int(a) == int(w) for a, w in zip(answers, wanted, strict=True)])))


def judge_numbers(answers: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> Verdict:
    """The share of rows that are within NEAR, and the largest error."""
    if not np.all(np.isfinite(answers)):
        return Verdict(agree=0.0, note="wrong: it answers what is no number")
    off = np.abs(np.asarray(answers, dtype=float) - np.asarray(wanted, dtype=float))
    return Verdict(error=float(off.max()), agree=float(np.mean(off <= NEAR)))


def case(job: Job) -> Case:
    """One row of the test set is one run."""
    runs = [{"x": row} for row in data.rows(job.data).test]
    unit = "of the target" if job.asks == REGRESS else "in classes"
    judged = judge_numbers if job.asks == REGRESS else judge
    return Case(job.name, job.title, unit, runs, list(right(job)), judged, job.data)
