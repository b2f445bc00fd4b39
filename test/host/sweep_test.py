"""Sweeps: candidates, scores by group, costs, what is kept, the document and the picture; on one machine and on a cluster."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_up import wasp
from sweep_support import ARM, M0, M4F, SPACE, TOLD, pretend, set_apart, swept, told

from orchestrator import prebuild
from orchestrator.convert import ConvertError
from orchestrator.evaluate import evaluate
from orchestrator.project import ROOT, UserError
from orchestrator.rows import recipe
from orchestrator.sweep import places, trial
from orchestrator.sweep.budget import Room
from orchestrator.sweep.picture import draw, figure
from orchestrator.sweep.run import Sweep, document, sweep, sweep_folder
from orchestrator.sweep.space import Candidate, candidates
from orchestrator.sweep.store import Store, content
from orchestrator.sweep.trial import Result, WorkerError


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return set_apart(tmp_path, monkeypatch)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    return pretend(monkeypatch)


def test_each_candidate_is_there_once_and_the_default_first() -> None:
    found = candidates("cattle", "small")
    assert [one.name for one in found] == ["default", "n_estimators 3", "n_estimators 3, leaves 4"]
    assert found[2] == Candidate({"n_estimators": 3}, {"leaves": 4})
    assert [one.default for one in found] == [True, False, False]


def test_a_space_names_only_what_a_conversion_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe("cattle").train, "SPACE", {"convert__leafs": [4]})
    with pytest.raises(ConvertError, match="no option 'leafs'"):
        candidates("cattle", "small")
    monkeypatch.setattr(recipe("cattle").train, "SPACE", {"max_depth": [object()]})
    with pytest.raises(UserError, match="use numbers, strings"):
        candidates("cattle", "small")
    monkeypatch.delattr(recipe("cattle").train, "SPACE")
    with pytest.raises(UserError, match=r"models/cattle/train.py has no SPACE"):
        candidates("cattle", "small")


def test_a_score_is_one_of_the_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trial.score_name("cattle") == ("macro_f1", 1.0)
    monkeypatch.setattr(recipe("cattle").metrics, "SCORE", "-mae")
    assert trial.score_name("cattle") == ("mae", -1.0)
    with pytest.raises(UserError, match="tells no 'mae'"):
        trial.scored("cattle", {"macro_f1": 0.5})
    assert trial.scored("cattle", {"mae": 0.5}) == -0.5


@ARM
def test_a_candidate_scores_as_evaluation_says_and_costs_what_it_takes(tmp_path: Path) -> None:
    """On three cows, which are three folds; nothing in the place of real work."""
    data = str(wasp(tmp_path / "set"))
    found = swept(data=data)
    assert (found.data, found.folds, found.rows) == ("wasp", 3, 3 * 5 * 20)
    default, few, clustered = found.results
    wanted = evaluate("cattle", "small", data=data, seeds=(1,))
    assert default.metrics == wanted.metrics
    assert default.score == wanted.metrics["macro_f1"]
    assert len(default.folds) == 3
    assert set(default.costs) == set(few.costs) == {M4F, M0}
    assert set(clustered.costs) == {M0} and clustered.refused == ["emlearn"], "which holds no clustered leaves"
    assert 0 < few.costs[M0].flash < default.costs[M0].flash < default.costs[M4F].flash
    assert clustered.costs[M0] != few.costs[M0]
    assert 0 < few.costs[M0].instructions < default.costs[M0].instructions
    assert 0 < few.costs[M0].ram < 256
    assert clustered.agree_fitted is not None and clustered.agree_fitted <= 1


@ARM
def test_a_cluster_finds_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(recipe("cattle").train, "SPACE", {"n_estimators": [3]})
    here = swept()
    monkeypatch.setenv(prebuild.MODELS, str(tmp_path / "elsewhere"))
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        assert cluster.scheduler_address.startswith("tcp://")
        there = sweep("cattle", "small", cluster=cluster.scheduler_address)
    assert there.results == here.results
    assert len(there.results) == 2 and all(result.score for result in there.results)


def test_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]) -> None:
    monkeypatch.setattr(places, "CONNECT_S", 0.3)
    with pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 .*start one"):
        swept(cluster="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"needs the package distributed.*pip install distributed"):
        swept(cluster="tcp://127.0.0.1:1")
    assert not fake


def test_a_worker_with_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "digest", lambda app, chosen: "another")
    with pytest.raises(UserError, match="same commit"):
        swept()


def test_what_fails_elsewhere_is_told_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "folds", lambda job: 1 // 0)
    with pytest.raises(WorkerError, match="ZeroDivisionError"):
        swept()


def test_an_interrupted_sweep_goes_on(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]], apart: Path) -> None:
    save = Store.save

    def interrupted(self: Store, candidate: Candidate, result: Result) -> None:
        if not candidate.default:
            raise KeyboardInterrupt
        save(self, candidate, result)

    monkeypatch.setattr(Store, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        swept()
    monkeypatch.setattr(Store, "save", save)
    tried = sweep_folder("cattle", "small") / "tried"
    assert [path.suffix for path in tried.iterdir()] == [".json"]
    fake.clear()
    whole = swept()
    assert fake == [["n_estimators 3", "n_estimators 3, leaves 4"]], "which share their fits"
    assert swept() == whole
    assert len(fake) == 1
    monkeypatch.setattr(recipe("cattle").train, "SPACE", [*SPACE, {"n_estimators": [4]}])
    swept()
    assert fake[1:] == [["n_estimators 4"]]


def test_what_is_tried_and_what_is_allowed_is_no_part_of_a_result(tmp_path: Path) -> None:
    def changed(name: str, old: str, new: str) -> bool:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert old in text
        parts = [tmp_path / "before" / Path(name).name, tmp_path / "after" / Path(name).name]
        for part, words in zip(parts, (text, text.replace(old, new)), strict=True):
            part.parent.mkdir(exist_ok=True)
            part.write_text(words, encoding="utf-8")
        return content(parts[0]) != content(parts[1])

    train, ini = "models/cattle/train.py", "apps/cattle/app.ini"
    assert not changed(train, '"max_depth": [5, 7, 9],', '"max_depth": [5, 7, 9, 11],\n    "max_features": [3],')
    assert changed(train, '"max_depth": 6', '"max_depth": 8'), "PARAMS, over which SPACE is laid"
    assert not changed(ini, "custom_model_flash_budget = 8192", "custom_model_flash_budget = 9000")
    assert not changed(ini, "custom_model_instructions_budget = 2000\n", "")
    assert changed(ini, "-DCATTLE_SMALL", "-DCATTLE_TINY")


def test_other_data_is_tried_anew(fake: list[list[str]], tmp_path: Path) -> None:
    swept()
    swept(data=str(wasp(tmp_path / "set")))
    assert len(fake) == 4


SCHEMA = {
    "app": str, "variant": str, "data": str, "score": str, "folds": int, "rows": int, "targets": list, "candidates": list,
    "rooms": list, "picture": str,
}  # fmt: skip
CANDIDATE = {
    "params": dict, "options": dict, "default": bool, "score": float, "folds": list, "metrics": dict, "agree_fitted": float,
    "costs": dict, "front": list, "refused": list, "why": str,
}  # fmt: skip
ROOM = {"env": str, "target": str, "flash": int, "ram": int, "instructions": int, "source": str}


def test_the_document(fake: list[list[str]], tmp_path: Path) -> None:
    found = swept()
    left = [Room("cattle-py32f003-small", M0, 8192, None, 2000, "app.ini")]
    said = json.loads(json.dumps(document(found, left, tmp_path / "sweep.png")))
    assert {name: type(value) for name, value in said.items()} == SCHEMA
    for row in said["candidates"]:
        assert {name: type(value) for name, value in row.items()} == CANDIDATE
    assert [row["front"] for row in said["candidates"]] == [[M4F, M0], [M4F, M0], [M0]]
    assert said["candidates"][1]["costs"][M0] == {"flash": 1500, "ram": 76, "instructions": 500}
    assert [target["target"] for target in said["targets"]] == [M4F, M0]
    assert all(value is None or isinstance(value, ROOM[name]) for name, value in said["rooms"][0].items())
    assert set(said["rooms"][0]) == set(ROOM)


def test_a_candidate_that_does_not_convert_is_told(monkeypatch: pytest.MonkeyPatch, fake: list[list[str]]) -> None:
    monkeypatch.setattr(
        trial,
        "attempt",
        lambda job, same: [
            Result(why="too large") if o.options else r for o, r in zip(same, told(job, same), strict=True)
        ],
    )
    found = swept()
    assert found.results[2] == Result(why="too large")
    assert found.front(found.targets[1]) == [1, 0]
    assert document(found, [], Path("x"))["candidates"][2]["score"] is None


@pytest.fixture
def drawn(fake: list[list[str]]) -> Iterator[tuple[Sweep, list[Room]]]:
    yield (
        swept(),
        [
            Room("cattle-py32f003-small", M0, 8192, None, 2000, "app.ini"),
            Room("cattle-other", M0, 8200, None, None, "image"),
            Room("cattle-large", M4F, 10_000_000, None, None, "image"),
        ],
    )


def test_the_picture(drawn: tuple[Sweep, list[Room]], tmp_path: Path) -> None:
    found, left = drawn
    panels = np.array(figure(found, left).axes).reshape(2, 2)
    flash, instructions = panels[1]
    marks, line, star = flash.get_lines()[:3]
    assert (marks.get_marker(), marks.get_linestyle()) == ("o", "None")
    assert sorted(zip(*marks.get_data(), strict=True)) == sorted((f, s) for f, _, s in TOLD)
    assert list(zip(*line.get_data(), strict=True)) == [(900, 0.65), (1500, 0.70), (5000, 0.75)]
    assert line.get_linestyle() == "-"
    assert list(zip(*star.get_data(), strict=True)) == [(5000, 0.75)]
    assert (star.get_marker(), star.get_linestyle(), star.get_visible()) == ("*", "None", True)
    assert list(zip(*instructions.get_lines()[1].get_data(), strict=True)) == [(500, 0.70), (1500, 0.75)]
    assert [limit.get_xdata()[0] for limit in flash.get_lines()[3:]] == [8192, 8200]
    assert [limit.get_xdata()[0] for limit in instructions.get_lines()[3:]] == [2000]
    assert [text.get_text() for text in flash.texts] == ["cattle-py32f003-small\ncattle-other"], (
        "near ones share a label"
    )
    assert flash.get_xlim()[1] > 8200
    assert len(panels[0][0].get_lines()) == 3
    assert "cattle-large 10000k" in panels[0][0].get_xlabel(), "what is far beyond is told"
    draw(found, left, tmp_path / "sweep.png")
    assert [path.name for path in tmp_path.glob("*.png")] == ["sweep.png"]
