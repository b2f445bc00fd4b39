"""`inv demo`: the whole line once, on subjects that the model never learned from, as a person can look at it."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fieldmouse.recording import Recording, Span, Told, tell
from fieldmouse.session import Session, is_session, load_session
from orchestrator import prebuild, size
from orchestrator.build import build
from orchestrator.link import Node
from orchestrator.plot import plot_recording
from orchestrator.progress import err, out, showing
from orchestrator.project import ROOT, WORKSPACE, Env, UserError, data_folder, find_env
from orchestrator.training import Choice, recipe, recordings, refresh

DECISIONS = 400
SEED = 77


def held_out(found: Sequence[Recording], group: str) -> list[str]:
    """At most a third of the subjects, chosen so that they cover the labels; the model will not learn from them."""
    labels: dict[str, set[str]] = {}
    seconds: Counter[str] = Counter()
    for recording in found:
        name = recording.groups[group]
        labels.setdefault(name, set()).update(span.label for span in recording.truth)
        seconds[name] += int(recording.seconds)
    if len(labels) < 2:
        raise UserError(f"the recordings have only one {group}: nothing would be left to learn from")
    chosen: list[str] = []
    covered: set[str] = set()
    while len(chosen) < max(1, len(labels) // 3):
        best = max(sorted(set(labels) - set(chosen)), key=lambda name: (len(labels[name] - covered), -seconds[name]))
        chosen.append(best)
        covered |= labels[best]
    return chosen


def _cut(recording: Recording, seconds: float) -> Recording:
    streams = {i: x[: int(seconds * recording.rate_hz[i])] for i, x in recording.streams.items()}
    truth = tuple(Span(s.start_s, min(s.stop_s, seconds), s.label) for s in recording.truth if s.start_s < seconds)
    return replace(recording, streams=streams, truth=truth)


def condense(found: Sequence[Recording], group: str, step_s: float, decisions: int = DECISIONS) -> list[Recording]:
    """About `decisions` decisions that show every label of every subject, the rare ones first."""
    kinds: dict[tuple[str, str], list[Recording]] = {}
    for recording in found:
        if recording.seconds >= step_s:
            kinds.setdefault((recording.groups[group], recording.truth[0].label), []).append(recording)
    left = decisions
    chosen: list[Recording] = []
    by_length = sorted(kinds.values(), key=lambda kind: sum(r.seconds for r in kind))
    for number, kind in enumerate(by_length):
        quota = left / (len(by_length) - number)
        for recording in kind:
            take = min(recording.seconds, quota * step_s)
            if take < step_s:
                break
            chosen.append(_cut(recording, take))
            quota -= take / step_s
            left -= int(take / step_s)
    return sorted(chosen, key=lambda r: (r.groups[group], r.id))


def _tell(env: Env, found: Sequence[Recording], lag_s: float, step_s: float) -> list[Told]:
    """Boot the built image, feed it every recording, and return what it said."""
    told = []
    total = int(sum(recording.seconds // step_s for recording in found))
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Node(env.url) as node, Progress(*columns, console=err) as bar:
        boot = node.facts.boot
        err.print(f"The board answers: {boot['app']} on {boot['board']}, build {boot['build']}, model {boot['model']}")
        task = bar.add_task("Feeding the board; decisions", total=total)
        for recording in found:
            reports = node.feed(recording, lambda _report: bar.advance(task))
            told.append(tell(recording, reports, lag_s))
        return told


def _by_label(told: Sequence[Told], group: str) -> Table:
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    recordings_of: Counter[tuple[str, str]] = Counter()
    for one in told:
        for label in set(one.truth):
            recordings_of[one.recording.groups[group], label] += 1
        for report, label in zip(one.reports, one.truth, strict=True):
            rows.setdefault((one.recording.groups[group], label), []).append(report)
    table = Table(title="What the board reported")
    for name in (group, "truth", "recordings", "decisions", "most often", "right", "mean score"):
        table.add_column(name, justify="left" if name in (group, "truth", "most often") else "right")
    last = None
    for (name, label), reports in sorted(rows.items()):
        said = Counter(r.get("class", r["ev"]) for r in reports)
        table.add_row(
            "" if name == last else name,
            label or "not labelled",
            str(recordings_of[name, label]),
            str(len(reports)),
            said.most_common(1)[0][0],
            f"{said[label] / len(reports):.0%}" if label else "",
            f"{np.mean([r.get('score', 0) for r in reports]) / 255:.2f}",
        )
        last = name
    return table


def _confusion(told: Sequence[Told], group: str) -> Table:
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in told:
        for report, truth in zip(one.reports, one.truth, strict=True):
            if truth:
                counts[one.recording.groups[group], truth, report.get("class", report["ev"])] += 1
    answers = sorted({key[2] for key in counts})
    table = Table(title=f"Truth (rows) against the board's answers (columns), by {group}")
    table.add_column(group)
    table.add_column("truth")
    for name in answers:
        table.add_column(name, justify="right")
    last = None
    for name, truth in sorted({key[:2] for key in counts}):
        cells = [counts[name, truth, answer] for answer in answers]
        marked = [
            f"[bold green]{n}[/]" if a == truth and n else str(n or "·") for n, a in zip(cells, answers, strict=True)
        ]
        table.add_row("" if name == last else name, truth, *marked)
        last = name
    return table


def _replayed(session: Session, told: Sequence[Told], model: str) -> str:
    """How many reports came as they did when the session was recorded."""
    pairs = [
        pair for one, then in zip(told, session.reports, strict=True) for pair in zip(one.reports, then, strict=False)
    ]
    count = sum(len(then) for then in session.reports)
    same = sum(now == then for now, then in pairs)
    was = session.boot.get("model")
    other = f"; that board had another model ({was})" if was != model else ""
    return f"Replayed: {same} of {count} reports are those of the session{other}."


def _apart(name: str) -> None:
    """Keep this demonstration's model and build apart from those of the user's own work."""
    os.environ[prebuild.MODELS] = str(WORKSPACE / "demo" / name / "models")
    os.environ["PLATFORMIO_BUILD_DIR"] = str(WORKSPACE / "demo" / name / "build")


def demo(app: str, board: str, variant: str = "", data: str = "") -> Path:
    """Train, convert, build, boot, feed, and show; return the picture's path."""
    started = time.monotonic()
    env = find_env(app, board, variant)
    data = data_folder(data)
    models = recipe(env.app)
    group, lag_s, step_s = models.train.GROUP, models.train.TRUTH_LAG_S, models.train.STEP_S
    session = load_session(Path(data), group) if data and is_session(Path(data)) else None
    with showing("Preparing the model") as say:
        if session:
            shown = recordings(env.app, data)[1]
            about = refresh(env.app, env.variant, say)
        elif data:
            name, found = recordings(env.app, data)
            apart = held_out(found, group)
            _apart(name)
            about = refresh(env.app, env.variant, say, Choice(data, {group: apart}))
            shown = condense([r for r in found if r.groups[group] in apart], group, step_s)
        else:
            shown = models.simulate.demonstration(SEED)
            about = refresh(env.app, env.variant, say)
    learned = f"learned from {about['data']}, {len(about['classes'])} classes, {about['nodes']} nodes"
    err.print(
        f"Model {about['hash']}: {learned}; the C answers {about['agree']} of {about['rows']} rows as scikit-learn"
    )
    with showing(f"Building {env.name} with PlatformIO"):
        build(env, quiet=True)
    told = _tell(env, shown, lag_s, step_s)
    out.print(_by_label(told, group))
    out.print(_confusion(told, group))
    out.print(size.size_table([size.measure(env)]))
    if session:
        out.print(_replayed(session, told, about["hash"]))
    labelled = [(r, t) for one in told for r, t in zip(one.reports, one.truth, strict=True) if t]
    right = sum(r.get("class") == t for r, t in labelled)
    if labelled:
        apart_from = "as the session labels them" if session else "on subjects that the model never learned from"
        out.print(
            f"{right} of {len(labelled)} decisions right ({right / len(labelled):.0%}), {apart_from}. "
            f"`inv evaluate --app {env.app}` is the fair figure: every subject, by class."
        )
    picture = WORKSPACE / "demo" / f"{env.name}{'-data' if data else ''}.png"
    best = max(
        told, key=lambda one: (len(set(one.truth)), len({r.get("class") for r in one.reports}), one.recording.seconds)
    )
    plot_recording(best.recording, best.reports, models, picture, f"{env.name}: {best.recording.id}", step_s)
    out.print(f"One recording with the board's answers under it: {picture.relative_to(ROOT)}")
    out.print(f"Took {time.monotonic() - started:.0f} s.")
    return picture
