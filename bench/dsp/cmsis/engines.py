"""CMSIS-DSP at each of its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.dsp import cases
from bench.dsp.case_header import case_header, fixed
from orchestrator.bench.contract import Engine
from orchestrator.bench.fetch import place, read_pin

HERE = Path(__file__).parent
PIN = read_pin(HERE / "requirements.txt")
HOME = place(PIN)
UNROLL = "-DARM_MATH_LOOPUNROLL"
SETTINGS = {
    f"{level}{'-unrolled' if unroll else ''}": [f"-{level}", *([UNROLL] if unroll else [])]
    for unroll in (False, True)
    for level in ("Os", "O2", "O3")
}
COMMON = ["-std=gnu11", "-w", f"-I{HERE / 'core'}", f"-I{HOME / 'Include'}", f"-I{HOME / 'PrivateInclude'}"]

_RFFT = """TransformFunctions/arm_rfft_{q}.c TransformFunctions/arm_rfft_init_{q}.c TransformFunctions/arm_cfft_{q}.c
 TransformFunctions/arm_cfft_init_{q}.c TransformFunctions/arm_cfft_radix4_{q}.c TransformFunctions/arm_bitreversal2.c
 BasicMathFunctions/arm_shift_{q}.c CommonTables/arm_common_tables.c CommonTables/arm_const_structs.c"""
_STATISTICS = """StatisticsFunctions/arm_mean_{q}.c StatisticsFunctions/arm_std_{q}.c StatisticsFunctions/arm_var_{q}.c
 StatisticsFunctions/arm_rms_{q}.c StatisticsFunctions/arm_min_no_idx_{q}.c StatisticsFunctions/arm_max_no_idx_{q}.c
 FastMathFunctions/arm_sqrt_{q}.c CommonTables/arm_common_tables.c"""
FILES = {
    "rfft": _RFFT.format(q="q15"),
    "rfft-q31": _RFFT.format(q="q31"),
    "iir": "FilteringFunctions/arm_biquad_cascade_df1_init_q15.c FilteringFunctions/arm_biquad_cascade_df1_q15.c "
    "FilteringFunctions/arm_biquad_cascade_df1_fast_q15.c",
    "iir-q31": "FilteringFunctions/arm_biquad_cascade_df1_init_q31.c FilteringFunctions/arm_biquad_cascade_df1_q31.c "
    "FilteringFunctions/arm_biquad_cascade_df1_fast_q31.c",
    "fir": "FilteringFunctions/arm_fir_init_q15.c FilteringFunctions/arm_fir_q15.c FilteringFunctions/arm_fir_fast_q15.c",
    "fir-q31": "FilteringFunctions/arm_fir_init_q31.c FilteringFunctions/arm_fir_q31.c FilteringFunctions/arm_fir_fast_q31.c",
    "statistics": _STATISTICS.format(q="q15"),
    "statistics-q31": _STATISTICS.format(q="q31"),
    "mfcc": _RFFT.format(q="q15") + " TransformFunctions/arm_mfcc_q15.c TransformFunctions/arm_mfcc_init_q15.c "
    "StatisticsFunctions/arm_absmax_q15.c BasicMathFunctions/arm_scale_q15.c BasicMathFunctions/arm_mult_q15.c "
    "ComplexMathFunctions/arm_cmplx_mag_q15.c BasicMathFunctions/arm_dot_prod_q15.c BasicMathFunctions/arm_scale_q31.c "
    "FastMathFunctions/arm_vlog_q31.c BasicMathFunctions/arm_offset_q31.c BasicMathFunctions/arm_shift_q31.c "
    "MatrixFunctions/arm_mat_vec_mult_q15.c FastMathFunctions/arm_divide_q15.c FastMathFunctions/arm_sqrt_q31.c "
    "FastMathFunctions/arm_sqrt_q15.c BasicMathFunctions/arm_abs_q15.c",
    "mfcc-q31": _RFFT.format(q="q31") + " TransformFunctions/arm_mfcc_q31.c TransformFunctions/arm_mfcc_init_q31.c "
    "StatisticsFunctions/arm_absmax_q31.c BasicMathFunctions/arm_scale_q31.c BasicMathFunctions/arm_mult_q31.c "
    "ComplexMathFunctions/arm_cmplx_mag_q31.c BasicMathFunctions/arm_dot_prod_q31.c FastMathFunctions/arm_vlog_q31.c "
    "BasicMathFunctions/arm_offset_q31.c MatrixFunctions/arm_mat_vec_mult_q31.c FastMathFunctions/arm_divide_q31.c "
    "FastMathFunctions/arm_sqrt_q31.c BasicMathFunctions/arm_abs_q31.c",
}


def _engines(case: str, job: str, variant: str, values: Mapping[str, Any], **more: Any) -> Iterator[Engine]:
    """One engine for each setting; `job` names the adapter and, with `variant`'s format, the library's files."""
    files = FILES[f"{job}-q31" if "q31" in variant else job].split()
    for setting, flags in SETTINGS.items():
        yield Engine(
            case=case,
            family="-".join(part for part in ("cmsis-dsp", variant) if part),
            setting=setting,
            sources=[HERE / f"{job}.c", *(HOME / "Source" / file for file in files)],
            flags=[*flags, *COMMON],
            headers=case_header(values),
            **more,
        )


def _q31(x: np.ndarray, bits: int = 16) -> np.ndarray:
    return x.astype(np.int32) << bits


def _rfft(case: str, n: int, variant: str) -> Iterator[Engine]:
    wide = variant == "q31"
    yield from _engines(
        case,
        "rfft",
        variant,
        {"N": n, **({"Q31": 1} if wide else {})},
        inputs=lambda run: {"input": _q31(run["x"]) if wide else run["x"]},
        outputs={"output": ("<i4" if wide else "<i2", n + 2)},
        answer=lambda told: (told["output"][0::2] + 1j * told["output"][1::2]) / (65536 if wide else 1),
    )


def _balanced(sos: np.ndarray) -> np.ndarray:
    """The sections with the gain spread so that each passes a constant as it is; SciPy leaves all of it to the first."""
    out = sos.copy()
    gains = [np.sum(row[:3]) / np.sum(row[3:]) for row in sos]
    for row, gain in zip(out, gains, strict=True):
        row[:3] /= gain
    out[-1, :3] *= np.prod(gains)
    return out


def _iir(variant: str, function: str) -> Iterator[Engine]:
    wide = "q31" in variant
    bits, word = (30, 32) if wide else (14, 16)
    rows = []
    for b0, b1, b2, _, a1, a2 in _balanced(cases.IIR_SOS):
        taps = [b0, b1, b2, -a1, -a2] if wide else [b0, 0.0, b1, b2, -a1, -a2]
        rows += list(fixed(np.array(taps), bits, word))
    values = {"N": cases.SAMPLES, "SECTIONS": len(cases.IIR_SOS), "COEFFICIENTS": rows, "SHIFT": 1, "FILTER": function}
    yield from _engines(
        "iir-4",
        "iir",
        variant,
        {**values, **({"Q31": 1} if wide else {})},
        inputs=lambda run: {"samples": _q31(run["x"]) if wide else run["x"]},
        outputs={"samples": ("<i4" if wide else "<i2", cases.SAMPLES)},
        answer=lambda told: told["samples"] / (65536.0 if wide else 1.0),
        note="sections of equal gain, which is more exact than SciPy's",
    )


def _fir(variant: str, function: str) -> Iterator[Engine]:
    wide = "q31" in variant
    taps = list(fixed(cases.FIR_TAPS[::-1], *((31, 32) if wide else (15, 16))))
    values = {"N": cases.SAMPLES, "TAPS": len(taps), "COEFFICIENTS": taps, "FILTER": function}
    yield from _engines(
        "fir-32",
        "fir",
        variant,
        {**values, **({"Q31": 1} if wide else {})},
        inputs=lambda run: {"samples": _q31(run["x"]) if wide else run["x"]},
        outputs={"samples": ("<i4" if wide else "<i2", cases.SAMPLES)},
        answer=lambda told: told["samples"] / (65536.0 if wide else 1.0),
    )


def _statistics(variant: str) -> Iterator[Engine]:
    wide = variant == "q31"
    bits = 12  # arm_rms_q31 sums squares in 64 bits without a guard: below 2^27 the squares of 150 samples fit
    yield from _engines(
        "statistics-150x3",
        "statistics",
        variant,
        {"FRAMES": cases.FRAMES, "AXES": cases.AXES, **({"Q31": 1} if wide else {})},
        inputs=lambda run: {"input": (_q31(run["x"], bits) if wide else run["x"]).T},
        outputs={"output": ("<i4" if wide else "<i2", cases.AXES * 5)},
        answer=lambda told: told["output"].reshape(cases.AXES, 5) / (2.0**bits if wide else 1.0),
        right=[cases.statistics_of(run["x"], ddof=1) for run in cases.statistics().runs],
        note="mean, sd over n − 1, rms, min and max only: it has no percentiles of integers",
    )


def _mfcc_right(n: int) -> list[np.ndarray]:
    """What its MFCC is by its own definition, in log2: of magnitudes, not of powers, plus its one millionth."""
    found = []
    for run in cases.mfcc().runs if n == 256 else cases.logmel(n).runs:
        magnitude = np.abs(np.fft.rfft(run["x"] / 32768.0 * cases.window(n)))
        found.append(cases.dct(np.log2(cases.bank(n) @ magnitude + 1e-6)))
    return found


def _mfcc(case: str, n: int, variant: str, note: str) -> Iterator[Engine]:
    wide = variant.endswith("q31")
    format = (31, 32) if wide else (15, 16)
    weights = cases.bank(n)
    first = [int(np.flatnonzero(row)[0]) for row in weights]
    last = [int(np.flatnonzero(row)[-1]) for row in weights]
    used = np.concatenate([row[a : b + 1] for row, a, b in zip(weights, first, last, strict=True)])
    identity = np.eye(len(weights))
    transform = np.array([cases.dct(column) for column in identity]).T
    values = {
        "N": n,
        "BANDS": len(weights),
        "OUTPUTS": cases.CEPSTRA,
        "DCT": list(fixed(transform.ravel(), *format)),
        "WEIGHTS": list(fixed(used, *format)),
        "WINDOW": list(fixed(cases.window(n), *format)),
        "FIRST": first,
        "LENGTHS": [b - a + 1 for a, b in zip(first, last, strict=True)],
    }
    yield from _engines(
        case,
        "mfcc",
        variant,
        {**values, **({"Q31": 1} if wide else {})},
        inputs=lambda run: {"input": _q31(run["x"]) if wide else run["x"]},
        outputs={"output": ("<i4" if wide else "<i2", cases.CEPSTRA)},
        answer=lambda told: told["output"] / (2.0**23 if wide else 2.0**7) / np.log(2),
        right=_mfcc_right(n),
        note=note,
    )


def engines() -> Iterator[Engine]:
    """All of them, in the order of the cases."""
    for n in cases.RFFT:
        yield from _rfft(f"rfft-{n}", n, "")
        yield from _rfft(f"rfft-{n}", n, "q31")
    yield from _rfft("rfft-quiet-256", 256, "")
    yield from _rfft("rfft-quiet-256", 256, "q31")
    magnitudes = "of magnitudes, and judged by that definition"
    for n in cases.BANDS:
        for variant in ("mfcc", "mfcc-q31"):
            yield from _mfcc(f"logmel-{n}", n, variant, f"its nearest function: MFCC, so with a DCT; {magnitudes}")
    for variant in ("", "q31"):
        yield from _mfcc("mfcc-256", 256, variant, magnitudes)
    for variant, function in (("", "q15"), ("fast", "fast_q15"), ("q31", "q31"), ("fast-q31", "fast_q31")):
        yield from _iir(variant, f"arm_biquad_cascade_df1_{function}")
    for variant, function in (("", "q15"), ("fast", "fast_q15"), ("q31", "q31"), ("fast-q31", "fast_q31")):
        yield from _fir(variant, f"arm_fir_{function}")
    for variant in ("", "q31"):
        yield from _statistics(variant)
