"""The headers of a model: what its app reads at compile time, and what its engine's C file includes; and the app's tables."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fieldmouse.design import tables
from orchestrator.convert.compact import TooLargeError, to_compact
from orchestrator.convert.forest import ConvertError, to_emlearn
from orchestrator.project import ROOT, UserError

NAME_BYTES = 15
ENGINES = ("emlearn", "compact")  # an env links one of them; each has a folder of that name in lib/


@dataclass(frozen=True)
class ModelFacts:
    """What a model is beside its numbers. `data` names the data set, `sim` for the simulator."""

    name: str
    data: str
    rate_hz: int
    classes: Sequence[str]
    n_features: int


def _check_name(text: str, what: str) -> None:
    fine = 0 < len(text) <= NAME_BYTES and all(" " <= c <= "~" and c not in '"\\' for c in text)
    if not fine:
        raise ConvertError(f"{what} {text!r}: use 1 to {NAME_BYTES} printable ASCII characters, no quote or backslash")


def _interface(facts: ModelFacts) -> str:
    prefix = facts.name.upper()
    return f"""/* The model of {facts.name}, as its app sees it. Generated: do not edit. */
#ifndef {prefix}_MODEL_H
#define {prefix}_MODEL_H

#include "model.h"

enum {{
    {prefix}_MODEL_RATE_HZ = {facts.rate_hz},
    {prefix}_MODEL_FEATURES = {facts.n_features},
    {prefix}_MODEL_CLASSES = {len(facts.classes)}
}};

extern const ROM model_t {facts.name}_model;

#endif
"""


def _definition(facts: ModelFacts, model_hash: int, before: str, classify: str, content: str) -> str:
    classes = ", ".join(f'{{"{name}"}}' for name in facts.classes)
    return f"""/* The model of {facts.name} for its engine's C file. Generated: do not edit. */
#include "{facts.name}_model.h"
{before}
static const ROM model_name_t {facts.name}_classes[] = {{{classes}}};

const ROM model_t {facts.name}_model = {{
    .hash = 0x{model_hash:08x}UL,
    .rate_hz = {facts.rate_hz},
    .n_features = {facts.n_features},
    .n_classes = {len(facts.classes)},
    .data = {{"{facts.data}"}},
    .classes = {facts.name}_classes,
    .classify = {classify},
    .content = {content},
}};
"""


UNTRAINED = """
static uint8_t untrained_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{
    (void)emlearn_classify; /* the engine is there, and not used */
    (void)self;
    (void)features;
    proba[0] = 0;
    return 0;
}
"""


def app_tables(app: str) -> dict[str, str]:
    """The header of the tables that apps/<app>/dsp.toml asks for, by its name; nothing where there is no such file."""
    path = ROOT / "apps" / app / "dsp.toml"
    if not path.exists():
        return {}
    try:
        return {f"{app}_dsp.h": tables.header(app, path)}
    except tables.DesignError as error:
        raise UserError(str(error)) from None


def _write(folder: Path, files: dict[str, str]) -> None:
    """Replace `folder` by one that holds `files`, in one step: an interrupted build leaves the old one."""
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, text in files.items():
        (part / name).write_text(text, encoding="ascii")
    if folder.exists():
        old = folder.with_name(f"{folder.name}.{os.getpid()}.old")
        folder.replace(old)
        part.replace(folder)
        shutil.rmtree(old)
    else:
        part.replace(folder)


def write_model(estimator: Any, facts: ModelFacts, folder: Path) -> str:
    """Write the headers of a snapped estimator into `folder`, for each engine; return the model's hash as boot prints it,
    which is that of its trees and facts, the same whatever engine walks them."""
    _check_name(facts.data, "the data set's name")
    for name in facts.classes:
        _check_name(str(name), "the class name")
    trees = to_emlearn(estimator, f"{facts.name}_trees")
    model_hash = zlib.crc32((trees + json.dumps(asdict(facts), sort_keys=True)).encode())
    include = f'#include "{facts.name}_trees.h"\n'
    definition = _definition(facts, model_hash, include, "emlearn_classify", f"&{facts.name}_trees")
    try:
        tables = f'#include "compact.h"\n\n{to_compact(estimator, f"{facts.name}_forest")}'
        compact = _definition(facts, model_hash, tables, "compact_classify", f"&{facts.name}_forest")
    except TooLargeError as error:
        compact = f'/* No model. Generated: do not edit. */\n#error "lib/compact cannot hold this model: {error}; link emlearn"\n'
    _write(
        folder,
        {
            f"{facts.name}_model.h": _interface(facts),
            f"{facts.name}_trees.h": f"/* emlearn's own output, so spared our warnings. */\n#pragma GCC system_header\n{trees}",
            "emlearn_models.h": definition,
            "compact_models.h": compact,
            **app_tables(facts.name),
        },
    )
    return f"{model_hash:08x}"


def engines_for(estimator: Any) -> list[str]:
    """The engines that can hold this model."""
    try:
        to_compact(estimator, "trial")
    except TooLargeError:
        return ["emlearn"]
    return list(ENGINES)


def write_untrained(name: str, rate_hz: int, folder: Path) -> None:
    """Write the headers of a model that knows one class, `untrained`: for computing features before there is one."""
    facts = ModelFacts(name, "none", rate_hz, ["untrained"], 0)
    definition = _definition(facts, 0, UNTRAINED, "untrained_classify", "NULL")
    _write(
        folder,
        {f"{name}_model.h": _interface(facts), "emlearn_models.h": definition, **app_tables(name)},
    )
