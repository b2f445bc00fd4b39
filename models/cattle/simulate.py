"""A cow's day as physics: posture, movement, collar and sensor, with seeded randomness and nothing to download.

Axes at the neck: x to the left, y along the neck, z up. Sources of the figures: Damle 2022 for the node, measurements on
real collars for levels (walking 100-120 mg, grazing 150-200 mg, resting 20-45 mg), general knowledge for the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from fieldmouse.recording import Recording, Span

RATE_HZ = 50
CLASSES = ("lying", "standing", "walking", "grazing", "ruminating", "other")
CONFOUNDERS = ("drinking", "licking", "scratching", "transport", "rubbing")  # all of them `other`
LSB_MG = 4000 / 2048  # BMA400: 12 bits over +-4 g
LIMIT_MG = 4000
NOISE_MG = 0.2 * np.sqrt(RATE_HZ / 2)  # 200 ug/sqrt(Hz)
HOUR_S = 3600

# A day's mean stays are 60, 10, 1, 25 and 30 minutes; condensed, so that half an hour shows every behaviour.
STAY_S = {"lying": 150, "standing": 60, "walking": 40, "grazing": 100, "ruminating": 110, "other": 30}
SHORTEST_S = 15


@dataclass(frozen=True)
class Cow:
    """What stays the same during a recording. Training and `shift` draw from ranges that do not overlap."""

    roll_deg: float  # of the collar around the neck
    pitch_deg: float
    yaw_deg: float
    offset_mg: np.ndarray
    clock: float  # true rate over nominal rate
    size: float  # of every movement
    stride_hz: float
    stay: float  # factor on how long behaviours last


def _apart(rng: np.random.Generator, low: float, high: float) -> float:
    """A deviation of either sign whose size is in [low, high)."""
    return float(rng.choice([-1, 1]) * rng.uniform(low, high))


def _cow(rng: np.random.Generator, shift: bool) -> Cow:
    offset = rng.uniform(-40, 40, 3)
    if shift:
        return Cow(
            roll_deg=_apart(rng, 45, 60), pitch_deg=_apart(rng, 16, 22), yaw_deg=_apart(rng, 16, 22), offset_mg=offset,
            clock=1 + _apart(rng, 0.01, 0.02), size=np.exp(_apart(rng, 0.12, 0.25)),
            stride_hz=1 + _apart(rng, 0.2, 0.28), stay=np.exp(_apart(rng, 0.4, 0.7)),
        )  # fmt: skip
    return Cow(
        roll_deg=np.clip(rng.normal(0, 22), -44, 44), pitch_deg=np.clip(rng.normal(0, 8), -16, 16),
        yaw_deg=np.clip(rng.normal(0, 8), -16, 16), offset_mg=offset, clock=1 + rng.uniform(-0.01, 0.01),
        size=np.exp(rng.uniform(-0.1, 0.1)), stride_hz=rng.uniform(0.8, 1.2), stay=np.exp(rng.uniform(-0.3, 0.3)),
    )  # fmt: skip


def _wander(rng: np.random.Generator, n: int, mean: float, sd: float) -> np.ndarray:
    """An Ornstein-Uhlenbeck process of 2-8 s: where the head points."""
    keep = np.exp(-1 / (rng.uniform(2, 8) * RATE_HZ))
    kicks = rng.normal(0, sd * np.sqrt(1 - keep**2), n)
    kicks[0] = rng.normal(0, sd)
    return mean + lfilter([1], [1, -keep], kicks)


def _phase(rng: np.random.Generator, n: int, hz: float, jitter: float = 0.05) -> np.ndarray:
    """Phase in turns of a rhythm that an animal keeps, not a clock."""
    return rng.uniform() + np.cumsum(hz * np.exp(_wander(rng, n, 0, jitter))) / RATE_HZ


def _pulses(rng: np.random.Generator, at: np.ndarray, n: int, hz: tuple[float, float], tau_s: float) -> np.ndarray:
    """Damped oscillations, one at each sample in `at`, of unit size, in one direction each, [n, 3]."""
    t = np.arange(int(5 * tau_s * RATE_HZ)) / RATE_HZ
    out = np.zeros((n + len(t), 3))
    for start in at:
        ring = np.exp(-t / tau_s) * np.sin(2 * np.pi * rng.uniform(*hz) * t)
        out[start : start + len(t)] += np.outer(ring, rng.normal(0, 1, 3) * rng.uniform(0.7, 1.3))
    return out[:n]


def _scaled(moves: np.ndarray, sd_mg: float) -> np.ndarray:
    """The same movement with a given standard deviation over all three axes together."""
    size = np.sqrt(moves.var(axis=0).sum())
    return moves * (sd_mg / size) if size > 0 else moves


def _beats(phase: np.ndarray) -> np.ndarray:
    """Samples at which a turn is complete."""
    return np.flatnonzero(np.diff(np.floor(phase)) > 0)


def _idle(rng: np.random.Generator, n: int) -> np.ndarray:
    """Breathing, and now and then a shake against flies."""
    breath = np.sin(2 * np.pi * _phase(rng, n, rng.uniform(0.25, 0.6)))
    moves = np.outer(breath, rng.dirichlet([1, 1, 1])) * rng.uniform(2, 8)
    shakes = rng.integers(0, n, rng.poisson(rng.uniform(0.5, 3) * n / RATE_HZ / 60))
    return moves + _pulses(rng, shakes, n, (3, 6), 0.25) * rng.uniform(200, 900) / np.sqrt(3)


def _walking(rng: np.random.Generator, n: int, cow: Cow) -> np.ndarray:
    turns = _phase(rng, n, cow.stride_hz)
    first, second = np.sin(2 * np.pi * turns), np.sin(4 * np.pi * turns + rng.uniform(0, 6))
    moves = np.column_stack([0.8 * first, 0.3 * first + 0.6 * second, second])
    heels = _pulses(rng, _beats(2 * turns), n, (12, 20), 0.03)
    return _scaled(moves + 0.8 * heels * [0.3, 0.4, 1.0], rng.uniform(100, 120) * np.sqrt(3))


def _grazing(rng: np.random.Generator, n: int, cow: Cow) -> np.ndarray:
    beats = _beats(_phase(rng, n, rng.uniform(0.8, 1.3), 0.15))
    biting = np.zeros(n, dtype=bool)
    at = 0
    while at < n:
        bout, steps = int(rng.uniform(5, 25) * RATE_HZ), int(rng.uniform(1, 5) * RATE_HZ)
        biting[at : at + bout] = True
        at += bout + steps
    bites = _scaled(_pulses(rng, beats[biting[beats]], n, (5, 9), 0.06), rng.uniform(150, 200) * np.sqrt(3))
    return bites + _walking(rng, n, cow) * np.where(biting, 0.1, 0.6)[:, None]


def _ruminating(rng: np.random.Generator, n: int, _cow: Cow) -> np.ndarray:
    turns = _phase(rng, n, rng.uniform(1.0, 1.5))
    chew = np.sin(2 * np.pi * turns) + rng.uniform(0.2, 0.6) * np.sin(4 * np.pi * turns)
    wave = np.zeros(n)
    at = int(rng.uniform(0, 60) * RATE_HZ)
    while at < n:
        pause = int(rng.uniform(3, 6) * RATE_HZ)
        t = np.arange(min(pause, n - at)) / pause
        chew[at : at + pause] = 0
        wave[at : at + pause] = 100 * np.sin(2 * np.pi * t)
        at += pause + int(rng.uniform(40, 70) * RATE_HZ)
    moves = np.outer(chew, rng.dirichlet([2, 2, 2])) * rng.uniform(10, 60) * 1.7
    return moves + np.outer(wave, [0, 1, 0]) + _idle(rng, n)


def _still(rng: np.random.Generator, n: int, _cow: Cow) -> np.ndarray:
    return _idle(rng, n)


def _rhythm(hz: tuple[float, float], mg: tuple[float, float]) -> Callable[..., np.ndarray]:
    def moves(rng: np.random.Generator, n: int, _cow: Cow) -> np.ndarray:
        wave = np.sin(2 * np.pi * _phase(rng, n, rng.uniform(*hz), 0.15))
        grip = np.clip(_wander(rng, n, 1, 0.4), 0, 2)  # harder, softer, a rest
        return _scaled(np.outer(wave * grip, rng.normal(0, 1, 3)), rng.uniform(*mg) * np.sqrt(3)) + _idle(rng, n)

    return moves


def _transport(rng: np.random.Generator, n: int, _cow: Cow) -> np.ndarray:
    return _scaled(lfilter([1], [1, -1.5, 0.64], rng.normal(0, 1, (n, 3)), axis=0), rng.uniform(40, 120) * np.sqrt(3))


# Head pitch: range of its mean, its standard deviation, in degrees; body roll: the same range either way; movement.
BEHAVIOURS: dict[str, tuple[tuple[float, float], float, float, Callable[..., np.ndarray]]] = {
    "lying": ((0, 20), 3, 25, _still),
    "standing": ((5, 15), 10, 3, _still),
    "walking": ((-20, -5), 6, 3, _walking),
    "grazing": ((-75, -55), 12, 3, _grazing),
    "ruminating": ((0, 20), 3, 3, _ruminating),
    "drinking": ((-55, -35), 4, 3, _rhythm((0.7, 1.0), (30, 60))),
    "licking": ((-35, -10), 10, 40, _rhythm((1.5, 2.6), (120, 220))),
    "scratching": ((-30, 10), 12, 40, _rhythm((4, 6), (250, 500))),
    "transport": ((0, 15), 8, 3, _transport),
    "rubbing": ((-20, 10), 12, 30, _rhythm((0.6, 1.4), (200, 350))),
}


def _stretch(rng: np.random.Generator, kind: str, n: int, cow: Cow) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Head pitch and roll in degrees, and movement in mg, of one uninterrupted behaviour."""
    means, sd, roll, moves = BEHAVIOURS[kind]
    pitch = _wander(rng, n, rng.uniform(*means), sd)
    return pitch, _wander(rng, n, rng.uniform(-roll, roll), sd / 3), cow.size * moves(rng, n, cow)


