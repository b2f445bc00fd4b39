"""What a converted model costs on a core: linked alone with its engine, and asked row by row on an emulated core.

Flash is the linked ELF less the same program without a model, the facts that any model has (hash, rate, names) not counted;
RAM is data and the stack of an answer; instructions are the mean over some rows, for the answer without probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from fieldmouse.model import Asked, emlearn_headers, engine_sources
from orchestrator.bench.build import Builder, Sizes, sizes
from orchestrator.bench.contract import Case, Engine
from orchestrator.bench.measure import agreement, measure
from orchestrator.convert import ENGINES, ConvertError
from orchestrator.emulator.unicorn.bare import CORES, BareError
from orchestrator.project import ROOT, Env, UserError, board_facts, envs

ROWS = 1000  # asked at most
SEED = 1
HARNESS = """/* A model asked as firmware asks it, or nothing of it. */
#include "{name}_model.h"

int16_t features[{n_features}];
int32_t answer[{n_answers}];
void setup(void);
void run(void);

void setup(void) {{}}

void run(void)
{{
    {call}
}}
"""
CALLS = {
    "classify": "answer[0] = {name}_model.classify(&{name}_model, features, NULL);",
    "regress": "{name}_model.regress(&{name}_model, features, answer);",
    "score": "answer[0] = {name}_model.score(&{name}_model, features);",
    "": "answer[0] = features[0];",
}


@dataclass(frozen=True)
class Target:
    """A core and the engine that walks the model on it, for these envs."""

    core: str
    engine: str
    envs: tuple[Env, ...]

    @property
    def name(self) -> str:
        """As in the figures."""
        return f"{self.core}/{self.engine}"


@dataclass(frozen=True)
class Cost:
    """Bytes of flash and RAM, and instructions of an answer."""

    flash: int
    ram: int
    instructions: int


def engine_of(env: Env) -> str:
    """The engine that an env links."""
    return next((name for name in ENGINES if name in env.libraries), "")


def target_name(env: Env) -> str:
    """The target of an env; empty where its core is none that this measures."""
    cpu = board_facts(env.board)["build"]["cpu"]
    core = next((name for name, core in CORES.items() if core.flags[0] == f"-mcpu={cpu}"), "")
    engine = engine_of(env)
    return f"{core}/{engine}" if core and engine else ""


def targets(app: str, variant: str) -> list[Target]:
    """The targets of a variant's envs, in the order of app.ini."""
    found: dict[str, list[Env]] = {}
    for env in envs(app):
        if env.variant == variant and target_name(env):
            found.setdefault(target_name(env), []).append(env)
    return [Target(*name.split("/"), envs=tuple(own)) for name, own in found.items()]


class Bench:
    """Links and measures one converted model, whose headers lie in `include`; it is proved already: `model` is the same one
    on this machine."""

    def __init__(self, name: str, include: Path, model: Asked, vectors: np.ndarray) -> None:
        self._name, self._model = name, model
        self._headers = {path.name: path.read_text(encoding="utf-8") for path in sorted(include.iterdir())}
        order = np.random.default_rng(SEED).permutation(len(vectors))[:ROWS]
        self._rows = vectors[np.sort(order)]

    def _answers(self) -> tuple[str, np.ndarray]:
        """What the model is asked, and int32 [n_rows, n_answers]."""
        kind = self._model.members[0]
        if kind == "classify":
            return kind, self._model.classify(self._rows, with_proba=False)[0].reshape(-1, 1)
        answers = self._model.regress(self._rows) if kind == "regress" else self._model.score(self._rows)
        return kind, answers.reshape(len(self._rows), -1)

    def _engine(self, target: Target, folder: Path, kind: str, n_answers: int) -> Engine:
        name = self._name
        harness = folder / f"{'asked' if kind else 'frame'}.c"
        call = CALLS[kind].format(name=name)
        text = HARNESS.format(name=name, n_features=self._rows.shape[1], n_answers=n_answers, call=call)
        harness.write_text(text, encoding="utf-8")
        rooms = [ROOT / "lib" / room for room in ("port", "model", target.engine)]
        flags = ["-Os", "-std=c99", *(f"-I{room}" for room in rooms), "-isystem", str(emlearn_headers())]
        sources = [harness, *(engine_sources(target.engine) if kind else [])]
        return Engine(
            case=name,
            family=target.engine,
            setting=kind or "frame",
            sources=sources,
            adapters=len(sources),
            flags=flags,
            headers=self._headers,
            inputs=lambda run: run,
            outputs={"answer": ("<i4", n_answers)},
            answer=lambda told: told["answer"],
            spared=(f"{name}_model", f"{name}_classes"),
        )

    def cost(self, target: Target) -> Cost:
        """On one target. Raises ConvertError when its answers are not those of this machine, UserError without a compiler."""
        kind, right = self._answers()
        case = Case(self._name, "", "", [{"features": row} for row in self._rows], list(right), agreement)
        with TemporaryDirectory() as scratch:
            frame, elf, engine = self._linked(Builder(Path(scratch)), Path(scratch), target, kind, right.shape[1])
            try:
                figures = measure(case, engine, target.core, elf, frame)
            except BareError as error:
                raise ConvertError(f"the model did not finish on {target.name}: {error}") from None
        if figures.verdict.agree != 1:
            raise ConvertError(f"the model answers otherwise on {target.name} than here; please report it")
        return Cost(figures.flash or 0, figures.ram or 0, figures.instructions or 0)

    def flash(self, target: Target) -> int:
        """Its bytes of flash alone."""
        kind, right = self._answers()
        with TemporaryDirectory() as scratch:
            frame, elf, engine = self._linked(Builder(Path(scratch)), Path(scratch), target, kind, right.shape[1])
            return (sizes(elf, engine.spared) - frame).flash

    def _linked(
        self, builder: Builder, folder: Path, target: Target, kind: str, n_answers: int
    ) -> tuple[Sizes, Path, Engine]:
        engine = self._engine(target, folder, kind, n_answers)
        try:
            frame = builder.elf(self._engine(target, folder, "", n_answers), target.core)
            return sizes(frame), builder.elf(engine, target.core), engine
        except BareError as error:
            raise UserError(str(error)) from None


def costs(bench: Bench, wanted: Sequence[Target], engines: Sequence[str]) -> Mapping[str, Cost]:
    """On each target whose engine holds the model."""
    return {target.name: bench.cost(target) for target in wanted if target.engine in engines}
