"""The suite `models`: what `inv bench --suite models` runs."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from bench.models import cases, packages
from bench.models.cmsis_nn import engines as cmsis_nn
from bench.models.emlearn import engines as emlearn
from bench.models.everywhereml import engines as everywhereml
from bench.models.m2cgen import engines as m2cgen
from bench.models.micromlgen import engines as micromlgen
from bench.models.ours import engines as ours
from orchestrator.bench.contract import Suite

HERE = Path(__file__).parent
REMARKS = (
    "**Models**: fitted in the run, the same objects for every engine; scikit-learn's bundled digits, breast cancer, wine and "
    "diabetes and a synthetic set of 4,000 rows whose forest has some 700 thresholds a feature. A quarter is for the test "
    "(random_state 0, stratified where there are classes), and every row of it is run. Features are int16, floats brought to "
    "±1000; engines that take floats get the same values as floats, after the StandardScaler where the model has one, which is "
    "then not counted for a peer and is within ours. Right is what scikit-learn answers; of a regressor what is within 0.5 of it.",
    "**Ours** is asked through its `model_t`, for the class without probabilities, at -Os with the functions that "
    "`lib/port/cpu.h` calls hot at -O2: `size` and `speed` are what a user chooses by `--optimize`, `only` converts no more than what is asked "
    "here, the class without probabilities or the score, as peers' linkers keep no more, `hard` counts a vote a tree, "
    "`code3` and `code5` write so many top levels of each tree as code, `steps16` rounds leaves to 16ths, `leaves64` and `leaves16` "
    "cluster them. The facts of a model (hash, rate, data set, names of classes), which an empty model has too, are not counted.",
    "**Peers** are built whole at -Os and at -O2. emlearn `inline` and `loadable`, `hard` and `soft`, mended (thresholds floor(t) + "
    "1, tables constant) and `asis`; `float` is its inline form on floats as it comes. m2cgen's C is double throughout. "
    "micromlgen and everywhereml write C++ classes that read floats. No peer here takes gradient boosting of scikit-learn or an "
    "isolation forest. CMSIS-NN is measured where FIELDMOUSE_CMSIS_NN names the folder of its sources, which no package "
    "carries; in a run without it there is no row.",
)


@cache
def suite() -> Suite:
    """Cases, their models fitted, and engines; nothing is fetched, converted or compiled yet."""
    families = (ours, emlearn, m2cgen, micromlgen, everywhereml, cmsis_nn)
    pinned = {name: pin.version for name, pin in packages.PINS.items()}
    return Suite(
        name="models",
        title="Converted models against emlearn, m2cgen, micromlgen and everywhereml",
        targets=("cortex-m0plus", "cortex-m4f"),
        cases=[cases.case(job) for job in cases.JOBS],
        engines=[engine for family in families for engine in family.engines(cases.JOBS)],
        short="lib/model/README.md",
        peers={"emlearn": emlearn.VERSION, **pinned, **cmsis_nn.version()},
        needs=list(packages.PINS.values()),
        remarks=REMARKS,
        reach=tomllib.loads((HERE / "reach.toml").read_text(encoding="utf-8")),
        tuned=("digits",),
    )
