"""Our own engine, lib/compact, as firmware is built: for size, for speed, and what the knobs between do."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.models import data
from bench.models.cases import CLASSIFY, REGRESS, SCORE, Job
from bench.models.rows import case_text
from orchestrator.bench.contract import OURS, Arrays, Engine
from orchestrator.convert import ModelFacts, Options, convert
from orchestrator.project import ROOT

LIB = ROOT / "lib"
SOURCES = (Path(__file__).with_name("model.c"), LIB / "compact" / "compact.c")
FLAGS = ("-Os", "-std=c99", "-Wall", *(f"-I{LIB / name}" for name in ("compact", "model", "port")))
CHOICES: Mapping[str, Mapping[str, Any]] = {"size": {"optimize": "size"}, "speed": {"optimize": "speed"}}
KNOBS: Mapping[str, Mapping[str, Any]] = {
    "code3": {"code_levels": 3},
    "code5": {"code_levels": 5},
    "steps16": {"leaf_steps": 16},
    "leaves64": {"leaves": 64},
    "leaves16": {"leaves": 16},
}
VOTING = ("forest", "extra")
VOTES = {"": "soft", "hard": "hard"}  # the end of a family's name
ONLY = "only"  # the same, for what is converted without any other answer than the one that is asked for
SEVERAL = ("envelope", "mixture")  # kinds with more members than one
CERTAIN = ("svm", "envelope", "isolation")  # kinds that have no probabilities


def _headers(job: Job, options: Mapping[str, Any]) -> dict[str, str]:
    """What a conversion writes, after its self-check, and the bench's own."""
    classes = [f"c{i}" for i in range(job.n_classes)] if job.asks == CLASSIFY else []
    rows = data.rows(job.data).train
    with tempfile.TemporaryDirectory() as part:
        folder = Path(part) / "include"
        convert(
            job.model,
            ModelFacts("trial", "bench", 1, classes, rows.shape[1]),
            folder,
            rows,
            Options("compact", **options),
        )
        found = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    more = {job.asks.upper(): 1}
    return {**found, "case.h": case_text(job, "<i2", "<i4", more)}


def fraction(headers: Mapping[str, str]) -> int:
    """Of a model's outputs, as its header says."""
    return int(re.findall(r"\.fraction = (\d+)", headers["compact_models.h"])[0])


class Converted:
    """One conversion, made when it is first asked for."""

    def __init__(self, job: Job, options: Mapping[str, Any]) -> None:
        self._job, self._options = job, options
        self._made: dict[str, str] = {}

    def headers(self) -> dict[str, str]:
        """For its two sources."""
        self._made = self._made or _headers(self._job, self._options)
        return self._made

    def answer(self, told: Arrays) -> np.ndarray:
        """In the terms of the case."""
        said = int(told["answer"][0])
        if self._job.asks == REGRESS:
            return np.asarray(said * 2.0 ** -fraction(self.headers()))
        return np.asarray(said >= 0 if self._job.asks == SCORE else said)


def _engine(job: Job, family: str, setting: str, options: Mapping[str, Any]) -> Engine:
    made = Converted(job, options)
    return Engine(
        case=job.name,
        family=family,
        setting=setting,
        sources=SOURCES,
        adapters=len(SOURCES),
        flags=FLAGS,
        headers=made.headers,
        inputs=lambda run: {"features": run["x"]},
        outputs={"answer": ("<i4", 1)},
        answer=made.answer,
        kin=OURS if family == f"{OURS}-{ONLY}" else "",
        choice=setting in CHOICES,
        spared=("trial_model", "trial_classes"),
    )


def only(job: Job) -> dict[str, Any]:
    """Options that leave out what the case does not ask for; empty where that is nothing."""
    found: dict[str, Any] = {"members": (job.asks,)} if job.kind in SEVERAL else {}
    return found | ({"probabilities": False} if job.asks == CLASSIFY and job.kind not in CERTAIN else {})


def engines(jobs: Sequence[Job]) -> Iterator[Engine]:
    """Each model for size and for speed, as it is by default and with only what is asked; forests with hard votes too, and with
    the knobs turned."""
    for job in jobs:
        if less := only(job):
            for setting, options in CHOICES.items():
                yield _engine(job, f"{OURS}-{ONLY}", setting, {**options, **less})
        for end, vote in VOTES.items() if job.kind in VOTING else [("", "")]:
            family = "-".join(part for part in (OURS, end) if part)
            for setting, options in {**CHOICES, **(KNOBS if vote == "soft" else {})}.items():
                yield _engine(job, family, setting, {**options, **({"vote": vote} if vote else {})})
