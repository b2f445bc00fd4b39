"""`load` on the board under test: a loaded model answers, a bad one is refused and the old one keeps answering, a reset brings back the built-in one."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from fieldmouse.app import App
from fieldmouse.blob import Blob
from fieldmouse.recording import Recording
from orchestrator.convert import ModelFacts, snap
from orchestrator.convert.blob import write_blob
from orchestrator.link import LinkError, Node, command
from orchestrator.project import Env
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


@pytest.fixture(scope="module")
def models(env: Env, host_app: App) -> list[bytes]:
    """Two small models of the app that answer otherwise than its own."""
    generator = np.random.default_rng(1)
    rows = generator.integers(-2000, 2000, (400, host_app.n_features)).astype(np.int16)
    found = []
    for seed in range(2):
        labels = np.array(host_app.classes)[generator.integers(0, len(host_app.classes), 400)]
        labels[: len(host_app.classes)] = host_app.classes
        estimator = snap(RandomForestClassifier(3, max_depth=4, bootstrap=False, random_state=seed).fit(rows, labels))
        facts = ModelFacts(env.app, f"trial{seed}", host_app.streams[0].rate_hz, host_app.classes, host_app.n_features)
        found.append(write_blob(estimator, facts, rows)[0])
    return found


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


@pytest.mark.no_slot
def test_without_a_slot_load_is_refused(node: Node) -> None:
    node.send("load begin 1")
    assert node.wait("error")["error"] == "slot"
