"""What tests of sweeps share: a small space, figures in the place of real work, and other budgets."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from made_up import simulate_little

from orchestrator import prebuild
from orchestrator.project import Budget, envs
from orchestrator.rows import recipe
from orchestrator.sweep import budget, pick, trial
from orchestrator.sweep.cost import Cost
from orchestrator.sweep.run import Sweep, sweep
from orchestrator.sweep.space import Candidate
from orchestrator.sweep.trial import Result

ARM = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")
SPACE = [{"n_estimators": [3, np.int64(10)]}, {"n_estimators": [3], "convert__leaves": [4]}]
M4F, M0 = "cortex-m4f/emlearn", "cortex-m0plus/compact"
# Flash, instructions and score of each candidate of SPACE: the default, 3 trees, 3 trees with few leaves.
TOLD = [(5000, 1500, 0.75), (1500, 500, 0.70), (900, 520, 0.65)]


def cost(flash: int, instructions: int) -> Cost:
    return Cost(flash, 76, instructions)


def told(job: trial.Job, same: list[Candidate]) -> list[Result]:
    """In the place of real work: figures by the parameters alone."""
    found = []
    for one in same:
        flash, instructions, score = TOLD[2 if one.options else 1 if one.params else 0]
        costs = {M4F: cost(2 * flash, instructions), M0: cost(flash, instructions)}
        if one.options:
            del costs[M4F]
        folds = [score - 0.02, score + 0.02]
        refused = ["emlearn"] if one.options else []
        found.append(Result(score, folds, {"macro_f1": score, "accuracy": score}, costs, refused, 1.0))
    return found


def set_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for models and what was tried, a small simulation, a small space."""
    monkeypatch.setenv(prebuild.MODELS, str(tmp_path / "models"))
    monkeypatch.setattr(recipe("cattle").train, "SPACE", SPACE)
    simulate_little(monkeypatch)
    return tmp_path / "models"


def pretend(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """No real work; the names of what would have been done."""
    tried: list[list[str]] = []

    def attempt(job: trial.Job, same: list[Candidate]) -> list[Result]:
        tried.append([one.name for one in same])
        return told(job, same)

    monkeypatch.setattr(trial, "attempt", attempt)
    monkeypatch.setattr(pick, "sweep", partial(sweep, jobs=1))
    return tried


def allow(monkeypatch: pytest.MonkeyPatch, limit: Budget) -> None:
    """Another budget for the models of cattle-py32f003-small."""
    own = [replace(e, model_budget=limit if e.name == "cattle-py32f003-small" else Budget()) for e in envs("cattle")]
    monkeypatch.setattr(budget, "envs", lambda app: own)


def swept(**more: object) -> Sweep:
    return sweep("cattle", "small", jobs=1, **more)
