"""emlearn's float front end at each setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bench.dsp import cases
from bench.dsp.case_header import case_header
from fieldmouse.app import emlearn_headers
from orchestrator.bench.contract import Engine

HERE = Path(__file__).parent
VERSION = version("emlearn")
LEVELS = ("Os", "O2", "O3")
COMMON = ["-std=gnu11", "-w", f"-I{emlearn_headers()}"]
TABLES = "FFT's tables constant, so without sine and cosine from the C library"


def _engines(case: str, job: str, variant: str, values: Mapping[str, Any], **more: Any) -> Iterator[Engine]:
    for level in LEVELS:
        yield Engine(
            case=case,
            family="-".join(part for part in ("emlearn", variant) if part),
            setting=level,
            sources=[HERE / f"{job}.c"],
            flags=[f"-{level}", *COMMON],
            headers=case_header(values),
            inputs=lambda run: {"input": run["x"].astype(np.float32)},
            **more,
        )


def _tables(n: int) -> dict[str, Any]:
    angle = 2 * np.pi * np.arange(n // 2) / n
    return {"SINES": np.sin(angle), "COSINES": np.cos(angle)}


def _rfft(case: str, n: int) -> Iterator[Engine]:
    for variant, more in (("", {}), ("rom", {"CONSTANT_TABLES": 1, **_tables(n)})):
        yield from _engines(
            case,
            "rfft",
            variant,
            {"N": n, **more},
            outputs={"input": ("<f4", n), "imaginary": ("<f4", n)},
            answer=lambda told: (told["input"] + 1j * told["imaginary"].astype(np.complex128))[: n // 2 + 1] / n,
            note=TABLES if variant else "complex; its tables are filled before and not counted",
        )


def _iir() -> Iterator[Engine]:
    sos = cases.IIR_SOS
    values = {"N": cases.SAMPLES, "SECTIONS": len(sos), "COEFFICIENTS": sos.ravel()}
    yield from _engines(
        "iir-4",
        "iir",
        "",
        values,
        outputs={"input": ("<f4", cases.SAMPLES)},
        answer=lambda told: told["input"].astype(np.float64),
    )


def _logmel(n: int) -> Iterator[Engine]:
    bank = cases.bank(n)
    first = [int(np.flatnonzero(row)[0]) for row in bank]
    last = [int(np.flatnonzero(row)[-1]) for row in bank]
    weights = np.concatenate([row[a : b + 1] for row, a, b in zip(bank, first, last, strict=True)]) / n**2
    values = {"N": n, "BANDS": len(bank), "TINY": cases.FLOOR, **_tables(n)}
    values |= {"WINDOW": cases.window(n), "WEIGHTS": weights, "FIRST": first, "LAST": last}
    outputs = {"input": ("<f4", len(bank))}
    yield from _engines(
        f"logmel-{n}",
        "logmel",
        "filterbank",
        values,
        outputs=outputs,
        answer=lambda told: told["input"].astype(np.float64),
        note=f"its FFT and sparse bank; window, power and logarithm are the bench's; {TABLES}",
    )
    values = {"N": n, "BANDS": len(bank), "TINY": cases.FLOOR * n, "MELSPECTROGRAM": 1}
    values |= {"LOW_HZ": cases.LOW_HZ, "HIGH_HZ": cases.HIGH_HZ, "RATE_HZ": int(cases.RATE_HZ)}
    yield from _engines(
        f"logmel-{n}",
        "logmel",
        "melspectrogram",
        values,
        outputs=outputs,
        answer=lambda told: told["input"].astype(np.float64) - np.log2(n),
        note="as it is, which drops the imaginary part of the spectrum",
    )


def engines() -> Iterator[Engine]:
    """All of them, in the order of the cases."""
    for n in cases.RFFT:
        yield from _rfft(f"rfft-{n}", n)
    yield from _rfft("rfft-quiet-256", 256)
    for n in cases.BANDS:
        yield from _logmel(n)
    yield from _iir()
