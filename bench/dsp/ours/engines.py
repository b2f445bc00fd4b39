"""Our own front end: as firmware is built, without what one core has, and for speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.dsp import cases
from bench.dsp.case_header import case_header
from orchestrator.bench.contract import OURS, SHIPPED, Arrays, Engine
from orchestrator.project import ROOT

HERE = Path(__file__).parent
DSP = ROOT / "lib" / "dsp"
SETTINGS = {SHIPPED: ["-Os"], "portable": ["-Os", "-DPORTABLE"], "speed": ["-O3"]}
COMMON = ["-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{DSP}", f"-I{ROOT / 'lib' / 'port'}"]
LIBRARY = sorted([*DSP.glob("*.c"), *DSP.glob("*.S")])  # all of it: the linker keeps what a case needs


def _engines(case: str, job: str, variant: str, values: Mapping[str, Any], **more: Any) -> Iterator[Engine]:
    for setting, flags in SETTINGS.items():
        yield Engine(
            case=case,
            family="-".join(part for part in (OURS, variant) if part),
            setting=setting,
            sources=[HERE / f"{job}.c", *LIBRARY],
            flags=[*flags, *COMMON],
            headers=case_header(values),
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


def engines() -> Iterator[Engine]:
    """All of them, in the order of the cases."""
    for n in cases.RFFT:
        yield from _rfft(f"rfft-{n}", n)
    yield from _rfft("rfft-256-quiet", 256)
