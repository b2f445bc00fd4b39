"""The ring buffer and the overlapping windows of lib/dsp against lists."""

from __future__ import annotations

import numpy as np
import pytest
from dsp_support import LIMITS, Guarded, ffi, lib
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmouse.dsp import frames

MOST = LIMITS["DSP_RING_SAMPLES"]


class Ring:
    """A guarded ring beside the list that it should hold."""

    def __init__(self, size: int, channels: int) -> None:
        self.size, self.channels, self.held, self.dropped = size, channels, [], 0
        self.state, self.store = Guarded("dsp_ring_t"), Guarded("int16_t", [0] * (size * channels))
        assert lib.dsp_ring_init(self.state.at, self.store.at, size, channels)

    def push(self, values: list[list[int]]) -> None:
        source = Guarded("int16_t", [v for frame in values for v in frame])
        lib.dsp_ring_push(self.state.at, source.at, len(values))
        self.held += values
        over = max(0, len(self.held) - self.size)
        self.dropped += over
        self.held = self.held[over:]

    def drop(self, n: int) -> None:
        lib.dsp_ring_drop(self.state.at, n)
        self.held = self.held[n:]

    def peek(self, first: int, n: int) -> list[list[int]] | None:
        out = Guarded("int16_t", [77] * (n * self.channels))
        if not lib.dsp_ring_peek(self.state.at, first, n, out.at):
            assert out.list() == [77] * (n * self.channels), "nothing is written"
            return None
        return np.array(out.list(), int).reshape(n, self.channels).tolist()

    def check(self) -> None:
        self.state.check()
        self.store.check()
        assert self.state.at.filled == len(self.held)
        assert self.state.at.next < self.size
        assert self.state.at.dropped == self.dropped
        for first in range(len(self.held) + 2):
            for n in range(len(self.held) + 2):
                fits = first + n <= len(self.held)
                assert self.peek(first, n) == (self.held[first : first + n] if fits else None)
        last = Guarded("int16_t", count=self.size * self.channels)
        assert lib.dsp_ring_last(self.state.at, len(self.held), last.at)
        assert not lib.dsp_ring_last(self.state.at, len(self.held) + 1, last.at)
        assert last.list()[: len(self.held) * self.channels] == [v for frame in self.held for v in frame]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 3), st.lists(st.tuples(st.booleans(), st.integers(0, 14)), max_size=12))
def test_ring_holds_the_newest_frames(size: int, channels: int, steps: list[tuple[bool, int]]) -> None:
    ring, counter = Ring(size, channels), 0
    for push, n in steps:
        if push:
            ring.push([[counter + i, *range(-channels + 1, 0)][:channels] for i in range(n)])
            counter += n
        else:
            ring.drop(n)
        ring.check()


def test_ring_counts_what_it_drops_up_to_the_end() -> None:
    ring = Ring(2, 1)
    ring.state.at.dropped = 2**32 - 3
    ring.push([[1], [2], [3], [4]])
    assert ring.state.at.dropped == 2**32 - 1
    ring.push([[5]])
    assert ring.state.at.dropped == 2**32 - 1


@pytest.mark.parametrize(("size", "channels"), [(0, 1), (1, 0), (MOST + 1, 1), (MOST, 2), (65535, 65535)])
def test_a_ring_that_is_refused_takes_nothing(size: int, channels: int) -> None:
    state, store = Guarded("dsp_ring_t"), Guarded("int16_t", [7] * 4)
    assert not lib.dsp_ring_init(state.at, store.at, size, channels)
    lib.dsp_ring_push(state.at, Guarded("int16_t", [1, 2]).at, 2)
    assert not lib.dsp_ring_last(state.at, 1, store.at)
    lib.dsp_ring_drop(state.at, 1)
    state.check()
    assert store.list() == [7] * 4


def test_the_largest_ring() -> None:
    state, store = Guarded("dsp_ring_t"), Guarded("int16_t", [0] * MOST)
    assert lib.dsp_ring_init(state.at, store.at, MOST // 7, 7)
    values = np.arange(MOST // 7 * 7) % 32768
    source, out = Guarded("int16_t", values.tolist()), Guarded("int16_t", count=MOST)
    for _ in range(3):
        lib.dsp_ring_push(state.at, source.at, MOST // 7)
        lib.dsp_ring_push(state.at, source.at, 1000)
    store.check()
    assert lib.dsp_ring_last(state.at, 1000, out.at)
    assert out.list()[:7000] == values[:7000].tolist()


# ---- windows ----


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 12), st.data())
def test_windows_whatever_the_pieces(length: int, data: st.DataObject) -> None:
    hop = data.draw(st.integers(1, length))
    pieces = data.draw(st.lists(st.integers(0, 40), max_size=8))
    state, store = Guarded("dsp_frames_t"), Guarded("int16_t", [0] * length)
    assert lib.dsp_frames_init(state.at, store.at, length, hop)
    got, start = [], 0
    for n in pieces:
        piece = Guarded("int16_t", list(range(start, start + n)))
        at, left = ffi.new("int16_t const **", piece.at), ffi.new("uint16_t *", n)
        while True:
            window = Guarded("int16_t", [-9] * length)
            if not lib.dsp_frames_push(state.at, at, left, window.at):
                assert window.list() == [-9] * length
                break
            got.append(window.list())
        assert left[0] == 0
        assert at[0] == piece.at + n
        start += n
        state.check()
        store.check()
    assert got == [list(range(i, i + length)) for i in range(0, start - length + 1, hop)]


@pytest.mark.parametrize(("length", "hop"), [(4, 0), (4, 5), (0, 0), (MOST + 1, 1)])
def test_windows_that_are_refused_never_come(length: int, hop: int) -> None:
    state, store = Guarded("dsp_frames_t"), Guarded("int16_t", [7] * 4)
    assert not lib.dsp_frames_init(state.at, store.at, length, hop)
    piece, window = Guarded("int16_t", [1] * 50), Guarded("int16_t", [7] * 4)
    at, left = ffi.new("int16_t const **", piece.at), ffi.new("uint16_t *", 50)
    assert not lib.dsp_frames_push(state.at, at, left, window.at)
    assert left[0] == 0, "no loop waits for it"
    assert store.list() == window.list() == [7] * 4
    with pytest.raises(ValueError, match="hop"):
        frames([1, 2, 3], length, hop)


def test_python_frames_are_numpy_s_sliding_windows() -> None:
    x = np.random.default_rng(0).integers(-32768, 32768, 70_000)
    for length, hop in ((256, 128), (400, 160), (7, 7), (3, 1)):
        assert (frames(x, length, hop) == np.lib.stride_tricks.sliding_window_view(x, length)[::hop]).all()
    assert frames(x[:5], 6, 2).shape == (0, 6)
    with pytest.raises(ValueError, match="row"):
        frames(np.zeros((2, 3), int), 2, 1)
