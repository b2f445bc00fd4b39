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
REMARKS = (
    "**Settings**: ours as firmware is built, `-Os` with the functions that `lib/port/cpu.h` calls hot at -O2 (`size`); the "
    "same without what only one core has (`portable`); all at -O3 (`speed`). Peers whole at -Os, -O2 and -O3, CMSIS-DSP with "
    "ARM_MATH_LOOPUNROLL too (`unrolled`). Every engine does a whole block in one call, filters in place.",
    "**Signals**: white noise, three tones 26 dB apart and a sweep, at most 23,170 in size, up to where the Q15 FFTs of both "
    "cannot overflow; for log-mel two vowels and noise; for statistics and wavelets a walk, in mg and as a sensor of 16 bits "
    "over 2 g gives it (for Q31 times 2^12, below which CMSIS-DSP's sum of squares cannot overflow). Statistics are judged by mean, standard deviation, root mean square, minimum and maximum. The SNR of "
    "logarithms is taken about their mean; CMSIS-DSP's are of magnitudes where ours and emlearn's are of powers.",
)


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
        remarks=REMARKS,
        reach=tomllib.loads((HERE / "reach.toml").read_text(encoding="utf-8")),
    )
