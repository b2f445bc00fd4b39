"""An app's tables: what `apps/<app>/dsp.toml` asks for, as the header `<app>_dsp.h`.

[voice]                # the name of the table: app code writes &voice
design = "mel"         # a name in DESIGNS
rate_hz = 16000        # the arguments of that design
length = 256
bands = 32
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from fieldmouse.design import bands, dct, filters


class Design(Protocol):
    """What a design function returns: something that can write itself as C."""

    def c(self, name: str) -> str:
        """C that defines `static const ROM … name`."""
        ...


# By name: the function, and the header that has what its table is made of.
DESIGNS: dict[str, tuple[Callable[..., Design], str]] = {
    "bands": (bands.by_edges, "dsp_bands.h"),
    "butterworth": (filters.butterworth, "rom.h"),
    "dc": (filters.dc, "rom.h"),
    "dct": (dct.dct, "dsp_dct.h"),
    "ema": (filters.ema, "rom.h"),
    "fir": (filters.fir, "rom.h"),
    "goertzel": (filters.goertzel, "rom.h"),
    "halfband": (filters.halfband, "rom.h"),
    "iir": (filters.iir, "rom.h"),
    "linear": (bands.linear, "dsp_bands.h"),
    "mel": (bands.mel, "dsp_bands.h"),
    "remez": (filters.remez, "rom.h"),
    "sos": (filters.sos, "rom.h"),
    "taps": (filters.fir_taps, "rom.h"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class DesignError(ValueError):
    """A dsp.toml that cannot be made into tables; the message names the file and the section."""


def _design(keys: Mapping[str, Any]) -> tuple[Design, str]:
    """What one section asks for, and the header that it needs. Raises ValueError."""
    wanted = keys.get("design")
    if wanted not in DESIGNS:
        raise ValueError(f"design = {wanted!r}: there are {', '.join(sorted(DESIGNS))}")
    make, header = DESIGNS[wanted]
    given = {key: value for key, value in keys.items() if key != "design"}
    known = inspect.signature(make).parameters
    for key in given:
        if key not in known:
            raise ValueError(f"{wanted} has no {key}: it takes {', '.join(known)}")
        if known[key].annotation == "int" and type(given[key]) is not int:
            raise ValueError(f"{key} = {given[key]!r} must be a whole number")
    for key, parameter in known.items():
        if key not in given and parameter.default is inspect.Parameter.empty:
            raise ValueError(f"{wanted} needs {key}: it takes {', '.join(known)}")
    try:
        return make(**given), header
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"{wanted} cannot use these values ({error})") from None


def designs(path: Path) -> dict[str, tuple[Design, str]]:
    """Every table that `path` asks for, in its order: its design, and the header of lib/dsp that has its type. Raises
    DesignError."""
    where = "/".join(path.parts[-3:])
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DesignError(f"{where}: {error}") from None
    found = {}
    for name, keys in sections.items():
        if not isinstance(keys, dict):
            raise DesignError(f"{where}: {name} stands outside of a section: each table is a [name] with a design")
        if not _NAME.fullmatch(name):
            raise DesignError(f"{where}: [{name}]: name it in lower case, as C can")
        try:
            found[name] = _design(keys)
        except ValueError as error:
            raise DesignError(f"{where}: [{name}]: {error}") from None
    return found


def header(app: str, path: Path) -> str:
    """The text of `<app>_dsp.h`: every table of `path`. Raises DesignError."""
    found = designs(path)
    guard = f"{app.upper()}_DSP_H"
    includes = "".join(f'#include "{name}"\n' for name in sorted({"rom.h", *(name for _, name in found.values())}))
    tables = "\n".join(design.c(name) for name, (design, _) in found.items())
    return (
        f"/* The tables that {app} asks for in its dsp.toml. Generated: do not edit. */\n"
        f"#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n\n{includes}\n{tables}\n#endif\n"
    )
