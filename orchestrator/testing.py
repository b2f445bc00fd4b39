"""`inv test`: everything that can be tested here, on every board's emulator, and a plain word on what could not be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.table import Table

from orchestrator import prebuild
from orchestrator.build import build
from orchestrator.emulator.child import dies_with_parent
from orchestrator.progress import err
from orchestrator.project import ROOT, WORKSPACE, Env, UserError, board_facts, envs, find_app, find_board, uart_baud

DEBIAN = ROOT / "requirements-debian.txt"
LONG = "FIELDMOUSE_LONG"


@dataclass
class Count:
    """What one run of pytest said."""

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        """Add another run."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def missing_programs() -> dict[str, str]:
    """Programs and files that the full matrix needs and that are not here, with the Debian package of each."""
    rows = [line.split() for line in DEBIAN.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {program: package for package, program in rows if not _is_here(program)}


def _is_here(program: str) -> bool:
    return Path(program).exists() if program.startswith("/") else shutil.which(program) is not None


def _packages() -> list[str]:
    return [line.split()[0] for line in DEBIAN.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


def install_programs() -> None:
    """Install the Debian packages of the full matrix where that is allowed: as root, with apt-get."""
    missing = missing_programs()
    if not missing:
        return
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        err.print(f"Not here: {', '.join(missing)}. What needs them is skipped; to have it: {advice(missing)}")
        return
    err.print(f"Installing {', '.join(_packages())} with apt-get")
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_packages()],
    ):
        done = subprocess.run(command, env=settings, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            err.print(f"`{' '.join(command)}` failed; going on without:\n{done.stderr[-2000:]}", markup=False)
            return


def install_engines() -> None:
    """Bring ahead what an emulator would otherwise fetch at its first start; what cannot be had skips its tests."""
    for path in sorted((ROOT / "orchestrator" / "emulator").glob("*/install.py")):
        engine = import_module(f"orchestrator.emulator.{path.parent.name}.install")
        try:
            engine.install()
        except engine.InstallError as error:
            err.print(f"{path.parent.name} was not installed: {error}", markup=False)


def advice(missing: Mapping[str, str]) -> str:
    """The command that installs what is missing."""
    return f"sudo apt-get install --no-install-recommends {' '.join(sorted(set(missing.values())))}"


def _pytest(name: str, arguments: list[str], timeout_s: float | None = None) -> Count:
    """One run of pytest, which ends with this process. What it says is printed in one piece at its end, for another may be
    under way."""
    report = WORKSPACE / "test" / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    begun = time.monotonic()
    with report.with_suffix(".log").open("w+", encoding="utf-8") as log:
        try:
            status = subprocess.run(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                preexec_fn=dies_with_parent(),
            ).returncode
        except subprocess.TimeoutExpired:
            status = 1
            log.write(f"\nnot done in {timeout_s:g} s, and ended\n")
        log.seek(0)
        err.print(f"{name}, {time.monotonic() - begun:.0f} s:\n{log.read()}", markup=False, soft_wrap=True)
    count = Count()
    if report.exists():
        for case in ElementTree.parse(report).iter("testcase"):
            kinds = {child.tag: child for child in case}
            if "failure" in kinds or "error" in kinds:
                count.failed += 1
            elif "skipped" in kinds:
                count.skipped.append(f"{case.get('name')}: {kinds['skipped'].get('message')}")
            else:
                count.passed += 1
    if status not in (0, 5) and count.failed == 0:
        count.failed = 1  # pytest itself failed, before or beside its tests
    return count


def run_target(env: Env, port: str, filters: list[str], name: str = "", timeout_s: float | None = None) -> Count:
    """test/target on the board behind `port`, which runs the image of `env`, for at most `timeout_s`."""
    serial = ["--embedded-services", "serial", "--port", port, "--baud", str(uart_baud(env.board))]
    return _pytest(name or env.name, ["test/target", *serial, "--env", env.name, *filters], timeout_s)


def _isolated() -> None:
    """Keep the tests' models and builds apart from the user's: tests always run on the simulator's model."""
    os.environ[prebuild.MODELS] = str(WORKSPACE / "test" / "models")
    os.environ["PLATFORMIO_BUILD_DIR"] = str(ROOT / ".pio" / "test")


def test(on: str, long: bool, only: str, rig: str = "", chosen_boards: str = "") -> dict[str, Any]:
    """Run the tests. Returns the document of `inv test --json`; none passed is a failure as much as one failed.

    `rig` and `chosen_boards` are for --on rig: its file, and which of its boards (all without).
    """
    if (rig or chosen_boards) and on != "rig":
        raise UserError("--rig and --boards are for --on rig")
    filters = ["-k", only] if only else []
    if long:
        os.environ[LONG] = "1"
    total = Count()
    boards: dict[str, dict[str, Any]] = {}
    if on != "rig":
        install_programs()
        install_engines()
    if on == "rig":
        _isolated()
        _test_rig(rig, chosen_boards, filters, total, boards)
    elif on == "emulator":
        _isolated()
        chosen = envs()
        # An emulator and the host's side of its line take turns more than they work together, so the host's own tests
        # run beside the boards' and not before them.
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            host = pool.submit(_pytest, "host", ["test", "--ignore=test/target", *filters])
            runs = [pool.submit(_built_and_tested, env, filters) for env in chosen]
        total.add(host.result())
        for env, run in zip(chosen, runs, strict=True):
            _add_board(env, env.url, run.result(), total, boards)
    elif ":" in on or "/" in on or on.upper().startswith("COM"):
        env = _flashed(on)
        _add_board(env, on, run_target(env, on, filters), total, boards)
    else:
        raise UserError(f"--on {on}: say `emulator`, `rig`, or a port such as /dev/serial/by-id/… or emu://nrf52840")
    _summary(total, boards, long, {} if on == "rig" else missing_programs())
    return {
        "passed": total.passed,
        "failed": total.failed,
        "skipped": len(total.skipped),
        "not_tested": total.skipped,  # each with its reason
        "boards": boards,
    }


def _built_and_tested(env: Env, filters: list[str]) -> Count:
    try:
        build(env, quiet=True)
    except UserError as error:
        err.print(f"{env.name} was not tested: {error}", markup=False)
        return Count(failed=1)
    return run_target(env, env.url, filters)


def _add_board(env: Env, port: str, count: Count, total: Count, boards: dict[str, dict[str, Any]]) -> None:
    total.add(count)
    row = boards.setdefault(env.board, {"emulator": _engine(env.board, port), "passed": 0, "skipped": 0})
    row["passed"] += count.passed
    row["skipped"] += len(count.skipped)


def _engine(board: str, port: str) -> str:
    return board_facts(board)["fieldmouse"]["emulator"]["engine"] if port.startswith("emu:") else "none: hardware"


def _test_rig(path: str, chosen: str, filters: list[str], total: Count, boards: dict[str, dict[str, Any]]) -> None:
    """Test a rig's boards; in `boards` each has the name that it has on the rig, and what went wrong with it."""
    from orchestrator.rig import DEFAULT, run_rig

    for done in run_rig(Path(path) if path else DEFAULT, chosen, filters):
        total.add(done.count)
        boards[done.row.name] = {
            "board": done.row.board,
            "emulator": _engine(done.row.board, done.row.port),
            "passed": done.count.passed,
            "failed": done.count.failed,
            "skipped": len(done.count.skipped),
            "faults": done.faults,
        }


def _flashed(port: str) -> Env:
    """The env that the board behind `port` says it runs."""
    from orchestrator.link import Node

    with Node(port) as node:
        boot = node.facts.boot
    for env in envs(find_app(boot["app"]), find_board(boot["board"])):
        if env.variant == boot["variant"]:
            return env
    raise UserError(
        f"{port} runs {boot['app']} on {boot['board']} {boot['variant']}, which apps/*/app.ini does not offer"
    )


def _summary(total: Count, boards: Mapping[str, Mapping[str, Any]], long: bool, missing: Mapping[str, str]) -> None:
    table = Table(title="Boards tested")
    for name in ("board", "emulator", "passed", "skipped"):
        table.add_column(name, justify="right" if name in ("passed", "skipped") else "left")
    for board, row in boards.items():
        table.add_row(board, row["emulator"], str(row["passed"]), str(row["skipped"]))
    err.print(table)
    for reason in total.skipped:
        err.print(f"Skipped: {reason}", markup=False, soft_wrap=True)
    for board, row in boards.items():
        for fault in row.get("faults", ()):
            err.print(f"{board}: {fault}", markup=False, soft_wrap=True)
    if missing:
        err.print(f"Not tested for want of {', '.join(missing)}; to have it: {advice(missing)}", soft_wrap=True)
    if not long:
        err.print("The long form of every test: ./inv test --long")
    if not total.passed and not total.failed:
        err.print("Nothing was tested, which is a failure.")
    err.print(f"{total.passed} passed, {total.failed} failed, {len(total.skipped)} skipped", highlight=False)
