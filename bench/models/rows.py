"""What is the same for every peer: its levels, its features, its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from bench.models.cases import REGRESS, Job
from orchestrator.bench.contract import Arrays, Engine

LEVELS = ("Os", "O2")
PLAIN_C = ("-std=gnu11", "-w")
PLAIN_CPP = ("-std=gnu++17", "-w", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
INTEGERS = ("<i1", "<i2")
C_TYPES = {"<i1": "int8_t", "<i2": "int16_t", "<i4": "int32_t", "<f4": "float", "<f8": "double"}


def case_text(job: Job, feature: str, answer: str, more: Mapping[str, str | int] | None = None) -> str:
    """`case.h`: N features of type FEATURE, CLASSES, an ANSWER, and what else the adapter asks for."""
    values: dict[str, str | int] = {"N": job.n_features, "CLASSES": max(1, job.n_classes)}
    values |= {"FEATURE": C_TYPES[feature], "ANSWER": C_TYPES[answer], **(more or {})}
    return "#include <stdint.h>\n" + "".join(f"#define {name} {value}\n" for name, value in values.items())


def peer(
    job: Job,
    family: str,
    source: Path,
    write: Callable[[], str],
    feature: str = "<f4",
    flags: Sequence[str] = PLAIN_C,
    more: Mapping[str, str | int] | None = None,
    answer: Callable[[float], float] = lambda value: value,
    kind: str = "",
    note: str = "",
) -> Iterator[Engine]:
    """A peer's rows, one a level; `write` is what it generates, called once, when it is first compiled."""
    written = cache(write)
    kind = kind or ("<f4" if job.asks == REGRESS else "<i4")

    def inputs(run: Arrays) -> Arrays:
        row = run["x"] if feature in INTEGERS else job.floats(run["x"])
        return {"features": row.astype(feature)}

    def answered(told: Arrays) -> np.ndarray:
        return np.asarray(answer(told["answer"][0]))

    for level in LEVELS:
        yield Engine(
            case=job.name,
            family=family,
            setting=level,
            sources=[source],
            flags=[f"-{level}", *flags],
            headers=lambda: {"case.h": case_text(job, feature, kind, more), "peer.h": written()},
            inputs=inputs,
            outputs={"answer": (kind, 1)},
            answer=answered,
            note=note,
        )
