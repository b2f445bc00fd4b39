"""From recordings to a model's header: features through the app's own C, fit, convert, prove that both agree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
from filelock import FileLock

from fieldmouse.app import App
from fieldmouse.recording import DataError
from orchestrator.convert import (
    ENGINES,
    ConvertError,
    ModelFacts,
    Options,
    options_from,
    snap,
)
from orchestrator.convert.check import compare
from orchestrator.convert.conversion import pieces_for
from orchestrator.convert.ensemble import CLASSIFIERS, trees
from orchestrator.convert.header import files_of, write_files
from orchestrator.convert.piece import Piece
from orchestrator.prebuild import choice, digest, model_folder
from orchestrator.progress import Progress, quiet
from orchestrator.project import UserError
from orchestrator.rows import SEED, Table, common_rate, feature_app, recipe, recordings, table


@dataclass(frozen=True)
class Choice:
    """What a model learns from: the folder `data`, or the simulator when it is empty, without the groups in `leave`
    (for example {"cow": ["1319"]}); and how: `params` that differ from its variant's PARAMS, `options` of the conversion
    (fields of orchestrator.convert.Options)."""

    data: str = ""
    leave: dict[str, list[str]] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """How the converted C classifies, on the same integer features: as scikit-learn does with the model as converted (its
    leaves rounded, its options honoured), and as the estimator did before."""

    rows: int
    same: int
    same_as_fitted: int


@dataclass(frozen=True)
class Trained:
    """A model with its C beside it; `engines` are those that can walk it, `app` is compiled with one of them."""

    app: App
    estimator: Any
    facts: ModelFacts
    hash: str
    engines: Sequence[str]
    agreement: Agreement


def held(app: str, variant: str) -> Choice:
    """The choice that holds for a model."""
    chosen = choice(app, variant)
    return Choice(**json.loads(chosen)) if chosen else Choice()


def parameters(app: str, variant: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What an app's `fit` is given: its variant's PARAMS, some overridden."""
    known = recipe(app).train.PARAMS
    if variant not in known:
        raise UserError(f"PARAMS in models/{app}/train.py has no {variant!r}: add the variant's parameters")
    return {**known[variant], **overrides}


def fitted(app: str, rows: Table, params: Mapping[str, Any], seed: int) -> Any:
    """The app's estimator, fitted on the labelled rows."""
    models = recipe(app)
    labelled = rows.truth != ""
    if not labelled.any():
        raise DataError("the recordings have no labels: there is nothing to learn")
    return models.train.fit(
        rows.vectors[labelled], rows.truth[labelled], rows.group(models.train.GROUP)[labelled],
        recording=rows.groups[labelled], seed=seed, params=params,
    )  # fmt: skip


def prepared(estimator: Any, options: Options) -> Any:
    """The estimator as it is converted: leaves of voting trees rounded in place, unless the options say how."""
    theirs = options.vote == "hard" or options.leaves is not None or options.leaf_steps is not None
    return estimator if theirs or type(estimator).__name__ not in CLASSIFIERS else snap(estimator)


def converted(
    app: str,
    variant: str,
    estimator: Any,
    facts: ModelFacts,
    vectors: np.ndarray,
    folder: Path,
    options: Options,
    every_engine: bool = False,
) -> Trained:
    """Convert a fitted estimator into `folder`, and compare its C with scikit-learn on `vectors`.

    Raises ConvertError when it is off by more than its kind's stated bound (voting trees have none), with the first engine
    that holds it or with `every_engine`: such a header must not be built into anything.
    """
    before = estimator.predict(vectors)
    estimator = prepared(estimator, options)
    others = dict.fromkeys(ENGINES, ConvertError(f"its options name the engine {options.engine}"))
    found = others | pieces_for(estimator, app, options, vectors)
    crc, files = files_of(facts, found)
    write_files(folder, files)
    pieces = {engine: found[engine] for engine in ENGINES if isinstance(found[engine], Piece)}
    for engine in pieces if every_engine else list(pieces)[:1]:
        piece = pieces[engine]
        compiled = App(app, folder, variant, engine)
        wanted = piece.reference(vectors)
        compare(compiled.model, wanted, vectors, piece.bound, f"{piece.kind} of the engine {engine}")
    agreement = Agreement(len(vectors), len(vectors), len(vectors))
    if wanted.classes is not None:
        classes, _ = compiled.classify(vectors)
        as_fitted = int((estimator.classes_[classes] == before).sum())
        agreement = Agreement(len(vectors), int((classes == wanted.classes).sum()), as_fitted)
    return Trained(compiled, estimator, facts, f"{crc:08x}", tuple(pieces), agreement)


