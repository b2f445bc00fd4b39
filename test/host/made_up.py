"""Recordings of cattle for tests: a small simulation, and a made-up set in the layout of the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrator.rows import recipe


def simulate_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller simulation."""
    simulate = recipe("cattle").simulate
    monkeypatch.setattr(simulate, "training", lambda seed: simulate.simulate(seed, cows=3, seconds=300))
    monkeypatch.setattr(simulate, "evaluation", lambda seed: simulate.simulate(seed, cows=2, seconds=300, shift=True))


def wasp(folder: Path, cows: int = 3, seconds: int = 60) -> Path:
    """A made-up set in the layout of the real one."""
    home = folder / "cattle"
    home.mkdir(parents=True)
    segments = ["seg,behaviour,cow,date,time,n_samples,fs_hz,source_file"]
    samples = ["seg,i,bno_ax_mg,bno_ay_mg,bno_az_mg,mpu_ax_mg,mpu_ay_mg,mpu_az_mg"]
    generator = np.random.default_rng(1)
    kinds = [("Grazing", 180), ("Walking", 120), ("Standing", 15), ("Resting", 4), ("Licking", 400)]
    for number, (cow, (behaviour, sd)) in enumerate((c, k) for c in range(cows) for k in kinds):
        n = 10 * seconds
        segments.append(f"{number},{behaviour},{cow},20240513,120009,{n},10.0,x")
        frames = np.cumsum(generator.normal(0, sd / 4, (n, 3)), axis=0) * 0.1 + generator.normal(0, sd, (n, 3))
        frames += np.array([100, 20 * number, -900])
        samples += [f"{number},{i},{x:.0f},{y:.0f},{z:.0f},0,0,0" for i, (x, y, z) in enumerate(frames)]
    (home / "wasp_segments.csv").write_text("\n".join(segments) + "\n")
    (home / "wasp_accel_10hz_mg.csv").write_text("\n".join(samples) + "\n")
    return folder
