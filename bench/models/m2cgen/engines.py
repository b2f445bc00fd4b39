"""m2cgen: nested conditions and sums in double."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.models.cases import REGRESS, Job
from bench.models.packages import PINS, generator
from bench.models.rows import peer
from orchestrator.bench.contract import Engine

SOURCE = Path(__file__).with_name("model.c")
KINDS = ("forest", "extra", "tree", "forest-regressor", "tree-regressor", "logistic", "svm", "linear")
ONE_SCORE = ("logistic", "svm")  # of two classes
DEPTH = 20_000  # it recurses once a node


def _write(job: Job) -> str:
    sys.setrecursionlimit(max(DEPTH, sys.getrecursionlimit()))
    return str(generator(PINS["m2cgen"], "m2cgen").export_to_c(job.estimator))


def engines(jobs: Sequence[Job]) -> Iterator[Engine]:
    """A family for each model that it takes."""
    for job in (job for job in jobs if job.kind in KINDS):
        one = job.asks == REGRESS or (job.kind in ONE_SCORE and job.n_classes == 2)
        more = {"SCORES": 1 if one else job.n_classes}
        yield from peer(
            job, "m2cgen", SOURCE, lambda job=job: _write(job), "<f8", more=more,
            kind="<f8" if job.asks == REGRESS else "<i4",
        )  # fmt: skip
