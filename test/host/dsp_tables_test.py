"""An app's dsp.toml: the header that it becomes, in the app's C as on every core, and what a wrong one is told."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from avr_firmware import link as link_avr
from sklearn.ensemble import RandomForestClassifier

import fieldmouse.app
from fieldmouse import dsp
from fieldmouse.app import App
from fieldmouse.build import ROOT
from fieldmouse.design import tables
from fieldmouse.design.bands import mel
from fieldmouse.design.dct import dct
from fieldmouse.recording import Recording
from orchestrator import prebuild
from orchestrator.convert import ModelFacts, header, snap, write_model, write_untrained
from orchestrator.emulator.unicorn.bare import Bare, link
from orchestrator.project import UserError

RATE, LENGTH, HOP, BANDS, KEPT = 4000, 64, 32, 6, 4

TOML = f"""
[hum_bands]
design = "mel"
rate_hz = {RATE}
length = {LENGTH}
bands = {BANDS}
high_hz = 1900.5

[hum_dct]
design = "dct"
length = {BANDS}
coefficients = {KEPT}

[wide]  # by two other designs
design = "bands"
rate_hz = 100
length = 32
edges_hz = [0, 10, 50]

[even]
design = "linear"
rate_hz = 100
length = 32
bands = 3

[smooth]
design = "butterworth"
order = 4
hz = [300, 900]
rate_hz = 4000
kind = "band"
"""

# An app whose features are the MFCC of overlapping frames.
APP = """/* Says what a stream sounds like: a made-up app of tables. */
#include "app.h"
#include "dsp_mfcc.h"
#include "dsp_spectrogram.h"
#include "hum_dsp.h"
#include "hum_model.h"

typedef struct {
    dsp_frames_t frames;
    int16_t store[64], x[64], vector[4];
} hum_t;

static const ROM dsp_logmel_t plan = {&dsp_rfft_64, &hum_bands, DSP_LOGMEL_HANN};
static const ROM app_stream_t streams[] = {{{"sound"}, {"1"}, 4000, 1, 1, 32767, 1}};
static const ROM app_event_t events[] = {{{"frame"}, 0, 0}};

static void hum_init(void *state)
{
    hum_t *self = state;
    (void)dsp_frames_init(&self->frames, self->store, 64, 32);
}

static void hum_push(void *state, uint8_t stream, const int16_t *samples, size_t n, const app_sink_t *sink)
{
    hum_t *self = state;
    uint16_t left = (uint16_t)n;
    (void)stream;
    while (dsp_frames_push(&self->frames, &samples, &left, self->x)) {
        (void)dsp_mfcc(&plan, &hum_dct, self->x, self->vector);
        sink->emit(sink->context, 0, self->vector);
    }
}

const ROM app_t hum_app = {{"hum"}, {""}, sizeof(hum_t), offsetof(hum_t, vector), 4, 1, 1, 0, streams, events, 0, &hum_model,
    hum_init, hum_push};
"""

BARE = """/* One frame of the made-up app, on a bare core. */
#include "hum_dsp.h"
#include "dsp_mfcc.h"

static const ROM dsp_logmel_t plan = {&dsp_rfft_64, &hum_bands, DSP_LOGMEL_HANN};

int frame(int16_t x[], int16_t out[]);
int frame(int16_t x[], int16_t out[])
{
    return dsp_mfcc(&plan, &hum_dct, x, out);
}

