"""Names: what there is comes from the folders, and an unknown one is answered with the list."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator.project import ROOT, UserError, apps, boards, envs, find_app, find_board, find_env


def test_every_env_belongs_to_a_known_app_and_board() -> None:
    assert envs()
    for env in envs():
        assert env.app in apps()
        assert env.board in boards()
        assert env.name in (f"{env.app}-{env.board}", f"{env.app}-{env.board}-{env.variant}")


def test_every_board_has_a_default_env_that_its_variant_finds_too() -> None:
    for app, board in sorted({(env.app, env.board) for env in envs()}):
        default = find_env(app, board)
        assert default.name == f"{app}-{board}"
        assert not default.variant or find_env(app, board, default.variant) == default


def test_hyphens_are_as_good_as_underscores() -> None:
    for app in apps():
        assert find_app(app.replace("_", "-")) == app


def test_unknown_names_are_answered_with_the_list() -> None:
    with pytest.raises(UserError, match=f"no app 'goat'; there are: .*{apps()[0]}"):
        find_app("goat")
    with pytest.raises(UserError, match=f"no board 'z80'; there are: .*{boards()[0]}"):
        find_board("z80")
    with pytest.raises(UserError, match=r"not offered .* there are: "):
        find_env(apps()[0], boards()[0], "nonsense")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--app", "goat"], "no app 'goat'; there are: "),
        (["build", "--board", "z80"], "no board 'z80'; there are: "),
        (["evaluate", "--data", "no/such/folder"], "no such folder"),
        (["train", "--data", "no/such/folder"], "no such folder"),
        (["test", "--on", "nonsense"], "say `emulator`, `rig`, or a port"),
        (["monitor", "--port", "emu://z80"], "z80"),
        (["monitor", "--port", "emu://nrf52840?fw=README.md"], "the line is gone: the emulator ended (exit status 2)"),
    ],
)
def test_a_mistake_gets_advice_and_an_exit_status(arguments: list[str], said: str) -> None:
    done = subprocess.run([sys.executable, "-m", "invoke", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_menu_lists_every_task() -> None:
    done = subprocess.run([sys.executable, "-m", "invoke", "--list"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    for name in ("demo", "test", "build", "train", "evaluate", "size"):
        assert f"  {name} " in done.stdout
