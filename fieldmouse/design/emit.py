"""A NumPy array as a ROM table in C."""

from __future__ import annotations

import textwrap

import numpy as np

WIDTH = 118


def table(name: str, values: np.ndarray, why: str) -> str:
    """`static const ROM <type> name[n] = {…};` under a comment that says `why`; the type is the array's integer dtype."""
    if values.dtype.kind not in "iu" or values.ndim != 1 or not len(values):
        raise ValueError(f"{name}: a table is a row of integers, not {values.dtype} of shape {values.shape}")
    kind = f"{'u' if values.dtype.kind == 'u' else ''}int{8 * values.itemsize}_t"
    rows = textwrap.wrap(", ".join(map(str, values.tolist())), WIDTH - 4)
    body = "\n".join(f"    {row}" for row in rows)
    return f"/* {why} */\nstatic const ROM {kind} {name}[{len(values)}] = {{\n{body}\n}};\n"
