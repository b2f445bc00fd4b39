"""The suite `dsp`: what `inv bench --suite dsp` runs."""

from __future__ import annotations

import tomllib
from pathlib import Path

from bench.dsp import cases
from bench.dsp.cmsis import engines as cmsis
from bench.dsp.emlearn import engines as emlearn
from bench.dsp.ours import engines as ours
from orchestrator.bench.contract import Suite

HERE = Path(__file__).parent


def suite() -> Suite:
    """Cases and engines; nothing is fetched or compiled yet."""
    return Suite(
        name="dsp",
        title="The fixed-point front end against CMSIS-DSP and emlearn",
        targets=("cortex-m0plus", "cortex-m4f"),
        cases=[
            *(cases.rfft(n) for n in cases.RFFT),
            cases.rfft_quiet(),
            *(cases.logmel(n) for n in cases.BANDS),
            cases.mfcc(),
            cases.iir(),
            cases.fir(),
            cases.statistics(),
            cases.dwt(),
        ],
        engines=[*ours.engines(), *cmsis.engines(), *emlearn.engines()],
        short="lib/dsp/README.md",
        peers={"CMSIS-DSP": f"as in {cmsis.PIN.name} {cmsis.PIN.version}", "emlearn": emlearn.VERSION},
        needs=[cmsis.PIN],
        reach=tomllib.loads((HERE / "reach.toml").read_text(encoding="utf-8")),
    )
