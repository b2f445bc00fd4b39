"""One engine on one core: bytes from its ELF, instructions and stack from its calls, answers against what is right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from orchestrator.bench.build import Sizes, sizes
from orchestrator.bench.contract import Arrays, Case, Engine, Figures, Verdict
from orchestrator.emulator.unicorn.bare import Bare


def one_run(bare: Bare, engine: Engine, inputs: Arrays) -> tuple[np.ndarray, int, int]:
    """Set up, put the inputs in, run: the answer, instructions, stack."""
    bare.call("setup")
    for name, values in engine.inputs(inputs).items():
        bare.write(bare.address(name), np.ascontiguousarray(values).tobytes())
    called = bare.call("run")
    told = {
        name: np.frombuffer(bare.read(bare.address(name), np.dtype(kind).itemsize * count), dtype=kind)
        for name, (kind, count) in engine.outputs.items()
    }
    return engine.answer(told), called.instructions, called.stack


def measure(case: Case, engine: Engine, core: str, elf: Path, frame: Sizes) -> Figures:
    """Every run of the case. Instructions are the mean over the runs, stack the most. Raises BareError when a run is not
    finished."""
    took = sizes(elf, engine.spared) - frame
    bare = Bare(elf, core)
    answers, counts, stacks = zip(*(one_run(bare, engine, inputs) for inputs in case.runs), strict=True)
    verdict = case.judge(answers, case.right if engine.right is None else engine.right)
    return Figures(took.flash, took.ram + max(stacks), max(stacks), round(float(np.mean(counts))), verdict)


def signal_to_noise(answers: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> Verdict:
    """The worst run's ratio of signal to error in dB, and the largest error of all. A run of silence has no ratio, nor has
    one without any error. Answers that are no numbers have no figure either, and are said in the note."""
    ratios, largest = [], 0.0
    for answer, wanted in zip(answers, right, strict=True):
        if not np.all(np.isfinite(answer)):
            return Verdict(note="wrong: it answers what is no number")
        off = np.abs(answer - wanted)
        largest = max(largest, float(off.max()))
        noise, power = float(np.sum(off**2)), float(np.sum(np.abs(wanted) ** 2))
        if noise > 0 and power > 0:
            ratios.append(10 * float(np.log10(power / noise)))
    return Verdict(snr_db=min(ratios, default=None), error=largest)


def agreement(answers: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> Verdict:
    """The share of runs in which every value is the right one."""
    same = [np.array_equal(answer, wanted) for answer, wanted in zip(answers, right, strict=True)]
    return Verdict(agree=float(np.mean(same)))
