"""Squared displacements against loops over pairs, and the weights of doubted links against all ways to cut."""

import itertools
from dataclasses import dataclass

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.estimation.movement.displacement import Paths, draw_sums, find_stride, lay_paths, list_terms, weigh_terms

LAGS = 4


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Rows in any order, some in no track, with frames missed and links of which some are doubted."""

    label: np.ndarray
    frame: np.ndarray
    position: np.ndarray
    sure: np.ndarray

    def lay(self) -> Paths:
        return lay_paths(self.label, self.frame, self.position, self.sure)


@st.composite
def drawn(draw: st.DrawFn, tracks: int = 4, frames: int = 8) -> Drawn:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    space = draw(st.sampled_from([2, 3]))
    label, frame = (part.ravel() for part in np.meshgrid(random.permutation(20)[:tracks], np.arange(frames)))
    kept = random.permutation(np.flatnonzero(random.random(len(label)) < 0.75))
    label, frame = (
        np.where(random.random(len(kept)) < 0.1, -1, label[kept]),
        frame[kept] * draw(st.sampled_from([1, 2])),
    )
    sure = random.choice([1.0, 0.7, 0.2, 0.0, np.nan], len(label))
    return Drawn(label=label, frame=frame, position=random.normal(0, 3, (len(label), space)), sure=sure)


def loop(paths: Paths, stride: int) -> dict[tuple[int, int], list[tuple[float, list[int]]]]:
    """List for each track and column its values, each with the rows whose links it spans."""
    found: dict[tuple[int, int], list[tuple[float, list[int]]]] = {}
    rows = range(len(paths))
    place = {(int(paths.track[row]), int(paths.frame[row])): row for row in rows}
    for row in rows:
        track, frame = int(paths.track[row]), int(paths.frame[row])
        for lag in range(1, LAGS + 1):
            other = place.get((track, frame + lag * stride))
            if other is not None:
                value = float(((paths.position[other] - paths.position[row]) ** 2).sum())
                found.setdefault((track, lag - 1), []).append((value, list(range(row + 1, other + 1))))
        middle, end = place.get((track, frame + stride)), place.get((track, frame + 2 * stride))
        if middle is not None and end is not None:
            steps = np.diff(paths.position[[row, middle, end]], axis=0)
            found.setdefault((track, LAGS), []).append((float(steps[0] @ steps[1]), list(range(row + 1, end + 1))))
    return found


@given(rows=drawn())
def test_the_sums_are_those_of_loops(rows: Drawn) -> None:
    paths = rows.lay()
    terms = list_terms(paths, LAGS)
    sums = terms.add_up(np.ones(len(terms.track)))
    slow = loop(paths, find_stride(paths)) if len(terms.track) else {}
    for track in range(paths.tracks):
        for column in range(LAGS + 1):
            values = [value for value, _ in slow.get((track, column), [])]
            assert sums.count[track, column] == len(values)
            np.testing.assert_allclose(sums.total[track, column], sum(values), atol=1e-9)


@given(rows=drawn(tracks=2, frames=5))
def test_the_weights_are_the_mean_over_all_ways_to_cut(rows: Drawn) -> None:
    paths = rows.lay()
    terms = list_terms(paths, LAGS)
    sums = terms.add_up(weigh_terms(terms, paths.sure)).pool()
    slow = loop(paths, find_stride(paths)) if len(terms.track) else {}
    doubted = np.flatnonzero(paths.sure < 1)
    total, count = np.zeros(LAGS + 1), np.zeros(LAGS + 1)
    for cut in itertools.product([False, True], repeat=len(doubted)):
        false = {int(row) for row, is_cut in zip(doubted, cut, strict=True) if is_cut}
        chance = np.prod([1 - paths.sure[row] if row in false else paths.sure[row] for row in doubted])
        for (_, column), values in slow.items():
            for value, spans in values:
                if not false & set(spans):
                    total[column] += chance * value
                    count[column] += chance
    np.testing.assert_allclose(sums.total[0], total, atol=1e-9)
    np.testing.assert_allclose(sums.count[0], count, atol=1e-9)


@pytest.mark.parametrize("links", [False, True])
def test_the_draws_spread_about_the_weighted_sums(links: bool) -> None:
    random = np.random.default_rng(0)
    label, frame = np.repeat(np.arange(30), 10), np.tile(np.arange(10), 30)
    sure = np.where(random.random(300) < 0.3, 0.6, 1.0)
    paths = lay_paths(label, frame, random.normal(0, 1, (300, 2)).cumsum(axis=0), sure)
    terms = list_terms(paths, LAGS)
    sums = draw_sums(terms, paths, random, replicates=2000, links=links)
    weight = weigh_terms(terms, paths.sure) if links else np.ones(len(terms.track))
    wanted = terms.add_up(weight).pool()
    error = sums.total.std(axis=0) / np.sqrt(2000)
    assert (np.abs(sums.total.mean(axis=0) - wanted.total[0]) < 4 * error).all()
    np.testing.assert_allclose(sums.count.mean(axis=0), wanted.count[0], rtol=0.02)


def test_the_usual_distance_of_two_rows_is_one_step() -> None:
    frame = np.array([0, 3, 6, 9, 10])
    paths = lay_paths(np.zeros(5, dtype=np.int64), frame, np.zeros((5, 2)))
    assert find_stride(paths) == 3
    terms = list_terms(paths, 2)
    assert np.bincount(terms.column).tolist() == [3, 2, 2]
    far = lay_paths(np.zeros(4, dtype=np.int64), np.array([0, 1, 2, 10**12]), np.zeros((4, 2)))
    assert find_stride(far) == 1
    assert find_stride(lay_paths(np.arange(3), np.arange(3), np.zeros((3, 2)))) == 0
