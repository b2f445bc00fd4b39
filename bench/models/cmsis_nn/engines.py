"""CMSIS-NN's int8 layers, where a person has its sources: it is no package that could be fetched by its hash."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.models import data
from bench.models.cases import Job
from bench.models.rows import PLAIN_C, peer
from orchestrator.bench.contract import Engine
from orchestrator.project import UserError

SOURCE = Path(__file__).with_name("model.c")
FOLDER = "FIELDMOUSE_CMSIS_NN"  # an environment variable: the folder with its Include and Source
USED = ("FullyConnectedFunctions/arm_fully_connected_s8.c", "NNSupportFunctions/arm_nn_vec_mat_mult_t_s8.c")
NOTE = "post-training int8, one scale a layer, activations scaled on the training rows"


@dataclass(frozen=True)
class Layer:
    """One in int8: value = (q - zero) · scale, for inputs and outputs."""

    weights: np.ndarray
    biases: np.ndarray
    input_zero: int
    output_zero: int
    factor: float  # from sums to outputs
    relu: bool


def quantised(job: Job) -> Iterator[Layer]:
    """The layers of a network whose features fit int8."""
    network, rows = job.estimator, data.rows(job.data).train.astype(np.float64)
    scale, zero = 1.0, 0
    last = len(network.coefs_) - 1
    for i, (weights, biases) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
        sums = rows @ weights + biases
        rows = sums if i == last else np.maximum(sums, 0)
        low, high = min(float(rows.min()), 0.0), float(rows.max())
        step, weight_step = (high - low) / 255, float(np.abs(weights).max()) / 127
        output_zero = round(-128 - low / step)
        yield Layer(
            np.round(weights.T / weight_step).astype(int),
            np.round(biases / (scale * weight_step)).astype(int),
            zero,
            output_zero,
            scale * weight_step / step,
            i != last,
        )
        scale, zero = step, output_zero


def _text(layers: Sequence[Layer]) -> str:
    tables, entries = "", []
    for i, layer in enumerate(layers):
        for name, kind, values in (("weights", "int8_t", layer.weights), ("biases", "int32_t", layer.biases)):
            tables += f"static const {kind} {name}{i}[] = {{{', '.join(map(str, values.ravel()))}}};\n"
        mantissa, shift = np.frexp(layer.factor)
        units, inputs = layer.weights.shape
        least = layer.output_zero if layer.relu else -128
        numbers = [inputs, units, -layer.input_zero, layer.output_zero, int(mantissa * 2**31), int(shift), least]
        entries.append("{" + ", ".join([*map(str, numbers), f"weights{i}", f"biases{i}"]) + "}")
    widths = "".join(f"#define W{i + 1} {len(layer.biases)}\n" for i, layer in enumerate(layers))
    return f"{widths}{tables}#define LAYERS {', '.join(entries)}\n"


def version() -> dict[str, str]:
    """For the page, where there are rows: as its main header says."""
    if FOLDER not in os.environ:
        return {}
    header = Path(os.environ[FOLDER]) / "Include" / "arm_nnfunctions.h"
    found = re.search(r"\$Revision:\s*(\S+)", header.read_text(encoding="utf-8")) if header.is_file() else None
    return {"CMSIS-NN": found.group(1) if found else f"as in {FOLDER}"}


def engines(jobs: Sequence[Job]) -> Iterator[Engine]:
    """For networks, where FOLDER names the sources; else none."""
    if FOLDER not in os.environ:
        return
    home = Path(os.environ[FOLDER])
    sources = [home / "Source" / name for name in USED]
    if not all(source.is_file() for source in sources):
        raise UserError(f"{FOLDER} names {home}, which has no {' and '.join(USED)} in its Source")
    for job in (job for job in jobs if job.kind == "mlp"):
        made = peer(
            job, "cmsis-nn", SOURCE, lambda job=job: _text(list(quantised(job))), "<i1",
            (*PLAIN_C, f"-I{home / 'Include'}"), note=NOTE,
        )  # fmt: skip
        for engine in made:
            yield replace(engine, sources=[SOURCE, *sources])
