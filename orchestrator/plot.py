"""One recording as a picture: the signal, and under it the truth and what the board said."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fieldmouse.build import WORKSPACE

os.environ.setdefault("MPLCONFIGDIR", str(WORKSPACE / "cache" / "matplotlib"))  # before matplotlib reads it
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from fieldmouse.recording import Recording

UNKNOWN = "0.8"


def _bars(axes: Axes, row: int, spans: Sequence[tuple[float, float, str]], colours: dict[str, Any]) -> None:
    for start, stop, label in spans:
        axes.broken_barh([(start, stop - start)], (row - 0.4, 0.8), facecolors=colours.get(label, UNKNOWN))


def plot_recording(
    recording: Recording, reports: Sequence[dict[str, Any]], models: Any, path: Path, title: str, step_s: float
) -> None:
    """Write a PNG: stream 0's channels over time in minutes, then truth, the board's class, and its score."""
    frames, rate = recording.streams[0], recording.rate_hz[0]
    seconds = np.arange(len(frames)) / rate
    said = [(r["t_ms"] / 1000 - step_s, r["t_ms"] / 1000, r.get("class", r.get("fault", "unknown"))) for r in reports]
    truth = [(s.start_s, s.stop_s, s.label) for s in recording.truth]
    labels = sorted({label for *_, label in said + truth})
    palette = plt.get_cmap("tab10")
    colours = {label: palette(i % 10) for i, label in enumerate(labels)} | {"unknown": UNKNOWN}
    figure, (signal, answers, score) = plt.subplots(
        3, 1, figsize=(12, 6.5), sharex=True, height_ratios=[4, 1.6, 1.4], layout="constrained"
    )
    for channel, name in enumerate(models.train.CHANNELS):
        signal.plot(seconds / 60, frames[:, channel] / models.train.UNIT_SCALE, linewidth=0.5, label=name)
    signal.set_ylabel(models.train.UNIT)
    signal.set_title(title)
    signal.legend(loc="upper right", ncols=len(models.train.CHANNELS), fontsize="small")
    _bars(answers, 1, [(a / 60, b / 60, c) for a, b, c in truth], colours)
    _bars(answers, 0, [(a / 60, b / 60, c) for a, b, c in said], colours)
    answers.set_yticks([0, 1], ["board", "truth"])
    handles = [plt.Rectangle((0, 0), 1, 1, color=colours[label]) for label in labels]
    answers.legend(
        handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=len(labels), fontsize="small"
    )
    score.step([b / 60 for _, b, _ in said], [r.get("score", 0) / 255 for r in reports], where="pre", color="0.3")
    score.set_ylim(0, 1)
    score.set_ylabel("score")
    score.set_xlabel("minutes")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
