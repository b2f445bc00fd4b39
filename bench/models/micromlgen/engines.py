"""micromlgen: nested conditions over floats, one vote a tree; sums in float over variable arguments."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.models.cases import Job
from bench.models.packages import PINS, generator
from bench.models.rows import PLAIN_CPP, peer
from orchestrator.bench.contract import Engine

SOURCE = Path(__file__).with_name("model.cpp")
KINDS = ("forest", "tree", "forest-regressor", "tree-regressor", "logistic", "bayes")
NOTES = {"bayes": "asks for `sigma_`, which scikit-learn now calls `var_`: given under the old name"}


def _known(job: Job) -> Any:
    """The estimator, with the names of the scikit-learn that micromlgen knew."""
    if job.kind != "bayes":
        return job.estimator
    old = copy.copy(job.estimator)
    old.sigma_ = old.var_
    return old


def _write(job: Job) -> str:
    text = str(generator(PINS["micromlgen"], "micromlgen").port(_known(job), classname="Model"))
    return text.replace("#include <cstdarg>", "#include <stdarg.h>")  # no C++ library is needed for that


def engines(jobs: Sequence[Job]) -> Iterator[Engine]:
    """A family for each model that it takes."""
    for job in (job for job in jobs if job.kind in KINDS):
        yield from peer(
            job, "micromlgen", SOURCE, lambda job=job: _write(job), flags=PLAIN_CPP, more={"MODEL": "Model"},
            note=NOTES.get(job.kind, ""),
        )  # fmt: skip
