"""emlearn: trees inline and loadable, hard and soft, mended and as it comes; the rest as it comes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np

from bench.models.cases import REGRESS, Job
from bench.models.rows import PLAIN_C, peer
from fieldmouse.app import emlearn_headers
from orchestrator.bench.contract import Engine

SOURCE = Path(__file__).with_name("model.c")
VERSION = version("emlearn")
FLAGS = (*PLAIN_C, f"-I{emlearn_headers()}")
TREES = ("forest", "extra", "tree")
TREE_REGRESSORS = ("forest-regressor", "tree-regressor")
FLOATS = ("mlp", "bayes")
SOFT_BITS = 8
AS_IT_COMES = "as it comes: `x < int(t)` where scikit-learn has `x <= t`"
MENDED = "mended: thresholds are floor(t) + 1, tables constant"


@dataclass(frozen=True)
class Form:
    """One way to have emlearn convert trees."""

    method: str
    votes: str  # "hard", "soft"; "" for a regressor
    dtype: str = "int16_t"
    mended: bool = True

    @property
    def family(self) -> str:
        """As rows call it."""
        end = "" if self.mended else "float" if self.dtype == "float" else "asis"
        return "-".join(part for part in ("emlearn", self.method, self.votes, end) if part)

    @property
    def note(self) -> str:
        """What was done to it."""
        return MENDED if self.mended else "as it comes, on floats" if self.dtype == "float" else AS_IT_COMES


def forms(job: Job) -> Iterator[Form]:
    """All for a model."""
    for votes in ("hard", "soft") if job.asks != REGRESS else ("",):
        for method in ("inline", "loadable"):
            yield Form(method, votes)
            yield Form(method, votes, mended=False)
        yield Form("inline", votes, "float", mended=False)


def _emlearn() -> ModuleType:
    settings = np.geterr()
    import emlearn  # it makes numpy raise on every floating-point event

    np.seterr(**settings)
    return emlearn


def _trees(job: Job, form: Form) -> str:
    options = {"leaf_bits": SOFT_BITS if form.votes == "soft" else 0} if form.votes else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _emlearn().convert(job.estimator, method=form.method, dtype=form.dtype, **options)
        if form.mended:
            for node in found.forest_[0]:
                node[1] = math.floor(node[1]) + 1
        text = str(found.save(name="m", format="c", include_proba=False))
    return text.replace("EmlTrees m = {", "static const EmlTrees m = {") if form.mended else text


def _dense(job: Job) -> str:
    method = {"mlp": "loadable", "envelope": "inline", "mixture": "inline"}.get(job.kind)
    emlearn = _emlearn()
    with (
        warnings.catch_warnings(),
        mock.patch.object(emlearn.common, "CompiledClassifier"),
    ):  # it would compile for here
        warnings.simplefilter("ignore")
        return str(emlearn.convert(job.estimator, method=method).save(name="m"))


def _adapted(job: Job) -> Mapping[str, int]:
    """What the adapter must know of a kind."""
    known: dict[str, Mapping[str, Any]] = {
        "knn": {"ITEMS": getattr(job.estimator, "n_samples_fit_", 0)},
        "mixture": {"COMPONENTS": job.n_classes},
        "envelope": {"INSIDE": 1},
    }
    return known.get(job.kind, {})


def engines(jobs: Sequence[Job]) -> Iterator[Engine]:
    """A family for each model and form that it takes."""
    for job in jobs:
        if job.kind in (*TREES, *TREE_REGRESSORS):
            for form in forms(job):
                feature = "<f4" if form.dtype == "float" else "<i2"
                yield from peer(
                    job, form.family, SOURCE, lambda job=job, form=form: _trees(job, form), feature, FLAGS,
                    note=form.note,
                )  # fmt: skip
        elif job.kind in (*FLOATS, "knn", "envelope", "mixture"):
            feature = "<i2" if job.kind == "knn" else "<f4"
            yield from peer(job, "emlearn", SOURCE, lambda job=job: _dense(job), feature, FLAGS, more=_adapted(job))
