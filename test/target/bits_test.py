"""The board answers what the host computes, bit for bit: class, score and the CRC of the features."""

from __future__ import annotations

import pytest

from fieldmouse.app import App
from orchestrator.link import Node
from orchestrator.project import Env
from orchestrator.training import recipe

DECISIONS = 10_000


@pytest.fixture(scope="session")
def day(env: Env) -> list:
    return recipe(env.app).simulate.long_run(seed=2026, decisions=DECISIONS)


def test_ten_thousand_decisions_are_the_same_on_host_and_board(node: Node, host_app: App, day: list) -> None:
    compared = 0
    for recording in day:
        expected = host_app.run(recording).reports
        assert node.feed(recording) == expected
        compared += len(expected)
    assert compared >= DECISIONS
