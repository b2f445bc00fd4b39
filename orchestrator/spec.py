"""An app's cases as data, apps/<app>/spec.yaml: what goes in, and what must come out, on every target alike.

A case has a `name`, an `assertion` for people, `inputs` and `expect`. Inputs are pieces that follow one another
(`fixture: NAME`, `simulate: {label, seconds, seed}`, `hold_s: N` repeats the last sample, `constant: [x, y, z]` with `seconds`; a `fixture` or `constant` may
carry `seconds`), or `lines:` for the serial line itself. Each expectation names an `ev`, the members that must hold
(`where`), and how often: `share` of that event's reports, `count`, or `at_least`; `last: {fx: …}` pins the last report.
An expectation with a `variant` only holds for that one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fieldmouse.recording import DataError, Recording
from orchestrator.project import ROOT, UserError, find_app

Report = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One row of spec.yaml."""

    app: str
    name: str
    assertion: str
    inputs: Sequence[dict[str, Any]]
    lines: Sequence[str]
    expect: Sequence[dict[str, Any]]

    @property
    def id(self) -> str:
        """The name as a test id."""
        return self.name.replace(" ", "-").replace(",", "")


def _document(app: str) -> dict[str, Any]:
    path = ROOT / "apps" / find_app(app) / "spec.yaml"
    if not path.exists():
        raise UserError(f"{path.relative_to(ROOT)} is missing: every app has its cases there")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def cases(app: str, variant: str = "") -> list[Case]:
    """The cases of an app as they hold for `variant`: an expectation that names another `variant` is left out."""
    found = []
    for row in _document(app)["cases"]:
        expect = [e for e in row["expect"] if e.get("variant", variant) == variant]
        found.append(Case(app, row["name"], row["assertion"], row.get("inputs", ()), row.get("lines", ()), expect))
    return found


def fixture_path(app: str, name: str) -> Path:
    """Where a fixture is: whole numbers in the stream's unit, one frame a row."""
    return ROOT / "apps" / app / "fixtures" / f"{name}.csv"


def fixture(app: str, name: str) -> np.ndarray:
    """A fixture's frames, int16 [n, channels]."""
    path = fixture_path(app, name)
    if not path.exists():
        raise UserError(f"there is no fixture {path.relative_to(ROOT)}: python -m orchestrator.spec {app} writes it")
    return np.loadtxt(path, delimiter=",", dtype=np.int16, ndmin=2)


def _simulated(app: str, wish: dict[str, Any]) -> np.ndarray:
    """Frames from the app's simulator: seeded, but only as equal between machines as their sines and logarithms."""
    from orchestrator.training import recipe

    return recipe(app).simulate.fixture(**wish)


def recording(case: Case) -> Recording:
    """The case's inputs as one recording of stream 0, at the rate of the app's fixtures."""
    rate = _document(case.app)["rate_hz"]
    pieces: list[np.ndarray] = []
    for piece in case.inputs:
        frames = round(piece.get("seconds", 0) * rate)
        if "fixture" in piece:
            whole = fixture(case.app, piece["fixture"])
            if frames > len(whole):
                raise DataError(f"{case.name}: fixture {piece['fixture']} lasts {len(whole) / rate:.0f} s")
            pieces.append(whole[:frames] if frames else whole)
        elif "simulate" in piece:
            pieces.append(_simulated(case.app, piece["simulate"]))
        elif "hold_s" in piece:
            pieces.append(np.repeat(pieces[-1][-1:], round(piece["hold_s"] * rate), axis=0))
        elif "constant" in piece:
            pieces.append(np.tile(np.array(piece["constant"], dtype=np.int16), (frames, 1)))
        else:
            raise DataError(
                f"{case.name}: an input is one of fixture, simulate, hold_s, constant; got {', '.join(piece)}"
            )
    return Recording(case.id, {}, {0: rate}, {0: np.concatenate(pieces)})


def _holds(report: Report, where: dict[str, Any]) -> bool:
    return all(report.get(key) == value for key, value in where.items())


def check(case: Case, reports: Sequence[Report]) -> list[str]:
    """What does not hold, as sentences; empty when the case passes."""
    wrong = []
    for row in case.expect:
        event = row["ev"]
        all_of = [r for r in reports if r["ev"] == event]
        fitting = [r for r in all_of if _holds(r, row.get("where", {}))]
        described = f"{event} {row.get('where', '')}".strip()
        if "count" in row and len(fitting) != row["count"]:
            wrong.append(f"{described}: {len(fitting)} times, expected {row['count']}")
        if "at_least" in row and len(fitting) < row["at_least"]:
            wrong.append(f"{described}: {len(fitting)} times, expected at least {row['at_least']}")
        if "share" in row and (not all_of or len(fitting) < row["share"] * len(all_of)):
            wrong.append(f"{described}: {len(fitting)} of {len(all_of)}, expected a share of {row['share']}")
        if "last" in row and (not all_of or not _holds(all_of[-1], row["last"])):
            wrong.append(f"last {event}: {all_of[-1] if all_of else 'none'}, expected {row['last']}")
        if not {"count", "at_least", "share", "last"} & set(row):
            wrong.append(f"{described}: the expectation says no count, at_least, share or last")
    return wrong


def write_fixtures(app: str) -> list[Path]:
    """Simulate what spec.yaml lists under `fixtures` and write it, for a person to review and commit."""
    document = _document(app)
    written = []
    for name, wish in document["fixtures"].items():
        frames = _simulated(app, wish)
        path = fixture_path(app, name)
        path.parent.mkdir(exist_ok=True)
        np.savetxt(path, frames, fmt="%d", delimiter=",")
        written.append(path)
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write an app's fixtures anew from its simulator.")
    parser.add_argument("app")
    for made in write_fixtures(find_app(parser.parse_args().app)):
        print(made.relative_to(ROOT), file=sys.stderr)
