"""The twiddle factors of the real FFT as lib/dsp/dsp_rfft_tables.c has them; `python -m fieldmouse.design.twiddles` writes it."""

from __future__ import annotations

import numpy as np

from fieldmouse.build import ROOT
from fieldmouse.design.emit import table

LENGTHS = (32, 64, 128, 256, 512, 1024)
FILE = ROOT / "lib" / "dsp" / "dsp_rfft_tables.c"


def words(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """Pairs of int16 as uint32, the first in the lower half, as a core that takes them as one word wants them."""
    lower, upper = (np.round(part).astype(np.int16).view(np.uint16).astype(np.uint32) for part in (re, im))
    return lower | upper << 16


def quad(done: int) -> np.ndarray:
    """uint32 of shape (3 done): -cos and -sin, Q15, of 2 pi m k / (4 done) for k = 0 … done - 1 and m = 2, 1, 3.

    Negative, so that the 1.0 of k = 0 is exact; none of the angles has -1.0.
    """
    angles = 2 * np.pi * np.outer(np.arange(done), (2, 1, 3)).ravel() / (4 * done)
    return words(-(2**15) * np.cos(angles), -(2**15) * np.sin(angles))


def split(n: int) -> np.ndarray:
    """uint32 of shape (n / 4): 1 + sin and cos of 2 pi k / n, Q14; the first below 2.0, which an int16 cannot hold."""
    angles = 2 * np.pi * np.arange(n // 4) / n
    return words(np.minimum(2**14 * (1 + np.sin(angles)), 2**15 - 1), 2**14 * np.cos(angles))


def passes(n: int) -> list[int]:
    """The sizes of the transforms from which each radix-4 pass of the real FFT of n makes four times larger ones."""
    sizes = [8 if (n // 2).bit_length() % 2 == 0 else 4]
    while sizes[-1] * 4 < n // 2:
        sizes.append(sizes[-1] * 4)
    return sizes


def c() -> str:
    """The whole C file: the tables of each pass and length, then the plans."""
    parts = [
        "/* Twiddle factors and plans of the real FFT, made by fieldmouse/design/twiddles.py. */",
        '#include "dsp_rfft.h"\n',
    ]
    for done in sorted({done for n in LENGTHS for done in passes(n)}):
        why = f"-cos, -sin of 2 pi m k / {4 * done}, m = 2, 1, 3, k = 0 ... {done - 1}, Q15, as pairs."
        parts.append(table(f"quad_{done}", quad(done), why))
    for n in LENGTHS:
        parts.append(
            table(f"split_{n}", split(n), f"1 + sin, cos of 2 pi k / {n}, k = 0 ... {n // 4 - 1}, Q14, as pairs.")
        )
    for n in LENGTHS:
        sizes = passes(n)
        tables = ", ".join([f"quad_{done}" for done in sizes] + ["0"] * (3 - len(sizes)))
        parts.append(f"const ROM dsp_rfft_t dsp_rfft_{n} = {{{n}, {sizes[0]}, {{{tables}}}, split_{n}}};")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    FILE.write_text(c(), encoding="utf-8")
