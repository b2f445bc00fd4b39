"""The board answers what the host computes, bit for bit: class, score and the CRC of the features; and its emulator
counts what that takes, each time the same."""

from __future__ import annotations

import pytest

from fieldmouse.app import App
from orchestrator.link import Node
from orchestrator.project import Env, board_facts
from orchestrator.training import recipe

DECISIONS = 10_000  # fewer where the emulator is slow (`decisions` of the manifest), unless --long


@pytest.fixture(scope="session")
def decisions(env: Env, long: bool) -> int:
    emulator = board_facts(env.board)["fieldmouse"]["emulator"]
    return DECISIONS if long else emulator.get("decisions", DECISIONS)


@pytest.fixture(scope="session")
def day(env: Env, decisions: int) -> list:
    return recipe(env.app).simulate.long_run(seed=2026, decisions=decisions)


def test_a_long_run_is_the_same_on_host_and_board(node: Node, host_app: App, day: list, decisions: int) -> None:
    compared = 0
    for recording in day:
        expected = host_app.run(recording).reports
        assert node.feed(recording) == expected
        compared += len(expected)
    assert compared >= decisions
    stats = node.stats()
    assert (stats["errors"], stats["uart"], stats["cut"]) == (0, 0, 0), "every byte was heard, at the full rate"


@pytest.mark.counts
def test_counts_are_the_same_each_time(port: str, env: Env) -> None:
    """Input may come sooner or later in an emulator's time; what a decision takes must not depend on that."""
    for what in board_facts(env.board)["fieldmouse"]["emulator"]["counts"]:
        said = []
        for _ in range(2):
            with Node(f"{port}&count={what}") as board:
                said.append(board.bench(3))
        assert said[0] == said[1]
        assert said[0]["mean"] > 1000
