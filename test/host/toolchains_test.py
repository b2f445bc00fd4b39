"""Each compiler through PlatformIO: the same answers, nothing asked of a network, and plain words when it cannot be."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from fieldmouse.app import App
from orchestrator.link import Node
from orchestrator.prebuild import model_folder
from orchestrator.project import ROOT, WORKSPACE, Env, board_facts, envs, find_env
from orchestrator.training import recipe

DECISIONS = 100
BUILDS = WORKSPACE / "test" / "toolchains"
ENV = find_env("cattle", "nrf52840")
# Every ARM board's default env by the compiler that is not used where gcc is there; test/target runs the other.
BY_ZIG = [
    env
    for env in envs(ENV.app)
    if env != ENV
    and env.name == f"{env.app}-{env.board}"
    and board_facts(env.board)["build"]["cpu"].startswith("cortex-m")
]
PRESENT = {"gcc": shutil.which("arm-none-eabi-gcc") is not None, "zig": find_spec("ziglang") is not None}


@pytest.fixture(scope="module")
def no_network() -> Iterator[tuple[dict[str, str], socket.socket]]:
    """Settings that send every request to a port of this machine, and that port; nobody ever answers there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        yield dict.fromkeys(names, proxy), server


@dataclass(frozen=True)
class Built:
    """What one run of PlatformIO said and left."""

    said: str
    status: int
    folder: Path
    env: Env = ENV

    @property
    def elf(self) -> Path:
        return self.folder / "firmware.elf"


def pio(name: str, toolchain: str, settings: Mapping[str, str], env: str = ENV.name, conf: Path | None = None) -> Built:
    """Run PlatformIO into a folder called `name`, with nobody to answer a question."""
    environment = {**os.environ, **settings, "PLATFORMIO_BUILD_DIR": str(BUILDS / name)}
    environment["FIELDMOUSE_TOOLCHAIN"] = toolchain
    command = [sys.executable, "-m", "platformio", "run", "-e", env, *(["-c", str(conf)] if conf else [])]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Built(done.stdout, done.returncode, BUILDS / name / env)


@pytest.fixture(scope="module", params=["gcc", "zig"])
def built(request: pytest.FixtureRequest, no_network: tuple[dict[str, str], socket.socket]) -> Built:
    """The image of one compiler."""
    if not PRESENT[request.param]:
        pytest.skip(f"the compiler {request.param} is not here")
    done = pio(request.param, request.param, no_network[0])
    assert done.status == 0, done.said
    assert f"Toolchain: {request.param} (" in done.said
    return done


@pytest.fixture(scope="module")
def any_toolchain() -> str:
    return next(name for name in ("zig", "gcc") if PRESENT[name])


def answers_as_the_host(built: Built) -> None:
    env = built.env
    host = App(env.app, model_folder(env.app, env.variant) / "include", env.variant)
    compared = 0
    with Node(f"emu://{env.board}?fw={built.elf}") as node:
        assert node.facts.boot["model"] == host.model_hash
        for recording in recipe(env.app).simulate.long_run(seed=7, decisions=DECISIONS):
            expected = host.run(recording).reports
            assert node.feed(recording) == expected
            compared += len(expected)
    assert compared >= DECISIONS


def test_every_compiler_s_image_answers_what_the_host_computes(built: Built) -> None:
    answers_as_the_host(built)


@pytest.mark.parametrize("env", BY_ZIG, ids=lambda env: env.board)
def test_zig_builds_the_same_bits_for_every_board(env: Env) -> None:
    if not PRESENT["zig"]:
        pytest.skip("the compiler zig is not here")
    done = pio("zig", "zig", {}, env.name)
    assert done.status == 0, done.said
    assert "Toolchain: zig (" in done.said
    answers_as_the_host(Built(done.said, done.status, done.folder, env))


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file but SCons's own memory, which it writes anew each time."""
    kept = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".sconsign"))
    return {path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns) for path in kept}


