"""The front, the best that fits, budgets of envs, and what a built image leaves for its model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sweep_support
from sweep_support import ARM, M0, TOLD, allow, cost, pretend, set_apart, told

from fieldmouse.app import App
from orchestrator import prebuild
from orchestrator.bench.build import Builder
from orchestrator.project import Budget, UserError, envs
from orchestrator.sweep import budget, pick
from orchestrator.sweep.budget import rooms
from orchestrator.sweep.cost import Bench, targets
from orchestrator.sweep.front import best, excess, front
from orchestrator.sweep.run import sweep_folder
from orchestrator.sweep.space import candidates
from orchestrator.training import Choice, held, refresh


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return set_apart(tmp_path, monkeypatch)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    return pretend(monkeypatch)


FRONTS = [
    ([], []),
    ([(1, 0.5)], [0]),
    ([(3, 0.9), (1, 0.5), (2, 0.4), (2, 0.7)], [1, 3, 0]),
    ([(1, 0.5), (1, 0.6), (1, 0.6)], [1]),
    ([(1, 0.6), (2, 0.6)], [0]),
]


@pytest.mark.parametrize(("points", "wanted"), FRONTS)
def test_the_front(points: list[tuple[float, float]], wanted: list[int]) -> None:
    assert front(points) == wanted


def test_the_best_that_fits() -> None:
    results = told(None, candidates("cattle", "small"))  # type: ignore[arg-type]
    assert excess(cost(100, 300), Budget(flash=200, instructions=200)) == 1.5
    assert best(results, {M0: Budget()}) == (0, 0)
    assert best(results, {M0: Budget(flash=5000, instructions=1500)}) == (0, 1), "a limit may be reached"
    assert best(results, {M0: Budget(flash=4999)}) == (1, 1)
    assert best(results, {M0: Budget(instructions=1499)}) == (1, 1)
    assert best(results, {M0: Budget(ram=75)})[0] is None
    assert best(results, {M0: Budget(flash=1000)}) == (None, 1), "the smaller one has an engine that some env lacks"
    equal = [replace(results[0], score=results[1].score), results[1]]
    assert best(equal, {M0: Budget()})[0] == 1, "of equals the one with less flash"


def test_training_picks_within_the_budget(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]) -> None:
    from orchestrator.report import train

    default = refresh("cattle", "small")
    allow(monkeypatch, Budget(flash=4000, instructions=2000))
    about = train("cattle", "small", "", default=False, show=False)
    assert about["chosen"] == {"params": {"n_estimators": 3}, "options": {}, "score": 0.70}
    assert about["costs"][M0]["flash"] < 4000 and about["nodes"] < default["nodes"]
    assert held("cattle", "small").params == {"n_estimators": 3}
    assert refresh("cattle", "small")["hash"] == about["hash"]
    fake.clear()
    back = train("cattle", "small", "", default=True, show=False)
    assert "chosen" not in back and back["hash"] == default["hash"] and held("cattle", "small") == Choice()
    assert not fake, "without a sweep"


def test_a_better_one_that_an_engine_does_not_hold_is_named(
    monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]
) -> None:
    allow(monkeypatch, Budget(flash=4000))
    assert "cannot hold it" not in pick.pick("cattle", "small", "", lambda _: None).told, (
        "the one with few leaves is worse"
    )
    monkeypatch.setattr(sweep_support, "TOLD", [*TOLD[:2], (900, 520, 0.72)])
    shutil.rmtree(sweep_folder("cattle", "small") / "tried")
    found = pick.pick("cattle", "small", "", lambda _: None)
    assert found.name == "n_estimators 3"
    assert "n_estimators 3, leaves 4 has 0.720, but emlearn, which an env" in found.told


def test_without_a_budget_nothing_is_swept(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]) -> None:
    allow(monkeypatch, Budget())
    assert pick.pick("cattle", "small", "", lambda _: None) is None
    assert not fake


def test_nothing_fits(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]) -> None:
    allow(monkeypatch, Budget(flash=800))
    with pytest.raises(
        UserError, match=r"none of 3 candidates fits .*800 B of flash.*nearest is n_estimators 3 .*1,500 B"
    ):
        pick.pick("cattle", "small", "", lambda _: None)


@ARM
def test_a_build_does_not_sweep_and_tells_what_is_over(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]) -> None:
    allow(monkeypatch, Budget(instructions=100))
    with pytest.raises(
        UserError, match=r"py32f003-small allows 100 instructions: `inv train --app cattle --variant small`"
    ):
        refresh("cattle", "small")
    assert not prebuild.up_to_date("cattle", "small")
    assert not (prebuild.model_folder("cattle", "small") / "include").exists()
    allow(monkeypatch, Budget(instructions=100_000))
    assert set(refresh("cattle", "small")["costs"]) == {M0}
    assert not fake


def test_without_a_compiler_a_build_goes_on(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name.startswith("arm") else which(name))
    assert refresh("cattle", "small")["costs"] == {}
    assert "was not held against its budget" in " ".join(capfd.readouterr().err.split())


def test_a_budget_needs_a_core_that_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    own = [replace(e, model_budget=Budget(flash=1)) for e in envs("cattle", "atmega328p")]
    monkeypatch.setattr(budget, "envs", lambda app: own)
    with pytest.raises(UserError, match="no core that is measured"):
        budget.budgets("cattle", "small")


def test_budgets_stand_in_app_ini() -> None:
    limits = {env.name: env.model_budget for env in envs("cattle") if env.model_budget}
    assert limits == {"cattle-py32f003-small": Budget(flash=8192, instructions=2000)}
    assert {env.name: env.libraries for env in envs("cattle")}["cattle-atmega328p"][-2:] == ("compact", "port")


@ARM
def test_what_a_built_image_leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The image is here the model alone with its caller."""
    monkeypatch.setenv("PLATFORMIO_BUILD_DIR", str(tmp_path))
    allow(monkeypatch, Budget())
    target = targets("cattle", "small")[1]
    env = replace(target.envs[0], model_budget=Budget())
    target = replace(target, envs=(env,))
    assert rooms([target]) == []
    held = refresh("cattle", "small")
    include = prebuild.model_folder("cattle", "small") / "include"
    bench = Bench("cattle", include, App("cattle", include, "small", "compact").model, np.zeros((1, 10), np.int16))
    env.elf.parent.mkdir()
    shutil.copyfile(bench._linked(Builder(tmp_path), tmp_path, target, "classify", 1)[1], env.elf)
    (room,) = rooms([target])
    assert (room.env, room.target, room.instructions, room.source) == (env.name, M0, None, "image")
    assert 32768 - 250 < (room.flash or 0) < 32768, "a frame and the facts of a model are all that is not the model"
    facts = prebuild.model_folder("cattle", "small") / "model.json"
    facts.write_text(json.dumps({**held, "hash": "00000000"}))
    assert rooms([target]) == [], "an image with another model"
