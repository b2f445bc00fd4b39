"""An app on this machine: its own step function, compiled, fed with recordings, its reports as Python values."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI

from fieldmouse.build import ROOT, archive, shared_object
from fieldmouse.cdef import declarations
from fieldmouse.model import Asked, emlearn_headers, engine_sources
from fieldmouse.recording import DataError, Recording

LIBRARIES = ("port", "line", "model", "dsp", "node")
CHUNK_FRAMES = 60


@dataclass(frozen=True)
class Stream:
    """A row of the app's stream table; `scale` is what one LSB is worth in `unit`."""

    name: str
    unit: str
    rate_hz: int
    channels: int
    scale: float
    limit: int


@dataclass(frozen=True)
class Answers:
    """What an app said to one recording: `reports` as the JSON objects of the serial line without their CRC, and
    `vectors` the int16 feature vector [n_reports, n_features] behind each."""

    reports: list[dict[str, Any]]
    vectors: np.ndarray


def include_folders(app: str, generated: Path, engine: str = "emlearn") -> list[Path]:
    """Where the headers of `app` are, its generated model's included."""
    return [ROOT / "apps" / app, *(ROOT / "lib" / name for name in (*LIBRARIES, engine)), generated]


def sources(app: str, engine: str = "emlearn") -> list[Path]:
    """The C files of `app` and of the libraries that see its generated headers or are small; `engine` walks its model."""
    found = sorted((ROOT / "apps" / app).glob("*.c"))
    return [*found, *engine_sources(engine), ROOT / "lib" / "line" / "line_crc.c"]


def front_end() -> Path:
    """lib/dsp as a static library."""
    folder = ROOT / "lib" / "dsp"
    return archive(sorted(folder.glob("*.c")), [folder, ROOT / "lib" / "port"], "dsp")


def interleave(recording: Recording, chunk: int = CHUNK_FRAMES) -> Iterator[tuple[int, np.ndarray]]:
    """The recording's streams in chunks of whole frames, in the order in which their last samples were taken."""
    pieces = []
    for stream, frames in recording.streams.items():
        for start in range(0, len(frames), chunk):
            piece = frames[start : start + chunk]
            pieces.append(((start + len(piece)) / recording.rate_hz[stream], stream, piece))
    pieces.sort(key=lambda piece: piece[:2])
    for _, stream, frames in pieces:
        yield stream, frames


