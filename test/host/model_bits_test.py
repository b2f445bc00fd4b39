"""A model of each kind, built in and loaded, has the same bits on every core, and nothing undefined, extremes of int16 included."""

from __future__ import annotations

from pathlib import Path

import bits_frame
import numpy as np
import pytest
from dense_support import Converted, split
from dsp_extremes_test import SANITIZE, sanitizing_compiler
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import GradientBoostingClassifier, IsolationForest, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from fieldmouse.build import ROOT, host_compiler
from orchestrator.convert import ModelFacts, Options, snap
from orchestrator.convert.blob import write_blob

PROGRAM = Path(__file__).with_name("model_bits")
LIB = ROOT / "lib"
ARM = {
    "cortex-m0plus": ("cortex-m0plus", []),
    "cortex-m4f": ("cortex-m4f", []),
    "cortex-m4f portable": ("cortex-m4f", ["-DPORTABLE"]),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SMALL = {"max_depth": 3, "random_state": 0}
DEEPER = {"max_depth": 6, "random_state": 0}
# estimator, data, options; whether it is also run on AVR
BUILT = {
    "linear-8": (LogisticRegression(max_iter=200), "digits", {}, False),
    "linear-16": (Ridge(), "diabetes", {"optimize": "speed"}, True),
    "mlp-8": (MLPClassifier((16, 8), random_state=0, max_iter=60), "digits", {}, True),
    "mlp-16": (
        MLPClassifier((7,), activation="tanh", random_state=0, max_iter=60),
        "digits",
        {"optimize": "speed"},
        False,
    ),
    "mlp-wide": (
        MLPRegressor(hidden_layer_sizes=(6,), activation="logistic", random_state=0, max_iter=200),
        "diabetes",
        {},
        False,
    ),
    "bayes": (GaussianNB(), "wine", {}, True),
    "mixture": (GaussianMixture(2, random_state=0), "wine", {}, False),
    "envelope": (EllipticEnvelope(random_state=0), "wine", {}, True),
    "neighbours": (KNeighborsClassifier(3), "wine", {}, True),
    "neighbours-mean": (KNeighborsRegressor(3), "diabetes", {}, False),
    "centres": (KMeans(4, random_state=0), "wine", {}, False),
    "votes": (RandomForestClassifier(6, **DEEPER), "wine", {}, True),
    "votes-hard": (RandomForestClassifier(6, **DEEPER), "digits", {"vote": "hard"}, True),
    "votes-coarse": (RandomForestClassifier(6, **DEEPER), "digits", {"leaf_steps": 16}, True),
    "votes-code": (RandomForestClassifier(6, **DEEPER), "wine", {"code_levels": 3}, True),
    "boosting": (GradientBoostingClassifier(n_estimators=6, random_state=0), "wine", {}, True),
    "values": (RandomForestRegressor(5, **DEEPER), "wine", {}, True),
    "isolation": (IsolationForest(n_estimators=5, max_samples=16, random_state=0), "wine", {}, True),
}
# The same of models that are loaded: on AVR those that its RAM holds.
LOADED = {
    "votes": (RandomForestClassifier(4, **SMALL), "wine", {}, True),
    "votes-hard": (RandomForestClassifier(6, **DEEPER), "digits", {"vote": "hard"}, False),
    "boosting": (GradientBoostingClassifier(n_estimators=3, random_state=0), "wine", {}, True),
    "values": (RandomForestRegressor(4, **SMALL), "diabetes", {}, True),
    "isolation": (IsolationForest(n_estimators=3, max_samples=16, random_state=0), "wine", {}, True),
    "linear": (LogisticRegression(max_iter=200), "wine", {}, True),
    "linear-values": (Ridge(), "diabetes", {}, True),
    "layers": (MLPClassifier((6, 5), random_state=0, max_iter=60), "wine", {}, True),
    "layers-values": (
        MLPRegressor(hidden_layer_sizes=(6,), activation="logistic", random_state=0, max_iter=200),
        "diabetes",
        {},
        True,
    ),
}
CASES = {f"built {name}": row for name, row in BUILT.items()} | {f"loaded {name}": row for name, row in LOADED.items()}


def n_classes_of(estimator: object) -> int:
    """Classes, or clusters that are told as classes; an envelope tells inside from outside."""
    if isinstance(estimator, EllipticEnvelope):
        return 2
    found = getattr(estimator, "classes_", range(getattr(estimator, "n_components", 0)))
    return len(found) or getattr(estimator, "n_clusters", 0)


class Case:
    """A model, converted, and what the host tells of it."""

    def __init__(self, name: str, folder: Path) -> None:
        estimator, data, options, _ = CASES[name]
        train, _, truth, _ = split(data)
        estimator.fit(train.astype(float), truth)
        if isinstance(estimator, RandomForestClassifier):
            snap(estimator)
        n_classes = n_classes_of(estimator)
        self.folders = [PROGRAM, folder, LIB / "compact", LIB / "model"]
        if name.startswith("built"):
            self.folders.append(Converted(estimator, train, folder, n_classes, **options).folder)
            self.sources = [PROGRAM / "model_bits.c", PROGRAM / "built.c", LIB / "compact" / "compact.c"]
        else:
            facts = ModelFacts("trial", "test", 50, [f"c{i}" for i in range(n_classes)], train.shape[1])
            blob = write_blob(estimator, facts, train, Options(**options))[0]
            (folder / "blob.h").write_text(f"#define BLOB {{{', '.join(map(str, blob))}}}\n")
            self.sources = [PROGRAM / "model_bits.c", PROGRAM / "loaded.c", *sorted((LIB / "model").glob("*.c"))]
        self.expected = bits_frame.on_host(host_compiler(), ["-O2"], self.sources, self.folders, folder / "plain")


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = Case(request.param, tmp_path_factory.mktemp(request.param.replace(" ", "-")))
    assert len(made.expected) == 60
    assert len(set(made.expected)) > 3, "the rows differ"
    return made


def test_nothing_is_undefined(case: Case, tmp_path: Path) -> None:
    compiler = sanitizing_compiler(tmp_path)
    if compiler is None:
        pytest.skip("neither gcc nor clang with its sanitizers is here")
    said = bits_frame.on_host([compiler], SANITIZE, case.sources, case.folders, tmp_path / "sanitized")
    assert said == case.expected


@pytest.mark.parametrize("target", ARM)
def test_the_same_on_arm(case: Case, target: str, tmp_path: Path) -> None:
    assert bits_frame.on_arm(*ARM[target], case.sources, case.folders, tmp_path) == case.expected


@pytest.mark.parametrize("case", [name for name, row in CASES.items() if row[-1]], indirect=True)
def test_the_same_on_avr(case: Case, tmp_path: Path) -> None:
    said = bits_frame.on_avr(case.sources, case.folders, tmp_path)
    assert said == case.expected[: len(said)]
    assert len(said) >= 6


def test_the_sets_are_int16() -> None:
    assert all(split(name)[0].dtype == np.int16 for name in ("digits", "wine", "diabetes"))
