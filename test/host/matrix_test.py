"""The matrix app × board: every pair is offered or says why not, and the README shows the one that there is."""

from __future__ import annotations

import re

import pytest

from orchestrator import matrix
from orchestrator.project import ROOT, UserError, apps, boards, envs, find_env, not_offered

ROW = {"flash": 2048, "ram": 1536, "stack_static": 1000, "stack_limit": 1234}


def test_every_app_is_offered_on_every_board_or_says_why_not() -> None:
    for app in apps():
        told = not_offered(app)
        assert set(told) <= set(boards())
        for board in boards():
            assert bool(envs(app, board)) != (board in told), f"{app} on {board}"
        assert all(told.values())


def test_a_default_of_another_variant_says_why() -> None:
    for env in envs():
        smaller = env.name == f"{env.app}-{env.board}" and bool(env.variant)
        assert smaller == bool(env.why), env.name


def test_the_matrix_names_every_env_and_every_reason() -> None:
    text = matrix.markdown([{"env": env.name, **ROW} for env in envs()])
    assert text.count("2.0 kB flash, 1.5 kB RAM, stack 1,000 of 1,234 B") == len(envs())
    for env in envs():
        assert env.why in text
    with pytest.raises(UserError, match=f"not measured: {envs()[0].name}"):
        matrix.markdown([{"env": env.name, **ROW} for env in envs()[1:]])


def test_the_readme_has_the_matrix_of_the_envs_that_there_are() -> None:
    """Its figures are as old as the last `inv size --publish`; its envs and reasons are not."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(f"<!-- {matrix.BLOCK}: .*?<!-- end of {matrix.BLOCK} -->", text, re.DOTALL)
    assert block is not None
    assert all(f"`{name}`" in block.group() for name in (*apps(), *boards()))
    assert len(re.findall(r"kB RAM, stack|\bruns\b", block.group())) == len(envs())
    assert all(note in block.group() for note in matrix.notes())


def test_what_is_not_offered_is_refused_with_the_reason() -> None:
    for app in apps():
        for env in envs(app):
            if env.why:
                with pytest.raises(UserError, match=re.escape(env.why)):
                    find_env(app, env.board, "nonsense")
