"""A loadable model on this machine: the firmware's own checker and walker, on bytes as a board gets them."""

from __future__ import annotations

from cffi import FFI

from fieldmouse.build import ROOT, shared_object
from fieldmouse.cdef import declarations
from fieldmouse.model import Asked

FOLDERS = [ROOT / "lib" / name for name in ("model", "port")]
FUNCTIONS = """
uint32_t model_blob_check(const uint8_t *bytes, uint32_t n);
void model_blob_open(void *self, const uint8_t *bytes);
"""
ROOM = 512  # bytes for a model_blob_t on any machine
# What model_blob_status_t's values mean.
FAULTS = (
    "good",
    "it is no model: it does not begin with fmbl and a header",
    "it is of another version",
    "it says another size than it has",
    "its CRC is wrong",
    "a number of its header is out of range",
    "its sections are not where they should be",
    "a name cannot be printed",
    "a split is out of range, or the trees do not fill their section",
    "a leaf has no row",
    "its rows do not fill their section, do not sum to one, or could overflow",
    "what it makes of its sums could overflow",
)


class BlobError(ValueError):
    """Bytes that are no loadable model; the message says what the checker found."""


class Blob(Asked):
    """A loadable model. Raises BlobError for bytes that the firmware would refuse, ToolchainError without a C compiler."""

    def __init__(self, content: bytes) -> None:
        sources = sorted((ROOT / "lib" / "model").glob("*.c"))
        ffi = FFI()
        ffi.cdef(declarations(ROOT / "lib" / "model" / "model.h") + FUNCTIONS)
        self._lib = ffi.dlopen(str(shared_object(sources, FOLDERS, name="model")))
        self._bytes = ffi.new("uint8_t[]", content)
        status = self._lib.model_blob_check(self._bytes, len(content))
        if status:
            raise BlobError(f"this cannot be loaded: {FAULTS[status]}")
        self._room = ffi.new(f"uint64_t[{ROOM // 8}]")
        self._lib.model_blob_open(self._room, self._bytes)
        super().__init__(ffi, ffi.cast("model_t *", self._room)[0])

    @property
    def hash(self) -> str:
        """What boot's `model` member says when it is in use."""
        return f"{self._model.hash:08x}"

    @property
    def n_features(self) -> int:
        """How many features it takes."""
        return self._model.n_features
