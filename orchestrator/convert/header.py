"""The headers of a model: what its app reads at compile time, and what its engine's C file includes; and the app's tables."""

from __future__ import annotations

import json
import os
import re
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Integral
from pathlib import Path

from fieldmouse.design import tables
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.piece import Answers, Piece
from orchestrator.project import ROOT, UserError

NAME_BYTES = 15
MAX_RATE_HZ = 2**31 - 1
MAX_CLASSES = 254  # 255 is MODEL_UNKNOWN


@dataclass(frozen=True)
class ModelFacts:
    """What a model is beside its numbers. `data` names the data set, `sim` for the simulator; a regressor or an anomaly score has no classes."""

    name: str
    data: str
    rate_hz: int
    classes: Sequence[str]
    n_features: int


def _check_name(text: str, what: str) -> None:
    fine = 0 < len(text) <= NAME_BYTES and all(" " <= c <= "~" and c not in '"\\' for c in text)
    if not fine:
        raise ConvertError(f"{what} {text!r}: use 1 to {NAME_BYTES} printable ASCII characters, no quote or backslash")


def check_facts(facts: ModelFacts) -> None:
    """Raise ConvertError for a name that C or the firmware cannot hold or print, and for a rate that is none."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", facts.name, re.ASCII):
        raise ConvertError(f"the model's name {facts.name!r}: C takes letters, digits and _, with a letter first")
    if not isinstance(facts.rate_hz, Integral) or not 0 <= facts.rate_hz <= MAX_RATE_HZ:
        raise ConvertError(f"a rate of {facts.rate_hz} Hz: give a whole number from 0 to {MAX_RATE_HZ}")
    _check_name(facts.data, "the data set's name")
    if len(facts.classes) > MAX_CLASSES:
        raise ConvertError(f"the model has {len(facts.classes)} classes; at most {MAX_CLASSES} convert")
    for name in facts.classes:
        _check_name(str(name), "the class name")


def interface(facts: ModelFacts, n_outputs: int) -> str:
    """What an app sees of its model."""
    prefix = facts.name.upper()
    return f"""/* The model of {facts.name}, as its app sees it. Generated: do not edit. */
#ifndef {prefix}_MODEL_H
#define {prefix}_MODEL_H

#include <stddef.h>

#include "model.h"

enum {{
    {prefix}_MODEL_RATE_HZ = {facts.rate_hz},
    {prefix}_MODEL_FEATURES = {facts.n_features},
    {prefix}_MODEL_CLASSES = {len(facts.classes)},
    {prefix}_MODEL_OUTPUTS = {n_outputs}
}};

extern const ROM model_t {facts.name}_model;

#endif
"""


def definition(facts: ModelFacts, model_hash: int, piece: Piece) -> str:
    """A piece and its `model_t`, for its engine's C file."""
    names = ", ".join(f'{{"{name}"}}' for name in facts.classes)
    table = f"static const ROM model_name_t {facts.name}_classes[] = {{{names}}};\n\n" if names else ""
    includes = "".join(f'#include "{header}"\n' for header in piece.headers)
    members = "".join(f"    .{member} = {function},\n" for member, function in piece.members.items())
    return f"""/* The model of {facts.name} for its engine's C file. Generated: do not edit. */
#include "{facts.name}_model.h"
{includes}
{piece.code}
{table}const ROM model_t {facts.name}_model = {{
    .hash = 0x{model_hash:08x}UL,
    .rate_hz = {facts.rate_hz},
    .n_features = {facts.n_features},
    .n_classes = {len(facts.classes)},
    .n_outputs = {piece.n_outputs},
    .fraction = {piece.fraction},
    .data = {{"{facts.data}"}},
    .classes = {f"{facts.name}_classes" if names else "NULL"},
{members}    .content = {piece.content},
}};
"""


UNTRAINED = """
static uint8_t untrained_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{
    (void)emlearn_classify; /* the engine is there, and not used */
    (void)self;
    (void)features;
    if (proba != NULL) {
        proba[0] = 0;
    }
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


def write_files(folder: Path, files: dict[str, str]) -> None:
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


def model_hash(facts: ModelFacts, piece: Piece) -> int:
    """The CRC-32 of a piece and its facts."""
    parts = [piece.code, *piece.files.values(), json.dumps(asdict(facts), sort_keys=True)]
    return zlib.crc32("".join(parts).encode())


def files_of(facts: ModelFacts, pieces: Mapping[str, Piece | ConvertError]) -> tuple[int, dict[str, str]]:
    """The hash of a model, the same whatever engine walks it, and its headers by name; an engine that cannot hold the model gets
    a header that says so and does not compile."""
    check_facts(facts)
    able = {engine: piece for engine, piece in pieces.items() if isinstance(piece, Piece)}
    crc = model_hash(facts, able.get("compact") or next(iter(able.values())))
    n_outputs = max(piece.n_outputs for piece in able.values())
    files = {f"{facts.name}_model.h": interface(facts, n_outputs), **app_tables(facts.name)}
    for engine, piece in pieces.items():
        if isinstance(piece, Piece):
            files |= piece.files
            text = definition(facts, crc, piece)
        else:
            other = " or ".join(able)
            text = f'/* No model. Generated: do not edit. */\n#error "lib/{engine} cannot hold this model: {piece}; link {other}"\n'
        files[f"{engine}_models.h"] = text
    return crc, files


def write_untrained(name: str, rate_hz: int, folder: Path) -> None:
    """Write the headers of a model that knows one class, `untrained`: for computing features before there is one."""
    facts = ModelFacts(name, "none", rate_hz, ["untrained"], 0)
    piece = Piece("untrained", UNTRAINED, {"classify": "untrained_classify"}, lambda _: Answers())
    write_files(
        folder,
        {f"{name}_model.h": interface(facts, 0), "emlearn_models.h": definition(facts, 0, piece), **app_tables(name)},
    )
