"""A converted model on this machine: its C, compiled, asked on NumPy rows as the firmware asks it."""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI

from fieldmouse.build import ROOT, shared_object
from fieldmouse.cdef import declarations

LIBRARIES = ("port", "model")


def emlearn_headers() -> Path:
    """The folder of the installed emlearn package, which carries its C headers; found without importing it."""
    spec = find_spec("emlearn")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package emlearn is not installed: run ./inv once, which installs it")
    return Path(spec.submodule_search_locations[0])


def engine_sources(engine: str) -> list[Path]:
    """The C files of an engine."""
    return sorted((ROOT / "lib" / engine).glob("*.c"))


class Asked:
    """Asks a `model_t` of a compiled library. Rows are int16 [n, n_features]; what the C writes beyond its arrays raises an error."""

    def __init__(self, ffi: FFI, model: Any) -> None:
        self._ffi = ffi
        self._model = model

    @property
    def members(self) -> list[str]:
        """Which of classify, regress and score it has."""
        return [name for name in ("classify", "regress", "score") if getattr(self._model, name) != self._ffi.NULL]

    def _function(self, name: str) -> Any:
        if name not in self.members:
            raise ValueError(f"this model does not {name}; what it can: {', '.join(self.members)}")
        return getattr(self._model, name)

    def _rows(self, X: np.ndarray) -> tuple[np.ndarray, list[Any]]:
        rows = np.ascontiguousarray(X, dtype=np.int16)
        base = self._ffi.cast("const int16_t *", self._ffi.from_buffer(rows))
        step = rows.shape[1]
        return rows, [base + i * step for i in range(len(rows))]

    def classify(self, X: np.ndarray, with_proba: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Classes int [n] and probabilities uint8 [n, n_classes], which are zero where they are not asked for."""
        function, n_classes = self._function("classify"), self._model.n_classes
        kept, rows = self._rows(X)
        answers = np.empty(len(kept), dtype=int)
        proba = np.zeros((len(kept), n_classes + 1), dtype=np.uint8)
        proba[:, -1] = 0xA5
        base = self._ffi.cast("uint8_t *", self._ffi.from_buffer(proba))
        for i, row in enumerate(rows):
            where = base + i * (n_classes + 1) if with_proba else self._ffi.NULL
            answers[i] = function(self._model_pointer, row, where)
        if (proba[:, -1] != 0xA5).any():
            raise RuntimeError("the model wrote beyond the probabilities")
        return answers, proba[:, :-1]

    def regress(self, X: np.ndarray) -> np.ndarray:
        """Outputs int32 [n, n_outputs], value · 2^fraction."""
        function, n = self._function("regress"), self._model.n_outputs
        kept, rows = self._rows(X)
        outputs = np.full((len(kept), n + 1), 0x5AA55AA5, dtype=np.int32)
        base = self._ffi.cast("int32_t *", self._ffi.from_buffer(outputs))
        for i, row in enumerate(rows):
            function(self._model_pointer, row, base + i * (n + 1))
        if (outputs[:, -1] != 0x5AA55AA5).any():
            raise RuntimeError("the model wrote beyond the outputs")
        return outputs[:, :-1]

    def score(self, X: np.ndarray) -> np.ndarray:
        """Scores int32 [n], value · 2^fraction."""
        function = self._function("score")
        kept, rows = self._rows(X)
        return np.array([function(self._model_pointer, row) for row in rows], dtype=np.int32).reshape(len(kept))

    @property
    def fraction(self) -> int:
        """Outputs and scores are value · 2^fraction."""
        return self._model.fraction

    @cached_property
    def _model_pointer(self) -> Any:
        return self._ffi.addressof(self._model)


class Model(Asked):
    """The model `name` whose headers lie in `folder`, walked by `engine`. Raises ToolchainError when its C does not compile."""

    def __init__(self, folder: Path, name: str, engine: str = "compact") -> None:
        path = shared_object(
            engine_sources(engine),
            [*(ROOT / "lib" / library for library in (*LIBRARIES, engine)), folder],
            name=f"model-{name}",
            system=[emlearn_headers()] if engine == "emlearn" else [],
        )
        ffi = FFI()
        ffi.cdef(declarations(ROOT / "lib" / "model" / "model.h") + f"extern model_t {name}_model;")
        self._lib = ffi.dlopen(str(path))
        super().__init__(ffi, getattr(self._lib, f"{name}_model"))

    @property
    def hash(self) -> str:
        """What boot's `model` member says."""
        return f"{self._model.hash:08x}"