#ifdef __AVR__
int16_t x[64], out[4];
int main(void)
{
    return frame(x, out);
}
#endif
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the app `hum`, and everything else as here."""
    (tmp_path / "apps" / "hum").mkdir(parents=True)
    (tmp_path / "apps" / "hum" / "hum.c").write_text(APP)
    (tmp_path / "apps" / "hum" / "dsp.toml").write_text(TOML)
    for name in ("lib", "fieldmouse", "orchestrator"):
        (tmp_path / name).symlink_to(ROOT / name)
    for module in (fieldmouse.app, header, prebuild):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def sound(seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(1).normal(0, 50, len(t))
    return np.round(8000 * np.sin(2 * np.pi * (200 * t + 900 * t**2)) + noise).astype(np.int16)


def test_an_app_runs_on_its_tables(tree: Path) -> None:
    write_untrained("hum", RATE, tree / "generated")
    assert (tree / "generated" / "hum_dsp.h").is_file()
    x = sound(0.5)
    answers = App("hum", tree / "generated").run(Recording("x", {}, {0: RATE}, {0: x[:, None]}, ()))
    starts = np.arange(0, len(x) - LENGTH + 1, HOP)
    frames = x[starts[:, None] + np.arange(LENGTH)]
    bank = mel(RATE, LENGTH, BANDS, high_hz=1900.5)
    assert np.array_equal(answers.vectors, dsp.mfcc(frames, bank, dct(BANDS, KEPT)))
    assert len(set(map(bytes, answers.vectors))) == len(starts)


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")
def test_the_tables_are_the_same_on_a_board(tree: Path) -> None:
    write_untrained("hum", RATE, tree / "generated")
    (tree / "frame.c").write_text(BARE)
    include = [f"-I{ROOT / 'lib' / name}" for name in ("dsp", "port")] + [f"-I{tree / 'generated'}"]
    flags = ["-Os", "-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion", *include]
    files = [tree / "frame.c", *sorted((ROOT / "lib" / "dsp").glob("*.[cS]"))]
    x = sound(0.1)[:LENGTH]
    bare = Bare(link(tree / "frame.elf", "cortex-m0plus", files, flags, ["frame"]), "cortex-m0plus")
    out = bare.new(2 * KEPT)
    assert bare.call("frame", bare.new(x.tobytes()), out).result == 1
    said = struct.unpack(f"<{KEPT}h", bare.read(out, 2 * KEPT))
    assert list(said) == dsp.mfcc(x, mel(RATE, LENGTH, BANDS, high_hz=1900.5), dct(BANDS, KEPT)).tolist()
    used = {symbol for symbol in bare.image.symbols if symbol.startswith("dsp_")}
    assert "dsp_exp2_q10" not in used and "dsp_rfft_256" not in used, "what the app does not call is not there"
    assert link_avr(tree, tree / "frame.c", *include, *map(str, files[1:])).is_file(), "tables stay in flash"


def test_a_trained_model_comes_with_the_tables(tree: Path) -> None:
    x = np.random.default_rng(1).integers(-9, 9, (40, KEPT))
    estimator = RandomForestClassifier(2, max_depth=2, random_state=1).fit(x, x[:, 0] > 0)
    snap(estimator)
    write_model(estimator, ModelFacts("hum", "sim", RATE, ["quiet", "loud"], KEPT), tree / "generated")
    write_untrained("hum", RATE, tree / "untrained")
    said = (tree / "generated" / "hum_dsp.h").read_text()
    assert said == (tree / "untrained" / "hum_dsp.h").read_text()


def test_a_change_of_the_tables_makes_the_model_anew(tree: Path) -> None:
    before = prebuild.digest("hum", "")
    assert prebuild.digest("hum", "") == before
    path = tree / "apps" / "hum" / "dsp.toml"
    path.write_text(TOML.replace(f"bands = {BANDS}", "bands = 5"))
    changed = prebuild.digest("hum", "")
    assert changed != before
    path.unlink()
    assert prebuild.digest("hum", "") not in (before, changed)
    write_untrained("hum", RATE, tree / "generated")
    assert not (tree / "generated" / "hum_dsp.h").exists(), "no dsp.toml, no tables"


WRONG = {
    "unknown design": ('"mel"', '"meal"', "[hum_bands]: design = 'meal': there are bands, "),
    "no design": ('design = "dct"', "", "[hum_dct]: design = None: there are bands, "),
    "missing key": (f"rate_hz = {RATE}", "", "[hum_bands]: mel needs rate_hz: it takes rate_hz, length, bands, "),
    "unknown key": ("high_hz", "highest_hz", "[hum_bands]: mel has no highest_hz: it takes rate_hz, length, "),
    "not a whole number": (f"bands = {BANDS}", "bands = 6.5", "[hum_bands]: bands = 6.5 must be a whole number"),
    "a text": (f"rate_hz = {RATE}", 'rate_hz = "4 kHz"', "[hum_bands]: mel cannot use these values"),
    "above Nyquist": (
        "1900.5",
        "2001",
        "[hum_bands]: the bands go from 0 to 2001 Hz, and half the rate of 4000 Hz is 2000 Hz",
    ),
    "narrower than a bin": (f"bands = {BANDS}", "bands = 30", "holds no bin, which are 62.5 Hz apart: use fewer bands"),
    "no power of two": (f"length = {LENGTH}", "length = 60", "[hum_bands]: length = 60: the FFT takes a power of two"),
    "a name that C has not": ("[wide]", "[Wide-1]", "[Wide-1]: name it in lower case"),
    "no section": ("[hum_bands]", "x = 1\n[hum_bands]", "x stands outside of a section"),
    "no TOML": ("[wide]", "[wide", "dsp.toml: "),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_table_is_told_in_one_sentence(case: str, tree: Path) -> None:
    old, new, said = WRONG[case]
    assert old in TOML
    (tree / "apps" / "hum" / "dsp.toml").write_text(TOML.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        write_untrained("hum", RATE, tree / "generated")
    message = str(caught.value)
    assert message.startswith("apps/hum/dsp.toml: ")
    assert said in message and "\n" not in message


def test_every_design_is_told_its_header() -> None:
    for name, (make, include) in tables.DESIGNS.items():
        assert callable(make), name
        assert any((ROOT / "lib" / room / include).is_file() for room in ("dsp", "port")), name
