"""The suite `models`: what `inv bench --suite models` runs."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from bench.models import cases, packages
from bench.models.emlearn import engines as emlearn
from bench.models.everywhereml import engines as everywhereml
from bench.models.m2cgen import engines as m2cgen
from bench.models.micromlgen import engines as micromlgen
from bench.models.ours import engines as ours
from orchestrator.bench.contract import Suite

HERE = Path(__file__).parent
REMARKS = ()


@cache
def suite() -> Suite:
    """Cases, their models fitted, and engines; nothing is fetched, converted or compiled yet."""
    families = (ours, emlearn, m2cgen, micromlgen, everywhereml)
    return Suite(
        name="models",
        title="Converted models against emlearn, m2cgen, micromlgen and everywhereml",
        targets=("cortex-m0plus", "cortex-m4f"),
        cases=[cases.case(job) for job in cases.JOBS],
        engines=[engine for family in families for engine in family.engines(cases.JOBS)],
        short="lib/model/README.md",
        peers={"emlearn": emlearn.VERSION, **{name: pin.version for name, pin in packages.PINS.items()}},
        needs=list(packages.PINS.values()),
        remarks=REMARKS,
        reach={},
    )
