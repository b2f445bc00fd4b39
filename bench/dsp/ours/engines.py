"""Our own front end: as firmware is built, without what one core has, and for speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.dsp import cases
from bench.dsp.case_header import case_header
from fieldmouse.design import bands, dct, filters
from orchestrator.bench.contract import OURS, SHIPPED, Arrays, Engine
from orchestrator.project import ROOT

HERE = Path(__file__).parent
DSP = ROOT / "lib" / "dsp"
SETTINGS = {SHIPPED: ["-Os"], "portable": ["-Os", "-DPORTABLE"], "speed": ["-O3"]}
COMMON = [
    "-std=c99",
    "-Werror=incompatible-pointer-types",
    "-Werror=implicit-function-declaration",
    f"-I{DSP}",
    f"-I{ROOT / 'lib' / 'port'}",
]
LIBRARY = sorted([*DSP.glob("*.c"), *DSP.glob("*.S")])  # all of it: the linker keeps what a case needs


STATS = np.dtype(
    [
        *((name, "<i4") for name in ("mean", "sd", "rms", "jerk")),
        *((name, "<i2") for name in ("min", "max", "crossings", "n")),
    ]
)  # dsp_stats_t


def _engines(
    case: str, job: str, variant: str, values: Mapping[str, Any], tables: str = "", **more: Any
) -> Iterator[Engine]:
    """One engine for each setting; `tables` is the C that a design tool wrote."""
    headers = {**case_header(values), "tables.h": f'#include "rom.h"\n{tables}'}
    for setting, flags in SETTINGS.items():
        yield Engine(
            case=case,
            family="-".join(part for part in (OURS, variant) if part),
            setting=setting,
            sources=[HERE / f"{job}.c", *LIBRARY],
            flags=[*flags, *COMMON],
            headers=headers,
            **more,
        )


def unpacked(x: np.ndarray) -> np.ndarray:
    """Bins 0 … N/2 of what dsp_rfft leaves: Re 0, Re N/2, Re 1, Im 1 …"""
    inner = x[2::2] + 1j * x[3::2]
    return np.concatenate([[complex(x[0])], inner, [complex(x[1])]])


def _rfft(case: str, n: int) -> Iterator[Engine]:
    def block(told: Arrays) -> np.ndarray:
        return unpacked(told["samples"]) / 2.0 ** float(told["shift"][0])

    outputs = {"samples": ("<i2", n)}
    given = {"inputs": lambda run: {"samples": run["x"]}}
    yield from _engines(
        case, "rfft", "", {"N": n}, outputs=outputs, answer=lambda told: unpacked(told["samples"]), **given
    )
    outputs = {**outputs, "shift": ("<i4", 1)}
    yield from _engines(case, "rfft", "block", {"N": n, "BLOCK": 1}, outputs=outputs, answer=block, **given)


def _logmel(n: int) -> Iterator[Engine]:
    bank = bands.mel(cases.RATE_HZ, n, cases.BANDS[n], cases.LOW_HZ, cases.HIGH_HZ)
    yield from _engines(
        f"logmel-{n}",
        "logmel",
        "",
        {"N": n, "OUTPUTS": bank.n},
        bank.c("bank"),
        inputs=lambda run: {"samples": run["x"]},
        outputs={"output": ("<i2", bank.n)},
        answer=lambda told: told["output"] / 256.0,
    )


def _mfcc() -> Iterator[Engine]:
    bank = bands.mel(cases.RATE_HZ, 256, cases.BANDS[256], cases.LOW_HZ, cases.HIGH_HZ)
    cosines = dct.dct(bank.n, cases.CEPSTRA)
    yield from _engines(
        "mfcc-256",
        "logmel",
        "",
        {"N": 256, "OUTPUTS": cases.CEPSTRA, "MFCC": 1},
        bank.c("bank") + cosines.c("cosines"),
        inputs=lambda run: {"samples": run["x"]},
        outputs={"output": ("<i2", cases.CEPSTRA)},
        answer=lambda told: told["output"] * 2.0**cosines.shift / 256.0,
    )


def _filter(case: str, job: str, values: Mapping[str, Any], tables: str) -> Iterator[Engine]:
    yield from _engines(
        case,
        job,
        "",
        {"N": cases.SAMPLES, **values},
        tables,
        inputs=lambda run: {"samples": run["x"]},
        outputs={"samples": ("<i2", cases.SAMPLES)},
        answer=lambda told: told["samples"].astype(np.float64),
    )


def _five(told: Arrays) -> np.ndarray:
    found = told["found"].view(STATS)
    columns = [found["mean"] / 16, found["sd"] / 16, found["rms"] / 16, found["min"], found["max"]]
    return np.stack(columns, 1).astype(np.float64)


def _statistics() -> Iterator[Engine]:
    for variant, more, note in (
        (
            "",
            {"ALL": 1},
            "40 figures, five exact percentiles of each axis among them; judged by the five that all have",
        ),
        ("axes", {}, "each axis by itself: the five, mean jerk and mean crossings; no percentiles"),
    ):
        yield from _engines(
            "statistics-150x3",
            "statistics",
            variant,
            {"FRAMES": cases.FRAMES, "AXES": cases.AXES, **more},
            inputs=lambda run: {"input": run["x"]},
            outputs={"found": (f"V{STATS.itemsize}", cases.AXES)},
            answer=_five,
            note=note,
        )


def _dwt(variant: str, function: str) -> Iterator[Engine]:
    n, levels = cases.DWT_SAMPLES, cases.DWT_LEVELS
    yield from _engines(
        "dwt-3x128",
        "dwt",
        variant,
        {"N": n, "AXES": cases.AXES, "LEVELS": levels, "TRANSFORM": function},
        inputs=lambda run: {"input": run["x"].T},
        outputs={"output": ("<i2", cases.AXES * n)},
        answer=lambda told: told["output"].reshape(cases.AXES, n).astype(np.float64),
        right=[cases.wavelets(run["x"], variant or "d4") for run in cases.dwt().runs],
    )


def engines() -> Iterator[Engine]:
    """All of them, in the order of the cases."""
    for n in cases.RFFT:
        yield from _rfft(f"rfft-{n}", n)
    yield from _rfft("rfft-quiet-256", 256)
    for n in cases.BANDS:
        yield from _logmel(n)
    yield from _mfcc()
    yield from _filter("iir-4", "iir", {"SECTIONS": len(cases.IIR_SOS)}, filters.sos(cases.IIR_SOS).c("design"))
    yield from _filter("fir-32", "fir", {"TAPS": len(cases.FIR_TAPS)}, filters.fir_taps(cases.FIR_TAPS).c("design"))
    yield from _statistics()
    yield from _dwt("", "dsp_dwt_d4")
    yield from _dwt("haar", "dsp_dwt_haar")
