"""Training, choice and evaluation on the simulator, and what happens when the data is not as it should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from fieldmouse.model import Asked
from fieldmouse.recording import DataError, Recording, Span
from orchestrator import prebuild, training
from orchestrator.convert import ConvertError
from orchestrator.evaluate import evaluate
from orchestrator.project import Env, apps, envs
from orchestrator.training import Choice, common_rate, feature_app, recipe, refresh, table


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for models."""
    monkeypatch.setenv(prebuild.MODELS, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller simulation."""
    simulate = recipe("cattle").simulate
    monkeypatch.setattr(simulate, "training", lambda seed: simulate.simulate(seed, cows=3, seconds=300))
    monkeypatch.setattr(simulate, "evaluation", lambda seed: simulate.simulate(seed, cows=2, seconds=300, shift=True))


def test_the_prebuild_is_a_no_op_when_nothing_changed(
    apart: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not prebuild.up_to_date("cattle", "")
    about = refresh("cattle", "")
    assert about["agree"] == about["rows"] > 100
    assert prebuild.up_to_date("cattle", "")
    monkeypatch.setattr(training, "recordings", None)  # would fail if it trained
    assert refresh("cattle", "") == about


def test_training_twice_gives_the_same_bits(apart: Path, quick: None) -> None:
    first = refresh("cattle", "")["hash"]
    header = (apart / "cattle" / "include" / "cattle_trees.h").read_bytes()
    (apart / "cattle" / "stamp").unlink()
    assert refresh("cattle", "")["hash"] == first
    assert (apart / "cattle" / "include" / "cattle_trees.h").read_bytes() == header


def test_a_failed_choice_leaves_the_one_before(apart: Path, quick: None, tmp_path: Path) -> None:
    refresh("cattle", "", wish=Choice())
    before = {path: path.read_bytes() for path in (apart / "cattle").rglob("*") if path.is_file()}
    with pytest.raises(DataError, match="no such folder"):
        refresh("cattle", "", wish=Choice(data=str(tmp_path / "nowhere")))
    with pytest.raises(DataError, match=r"looked for wasp_segments\.csv"):
        refresh("cattle", "", wish=Choice(data=str(tmp_path)))
    assert {path: path.read_bytes() for path in (apart / "cattle").rglob("*") if path.is_file()} == before


def test_a_header_that_disagrees_is_never_put_in_place(
    apart: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh("cattle", "")
    folder = apart / "cattle"
    before = (folder / "include" / "emlearn_models.h").read_bytes()
    (folder / "stamp").unlink()
    nothing = lambda self, rows, with_proba=True: (np.zeros(len(rows), dtype=int), np.zeros((len(rows), 1)))  # noqa: E731
    monkeypatch.setattr(Asked, "classify", nothing)
    with pytest.raises(ConvertError, match="classes is off"):
        refresh("cattle", "", wish=Choice(leave={"cow": ["none"]}))
    assert (folder / "include" / "emlearn_models.h").read_bytes() == before
    assert not prebuild.up_to_date("cattle", "")
    assert prebuild.choice("cattle", "") == ""


def test_what_is_left_out_is_not_learned_from(apart: Path, quick: None) -> None:
    cows = sorted({r.groups["cow"] for r in recipe("cattle").simulate.training(1)})
    every = refresh("cattle", "", wish=Choice())["rows"]
    assert refresh("cattle", "", wish=Choice(leave={"cow": cows[:1]}))["rows"] < every
    assert json.loads(prebuild.choice("cattle", ""))["leave"] == {"cow": cows[:1]}


def wasp(folder: Path, cows: int = 3, seconds: int = 60) -> Path:
    """A made-up set in the layout of the real one."""
    home = folder / "cattle"
    home.mkdir(parents=True)
    segments = ["seg,behaviour,cow,date,time,n_samples,fs_hz,source_file"]
    samples = ["seg,i,bno_ax_mg,bno_ay_mg,bno_az_mg,mpu_ax_mg,mpu_ay_mg,mpu_az_mg"]
    generator = np.random.default_rng(1)
    kinds = [("Grazing", 180), ("Walking", 120), ("Standing", 15), ("Resting", 4), ("Licking", 400)]
    for number, (cow, (behaviour, sd)) in enumerate((c, k) for c in range(cows) for k in kinds):
        n = 10 * seconds
        segments.append(f"{number},{behaviour},{cow},20240513,120009,{n},10.0,x")
        frames = np.cumsum(generator.normal(0, sd / 4, (n, 3)), axis=0) * 0.1 + generator.normal(0, sd, (n, 3))
        frames += np.array([100, 20 * number, -900])
        samples += [f"{number},{i},{x:.0f},{y:.0f},{z:.0f},0,0,0" for i, (x, y, z) in enumerate(frames)]
    (home / "wasp_segments.csv").write_text("\n".join(segments) + "\n")
    (home / "wasp_accel_10hz_mg.csv").write_text("\n".join(samples) + "\n")
    return folder


def test_evaluation_leaves_one_cow_out(apart: Path, tmp_path: Path) -> None:
    outcome = evaluate("cattle", data=str(wasp(tmp_path / "set")), seeds=(1,))
    assert outcome.compared == 3 * 300  # each fold's own rows and those it is tested on
    found = outcome.as_json()
    assert found["protocol"] == "leave one cow out"
    assert found["n"] == 3 * 5 * 20
    assert set(found["groups"]) == {"0", "1", "2"}
    assert found["metrics"]["macro_f1_3"] > 0.8
    assert set(found["metrics"]) == {"macro_f1", "macro_f1_3", "accuracy", "coverage"}


def test_evaluation_across_two_sets(apart: Path, tmp_path: Path) -> None:
    one, two = wasp(tmp_path / "one", cows=2), wasp(tmp_path / "two", cows=3)
    found = evaluate("cattle", data=str(two), trained_on=str(one), seeds=(1,))
    assert found.n == 3 * 5 * 20
    assert found.protocol.startswith("train on one set")


def test_evaluation_on_the_simulator_uses_unseen_parameters(apart: Path, quick: None) -> None:
    found = evaluate("cattle", seeds=(1,))
    assert (found.data, found.trained_on) == ("sim", "sim")
    assert "never drew" in found.protocol


def test_one_cow_alone_cannot_be_left_out(apart: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="leaves nothing to learn from"):
        evaluate("cattle", data=str(wasp(tmp_path / "set", cows=1)), seeds=(1,))


SPOILED = {
    "not a number": (
        "wasp_accel_10hz_mg.csv",
        40,
        lambda row: row.replace(",0,0,0", ",x,0,0").replace(",", ",q", 1),
        "line 40",
    ),
    "a column short": ("wasp_accel_10hz_mg.csv", 7, lambda row: row.rpartition(",")[0], "line 7"),
    "a sample lost": ("wasp_accel_10hz_mg.csv", 30, lambda row: "", "line 3"),
    "beyond 16 bits": ("wasp_accel_10hz_mg.csv", 12, lambda row: "0,10,70000,0,0,0,0,0", "line 12"),
    "a wrong length": ("wasp_segments.csv", 3, lambda row: row.replace("600", "601"), "line 3"),
    "a strange rate": ("wasp_segments.csv", 2, lambda row: row.replace("10.0", "abc"), "line 2"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_corrupt_row_is_named(tmp_path: Path, case: str) -> None:
    name, number, spoil, said = SPOILED[case]
    path = wasp(tmp_path / "set") / "cattle" / name
    lines = path.read_text().splitlines()
    lines[number - 1] = spoil(lines[number - 1])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=rf"{name}, line \d+") as caught:
        recipe("cattle").dataset.load(tmp_path / "set")
    assert said in str(caught.value)


def test_different_rates_are_refused() -> None:
    frames = np.zeros((100, 3), dtype=np.int16)
    pair = [Recording(str(hz), {}, {0: hz}, {0: frames}, (Span(0, 9, "x"),)) for hz in (10, 50)]
    with pytest.raises(DataError, match=r"different sampling rates \(\[10, 50\] Hz\)"):
        common_rate(pair)
    app = feature_app("cattle", "", 10)
    with pytest.raises(DataError, match="at 50 Hz and the model was trained for 10 Hz"):
        app.run(pair[1])
    with pytest.raises(DataError, match="too short"):
        table(app, [Recording("short", {}, {0: 10}, {0: frames[:20]}, ())], 1.5)


@pytest.mark.parametrize("app", apps())
def test_an_app_fits_its_tables(app: str) -> None:
    """Names and members that the node prints: known kinds, within a line, no two alike."""
    compiled = feature_app(app, "", 50)
    assert 1 <= len(compiled.streams) <= 4, "SOURCE_FEED_STREAMS"
    for event, fields in compiled._tables:
        names = [name for name, *_ in fields]
        assert len(set(names)) == len(names), event
        assert "crc" not in names and "ev" not in names


@pytest.mark.parametrize("env", envs(), ids=lambda env: env.name)
def test_the_boot_line_fits(env: Env) -> None:
    """With the longest name that a data set may have, and the longest reset cause."""
    members = {
        "ev": "boot", "app": env.app, "board": env.board, "variant": env.variant, "build": "0" * 8, "model": "0" * 8,
        "data": "x" * 15, "reset": "watchdog", "proto": 1, "line": 512, "window": 4, "crc": "0000",
    }  # fmt: skip
    assert len(json.dumps(members, separators=(",", ":"))) + 1 <= 200


def test_parameters_and_options_of_a_choice_are_kept(apart: Path, quick: None) -> None:
    default = refresh("cattle", "")
    chosen = Choice(params={"n_estimators": 4}, options={"leaves": 4, "engine": "compact"})
    about = refresh("cattle", "", wish=chosen)
    assert about["nodes"] < default["nodes"]
    assert about["agree"] == about["rows"] > about["agree_fitted"] > about["rows"] // 2
    assert training.held("cattle", "") == chosen
    assert "#error" in (apart / "cattle" / "include" / "emlearn_models.h").read_text()
    (apart / "cattle" / "stamp").unlink()
    assert refresh("cattle", "")["hash"] == about["hash"]
    assert refresh("cattle", "", wish=Choice())["hash"] == default["hash"]


def test_an_unknown_option_of_a_choice_is_named(apart: Path, quick: None) -> None:
    with pytest.raises(ConvertError, match=r"no option 'leafs'; there are: .*leaves"):
        refresh("cattle", "", wish=Choice(options={"leafs": 4}))
    assert not (apart / "cattle" / "choice.json").exists()


@pytest.mark.parametrize("app", apps())
def test_an_app_has_parameters_for_each_variant(app: str) -> None:
    train = recipe(app).train
    assert {env.variant for env in envs(app)} <= set(train.PARAMS)
    assert len(ParameterGrid(train.SPACE)) > 1
