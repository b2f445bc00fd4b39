"""What the tasks print: each function does one task's work and shows it as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.table import Table
from serial import SerialException

from orchestrator.progress import out, showing
from orchestrator.project import (
    DEFAULT_APP,
    UserError,
    check_variant,
    data_folder,
    envs,
    find_app,
    find_board,
    find_env,
)


def train(app: str, variant: str, data: str, default: bool, show: bool) -> dict[str, Any]:
    """Choose the data, and where an env has a budget for its model the best that fits, else or with `default` the variant's PARAMS;
    train, convert; returns what model.json holds, and what was chosen."""
    from orchestrator.sweep.pick import pick
    from orchestrator.training import Choice, refresh

    name = find_app(app)
    check_variant(name, variant)
    with showing("Training") as say:
        picked = None if default else pick(name, variant, data, say)
        about = refresh(name, variant, say, picked.choice if picked else Choice(data_folder(data)))
    if picked:
        chosen = {"params": picked.choice.params, "options": picked.choice.options, "score": picked.score}
        about = {**about, "chosen": chosen}
    if show:
        if picked:
            out.print(f"Chosen: {picked.told}.", soft_wrap=True)
        changed = about["agree_fitted"] < about["agree"]
        as_fitted = (
            f", and {about['agree_fitted']} as before its leaves were rounded or options changed it" if changed else ""
        )
        out.print(
            f"Model {about['hash']} learned from {about['data']} at {about['rate_hz']} Hz: {about['nodes']} nodes, classes "
            f"{', '.join(about['classes'])}. Its C answers {about['agree']} of {about['rows']} rows as scikit-learn{as_fitted}."
        )
    return about


def convert(app: str, variant: str, files: Mapping[str, Any], options: Mapping[str, Any], show: bool) -> dict[str, Any]:
    """Convert the model in `files`, else bring an app's header up to date; `options` are kept with the app's choice, in the place of those before.

    Returns what model.json holds, or what was measured."""
    if files.get("model"):
        if app or variant:
            raise UserError("--model converts a file, --app and --variant an app's model: give one of them")
        return _convert_file(files, options, show)
    if given := [f"--{name}" for name, word in files.items() if word]:
        raise UserError(f"{', '.join(given)} go with --model FILE; an app's model needs none of them")
    from orchestrator.convert.options import options_from
    from orchestrator.prebuild import model_folder
    from orchestrator.training import held, refresh

    name = find_app(app or DEFAULT_APP)
    variant = check_variant(name, variant)
    options_from(options)  # before anything is trained
    with showing("Converting") as say:
        about = refresh(name, variant, say, replace(held(name, variant), options=dict(options)) if options else None)
    if show:
        out.print(
            f"Model {about['hash']} is in {model_folder(name, variant) / 'include'}. Of {about['rows']} rows its C answers {about['agree']} "
            f"as scikit-learn, {about['agree_fitted']} as before its leaves were rounded and its options honoured.",
            soft_wrap=True,
        )
        if without := _without_engine(name, variant, about["engines"]):
            command = f"inv train --app {name}{f' --variant {variant}' if variant else ''} --default"
            out.print(
                f"These will not build, for they link another engine than {' and '.join(about['engines'])}, which alone can have it: "
                f"{', '.join(without)}. `{command}` goes back.",
                soft_wrap=True,
            )
    return about


def _without_engine(app: str, variant: str, engines: Sequence[str]) -> list[str]:
    """The envs of a variant that link none of these."""
    own = [env for env in envs(app) if env.variant == variant]
    return [env.name for env in own if not set(engines) & set(env.libraries)]


def _convert_file(files: Mapping[str, Any], options: Mapping[str, Any], show: bool) -> dict[str, Any]:
    from orchestrator.convert.check import Measured
    from orchestrator.convert.command import COLUMNS, Order, agreement, convert_file, rows_of
    from orchestrator.convert.options import options_from

    with showing("Converting"):
        done = convert_file(Order(**files), options_from(options))
    if show and done.report is not None:
        report = done.report
        table = Table(title=f"{report.kind}, model {report.hash}, in {files['to']}")
        for column in COLUMNS:
            table.add_column(column, justify="right" if column.endswith(" B") else "left")
        for row in rows_of(report):
            table.add_row(*row)
        out.print(table)
        for engine, outcome in report.outcomes.items():
            out.print(f"{engine}: {outcome.note}", soft_wrap=True, markup=False)
        for engine, why in report.refused.items():
            out.print(f"{engine} does not hold it: {why}", soft_wrap=True, markup=False)
        linked = (
            f"linked by {report.compiler} for Cortex-M0+" if report.compiler else "not linked: no compiler here can"
        )
        out.print(f"Flash is the whole model, code and tables, {linked}.", soft_wrap=True)
    if show and done.blob is not None:
        agrees = agreement(Measured(**done.blob["measured"]))
        out.print(
            f"A loadable model of {done.blob['bytes']:,} bytes is in {done.blob['file']}; agrees with the fitted: {agrees}",
            soft_wrap=True,
        )
    return done.as_json()


def emulate(app: str, board: str, variant: str) -> None:
    """Build, then monitor the emulated board."""
    from orchestrator.build import build
    from orchestrator.monitor import monitor

    env = find_env(app, board, variant)
    build(env)
    monitor(env.url)


def evaluate(
    app: str, variant: str, data: str, trained_on: str, leave: str, publish: bool, show: bool
) -> dict[str, Any]:
    """Evaluate, show tables, and with `publish` write them into the model card."""
    from orchestrator import card
    from orchestrator.evaluate import evaluate as run
    from orchestrator.training import held

    groups = tuple(part.strip() for part in leave.split(",") if part.strip())
    with showing("Evaluating") as say:
        found = run(app, check_variant(app, variant), data_folder(data), trained_on or None, groups, progress=say)
    if show:
        for table in evaluation_tables(found):
            out.print(table)
        out.print(
            f"{found.protocol}; {found.n} decisions; {found.data}, trained on {found.trained_on}; mean of "
            f"{len(found.runs)} seeds. The C answered all of {found.compared} rows, learned from and tested, as scikit-learn."
        )
        chosen = held(find_app(app), variant)
        if chosen.params or chosen.options:
            out.print(
                f"The model is the one that `inv train` or `inv convert` chose: {chosen.params} {chosen.options}",
                markup=False,
            )
    if publish:
        path = card.publish(found, variant)
        out.print(f"Written into {path}") if show else None
    return found.as_json()


def evaluation_tables(found: Any) -> list[Table]:
    """Metrics by group, support by group and class, and the confusion table."""
    from orchestrator.evaluate import confusion

    metrics = Table(title="Metrics")
    names = list(found.metrics)
    metrics.add_column("group")
    for name in names:
        metrics.add_column(name, justify="right")
    for group, values in [("all", found.metrics), *found.groups.items()]:
        metrics.add_row(group, *(f"{values[n]:.3f}" if n in values else "–" for n in names))
    labels = sorted({label for counts in found.support.values() for label in counts})
    support = Table(title="Support: labelled decisions")
    support.add_column("group")
    for label in labels:
        support.add_column(label, justify="right")
    for group, counts in found.support.items():
        support.add_row(group, *(str(counts.get(label, "·")) for label in labels))
    truth, answers, counts = confusion(found.runs)
    matrix = Table(title="Truth (rows) against answers (columns), mean of the seeds")
    matrix.add_column("truth")
    for name in answers:
        matrix.add_column(name, justify="right")
    for name, row in zip(truth, counts, strict=True):
        matrix.add_row(name, *(f"{value:.0f}" for value in row))
    return [metrics, support, matrix]


def size(app: str, board: str, publish: bool, show: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """Build and measure every env, or those of one app or board; with `publish` write the matrix into the README.

    Returns the rows, and what could not be measured here and why."""
    from orchestrator import matrix
    from orchestrator.build import build
    from orchestrator.link import LinkError
    from orchestrator.size import measure, size_table

    app, board = find_app(app) if app else "", find_board(board) if board else ""
    chosen = envs(app or None, board or None)
    if not chosen:
        raise UserError("no env matches; `pio project config` shows what there is")
    rows, failed = [], []
    with showing("Measuring") as say:
        for env in chosen:
            say(env.name)
            try:
                build(env, quiet=True)
                rows.append(measure(env))
            except (
                UserError,
                LinkError,
                SerialException,
            ) as error:  # the next one may have its compiler and its emulator
                failed.append(f"{env.name} was not measured: {error}")
    if show and rows:
        out.print(size_table(rows))
        for note in matrix.notes(app, board):
            out.print(note.replace("`", ""), soft_wrap=True)
    if publish and not failed:
        name = matrix.publish(rows)
        out.print(f"Written into {name}") if show else None
    return rows, failed


def data(app: str, show: bool) -> dict[str, Any]:
    """What the app's loader says of its data set."""
    from orchestrator.training import recipe

    facts: dict[str, Any] = dict(recipe(find_app(app)).dataset.SET)
    if show:
        for key, value in facts.items():
            text = ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
            out.print(f"[bold]{key}[/]: {text}", soft_wrap=True)
        out.print("Point to the folder with --data DIR or FIELDMOUSE_DATA.")
    return facts
