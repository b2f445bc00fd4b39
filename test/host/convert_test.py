"""The converter against scikit-learn: every row, ties included, and emlearn's faults that it mends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from fieldmouse.build import ToolchainError
from fieldmouse.model import Model
from orchestrator.convert import ENGINES, ConvertError, ModelFacts, engines_for, snap, write_model
from orchestrator.convert.emlearn.trees import to_emlearn


class Compiled(Model):
    """A converted model, as the firmware would call it."""

    def __init__(self, estimator, folder: Path, classes: list[str], engine: str) -> None:
        facts = ModelFacts("trial", "test", 50, classes, estimator.n_features_in_)
        write_model(estimator, facts, folder / "include")
        super().__init__(folder / "include", "trial", engine)

    def __call__(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.classify(rows)


def quantised(load) -> tuple[np.ndarray, np.ndarray]:
    x, y = load(return_X_y=True)
    scaled = (x - x.min(axis=0)) / np.maximum(np.ptp(x, axis=0), 1e-9)
    return np.round(scaled * 2000 - 1000).astype(np.int16), y


MODELS = {
    "forest": RandomForestClassifier(10, max_depth=8, random_state=0),
    "forest-of-two": RandomForestClassifier(2, max_depth=2, random_state=0),  # ties happen
    "extra-trees": ExtraTreesClassifier(12, max_depth=6, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=8, random_state=0),
    "weighted": RandomForestClassifier(7, min_samples_leaf=5, class_weight="balanced", random_state=0),
}
SETS = {"digits": load_digits, "breast_cancer": load_breast_cancer, "wine": load_wine}


both_engines = pytest.mark.parametrize("engine", ENGINES)


@both_engines
@pytest.mark.parametrize("data", SETS)
@pytest.mark.parametrize("kind", MODELS)
def test_the_c_answers_every_row_as_scikit_learn(kind: str, data: str, engine: str, tmp_path: Path) -> None:
    x, y = quantised(SETS[data])
    estimator = snap(MODELS[kind].fit(x[::2], y[::2]))
    answers, proba = Compiled(estimator, tmp_path, [str(c) for c in estimator.classes_], engine)(x)
    assert (estimator.classes_[answers] == estimator.predict(x)).all()
    exact = estimator.predict_proba(x) * 255
    assert np.abs(proba - exact).max() <= 0.5 + 1e-9


@both_engines
def test_a_value_on_the_threshold_goes_left(engine: str, tmp_path: Path) -> None:
    """emlearn alone sends x == floor(threshold) to the right; fault 1 of its integer trees."""
    x = np.array([[10], [11], [12], [13]], dtype=np.int16)
    estimator = snap(DecisionTreeClassifier().fit(x, [0, 0, 1, 1]))
    estimator.tree_.threshold[0] = 12.0  # scikit-learn: x <= 12 goes left
    answers, _ = Compiled(estimator, tmp_path, ["low", "high"], engine)(x)
    assert answers.tolist() == estimator.predict(x).tolist() == [0, 0, 0, 1]


@both_engines
def test_extremes_of_int16(engine: str, tmp_path: Path) -> None:
    x = np.array([[-32768], [-32767], [0], [32766], [32767]], dtype=np.int16)
    estimator = snap(DecisionTreeClassifier().fit(x, [0, 1, 2, 3, 4]))
    answers, _ = Compiled(estimator, tmp_path, list("abcde"), engine)(x)
    assert answers.tolist() == [0, 1, 2, 3, 4]


@both_engines
def test_a_tree_that_is_one_leaf(engine: str, tmp_path: Path) -> None:
    """Once among others, once with a single class, whose rows are empty in lib/compact."""
    x, y = quantised(load_wine)
    forest = snap(RandomForestClassifier(3, max_depth=2, random_state=0).fit(x, y))
    forest.estimators_[1] = snap(DecisionTreeClassifier(max_depth=1, min_samples_leaf=len(x)).fit(x, y))
    answers, _ = Compiled(forest, tmp_path / "a", list("abc"), engine)(x)
    assert answers.tolist() == forest.predict(x).tolist()
    alone = snap(DecisionTreeClassifier().fit(x, np.zeros(len(x))))
    answers, proba = Compiled(alone, tmp_path / "b", ["a"], engine)(x)
    assert answers.tolist() == [0] * len(x)
    assert (proba == 255).all()


@both_engines
def test_a_tree_of_two_thousand_levels(engine: str, tmp_path: Path) -> None:
    x = np.arange(2000, dtype=np.int16)[:, None]
    tree = snap(DecisionTreeClassifier(random_state=0).fit(x[::-1], np.arange(2000) % 2))
    assert tree.get_depth() > 900
    answers, _ = Compiled(tree, tmp_path, ["a", "b"], engine)(x)
    assert answers.tolist() == tree.predict(x).tolist()


def test_a_model_beyond_one_engine_still_converts_for_the_other(tmp_path: Path) -> None:
    x = np.arange(40, dtype=np.int16)[:, None]
    many = snap(DecisionTreeClassifier().fit(x, np.arange(40)))
    assert engines_for(many) == ["compact"]
    names = [f"c{k}" for k in range(40)]
    answers, _ = Compiled(many, tmp_path, names, "compact")(x)
    assert answers.tolist() == list(range(40))
    with pytest.raises(ToolchainError, match=r"lib/emlearn cannot hold this model: .*at most 30 convert; link compact"):
        Compiled(many, tmp_path, names, "emlearn")


def test_snapped_leaves_are_128ths_that_sum_to_one() -> None:
    x, y = quantised(load_digits)
    estimator = snap(RandomForestClassifier(3, max_depth=5, random_state=1).fit(x, y))
    for tree in estimator.estimators_:
        values = tree.tree_.value[:, 0, :] * 128
        assert (values == np.round(values)).all()
        assert (values.sum(axis=1) == 128).all()


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    x, y = quantised(load_wine)
    hashes = set()
    for seed, classes in ((0, "abc"), (0, "abc"), (1, "abc"), (0, "abd")):
        estimator = snap(RandomForestClassifier(3, random_state=seed).fit(x, y))
        hashes.add(write_model(estimator, ModelFacts("trial", "test", 50, list(classes), 13), tmp_path / "include"))
    assert len(hashes) == 3


def test_what_cannot_be_converted_is_said() -> None:
    x, y = quantised(load_wine)
    with pytest.raises(ConvertError, match="LogisticRegression is no tree classifier; these are: RandomForest"):
        snap(LogisticRegression(max_iter=10).fit(x, y > 0))
    with pytest.raises(ConvertError, match="not fitted"):
        snap(RandomForestClassifier())
    with pytest.raises(ConvertError, match="at most 30"):
        to_emlearn(snap(DecisionTreeClassifier().fit(np.arange(40).reshape(-1, 1), np.arange(40))), "trial")
    with pytest.raises(ConvertError, match="snap first"):
        to_emlearn(RandomForestClassifier(3, min_samples_leaf=7, random_state=0).fit(x, y), "trial")
    with pytest.raises(ConvertError, match="beyond int16"):
        to_emlearn(snap(DecisionTreeClassifier().fit([[0], [200000]], [0, 1])), "trial")


def test_a_bad_class_name_leaves_the_old_header(tmp_path: Path) -> None:
    x, y = quantised(load_wine)
    estimator = snap(DecisionTreeClassifier().fit(x, y))
    folder = tmp_path / "include"
    write_model(estimator, ModelFacts("trial", "test", 50, list("abc"), 13), folder)
    before = (folder / "emlearn_models.h").read_text()
    with pytest.raises(ConvertError, match="class name"):
        write_model(estimator, ModelFacts("trial", "test", 50, ["a", "b", 'c"'], 13), folder)
    assert (folder / "emlearn_models.h").read_text() == before
