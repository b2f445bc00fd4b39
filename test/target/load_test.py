"""`load` on the board under test: a loaded model answers, a bad one is refused and the old one keeps answering, a reset brings back the built-in one."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fieldmouse.app import App
from fieldmouse.blob import Blob
from fieldmouse.recording import Recording
from orchestrator.convert import ModelFacts, snap
from orchestrator.convert.blob import write_blob
from orchestrator.link import LinkError, Node, command
from orchestrator.project import ROOT, Env
from orchestrator.training import recipe


@pytest.fixture
def slot(node: Node, env: Env) -> Node:
    """The board, its slot empty."""
    assert env.model_slot
    node.reset()
    return node


@pytest.fixture(scope="module")
def recording(env: Env) -> Recording:
    return recipe(env.app).simulate.demonstration(1)[0]


def made(env: Env, app: App, n_features: int) -> list[bytes]:
    """Small models of several kinds that answer otherwise than the app's own."""
    generator = np.random.default_rng(1)
    rows = generator.integers(-2000, 2000, (400, n_features)).astype(np.int16)
    labels = np.array(app.classes)[generator.integers(0, len(app.classes), 400)]
    labels[: len(app.classes)] = app.classes
    estimators = [
        snap(RandomForestClassifier(3, max_depth=4, bootstrap=False, random_state=1).fit(rows, labels)),
        GradientBoostingClassifier(n_estimators=2, random_state=2).fit(rows, labels),
        make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels),
    ]
    found = []
    for i, estimator in enumerate(estimators):
        facts = ModelFacts(env.app, f"trial{i}", app.streams[0].rate_hz, app.classes, n_features)
        found.append(write_blob(estimator, facts, rows)[0])
    return found


@pytest.fixture(scope="module")
def models(env: Env, host_app: App) -> list[bytes]:
    return made(env, host_app, host_app.n_features)


def inv_load(port: str, env: Env, model: Path) -> subprocess.CompletedProcess[str]:
    """What a person types. It opens the board itself."""
    arguments = ["--app", env.app, "--port", port, "--model", str(model)]
    command = [sys.executable, "-m", "invoke", "load", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.slot
def test_a_loaded_model_answers(slot: Node, models: list[bytes], recording: Recording) -> None:
    built_in = slot.info().boot["model"]
    before = slot.feed(recording)
    for blob in models:
        facts = slot.load(blob)
        assert facts.boot["model"] == Blob(blob).hash != built_in
        assert facts.boot["data"].startswith("trial")
    after = slot.feed(recording, reset=False)
    assert [line["fx"] for line in after] == [line["fx"] for line in before]
    assert after != before
    slot.reset()
    assert slot.info().boot["model"] == built_in
    assert slot.feed(recording) == before


@pytest.mark.slot
def test_a_bad_model_is_refused_and_the_old_one_keeps_answering(slot: Node, models: list[bytes]) -> None:
    good = slot.load(models[0]).boot["model"]
    wrong_crc = models[1][:-1] + bytes([models[1][-1] ^ 1])
    wrong_leaf = models[1][:-1] + b"\xff"
    rate = bytearray(models[1])
    rate[16] ^= 1
    for bad in (wrong_crc, wrong_leaf, bytes(rate), models[1][:-1], b"fmbl" * 20):
        repaired = bad[:4] + zlib.crc32(bad[8:]).to_bytes(4, "little") + bad[8:]
        for blob in (bad, repaired if bad is not wrong_crc else bad):
            with pytest.raises(LinkError, match="no model for this app"):
                slot.load(blob)
            assert slot.info().boot["model"] == good


@pytest.mark.slot
def test_what_does_not_fit_is_refused(slot: Node, models: list[bytes]) -> None:
    with pytest.raises(LinkError, match="there is room for"):
        slot.load(models[0] + bytes(2**20))
    slot.send("load commit")
    assert slot.wait("error")["error"] == "chunk"
    slot.send("load data 0 AAAA")
    assert slot.wait("error") == {"ev": "error", "error": "chunk", "want": 0, "n": slot.stats()["errors"]}


@pytest.mark.slot
def test_a_lost_line_is_sent_again(slot: Node, models: list[bytes]) -> None:
    slot.send(f"load begin {len(models[0])}")
    slot.wait("ack")
    slot.send_raw(command("load data 0 AAAA")[:-2] + b"\n")
    assert slot.wait("error")["error"] == "crc"
    assert slot.load(models[0]).boot["model"] == Blob(models[0]).hash


@pytest.mark.slot
def test_the_command_loads_a_file(port: str, env: Env, models: list[bytes], tmp_path: Path) -> None:
    file = tmp_path / "good.blob"
    file.write_bytes(models[0])
    done = inv_load(port, env, file)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"model {Blob(models[0]).hash} ({len(models[0])} bytes) answers" in " ".join(done.stdout.split())


@pytest.mark.slot
def test_the_command_says_why_a_file_is_refused(
    port: str, env: Env, host_app: App, models: list[bytes], tmp_path: Path
) -> None:
    wider = made(env, host_app, host_app.n_features + 1)[0]
    cases = {
        "spoilt": (models[0][:-1] + b"\xff", "this cannot be loaded: its CRC is wrong"),
        "text": (b"no model", "it is no model"),
        "wider": (wider, "rate, features and classes must be the same"),
        "missing": (None, "holds no trained model"),
    }
    for name, (content, why) in cases.items():
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        done = inv_load(port, env, file)
        said = " ".join(done.stderr.split())
        assert done.returncode == 2, name
        assert why in said, name
        assert "Traceback" not in said, name


@pytest.mark.no_slot
def test_the_command_says_that_there_is_no_slot(port: str, env: Env, host_app: App, tmp_path: Path) -> None:
    file = tmp_path / "good.blob"
    file.write_bytes(made(env, host_app, host_app.n_features)[0])
    done = inv_load(port, env, file)
    assert done.returncode == 2
    assert "give its env a custom_model_slot" in " ".join(done.stderr.split())


@pytest.mark.no_slot
def test_without_a_slot_load_is_refused(node: Node) -> None:
    node.send("load begin 1")
    assert node.wait("error")["error"] == "slot"