def _day(rng: np.random.Generator, n: int, cow: Cow, only: str | None) -> list[tuple[str, str, int]]:
    """Class, kind and samples of each stretch: round after round, every class once, in an order of its own."""
    plan: list[tuple[str, str, int]] = []
    left = n
    while left > 0:
        for label in [only] if only else rng.permutation(CLASSES):
            kind = str(rng.choice(CONFOUNDERS)) if label == "other" else str(label)
            stay_s = SHORTEST_S + rng.gamma(2, cow.stay * max(STAY_S[label] - SHORTEST_S, 1) / 2)
            take = min(left, int(stay_s * RATE_HZ))
            if take > 0 and (not plan or plan[-1][0] != label or only):
                plan.append((str(label), kind, take))
                left -= take
    return plan


def _mount(rng: np.random.Generator, n: int, cow: Cow) -> np.ndarray:
    """Collar roll in degrees at each sample: it slips, up to three times a day."""
    roll = np.full(n, cow.roll_deg)
    for _ in range(rng.binomial(3, min(1.0, n / RATE_HZ / (24 * HOUR_S)))):
        roll[rng.integers(0, n) :] += rng.normal(0, 10)
    return roll


def _smooth(x: np.ndarray) -> np.ndarray:
    """A second to get from one posture to the next."""
    width = RATE_HZ
    padded = np.concatenate([np.full(width // 2, x[0]), x, np.full(width - 1 - width // 2, x[-1])])
    return np.convolve(padded, np.full(width, 1 / width), "valid")


def _recording(rng: np.random.Generator, name: str, seconds: float, shift: bool, only: str | None = None) -> Recording:
    cow = _cow(rng, shift)
    wanted = int(seconds * RATE_HZ)
    n = wanted + wanted // 40 + 2  # a slow clock makes a recording last longer
    plan = _day(rng, n, cow, only)
    parts = [_stretch(rng, kind, take, cow) for _, kind, take in plan]
    pitch, roll = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    posture = Rotation.from_euler("yx", np.column_stack([_smooth(roll), _smooth(pitch)]), degrees=True)
    collar = Rotation.from_euler(
        "yxz", np.column_stack([_mount(rng, n, cow), np.full(n, cow.pitch_deg), np.full(n, cow.yaw_deg)]), degrees=True
    )
    at_neck = posture.inv().apply([0, 0, 1000]) + np.concatenate([part[2] for part in parts])
    exact = collar.inv().apply(at_neck) + cow.offset_mg + rng.normal(0, NOISE_MG, (n, 3))
    # A clock that is off by a percent samples the same movement a little earlier or later.
    ticks = np.arange(wanted) / cow.clock
    sampled = np.column_stack([np.interp(ticks, np.arange(n), axis) for axis in exact.T])
    frames = np.clip(np.round(sampled / LSB_MG) * LSB_MG, -LIMIT_MG, LIMIT_MG).round().astype(np.int16)
    ends = np.cumsum([take for _, _, take in plan]) * cow.clock / RATE_HZ
    starts = np.concatenate([[0.0], ends[:-1]])
    truth = tuple(
        Span(float(start), float(min(end, seconds)), label)
        for (label, _, _), start, end in zip(plan, starts, ends, strict=True)
        if start < seconds
    )
    return Recording(name, {"cow": name}, {0: RATE_HZ}, {0: frames}, truth)


def simulate(seed: int, *, cows: int = 8, seconds: float = 1800, shift: bool = False) -> list[Recording]:
    """Condensed days of `cows` cows. With `shift`, collar, clock, sizes, stride and stays are such as training never draws."""
    return [
        _recording(
            np.random.default_rng([seed, int(shift), cow]), f"sim-{seed}{'s' if shift else ''}-{cow}", seconds, shift
        )
        for cow in range(cows)
    ]


def training(seed: int) -> list[Recording]:
    """What a model learns from without real data."""
    return simulate(seed, cows=12)


def evaluation(seed: int) -> list[Recording]:
    """Unseen cows, with parameters from ranges that training never drew."""
    return simulate(1000 + seed, cows=6, shift=True)


def demonstration(seed: int) -> list[Recording]:
    """Two cows' days in about 400 decisions."""
    return simulate(2000 + seed, cows=2, seconds=600)


def long_run(seed: int, decisions: int) -> list[Recording]:
    """At least `decisions` decisions of ten cows."""
    return simulate(3000 + seed, cows=10, seconds=3.0 * -(-decisions // 10))


def fixture(seed: int, label: str, seconds: float = 60) -> np.ndarray:
    """Frames of one behaviour, int16 [n, 3] in mg."""
    return _recording(np.random.default_rng([seed, CLASSES.index(label)]), label, seconds, False, label).streams[0]
