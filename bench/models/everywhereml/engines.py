"""everywhereml: nested conditions over floats; a tree's vote is weighed by a share of its root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from bench.models.cases import Job
from bench.models.packages import PINS, generator
from bench.models.rows import PLAIN_CPP, peer
from orchestrator.bench.contract import Engine

SOURCE = Path(__file__).with_name("model.cpp")
KINDS = {"forest": "everywhereml.sklearn.ensemble", "tree": "everywhereml.sklearn.tree"}
NOTE = "the fitted estimator is put into its own class, since it cannot take one that is fitted"


def _write(job: Job) -> str:
    estimator = job.estimator
    theirs = getattr(generator(PINS["everywhereml"], KINDS[job.kind]), type(estimator).__name__)
    wrapped = theirs.__new__(theirs)
    wrapped.__dict__.update(estimator.__dict__)
    wrapped.dataset, wrapped.y_pred = SimpleNamespace(num_outputs=job.n_classes), None
    return str(wrapped.to_cpp(class_name="Model"))


def engines(jobs: Sequence[Job]) -> Iterator[Engine]:
    """A family for each model that it takes."""
    for job in (job for job in jobs if job.kind in KINDS):
        yield from peer(job, "everywhereml", SOURCE, lambda job=job: _write(job), flags=PLAIN_CPP, note=NOTE)
