"""Our headers as cffi declarations: the C stays the only description of a struct.

It works because the house's headers hold nothing but enums, structs, typedefs and prototypes beside preprocessor lines.
"""

from __future__ import annotations

import re
from pathlib import Path

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CONTINUED = re.compile(r"\\\n")
_DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_CONDITION = re.compile(r"^[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif)\b[ \t]*(\w*)", re.MULTILINE)


def _select(text: str, defines: frozenset[str]) -> str:
    """Keep the lines that #ifdef, #ifndef and #else select; the include guard is an #ifndef like any other."""
    kept: list[str] = []
    states: list[bool] = []
    for line in text.splitlines():
        found = _CONDITION.match(line)
        if not found:
            if all(states):
                kept.append(line)
            continue
        word, name = found.groups()
        if word in ("ifdef", "ifndef"):
            states.append((name in defines) == (word == "ifdef"))
        elif word == "else":
            states[-1] = not states[-1]
        elif word == "endif":
            states.pop()
        else:
            raise ValueError(f"a header that Python reads may only use #ifdef, #ifndef and #else: {line.strip()}")
    return "\n".join(kept)


def declarations(*headers: Path, defines: frozenset[str] = frozenset()) -> str:
    """The declarations of `headers`, in that order, as cffi's `cdef` takes them."""
    parts = []
    for header in headers:
        text = _COMMENT.sub(" ", header.read_text(encoding="utf-8"))
        text = _select(_CONTINUED.sub(" ", text), defines)
        text = _DIRECTIVE.sub("", text)
        text = re.sub(r"\bROM\b", "", text)
        parts.append(re.sub(r"\bextern const\b", "extern", text))  # a const that is no integer has no address in cffi
    return "\n".join(parts)