def test_a_build_with_nothing_to_do_asks_for_nothing_and_changes_nothing(
    built: Built, no_network: tuple[dict[str, str], socket.socket]
) -> None:
    settings, server = no_network
    toolchain = built.folder.parent.name
    before = files(built.folder)
    assert "firmware.elf" in before
    again = pio(toolchain, toolchain, settings)
    assert again.status == 0, again.said
    assert files(built.folder) == before
    assert "Compiling" not in again.said
    assert "Linking" not in again.said
    assert "Manager" not in again.said, "PlatformIO's package managers have nothing to do here"
    with pytest.raises(BlockingIOError):  # neither this build nor the one before called
        server.accept()


# ---- refusals ----


@pytest.mark.parametrize(
    ("env", "toolchain", "advice"),
    [
        (ENV, "gcc", "install gcc-arm-none-eabi and libnewlib-arm-none-eabi"),
        (find_env(ENV.app, "host"), "gcc", "no C compiler (cc, gcc or clang) is on PATH: install gcc"),
        (find_env(ENV.app, "atmega328p"), "gcc", "install gcc-avr and avr-libc"),
        (find_env(ENV.app, "atmega328p"), "zig", "zig cannot link for AVR: install gcc-avr and avr-libc"),
        (find_env(ENV.app, "atmega328p"), "", "install gcc-avr and avr-libc"),
        (ENV, "tcc", "unknown toolchain 'tcc': one of gcc, zig"),
    ],
    ids=["gcc", "host", "avr-gcc", "avr-zig", "avr", "unknown"],
)
def test_a_compiler_that_is_not_here_is_refused_before_anything_is_compiled(
    env: Env, toolchain: str, advice: str, tmp_path: Path
) -> None:
    for program in ("sh", "git"):
        if path := shutil.which(program):
            (tmp_path / program).symlink_to(path)
    done = pio("refused", toolchain, {"PATH": str(tmp_path)}, env.name)
    assert done.status != 0
    assert advice in done.said
    assert "Traceback" not in done.said
    assert not list(done.folder.rglob("*.o"))


def configuration(folder: Path, options: str, project: str = "") -> Path:
    """A configuration beside the project's own, with one env that is `ENV` but for `options`."""
    path = folder / "other.ini"
    path.write_text(
        f"[platformio]\nextra_configs =\n    {ROOT}/platformio.ini\n    {ROOT}/apps/*/app.ini\n{project}\n"
        f"[env:other]\nextends = env:{ENV.name}\n{options}\n"
    )
    return path


def test_an_image_over_its_budgets_is_refused_with_both_figures(any_toolchain: str, tmp_path: Path) -> None:
    options = "custom_flash_budget = 5000\ncustom_ram_budget = 3000"
    done = pio("budget", any_toolchain, {}, "other", configuration(tmp_path, options))
    assert done.status != 0
    assert re.search(r"Error: Flash use of \d{5,} bytes is over the custom_flash_budget of 5000", done.said)
    assert re.search(r"Error: RAM use of \d{4,} bytes is over the custom_ram_budget of 3000", done.said)


@pytest.mark.parametrize("region", ["flash", "ram"])
def test_an_image_that_does_not_fit_its_board_is_not_linked(region: str, any_toolchain: str, tmp_path: Path) -> None:
    small = board_facts(ENV.board)
    for row in small["fieldmouse"]["memory"]:
        row["bytes"] = 4096 if row["name"] == region else row["bytes"]
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "small.json").write_text(json.dumps(small))
    conf = configuration(tmp_path, "board = small", f"boards_dir = {tmp_path / 'boards'}")
    done = pio("region", any_toolchain, {}, "other", conf)
    assert done.status != 0
    assert re.search(rf"region [`']{region}'.* overflowed by \d+ bytes", done.said), done.said
    assert not done.elf.exists()
