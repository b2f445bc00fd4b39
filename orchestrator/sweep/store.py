"""Results that stay, a file each, named by the hash of all that they follow from: an interrupted sweep goes on where it stopped."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib

from orchestrator.bench.build import compiler_version
from orchestrator.prebuild import digest
from orchestrator.project import ROOT
from orchestrator.sweep.cost import Cost
from orchestrator.sweep.space import Candidate
from orchestrator.sweep.trial import Job, Result

# What a result follows from beside the model: who measures, and on what.
DEPENDS = (
    "orchestrator/sweep/*.py",
    "orchestrator/bench/*.py",
    "orchestrator/emulator/unicorn/*.py",
    "fieldmouse/*.py",
)


def _without(name: str, text: str) -> str:
    """A module's text less the lines that assign `name`."""
    gone: set[int] = set()
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            gone.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in gone)


def content(path: Path) -> bytes:
    """What results follow from in a file: not the list of what to try, and not what an env allows."""
    if path.name == "train.py":
        return _without("SPACE", path.read_text(encoding="utf-8")).encode()
    if path.name == "app.ini":
        return re.sub(rb"(?m)^custom_\w*budget\b.*$\n?", b"", path.read_bytes())
    return path.read_bytes()


def shared_key(job: Job) -> str:
    """A hash of what all candidates of a job have in common."""
    code = digest(job.app, "", content)
    found = hashlib.sha256(f"{job.app} {job.variant} {job.data} {job.rate_hz} {code}".encode())
    for pattern in DEPENDS:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    rows = job.rows
    recordings = [(dict(r.groups), dict(r.rate_hz), dict(r.streams), r.truth) for r in rows.recordings]
    found.update(joblib.hash((rows.vectors, rows.truth, rows.groups, recordings)).encode())
    found.update(repr([[target.name for target in job.targets], job.engines]).encode())
    found.update(compiler_version().encode())
    return found.hexdigest()


class Store:
    """The results of one variant in a folder."""

    def __init__(self, folder: Path, job: Job) -> None:
        self._folder, self._shared = folder, shared_key(job)

    def _path(self, candidate: Candidate) -> Path:
        key = hashlib.sha256(f"{self._shared} {candidate.text}".encode()).hexdigest()
        return self._folder / f"{key[:32]}.json"

    def load(self, candidate: Candidate) -> Result | None:
        """What was found before, if it was."""
        path = self._path(candidate)
        if not path.exists():
            return None
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Result(**{**found, "costs": {name: Cost(**cost) for name, cost in found["costs"].items()}})

    def save(self, candidate: Candidate, result: Result) -> None:
        """Keep a result; the file is there in one step."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(candidate)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(result)), encoding="utf-8")
        part.replace(path)
