"""The invoke surface: `inv --list`. Each task calls one function of orchestrator/."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from invoke import Context, task

from orchestrator.convert.options import Options
from orchestrator.flags import flag_help, parsed, with_flags
from orchestrator.project import DEFAULT_APP, DEFAULT_BOARD
from orchestrator.surface import advice

APP = {"app": "which app: a folder of apps/", "board": "which board: a file of boards/", "variant": "which variant"}
DATA = {
    "data": "folder with recordings, or a session of `inv monitor --record`; without it the simulator (FIELDMOUSE_DATA is its default)"
}
JSON = {"json": "print one JSON document on standard output"}


def _json(document: Any) -> None:
    json.dump(document, sys.stdout, indent=2)
    print()


@task(help={**APP, **DATA})
@advice
def demo(_c: Context, app: str = DEFAULT_APP, board: str = DEFAULT_BOARD, variant: str = "", data: str = "") -> None:
    """Train, convert, build, boot and feed a board, and show what it says."""
    from orchestrator.demo import demo as run

    run(app, board, variant, data)


@task(help=APP)
@advice
def build(_c: Context, app: str = DEFAULT_APP, board: str = DEFAULT_BOARD, variant: str = "") -> None:
    """Build firmware, its model brought up to date first."""
    from orchestrator.build import build as run
    from orchestrator.project import find_env

    run(find_env(app, board, variant))


@task(
    help={
        "app": APP["app"],
        "variant": APP["variant"],
        **DATA,
        "default": "go back to the variant's PARAMS and the default conversion, whatever was chosen, without a sweep",
        **JSON,
    }
)
@advice
def train(
    _c: Context,
    app: str = DEFAULT_APP,
    variant: str = "",
    data: str = "",
    default: bool = False,
    json: bool = False,
) -> None:
    """Choose what a model learns from, and the best model within the budget of app.ini; builds keep to the choice."""
    from orchestrator.report import train as run

    about = run(app, variant, data, default, show=not json)
    if json:
        _json(about)


@task(
    help={
        "app": APP["app"],
        "variant": APP["variant"],
        **DATA,
        "cluster": "address of a Dask scheduler, tcp://HOST:PORT, whose workers run in a checkout of this commit",
        "jobs": "how many candidates at once on this machine; 0 is one on each core",
        **JSON,
    }
)
@advice
def sweep(
    _c: Context,
    app: str = DEFAULT_APP,
    variant: str = "",
    data: str = "",
    cluster: str = "",
    jobs: int = 0,
    json: bool = False,
) -> None:
    """Try the models of an app's SPACE: score by groups against flash, RAM and instructions."""
    from orchestrator.sweep.report import run

    document = run(app, variant, data, cluster, jobs, show=not json)
    if json:
        _json(document)


