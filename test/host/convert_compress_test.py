"""Trees made smaller on purpose: the C answers as the changed estimator on every row, budgets are kept, larger ones lose no more."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from fieldmouse.blob import Blob
from fieldmouse.model import Model
from orchestrator.convert import ConvertError, ModelFacts, Options, Quantiser, Report, convert, snap
from orchestrator.convert.blob import write_blob
from orchestrator.convert.compact.binary import Thresholds
from orchestrator.convert.compress import compressed
from orchestrator.convert.compress.prune import order
from orchestrator.convert.compress.shapes import members, shape, with_splits
from orchestrator.convert.conversion import pieces_for
from orchestrator.convert.pipeline import identity, unwrap

LOADS = {"digits": load_digits, "cancer": load_breast_cancer, "wine": load_wine, "diabetes": load_diabetes}


@cache
def rows(name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = LOADS[name](return_X_y=True)
    return (x.astype(np.int16) if name == "digits" else Quantiser().fit_transform(x)), y


MODELS = {
    "forest": (RandomForestClassifier(10, max_depth=8, random_state=0), "digits"),
    "snapped": (RandomForestClassifier(6, max_depth=6, random_state=0), "digits"),
    "extra": (ExtraTreesClassifier(8, max_depth=6, random_state=0), "wine"),
    "tree": (DecisionTreeClassifier(max_depth=8, random_state=0), "cancer"),
    "scaled": (make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)), "wine"),
    "values": (RandomForestRegressor(8, max_depth=7, random_state=0), "diabetes"),
    "boosting": (GradientBoostingClassifier(n_estimators=12, random_state=0), "wine"),
    "boosting-values": (GradientBoostingRegressor(n_estimators=20, random_state=0), "diabetes"),
    "hist": (HistGradientBoostingClassifier(max_iter=6, random_state=0), "wine"),
    "hist-values": (HistGradientBoostingRegressor(max_iter=12, random_state=0), "diabetes"),
}


@cache
def fitted(name: str):
    model, data = MODELS[name]
    x, y = rows(data)
    model = model.fit(x, y)
    return (snap(model) if name == "snapped" else model), x


def corners(x: np.ndarray) -> np.ndarray:
    """The rows, and rows of extremes."""
    ends = np.random.default_rng(3).choice(np.array([-32768, -1, 0, 1, 32767]), (60, x.shape[1]))
    return np.vstack([x, ends]).astype(np.int16)


def converted(model, x: np.ndarray, folder: Path, **options) -> tuple[Report, Model]:
    names = [str(c) for c in getattr(model, "classes_", [])]
    facts = ModelFacts("trial", "test", 50, names, x.shape[1])
    report = convert(model, facts, folder / "include", x, Options("compact", **options))
    return report, Model(folder / "include", "trial")


def changed(model, x: np.ndarray, **options):
    """What scikit-learn has of a changed model, without any engine's word for it."""
    plain = Options(
        "compact", **{name: value for name, value in options.items() if name in ("vote", "leaves", "leaf_steps")}
    )
    return compressed(
        model, Options("compact", **options), x, lambda tried: pieces_for(tried, "trial", plain, x)["compact"].bytes
    )[0]


def check_answers(model, compiled: Model, x: np.ndarray, error: float) -> None:
    if hasattr(model, "classes_"):
        assert (model.classes_[compiled.classify(x)[0]] == model.predict(x)).all()
    else:
        assert np.abs(compiled.regress(x)[:, 0] * 2.0**-compiled.fraction - model.predict(x)).max() <= error


