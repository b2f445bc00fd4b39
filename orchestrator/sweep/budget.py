"""What an env leaves for its model: its model budget in app.ini, else its budget for the image less what else is in the image."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from fieldmouse.app import App
from fieldmouse.model import Asked
from orchestrator.prebuild import model_folder
from orchestrator.progress import err
from orchestrator.project import Budget, Env, UserError, envs
from orchestrator.size import sections
from orchestrator.sweep.cost import Bench, Cost, Target, target_name, targets

UNITS = {"flash": "B of flash", "ram": "B of RAM", "instructions": "instructions"}


@dataclass(frozen=True)
class Room:
    """What one env leaves for its model; None is what is not known, `source` is where it is from: `app.ini` or `image`."""

    env: str
    target: str
    flash: int | None
    ram: int | None
    instructions: int | None
    source: str


def spoken(figures: Budget | Cost) -> str:
    """Figures for people: `4,356 B of flash, 883 instructions`; a limit of 0 is none."""
    named = {name: getattr(figures, name) for name in UNITS}
    return ", ".join(f"{value:,} {UNITS[name]}" for name, value in named.items() if value)


def budgeted(app: str, variant: str) -> list[Env]:
    """The envs of a variant that have a budget for their model. Raises UserError where their core is none that is measured."""
    found = [env for env in envs(app) if env.variant == variant and env.model_budget]
    for env in found:
        if not target_name(env):
            raise UserError(
                f"{env.name} has a budget for its model, and {env.board} has no core that is measured: take custom_model_…_budget out "
                f"of that env in apps/{app}/app.ini"
            )
    return found


def budgets(app: str, variant: str) -> dict[str, Budget]:
    """What a model of a variant may cost on each target: the least that one of its envs allows."""
    found: dict[str, Budget] = {}
    for env in budgeted(app, variant):
        own, held = env.model_budget, found.get(target_name(env), Budget())
        both = {f.name: [v for v in (getattr(own, f.name), getattr(held, f.name)) if v] for f in fields(Budget)}
        found[target_name(env)] = Budget(**{name: min(values, default=0) for name, values in both.items()})
    return found


def over(cost: Cost, budget: Budget) -> bool:
    """Whether a cost is above a limit."""
    return any(0 < getattr(budget, f.name) < getattr(cost, f.name) for f in fields(Budget))


def check(app: str, variant: str, include: Path, model: Asked, vectors: np.ndarray) -> dict[str, Cost]:
    """What a converted model costs where an env has a budget for it; nothing where none has. Raises UserError when it is over."""
    wanted = budgeted(app, variant)
    if wanted and shutil.which("arm-none-eabi-gcc") is None:
        err.print(
            f"The model of {app} was not held against its budget: that needs arm-none-eabi-gcc with newlib. The build goes on."
        )
        return {}
    found: dict[str, Cost] = {}
    bench = Bench(app, include, model, vectors)
    known = {target.name: target for target in targets(app, variant)}
    for env in wanted:
        name = target_name(env)
        cost = found[name] = found.get(name) or bench.cost(known[name])
        if over(cost, env.model_budget):
            command = f"inv train --app {app}{f' --variant {variant}' if variant else ''}"
            raise UserError(
                f"the model of {app}{f', variant {variant},' if variant else ''} takes {spoken(cost)} on {name}, and {env.name} allows "
                f"{spoken(env.model_budget)}: `{command}` picks one that fits (custom_model_…_budget in apps/{app}/app.ini, SPACE in "
                f"models/{app}/train.py)"
            )
    return found


def _image_hash(env: Env) -> str:
    """The hash of the model in a built image, as boot prints it; empty where it has none."""
    with env.elf.open("rb") as file:
        elf = ELFFile(file)
        for table in elf.iter_sections():
            for symbol in (
                table.get_symbol_by_name(f"{env.app}_model") or () if isinstance(table, SymbolTableSection) else ()
            ):
                section = elf.get_section(symbol["st_shndx"])
                at = symbol["st_value"] - section["sh_addr"]
                return f"{int.from_bytes(section.data()[at : at + 4], 'little'):08x}"
    return ""


def _left(env: Env, target: Target) -> int | None:
    """Flash that a built image leaves: what the env may take less all but the model. None where the image is not built, or with
    another model than the one that is held."""
    folder = model_folder(env.app, env.variant)
    if not env.elf.exists() or not (folder / "model.json").exists():
        return None
    held = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    if _image_hash(env) != held["hash"]:
        return None
    image = sections(env)
    model = App(env.app, folder / "include", env.variant, target.engine).model
    own = Bench(env.app, folder / "include", model, np.zeros((1, held["n_features"]), np.int16)).flash(target)
    limit = min(value for value in (env.flash_budget, image["flash_limit"]) if value)
    return limit - (image["flash"] - own)


def rooms(wanted: Sequence[Target]) -> list[Room]:
    """What each env leaves, where something is known of it."""
    found = []
    for target in wanted:
        for env in target.envs:
            budget = {name: value or None for name, value in asdict(env.model_budget).items()}
            source = "app.ini" if env.model_budget else "image"
            if budget["flash"] is None:
                budget["flash"] = _left(env, target)
            if any(value is not None for value in budget.values()):
                found.append(Room(env.name, target.name, source=source, **budget))
    return found