@task(
    auto_shortflags=False,  # there are too many
    help={
        "app": f"which app: a folder of apps/ ({DEFAULT_APP}); the options below are kept for its later builds",
        "variant": APP["variant"],
        "model": "instead of an app: a fitted estimator that joblib.dump wrote. Loading it runs what it says: only files that you trust",
        "calibration": "rows that the model will see, .npy or .csv: what the C is compared on",
        "to": "the folder for the headers",
        "blob": "write a loadable model into this file, as well or instead",
        "name": "what C names begin with; without it the file's",
        "classes": "names for the classes, with commas; without it the estimator's",
        "rate-hz": "sampling rate of what the features follow from; a board refuses to load a model of another one",
        **flag_help(Options),
        **JSON,
    },
)
@with_flags(Options)
@advice
def convert(
    _c: Context,
    app: str = "",
    variant: str = "",
    model: str = "",
    calibration: str = "",
    to: str = "",
    blob: str = "",
    name: str = "",
    classes: str = "",
    rate_hz: int = 1,
    json: bool = False,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write a model's C headers: an app's, trained only if something it follows from has changed, or that of a file."""
    from orchestrator.report import convert as run

    files = {"model": model, "calibration": calibration, "to": to, "blob": blob, "name": name, "classes": classes}
    document = run(
        app, variant, {**files, "rate_hz": rate_hz} if model else files, parsed(Options, options), show=not json
    )
    if json:
        _json(document)


@task(
    help={
        **APP,
        "port": "where the board's UART comes out, or emu://BOARD for an emulated board",
        "probe": "the id of a debug probe, as `inv doctor` lists it, or where an RP2040's drive is mounted",
        "tool": "one of the manifest's tools; without it the first that can reach the board",
    }
)
@advice
def flash(
    _c: Context,
    app: str = DEFAULT_APP,
    board: str = DEFAULT_BOARD,
    variant: str = "",
    port: str = "",
    probe: str = "",
    tool: str = "auto",
) -> None:
    """Build, flash by the best tool that can reach the board, and read its build id back."""
    from orchestrator.build import build
    from orchestrator.flash import flash as run
    from orchestrator.project import find_env

    env = find_env(app, board, variant)
    build(env)
    print(run(env.elf, env.board, port=port, probe=probe, tool=tool))


@task(
    help={
        "port": "a serial port or emu://BOARD, which boots what was last flashed to it",
        "record": "a new file for the session; `demo` and `evaluate` take it as --data",
    }
)
@advice
def monitor(_c: Context, port: str = f"emu://{DEFAULT_BOARD}", record: str = "") -> None:
    """Watch a board's lines, checked, and send it commands."""
    from orchestrator.monitor import monitor as run

    run(port, record)


@task(help=APP)
@advice
def emulate(_c: Context, app: str = DEFAULT_APP, board: str = DEFAULT_BOARD, variant: str = "") -> None:
    """Build, boot on the emulated board, and monitor it."""
    from orchestrator.report import emulate as run

    run(app, board, variant)


@task(
    help={
        "app": APP["app"],
        "port": "a serial port or emu://BOARD",
        "model": "a loadable model, or a folder with a trained one; without it what `inv train` left",
        "variant": APP["variant"],
    }
)
@advice
def load(_c: Context, port: str, app: str = DEFAULT_APP, model: str = "", variant: str = "") -> None:
    """Load a model into a running board's RAM, without flashing; a reset brings back the built-in one."""
    from orchestrator.load import load as run

    run(app, port, model, variant)


@task(
    help={
        "on": "`emulator`, `rig`, or a port: a pyserial URL of a board that runs the image under test",
        "long": "the long form of every test",
        "only": "a pytest -k expression",
        "rig": "of --on rig: the file that describes it; without it ci/rig.toml",
        "boards": "of --on rig: names, boards or features, with commas; without it every board of the rig",
        **JSON,
    }
)
@advice
def test(
    _c: Context,
    on: str = "emulator",
    long: bool = False,
    only: str = "",
    rig: str = "",
    boards: str = "",
    json: bool = False,
) -> None:
    """Run every test, and say which boards were tested on which emulator."""
    from orchestrator.testing import test as run

    document = run(on, long, only, rig, boards)
    if json:
        _json(document)
    if document["failed"] or not document["passed"]:
        raise SystemExit(1)


@task(
    help={
        "app": APP["app"],
        "variant": APP["variant"],
        **DATA,
        "trained-on": "another folder to learn from; --data is then tested whole",
        "leave": "what to leave out, one at a time: a grouping such as `cow`, or several with commas",
        "publish": "write the figures into models/APP/card.md",
        **JSON,
    }
)
@advice
def evaluate(
    _c: Context,
    app: str = DEFAULT_APP,
    variant: str = "",
    data: str = "",
    trained_on: str = "",
    leave: str = "",
    publish: bool = False,
    json: bool = False,
) -> None:
    """Evaluate by group, through the converted C model."""
    from orchestrator.report import evaluate as run

    document = run(app, variant, data, trained_on, leave, publish, show=not json)
    if json:
        _json(document)


@task(
    help={
        "app": "only this app",
        "board": "only this board",
        "publish": "write the matrix app × board into README.md",
        **JSON,
    }
)
@advice
def size(_c: Context, app: str = "", board: str = "", publish: bool = False, json: bool = False) -> None:
    """Flash, RAM, worst-case stack and instructions of each image against its board's limits."""
    from orchestrator.project import UserError
    from orchestrator.report import size as run

    rows, failed = run(app, board, publish, show=not json)
    if json:
        _json(rows)
    if failed:
        raise UserError("\n".join(failed))


@task(
    help={
        "suite": "which suite: a folder of bench/",
        "only": "only the cases with this in their name",
        "publish": "write docs/bench_SUITE.md, its picture, and the short table",
        **JSON,
    }
)
@advice
def bench(_c: Context, suite: str = "dsp", only: str = "", publish: bool = False, json: bool = False) -> None:
    """Us against the peers in one run: instructions, bytes and accuracy, in emulation."""
    from orchestrator.bench.run import bench as run
    from orchestrator.project import UserError

    rows, failed = run(suite, only, publish, show=not json)
    if json:
        _json([row.as_json() for row in rows])
    if failed:
        raise UserError("these did not finish:\n" + "\n".join(failed))


@task(help={"app": APP["app"], **JSON})
@advice
def data(_c: Context, app: str = DEFAULT_APP, json: bool = False) -> None:
    """Say from where a person can get real recordings, and under which licence."""
    from orchestrator.report import data as run

    document = run(app, show=not json)
    if json:
        _json(document)


@task(help=JSON)
@advice
def doctor(_c: Context, json: bool = False) -> None:
    """What is here, what is missing, and the command that mends it; fails when `demo` lacks something."""
    from orchestrator.doctor import doctor as run

    document = run(show=not json)
    if json:
        _json(document)
    if not document["ok"]:
        raise SystemExit(1)


@task(help=APP)
@advice
def compdb(_c: Context, app: str = DEFAULT_APP, board: str = DEFAULT_BOARD, variant: str = "") -> None:
    """Write compile_commands.json for editors."""
    from orchestrator.build import compile_commands
    from orchestrator.project import find_env

    compile_commands(find_env(app, board, variant))
