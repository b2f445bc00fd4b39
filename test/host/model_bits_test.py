"""A model of each kind has the same bits on every core, and nothing undefined, extremes of int16 included."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from avr_firmware import link as link_avr
from avr_firmware import run as run_avr
from dense_support import Converted, split
from dsp_extremes_test import SANITIZE, WARNINGS, sanitizing_compiler
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.tree import DecisionTreeClassifier

from fieldmouse.build import ROOT, host_compiler, zig_environment
from orchestrator.emulator.unicorn.bare import Bare, link

HERE = Path(__file__).parent
FRAME = HERE / "dsp_bits"
LIB = ROOT / "lib"
SHARED = [LIB / "compact" / "compact.c", LIB / "line" / "line_crc.c", FRAME / "bits.c", HERE / "model_bits.c"]
INCLUDE = [f"-I{folder}" for folder in (FRAME, *(LIB / name for name in ("compact", "model", "port", "line")))]
ARM = {
    "cortex-m0plus": ("cortex-m0plus", []),
    "cortex-m4f": ("cortex-m4f", []),
    "cortex-m4f portable": ("cortex-m4f", ["-DPORTABLE"]),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
# estimator, data, optimize; whether its family is also run on AVR
MODELS = {
    "linear-8": (LogisticRegression(max_iter=200), "digits", "size", False),
    "linear-16": (Ridge(), "diabetes", "speed", True),
    "mlp-8": (MLPClassifier((16, 8), random_state=0, max_iter=60), "digits", "size", True),
    "mlp-16": (MLPClassifier((7,), activation="tanh", random_state=0, max_iter=60), "digits", "speed", False),
    "mlp-wide": (
        MLPRegressor(hidden_layer_sizes=(6,), activation="logistic", random_state=0, max_iter=200),
        "diabetes",
        "size",
        False,
    ),
    "bayes": (GaussianNB(), "wine", "size", True),
    "mixture": (GaussianMixture(2, random_state=0), "wine", "size", False),
    "envelope": (EllipticEnvelope(random_state=0), "wine", "size", True),
    "neighbours": (KNeighborsClassifier(3), "wine", "size", True),
    "neighbours-mean": (KNeighborsRegressor(3), "diabetes", "size", False),
    "centres": (KMeans(4, random_state=0), "wine", "size", False),
    "votes": (RandomForestClassifier(6, max_depth=5, random_state=0), "digits", "size", True),
    "votes-shares": (
        RandomForestClassifier(4, max_depth=6, class_weight="balanced", random_state=0),
        "digits",
        "size",
        False,
    ),
    "votes-alone": (DecisionTreeClassifier(max_depth=6, random_state=0), "digits", "size", True),
}


class Case:
    """A converted model and what the host tells of it."""

    def __init__(self, name: str, folder: Path) -> None:
        estimator, data, optimize, _ = MODELS[name]
        train, _, truth, _ = split(data)
        estimator.fit(train.astype(float), truth)
        n_classes = (
            2
            if name == "envelope"
            else len(getattr(estimator, "classes_", range(getattr(estimator, "n_components", 0))))
        )
        n_classes = n_classes or getattr(estimator, "n_clusters", 0)
        self.folder = Converted(estimator, train, folder, n_classes, optimize=optimize).folder
        self.flags = [f"-I{self.folder}", *INCLUDE]
        self.expected = on_host(host_compiler(), ["-O2"], self, folder / "plain")


def on_host(compiler: list[str], flags: list[str], case: Case, target: Path) -> list[str]:
    """The CRC of each row's answers."""
    files = [str(path) for path in (*SHARED, FRAME / "on_host.c")]
    command = [*compiler, "-std=c99", "-g", *WARNINGS, *flags, *case.flags, *files, "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, env=zig_environment())
    assert done.returncode == 0, done.stderr
    run = subprocess.run([target], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.fixture(scope="module", params=MODELS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = Case(request.param, tmp_path_factory.mktemp(request.param))
    assert len(made.expected) == 60
    assert len(set(made.expected)) > 3, "the rows differ"
    return made


def test_nothing_is_undefined(case: Case, tmp_path: Path) -> None:
    compiler = sanitizing_compiler(tmp_path)
    if compiler is None:
        pytest.skip("neither gcc nor clang with its sanitizers is here")
    assert on_host([compiler], SANITIZE, case, tmp_path / "sanitized") == case.expected


@pytest.mark.parametrize("target", ARM)
def test_the_same_on_arm(case: Case, target: str, tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc")
    core, flags = ARM[target]
    options = ["-Os", "-std=c99", *WARNINGS, *flags, *case.flags]
    bare = Bare(
        link(tmp_path / "bits.elf", core, [*SHARED, FRAME / "on_arm.c"], options, ["bits", "crcs", "crc_count"]), core
    )
    bare.call("bits")
    (count,) = struct.unpack("<I", bare.read(bare.address("crc_count"), 4))
    said = struct.unpack(f"<{count}H", bare.read(bare.address("crcs"), 2 * count))
    assert [f"{value:04X}" for value in said] == case.expected


@pytest.mark.parametrize("case", [name for name, row in MODELS.items() if row[-1]], indirect=True)
def test_the_same_on_avr(case: Case, tmp_path: Path) -> None:
    flags = [*case.flags, *map(str, SHARED)]
    done = run_avr(link_avr(tmp_path, FRAME / "on_avr.c", *flags, constants_in_ram=True), b"")
    assert done.counts["resets"] == {"power": 1}, "no crash and no hang"
    *said, end = done.out.decode().split()
    assert end == "END"
    assert said == case.expected[: len(said)]
    assert len(said) >= 6


def test_the_sets_are_int16() -> None:
    assert all(split(name)[0].dtype == np.int16 for name in ("digits", "wine", "diabetes"))
