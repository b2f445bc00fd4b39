"""A recording: what a simulator or a data set's loader hands to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


class DataError(ValueError):
    """Data that is missing or damaged; the message says what to do, with file and line where there is one."""


@dataclass(frozen=True)
class Span:
    """What was true from `start_s` to `stop_s`, in seconds since the recording's first sample."""

    start_s: float
    stop_s: float
    label: str


@dataclass(frozen=True)
class Recording:
    """One uninterrupted recording of one subject; an app's state starts anew with each.

    `streams[i]` holds the app's stream i as int16 [n_frames, channels], in the stream's raw unit, at `rate_hz[i]`.
    `groups` names what evaluation may leave out, for example {"cow": "1319"}.
    """

    id: str
    groups: Mapping[str, str]
    rate_hz: Mapping[int, int]
    streams: Mapping[int, np.ndarray]
    truth: tuple[Span, ...] = field(default=())

    def label_at(self, second: float) -> str | None:
        """The label that holds at `second`, or None where nobody labelled it."""
        for span in self.truth:
            if span.start_s <= second < span.stop_s:
                return span.label
        return None

    @property
    def seconds(self) -> float:
        """Length of the longest stream."""
        return max(len(x) / self.rate_hz[i] for i, x in self.streams.items())


@dataclass(frozen=True)
class Told:
    """What an app reported to one recording: the JSON objects of the serial line, in order, without their CRC.

    `truth` is the label that each report answers for, "" where nobody labelled it. An app's `metrics.score` takes these.
    """

    recording: Recording
    reports: list[dict[str, Any]]
    truth: list[str]

    def labelled(self) -> list[tuple[str, str]]:
        """Truth and answer of each labelled report; a report without a class, such as a fault, answers `unknown`."""
        return [(t, r.get("class", "unknown")) for t, r in zip(self.truth, self.reports, strict=True) if t]


def tell(recording: Recording, reports: list[dict[str, Any]], lag_s: float) -> Told:
    """Put the truth beside reports: what held `lag_s` before the time of each."""
    return Told(recording, reports, [recording.label_at(r["t_ms"] / 1000 - lag_s) or "" for r in reports])
