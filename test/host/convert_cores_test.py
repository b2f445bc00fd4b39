"""Converted trees on the cores that they are for: the same answers on Cortex-M0+, Cortex-M4F and AVR as on this machine; and under UBSan."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from avr_firmware import link as link_avr
from avr_firmware import run as run_avr
from convert_trees_test import EXTREMES, proved, rows
from sklearn.datasets import load_digits, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

from fieldmouse.build import ROOT
from orchestrator.convert import snap
from orchestrator.emulator.unicorn.bare import Bare, link

LIB = ROOT / "lib"
ASK = r"""
#include "ask.h"
#include "port.h"
static const ROM int16_t ROWS[N_ROWS][N_FEATURES] = {ALL_ROWS};
extern const ROM model_t trial_model;
int main(void)
{
    port_init();
    for (uint8_t r = 0; r < N_ROWS; r++) {
        int16_t x[N_FEATURES];
        uint8_t said[N_SAID];
        int32_t outputs[N_SAID / 4 + 1];
        for (uint8_t k = 0; k < N_FEATURES; k++) {
            x[k] = ROWS[r][k];
        }
        if (trial_model.n_classes != 0) {
            said[0] = trial_model.classify(&trial_model, x, said + 1);
            port_uart_write(said, N_SAID);
        } else {
            trial_model.regress(&trial_model, x, outputs);
            port_uart_write((const uint8_t *)outputs, N_SAID);
        }
        port_watchdog_feed();
    }
    for (;;) {
        port_watchdog_feed();
        port_sleep();
    }
}
"""
SANITISED = r"""
#include <stdio.h>
#include "model.h"
extern const ROM model_t trial_model;
int main(void)
{
    int16_t x[N_FEATURES];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        uint8_t said[N_SAID];
        int32_t outputs[N_SAID / 4 + 1];
        if (trial_model.n_classes != 0) {
            said[0] = trial_model.classify(&trial_model, x, said + 1);
            fwrite(said, N_SAID, 1, stdout);
        } else {
            trial_model.regress(&trial_model, x, outputs);
            fwrite(outputs, N_SAID, 1, stdout);
        }
    }
    return 0;
}
"""


def forest(x, y):
    return snap(RandomForestClassifier(6, max_depth=6, random_state=0).fit(x, y))


def counts(**_options):
    """Features from 0 on, many of them read."""
    x, y = load_digits(return_X_y=True)
    return x.astype(np.int16), y


CASES = {
    "code-natural": (
        counts,
        lambda x, y: RandomForestClassifier(12, max_depth=8, random_state=0).fit(x, y),
        {"optimize": "speed", "vote": "hard"},
    ),
    "votes": (load_wine, forest, {}),
    "hard": (load_digits, forest, {"vote": "hard"}),
    "coarse": (load_digits, forest, {"leaf_steps": 16}),
    "code": (load_wine, forest, {"code_levels": 3}),
    "code-all": (load_digits, forest, {"optimize": "speed"}),
    "code-one": (
        load_digits,
        lambda x, y: DecisionTreeClassifier(max_depth=6, random_state=0).fit(x, y),
        {"optimize": "speed"},
    ),
    "code-boosting": (
        load_wine,
        lambda x, y: GradientBoostingClassifier(n_estimators=6, random_state=0).fit(x, y),
        {"code_levels": 2},
    ),
    "code-values": (
        load_wine,
        lambda x, y: RandomForestRegressor(5, max_depth=5, random_state=0).fit(x, np.column_stack([y, -y])),
        {"optimize": "speed"},
    ),
    "boosting": (load_wine, lambda x, y: GradientBoostingClassifier(n_estimators=6, random_state=0).fit(x, y), {}),
    "values": (load_wine, lambda x, y: RandomForestRegressor(5, max_depth=5, random_state=0).fit(x, y), {}),
}


@pytest.fixture(scope="module", params=CASES)
def made(request, tmp_path_factory):
    """The headers' folder, rows, and what this machine says of each: bytes [n, …]."""
    load, fit, options = CASES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    x, y = load() if load is counts else rows(load)
    _, model = proved(fit(x, y), folder, x, **options)
    x = np.vstack([x[::12][:30], np.random.default_rng(2).choice(EXTREMES, (10, x.shape[1]))]).astype(np.int16)
    if "regress" in model.members:
        return folder / "include", x, model.regress(x).astype("<i4").view(np.uint8)
    classes, proba = model.classify(x)
    return folder / "include", x, np.column_stack([classes, proba]).astype(np.uint8)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f"])
def test_the_same_on_arm(made, core: str, tmp_path: Path) -> None:
    folder, x, expected = made
    source = tmp_path / "ask.c"
    source.write_text(
        '#include "model.h"\nextern const ROM model_t trial_model;\nint ask(int16_t *, uint8_t *, int32_t *);\nint used[4] = {1};\n'
        "int ask(int16_t *x, uint8_t *p, int32_t *o)\n{\n    used[0]++;\n    if (trial_model.n_classes) {\n"
        "        return trial_model.classify(&trial_model, x, p);\n    }\n    trial_model.regress(&trial_model, x, o);\n    return 0;\n}\n"
    )
    include = [f"-I{folder}", *(f"-I{LIB / name}" for name in ("port", "model", "compact"))]
    warn = ["-std=c99", "-Os", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    bare = Bare(
        link(tmp_path / "ask.elf", core, [source, LIB / "compact" / "compact.c"], [*warn, *include], ["ask"]), core
    )
    said = []
    for place, row in enumerate(x):
        proba, outputs, off = bare.new(16), bare.new(16), 2 * (place % 2)  # int16 may begin at any even address
        answer = bare.call("ask", bare.new(bytes(off) + row.tobytes()) + off, proba, outputs).result
        classes = bytes([answer]) + bare.read(proba, 16)
        said.append(
            (classes if "classify" in (folder / "compact_models.h").read_text() else bare.read(outputs, 16))[
                : expected.shape[1]
            ]
        )
    assert b"".join(said) == expected.tobytes()


def test_the_same_on_avr(made, tmp_path: Path) -> None:
    folder, x, expected = made
    x, expected = x[-30:], expected[-30:]
    text = ",".join("{" + ",".join(f"(int16_t)({v}L)" for v in row) + "}" for row in x.tolist())
    (tmp_path / "ask.h").write_text(
        f'#include "model.h"\n#define ALL_ROWS {text}\nenum {{ N_ROWS = {len(x)}, N_FEATURES = {x.shape[1]}, N_SAID = {expected.shape[1]} }};\n'
    )
    source = tmp_path / "ask.c"
    source.write_text(ASK)
    include = [f"-I{path}" for path in (tmp_path, folder, LIB / "model", LIB / "compact")]
    done = run_avr(link_avr(tmp_path, source, *include, str(LIB / "compact" / "compact.c")), b"")
    assert done.out == expected.tobytes()


def test_no_undefined_behaviour(made, tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("sanitizers need gcc or clang")
    folder, x, expected = made
    source, program = tmp_path / "ask.c", tmp_path / "ask"
    source.write_text(SANITISED)
    command = [compiler, "-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command += [f"-DN_FEATURES={x.shape[1]}", f"-DN_SAID={expected.shape[1]}", f"-I{folder}"]
    command += [f"-I{LIB / name}" for name in ("port", "model", "compact")]
    subprocess.run([*command, str(source), str(LIB / "compact" / "compact.c"), "-o", str(program)], check=True)
    done = subprocess.run([str(program)], input=x.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[:2000]
    assert done.stdout == expected.tobytes()