def fit(
    app: str,
    variant: str,
    rows: Table,
    data: str,
    rate_hz: int,
    folder: Path,
    seed: int = SEED,
    check: Table | None = None,
    every_engine: bool = False,
    choice: Choice | None = None,
) -> Trained:
    """Fit on the labelled `rows`, convert into `folder`, and compare the C with scikit-learn on `rows` and `check`: as
    `converted` says."""
    choice = choice or Choice()
    estimator = fitted(app, rows, parameters(app, variant, choice.params), seed)
    vectors = rows.vectors if check is None else np.vstack([rows.vectors, check.vectors])
    classes = [str(name) for name in getattr(estimator, "classes_", ())]
    facts = ModelFacts(app, data, rate_hz, classes, vectors.shape[1])
    options = options_from(choice.options)
    return converted(app, variant, estimator, facts, vectors, folder, options, every_engine)


def refresh(app: str, variant: str, progress: Progress = quiet, wish: Choice | None = None) -> dict[str, Any]:
    """Train and convert the model of an app's variant, unless what is there already is what would come out.

    It learns from `wish`, and later builds keep to that; without it from the choice that holds. Until the new model has
    proved itself, the old one and its choice stay; the stamp goes first and comes last, so that an interruption in
    between leaves a model that the next build makes anew. A model over a budget that an env sets for it is refused.
    """
    from orchestrator.sweep.budget import check

    folder = model_folder(app, variant)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        chosen = json.dumps(asdict(wish)) if wish else choice(app, variant)
        wanted = digest(app, chosen)
        stamp = folder / "stamp"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return json.loads((folder / "model.json").read_text(encoding="utf-8"))
        holds = wish or held(app, variant)
        progress("reading the recordings")
        name, found = recordings(app, holds.data)
        found = [r for r in found if not any(r.groups.get(key) in values for key, values in holds.leave.items())]
        rate_hz = common_rate(found)
        progress("computing features with the firmware's C")
        rows = table(feature_app(app, variant, rate_hz), found, recipe(app).train.TRUTH_LAG_S)
        progress(f"fitting on {len(rows.vectors)} decisions")
        with TemporaryDirectory(dir=folder) as part:
            trained = fit(app, variant, rows, name, rate_hz, Path(part) / "include", every_engine=True, choice=holds)
            cost = check(app, variant, Path(part) / "include", trained.app.model, rows.vectors)
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder / "include", ignore_errors=True)
            (Path(part) / "include").replace(folder / "include")
        about_trees = trees(trained.estimator) if type(trained.estimator).__name__ in CLASSIFIERS else []
        about = {
            **asdict(trained.facts),
            "hash": trained.hash,
            "engines": list(trained.engines),
            "rows": trained.agreement.rows,
            "agree": trained.agreement.same,
            "agree_fitted": trained.agreement.same_as_fitted,
            "costs": {target: asdict(found) for target, found in cost.items()},
            "nodes": int(sum(tree.tree_.node_count for tree in about_trees)),
        }
        joblib.dump(trained.estimator, folder / "model.joblib")
        (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        if wish:
            (folder / "choice.json").write_text(chosen, encoding="utf-8")
        stamp.write_text(wanted, encoding="utf-8")
        return about
