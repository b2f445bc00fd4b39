"""The frame of a loadable model: its header and sections as bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact.logs import Logs
from orchestrator.convert.errors import TooLargeError
from orchestrator.convert.header import ModelFacts
from orchestrator.convert.piece import Answers, Bound

VERSION = 2
WIDEST = 64  # classes and outputs
MOST = 2**24  # bytes
NAMES, TREES, SHARES, VALUES, LAYERS, LINEAR, LINK = 1, 2, 3, 4, 5, 6, 7
HEAD_BYTES, ROW_BYTES = 48, 12


@dataclass(frozen=True)
class Content:
    """What one kind of model puts into a blob: sections by type, and what its answers must be."""

    sections: Mapping[int, bytes]
    reference: Callable[[np.ndarray], Answers]
    bound: Bound
    n_outputs: int = 0
    fraction: int = 0


def _name(value: str) -> bytes:
    return value.encode("ascii").ljust(16, b"\0")


def names(estimator: Any) -> dict[int, bytes]:
    """The section of a classifier's names."""
    return {NAMES: b"".join(_name(str(name)) for name in estimator.classes_)}


def link(logs: Logs, offset: int = 0) -> dict[int, bytes]:
    """The section that says what a sum is worth."""
    return {LINK: struct.pack("<BBHIi", logs.coarser, logs.shift, logs.factor, logs.limit, offset)}


def table(kind: str, what: str, values: Any) -> bytes:
    """Integers of a NumPy type, `what` in people's words. Raises TooLargeError for one that does not fit."""
    numbers = np.asarray(values, dtype=np.int64)
    limits = np.iinfo(kind)
    if numbers.size and (numbers.min() < limits.min or numbers.max() > limits.max):
        raise TooLargeError(f"{what} reach {numbers.max()}, and a loadable model holds {limits.max}")
    return numbers.astype(np.dtype(kind).newbyteorder("<")).tobytes()


def assemble(facts: ModelFacts, content: Content) -> bytes:
    """The whole blob."""
    n_classes = len(facts.classes)
    if max(n_classes, content.n_outputs) > WIDEST:
        raise TooLargeError(
            f"a loadable model has at most {WIDEST} classes or outputs, not {max(n_classes, content.n_outputs)}"
        )
    at = HEAD_BYTES + ROW_BYTES * len(content.sections)
    rows, body = b"", b""
    for kind, section in sorted(content.sections.items()):
        rows += struct.pack("<HHII", kind, 0, at + len(body), len(section))
        body += section
    size = at + len(body)
    if size > MOST:
        raise TooLargeError(f"the model takes {size} bytes, and {MOST} are the most")
    head = struct.pack("<IHHIHBBB7x", size, VERSION, len(content.sections), facts.rate_hz, facts.n_features, n_classes, content.n_outputs, content.fraction)  # fmt: skip
    rest = head + _name(facts.data) + rows + body
    return b"fmbl" + struct.pack("<I", zlib.crc32(rest)) + rest