@pytest.mark.parametrize("bits", [None, 8])
@pytest.mark.parametrize("name", MODELS)
def test_the_c_answers_as_the_pruned_estimator_within_the_budget(name: str, bits: int | None, tmp_path: Path) -> None:
    model, x = fitted(name)
    x = corners(x)
    before = model.predict(x)
    whole = pieces_for(model, "trial", Options("compact"), x)["compact"].bytes
    report, compiled = converted(model, x, tmp_path, max_bytes=whole * 6 // 10, threshold_bits=bits)
    outcome = report.outcomes["compact"]
    assert whole * 4 // 10 < outcome.tables <= whole * 6 // 10
    assert (outcome.measured.moved is None) == hasattr(model, "classes_")
    assert (outcome.measured.fitted is None) != hasattr(model, "classes_")
    made = changed(model, x, max_bytes=whole * 6 // 10, threshold_bits=bits)
    check_answers(made, compiled, x, outcome.bound.output)
    assert "pruned to" in outcome.note
    assert (model.predict(x) == before).all()  # a copy was changed


@pytest.mark.parametrize("name", ["tree", "values"])
@pytest.mark.parametrize("seed", [0, 1])
def test_one_tree_loses_what_scikit_learns_own_pruning_takes(name: str, seed: int) -> None:
    x, y = rows("cancer" if name == "tree" else "diabetes")
    tree = (DecisionTreeClassifier if name == "tree" else DecisionTreeRegressor)(max_depth=9, random_state=seed).fit(
        x, y
    )
    shapes = [shape(tree, tree)]
    steps, costs = order(shapes, [np.zeros(len(shapes[0].left))])
    path = tree.cost_complexity_pruning_path(x, y)
    last = np.flatnonzero(np.diff(path.ccp_alphas) > 1e-6 * path.ccp_alphas[1:])  # of those that cost the same
    for alpha, impurity in zip(path.ccp_alphas[last[::7]], path.impurities[last[::7]], strict=True):
        theirs = type(tree)(max_depth=9, random_state=seed, ccp_alpha=alpha * (1 + 1e-9)).fit(x, y)
        taken = int((steps[0] > 0).sum()) - (theirs.get_n_leaves() - 1)
        assert costs[taken] / len(x) + path.impurities[0] == pytest.approx(impurity, rel=1e-9)
        ours = with_splits(tree, shapes, [steps[0] > taken])
        assert (
            (ours.predict(x) == pytest.approx(theirs.predict(x)))
            if name == "values"
            else (ours.predict(x) == theirs.predict(x)).all()
        )
        assert (ours.get_depth(), ours.get_n_leaves()) == (theirs.get_depth(), theirs.get_n_leaves())


def training_error(estimator) -> float:
    """The weighted impurity of all leaves, as fitting left it."""
    trees = [tree.tree_ for tree in estimator.estimators_]
    return sum(float((t.impurity * t.weighted_n_node_samples)[t.children_left < 0].sum()) for t in trees)


@pytest.mark.parametrize("options", [{}, {"vote": "hard"}, {"leaves": 24}])
def test_a_larger_budget_never_loses_more(options: dict) -> None:
    model, x = fitted("forest")
    made = [changed(model, x, max_bytes=budget, **options) for budget in (700, 1500, 2200, 3000, 9000)]
    errors = [training_error(one) for one in made]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 2 * errors[-1]
    splits = [sum(tree.get_n_leaves() for tree in one.estimators_) for one in made]
    assert splits == sorted(splits)


def test_pruning_composes_with_leaves_votes_and_code(tmp_path: Path) -> None:
    model, x = fitted("forest")
    for number, options in enumerate(({"leaves": 24}, {"leaf_steps": 8}, {"vote": "hard"}, {"optimize": "speed"})):
        report, _ = converted(model, x, tmp_path / str(number), max_bytes=2500, **options)
        outcome = report.outcomes["compact"]
        assert outcome.tables <= 2500
        assert outcome.measured.near == 0
        assert "pruned to" in outcome.note
        assert outcome.measured.fitted > (0.75 if "optimize" in options else 0.9)


def test_a_budget_that_the_model_fits_changes_nothing(tmp_path: Path) -> None:
    model, x = fitted("snapped")
    assert changed(model, x, max_bytes=100_000) is model
    report, _ = converted(model, x, tmp_path, max_bytes=100_000)
    assert report.outcomes["compact"].measured.fitted == 1
    assert "pruned" not in report.outcomes["compact"].note


def test_a_budget_that_cannot_be_met_says_by_how_much_and_writes_nothing(tmp_path: Path) -> None:
    model, x = fitted("forest")
    converted(model, x, tmp_path, vote="hard")
    before = {path.name: path.read_bytes() for path in (tmp_path / "include").iterdir()}
    with pytest.raises(
        ConvertError, match=r"max_bytes is 20, and even without any split .* 40 bytes, 20 more"
    ) as caught:
        converted(model, x, tmp_path, max_bytes=20, vote="hard")
    assert "choose a larger budget" in str(caught.value)
    assert {path.name: path.read_bytes() for path in (tmp_path / "include").iterdir()} == before


@pytest.mark.parametrize("name", MODELS)
def test_thresholds_on_a_grid(name: str, tmp_path: Path) -> None:
    model, x = fitted(name)
    x = corners(x)
    report, compiled = converted(model, x, tmp_path, threshold_bits=4)
    made = changed(model, x, threshold_bits=4)
    check_answers(made, compiled, x, report.outcomes["compact"].bound.output)
    affine = unwrap(made).affine
    cut = Thresholds(affine, single=not name.startswith("hist"))
    lines: dict[int, set[int]] = {}
    for member in members(unwrap(made).estimator):
        if hasattr(member, "nodes"):
            inner = member.nodes[member.nodes["is_leaf"] == 0]
            found = zip(inner["feature_idx"], inner["num_threshold"], strict=True)
        else:
            inner = member.tree_.children_left >= 0
            found = zip(member.tree_.feature[inner], member.tree_.threshold[inner], strict=True)
        for feature, threshold in found:
            lines.setdefault(int(feature), set()).add(cut(int(feature), float(threshold)))
    assert max(map(len, lines.values())) <= 16
    assert max(map(len, lines.values())) > 4


def test_eight_bits_lose_nothing_where_thresholds_are_close_and_take_three_bytes_a_split(tmp_path: Path) -> None:
    model, x = fitted("forest")
    report, _ = converted(model, x, tmp_path / "digits", threshold_bits=8)
    assert report.outcomes["compact"].measured.fitted == 1
    assert identity(1).is_identity
    model, x = fitted("values")
    plain, _ = converted(model, x, tmp_path / "plain")
    coarse, _ = converted(model, x, tmp_path / "coarse", threshold_bits=8)
    splits = sum(tree.get_n_leaves() - 1 for tree in model.estimators_)
    saved = plain.outcomes["compact"].tables - coarse.outcomes["compact"].tables
    assert 0.9 * splits - 3 * x.shape[1] < saved < splits
    assert coarse.outcomes["compact"].measured.moved < 0.05 * np.std(rows("diabetes")[1])


def test_an_isolation_forest_takes_a_grid_and_no_budget(tmp_path: Path) -> None:
    x, _ = rows("wine")
    model = IsolationForest(n_estimators=20, max_features=0.5, random_state=0).fit(x)
    report, _ = converted(model, corners(x), tmp_path, threshold_bits=8)
    assert 0 < report.outcomes["compact"].measured.moved < 0.01
    with pytest.raises(ConvertError, match="max_bytes is for trees, and IsolationForest"):
        converted(model, x, tmp_path, max_bytes=500)


@pytest.mark.parametrize("option", ["max_bytes", "threshold_bits"])
def test_what_has_no_trees_is_refused(option: str, tmp_path: Path) -> None:
    x, y = rows("wine")
    with pytest.raises(ConvertError, match=f"{option} is for trees, and LogisticRegression"):
        converted(LogisticRegression(max_iter=20).fit(x, y), x, tmp_path, **{option: 8})
    with pytest.raises(ConvertError, match=option):
        Options(**{option: 0})


def test_a_loadable_model_keeps_to_the_budget_too() -> None:
    model, x = fitted("forest")
    facts = ModelFacts("trial", "test", 50, [str(c) for c in model.classes_], x.shape[1])
    blob, measured = write_blob(model, facts, x, Options(max_bytes=4000, leaves=32))
    assert 3500 < len(blob) <= 4000
    assert 0.9 < measured.fitted < 1
    assert Blob(blob).members == ["classify"]