class App:
    """The step function of one app and variant with the model whose header lies in `generated`, walked by `engine`."""

    def __init__(self, name: str, generated: Path, variant: str = "", engine: str = "emlearn") -> None:
        defines = {f"{name}_{variant}".upper(): ""} if variant else {}
        library = shared_object(
            sources(name, engine),
            include_folders(name, generated, engine),
            defines,
            name=f"{name}-{variant}" if variant else name,
            system=[emlearn_headers()],
            archives=[front_end()],
        )
        self.name = name
        self.variant = variant
        self._ffi = FFI()
        headers = [ROOT / "lib" / "model" / "model.h", ROOT / "lib" / "node" / "app.h"]
        self._ffi.cdef(declarations(*headers, defines=frozenset(defines)))
        self._ffi.cdef(f"extern app_t {name}_app; uint16_t line_crc_i16(uint16_t crc, const int16_t *v, size_t n);")
        self._lib = self._ffi.dlopen(str(library))
        self._app = getattr(self._lib, f"{name}_app")
        self._sink = self._ffi.callback("void(void *, uint8_t, const void *)", self._emit)
        self._reports: list[dict[str, Any]] = []
        self._vectors: list[np.ndarray] = []
        self._state = self._ffi.NULL

    def _text(self, name: Any) -> str:
        return self._ffi.string(name.text).decode("ascii")

    @cached_property
    def streams(self) -> list[Stream]:
        """The app's streams."""
        rows = [self._app.streams[i] for i in range(self._app.n_streams)]
        return [
            Stream(self._text(r.name), self._text(r.unit), r.rate_hz, r.channels, r.scale_num / r.scale_den, r.limit)
            for r in rows
        ]

    @cached_property
    def classes(self) -> list[str]:
        """The model's class names, in its order."""
        model = self._app.model
        return [self._text(model.classes[i]) for i in range(model.n_classes)]

    @property
    def model_hash(self) -> str:
        """What boot's `model` member says."""
        return f"{self._app.model.hash:08x}"

    @property
    def data(self) -> str:
        """What boot's `data` member says."""
        return self._text(self._app.model.data)

    @property
    def state_bytes(self) -> int:
        """Size of the app's whole state."""
        return self._app.state_bytes

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self._app.n_features

    @cached_property
    def _tables(self) -> list[tuple[str, list[tuple[str, int, int, list[str]]]]]:
        tables = []
        for e in range(self._app.n_events):
            event = self._app.events[e]
            fields = []
            for f in range(event.n_fields):
                field = event.fields[f]
                names = [self._text(field.names[i]) for i in range(field.n_names)]
                fields.append((self._text(field.name), field.kind, field.offset, names))
            tables.append((self._text(event.name), fields))
        return tables

    def _value(self, kind: int, at: Any, names: list[str]) -> Any:
        lib, cast = self._lib, self._ffi.cast
        if kind in (lib.APP_CLASS, lib.APP_NAME):
            index = cast("uint8_t *", at)[0]
            pool = self.classes if kind == lib.APP_CLASS else names
            return pool[index] if index < len(pool) else "unknown"
        types = {
            lib.APP_U8: "uint8_t *",
            lib.APP_U16: "uint16_t *",
            lib.APP_U32: "uint32_t *",
            lib.APP_I16: "int16_t *",
        }
        if kind == lib.APP_HEX16:
            return f"{cast('uint16_t *', at)[0]:04X}"
        return cast(types[kind], at)[0]

    def _emit(self, _context: Any, event: int, report: Any) -> None:
        name, fields = self._tables[event]
        base = self._ffi.cast("uint8_t *", report)
        said: dict[str, Any] = {"ev": name}
        for field, kind, offset, names in fields:
            said[field] = self._value(kind, base + offset, names)
        self._reports.append(said)
        start = self._state + self._app.features_offset
        vector = np.frombuffer(self._ffi.buffer(start, 2 * self.n_features), dtype=np.int16)
        self._vectors.append(vector.copy())

    @contextlib.contextmanager
    def _running(self, params: Mapping[str, int]) -> Iterator[Any]:
        state = self._ffi.new("uint64_t[]", self._app.state_bytes // 8 + 1)
        self._state = self._ffi.cast("uint8_t *", state)
        self._app.init(self._state)
        known = {self._text(self._app.params[i].name): self._app.params[i] for i in range(self._app.n_params)}
        for key, value in params.items():
            self._ffi.cast("int16_t *", self._state + known[key].offset)[0] = value
        self._reports, self._vectors = [], []
        yield self._ffi.new("app_sink_t *", {"emit": self._sink, "context": self._ffi.NULL})
        self._state = self._ffi.NULL

    def check(self, recording: Recording) -> None:
        """Raise DataError unless `recording` has the app's streams: their rates, channels and ranges."""
        for index, stream in enumerate(self.streams):
            if index not in recording.streams:
                raise DataError(f"{recording.id}: stream {index} ({stream.name}) is missing")
            frames, rate = recording.streams[index], recording.rate_hz[index]
            if rate != stream.rate_hz:
                raise DataError(
                    f"{recording.id}: {stream.name} is at {rate} Hz and the model was trained for {stream.rate_hz} Hz: "
                    f"train on recordings of that rate (inv train --app {self.name} --data DIR)"
                )
            if frames.dtype != np.int16 or frames.ndim != 2 or frames.shape[1] != stream.channels:
                raise DataError(f"{recording.id}: {stream.name} must be int16 [n, {stream.channels}]")
            if len(frames) and np.abs(frames.astype(np.int32)).max() > stream.limit:
                raise DataError(f"{recording.id}: {stream.name} has samples beyond ±{stream.limit}")

    def run(self, recording: Recording, **params: int) -> Answers:
        """Feed one recording to a fresh state, as the firmware does after `reset`."""
        self.check(recording)
        with self._running(params) as sink:
            for stream, frames in interleave(recording):
                block = np.ascontiguousarray(frames)
                pointer = self._ffi.cast("const int16_t *", self._ffi.from_buffer(block))
                self._app.push(self._state, stream, pointer, len(block), sink)
            vectors = np.array(self._vectors, dtype=np.int16).reshape(len(self._reports), self.n_features)
            return Answers(self._reports, vectors)

    @property
    def model(self) -> Asked:
        """The model alone."""
        return Asked(self._ffi, self._app.model[0])

    def classify(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The model alone on int16 [n, n_features]: classes int [n] and probabilities uint8 [n, n_classes]."""
        return self.model.classify(vectors)

    def fx(self, vector: np.ndarray) -> str:
        """The `fx` member for one feature vector."""
        row = np.ascontiguousarray(vector, dtype=np.int16)
        pointer = self._ffi.cast("const int16_t *", self._ffi.from_buffer(row))
        return f"{self._lib.line_crc_i16(0xFFFF, pointer, len(row)):04X}"
