"""Models that are loaded and not built in: our blobs by the firmware's checker and walker, and emlearn's CSV as emlearn-micropython reads it."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from fieldmouse.blob import FAULTS, Blob, BlobError
from orchestrator.convert import ConvertError, ModelFacts, Options, Quantiser, snap
from orchestrator.convert.blob import frame, linear, write_blob
from orchestrator.convert.compact import leaves
from orchestrator.convert.emlearn.trees import to_csv
from orchestrator.convert.pipeline import identity

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(7)
EXTREMES = np.array([-32768, -32767, -1, 0, 1, 32766, 32767], dtype=np.int16)


def rows(load) -> tuple[np.ndarray, np.ndarray]:
    x, y = load(return_X_y=True)
    return Quantiser().fit_transform(x), y


def blob_of(model, X: np.ndarray, **options) -> Blob:
    """A model that has proved itself on X, loaded."""
    estimator = model[-1] if hasattr(model, "steps") else model
    facts = ModelFacts("trial", "test", 50, [str(c) for c in getattr(estimator, "classes_", [])], X.shape[1])
    return Blob(write_blob(model, facts, X, Options(**options))[0])


def corners(X: np.ndarray) -> np.ndarray:
    return np.vstack([X, RNG.choice(EXTREMES, (100, X.shape[1]))]).astype(np.int16)


@pytest.mark.parametrize("load", [load_digits, load_breast_cancer, load_wine])
@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(10, max_depth=8, random_state=0),
        ExtraTreesClassifier(12, max_depth=6, random_state=0),
        DecisionTreeClassifier(random_state=0),
    ],
)
def test_a_loaded_classifier_answers_every_row(estimator, load) -> None:
    x, y = rows(load)
    estimator = snap(estimator.fit(x[::2], y[::2]))
    classes, proba = blob_of(estimator, corners(x)).classify(x)
    assert (estimator.classes_[classes] == estimator.predict(x)).all()
    assert np.abs(proba - 255 * estimator.predict_proba(x)).max() <= 0.5 + 1e-9
    hard = blob_of(estimator, corners(x), vote="hard").classify(x)[0]
    assert (hard == leaves.hard_answers(estimator, x, identity(x.shape[1])).classes).all()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestRegressor(20, max_depth=6, random_state=0),
        ExtraTreesRegressor(5, max_depth=6, random_state=0),
        DecisionTreeRegressor(random_state=0),
    ],
)
def test_a_loaded_regressor_answers_within_its_bound(estimator, scale: float) -> None:
    x, y = rows(load_diabetes)
    for targets in (y * scale, np.column_stack([y, -y[::-1]]) * scale):
        estimator.fit(x, targets)
        blob = blob_of(estimator, corners(x))
        said = blob.regress(x) * 2.0**-blob.fraction
        assert np.abs(said - estimator.predict(x).reshape(len(x), -1)).max() <= 1e-3 * np.ptp(y) * scale


SUMS = {
    "boosting": (GradientBoostingClassifier(n_estimators=10, random_state=0), (load_breast_cancer, load_wine)),
    "histogram": (HistGradientBoostingClassifier(max_iter=5, max_leaf_nodes=8), (load_breast_cancer, load_wine)),
    "logistic": (LogisticRegression(max_iter=200), (load_digits, load_breast_cancer, load_wine)),
    "machine": (LinearSVC(random_state=0), (load_digits, load_breast_cancer)),
    "layers": (MLPClassifier((12, 6), max_iter=60, random_state=0), (load_wine, load_breast_cancer)),
}


@pytest.mark.parametrize(("name", "load"), [(name, load) for name, (_, loads) in SUMS.items() for load in loads])
def test_a_loaded_classifier_of_sums_answers_within_its_bound(name: str, load) -> None:
    x, y = rows(load)
    model = make_pipeline(StandardScaler(), SUMS[name][0]).fit(x[::2], y[::2])
    classes, proba = blob_of(model, x).classify(x)
    other = model.classes_[classes] != model.predict(x)
    assert other.mean() <= (0.005 if name in ("machine", "layers", "logistic") else 0)
    if hasattr(model, "predict_proba"):
        assert np.abs(proba - 255 * model.predict_proba(x)).max() <= (2.5 if name in ("layers", "logistic") else 0.7)
    else:
        assert (proba == 255 * np.eye(len(model.classes_))[classes]).all()


@pytest.mark.parametrize("scale", [1e-3, 1e5])
@pytest.mark.parametrize(
    "estimator",
    [
        GradientBoostingRegressor(n_estimators=30, random_state=0),
        HistGradientBoostingRegressor(max_iter=10, max_leaf_nodes=8),
        LinearRegression(),
        MultiOutputRegressor(Ridge()),
        MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", max_iter=100, random_state=0),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_loaded_regressor_of_sums_answers_within_its_bound(estimator, scale: float) -> None:
    x, y = rows(load_diabetes)
    targets = (
        np.column_stack([y, -10 * y[::-1]]) if isinstance(estimator, (LinearRegression, MultiOutputRegressor)) else y
    )
    model = make_pipeline(StandardScaler(), estimator).fit(x, targets * scale)
    blob = blob_of(model, x)
    said = blob.regress(x) * 2.0**-blob.fraction
    assert np.abs(said - model.predict(x).reshape(len(x), -1)).max() <= 5e-3 * np.ptp(y) * scale


@pytest.mark.parametrize("load", [load_wine, load_diabetes])
def test_a_loaded_isolation_forest_scores_within_its_bound(load) -> None:
    x, _ = rows(load)
    model = IsolationForest(n_estimators=30, max_features=0.5, random_state=0).fit(x)
    x = corners(x)
    blob = blob_of(model, x)
    assert blob.members == ["score"]
    assert np.abs(blob.score(x) * 2.0**-blob.fraction - model.decision_function(x)).max() <= 5e-4


def test_a_loaded_linear_models_bound_is_of_the_range_of_the_rows() -> None:
    """Rows with one large feature each; a fresh row has all of them large."""
    few = RNG.integers(-50, 50, (20, 4))
    X = np.vstack([np.diag([900, 800, 700, 600]), few]).astype(np.int16)
    model = Ridge().fit(X, X @ [0.1234, 0.0567, 0.0891, 0.0345])
    corner = X.max(axis=0)[None]
    asked = blob_of(model, X)
    off = np.abs(asked.regress(corner) * 2.0**-asked.fraction - model.predict(corner)).max()
    assert off <= linear.values(model, Options(), X, identity(4)).bound.output


def test_scalers_are_folded() -> None:
    x, y = rows(load_wine)
    model = make_pipeline(
        StandardScaler(), snap(RandomForestClassifier(5, random_state=0).fit(StandardScaler().fit_transform(x), y))
    )
    model.steps[0][1].fit(x)
    assert (blob_of(model, corners(x)).classify(x)[0] == model.predict(x)).all()


@pytest.mark.parametrize(("features", "classes", "trees"), [(200, 3, 20), (6, 40, 12), (6, 64, 3), (4, 3, 500)])
def test_the_format_widens_by_itself(features: int, classes: int, trees: int) -> None:
    x = RNG.integers(-32768, 32768, (1300, features)).astype(np.int16)
    estimator = RandomForestClassifier(trees, max_depth=9 if trees < 500 else 3, random_state=0)
    estimator = snap(estimator.fit(x, np.arange(1300) % classes))
    assert (estimator.classes_[blob_of(estimator, corners(x)).classify(x)[0]] == estimator.predict(x)).all()


def test_a_tree_that_is_one_leaf_or_one_long_branch() -> None:
    x = np.arange(-1000, 1000, dtype=np.int16)[:, None]
    for y in (np.zeros(2000), np.arange(2000) % 2):
        estimator = snap(DecisionTreeClassifier(random_state=0).fit(x, y))
        assert (blob_of(estimator, corners(x)).classify(x)[0] == estimator.predict(x)).all()


def test_what_has_no_loadable_form_says_so() -> None:
    x, y = rows(load_wine)
    with pytest.raises(
        ConvertError, match=r"GaussianNB cannot be loaded; these can: .*IsolationForest, .*build it into"
    ):
        blob_of(GaussianNB().fit(x, y), x)
    with pytest.raises(ConvertError, match="at most 64 classes or outputs, not 70"):
        blob_of(DecisionTreeClassifier().fit(np.arange(70)[:, None], np.arange(70)), np.zeros((70, 1)))


def refused(good: bytes, place: int, part: bytes, fault: str) -> None:
    """A blob with other bytes at a place, its CRC repaired, is none."""
    bad = bytearray(good)
    bad[place : place + len(part)] = part
    bad[4:8] = zlib.crc32(bad[8:]).to_bytes(4, "little")
    with pytest.raises(BlobError, match=fault[:20]):
        Blob(bytes(bad))


def test_the_checker_names_what_is_wrong() -> None:
    x, y = rows(load_wine)
    estimator = snap(RandomForestClassifier(3, max_depth=3, random_state=0).fit(x, y))
    good, _ = write_blob(estimator, ModelFacts("trial", "test", 50, ["a", "b", "c"], x.shape[1]), x)
    cases = {0: (0, 1), 1: (12, 1), 2: (8, 1), 4: (25, 1), 5: (48, 9), 6: (84, 10)}
    for at, (place, byte) in cases.items():
        refused(good, place, bytes([byte]), FAULTS[at + 1])
    with pytest.raises(BlobError, match="CRC"):
        Blob(good[:-1] + bytes([good[-1] ^ 1]))
    assert Blob(good).hash == f"{zlib.crc32(good[8:]):08x}"


def test_the_checker_refuses_what_the_writer_never_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = rows(load_wine)
    model = IsolationForest(n_estimators=2, max_samples=8, random_state=0).fit(x)
    good, _ = write_blob(model, ModelFacts("trial", "test", 50, [], x.shape[1]), x)
    for offset in (-(2**31), 2**31 - 32768):
        refused(good, len(good) - 4, offset.to_bytes(4, "little", signed=True), FAULTS[11])
    monkeypatch.setattr(linear, "WIDEST", 100)
    wide = make_pipeline(StandardScaler(), MLPClassifier((65,), max_iter=5, random_state=0)).fit(x, y)
    with pytest.raises(ConvertError, match=r"pass its own check [(]this cannot be loaded: its rows"):
        blob_of(wide, x)
    monkeypatch.setattr(frame, "WIDEST", 100)
    with pytest.raises(ConvertError, match=r"pass its own check [(]this cannot be loaded: a number of its header"):
        blob_of(DecisionTreeClassifier().fit(np.arange(70)[:, None], np.arange(70)), np.zeros((70, 1)))


def test_a_hidden_layer_that_is_too_wide_says_so() -> None:
    x, y = rows(load_wine)
    with pytest.raises(ConvertError, match="at most 64 units in a hidden layer, not 65"):
        blob_of(MLPClassifier((65,), max_iter=2).fit(x, y), x)


def micropython(text: str, X: np.ndarray) -> np.ndarray:
    """The majority vote of a CSV read by the rules of emlearn-micropython's load_model and its C: left if feature < value, a negative
    child is -1 - leaf, another one how many nodes to go on."""
    table: dict[str, list[list[str]]] = {}
    for line in text.split("\r\n"):
        kind, *values = line.split(",")
        table.setdefault(kind, []).append(values)
    n_classes = int(table["c"][0][0])
    found_leaves = [int(v[0]) for v in table["l"]]
    nodes = [(int(f), int(float(v)), int(left), int(right)) for f, v, left, right in table["n"]]
    answers = []
    for row in X.tolist():
        votes = [0] * n_classes
        for (root,) in table["r"]:
            at = int(root)
            while True:
                feature, value, left, right = nodes[at]
                child = left if row[feature] < value else right
                if child < 0:
                    break
                assert child > 0
                at += child
            votes[found_leaves[-1 - child]] += 1
        answers.append(votes.index(max(votes)))
    return np.array(answers)


@pytest.mark.parametrize("load", [load_digits, load_wine])
def test_the_csv_answers_as_the_trees_vote(load) -> None:
    x, y = rows(load)
    estimator = RandomForestClassifier(7, max_depth=7, random_state=0).fit(x[::2], y[::2])
    text = to_csv(estimator)
    expected = leaves.hard_answers(estimator, x, identity(x.shape[1])).classes
    assert (micropython(text, x) == expected).all()
    assert text.startswith(f"f,{x.shape[1]}\r\nc,{len(estimator.classes_)}\r\n")
