import dataclasses
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.data.links import Links, no_links
from corpuscle.data.tracks import join_tracks, read_links

seeds = st.integers(0, 2**32 - 1)


def pairs(links: Links) -> list[tuple[int, int]]:
    return sorted((earlier, later) for earlier, later in links.pair.tolist())


@dataclass(frozen=True, kw_only=True)
class Family:
    """Tracks with splits and merges: the frame of each row, and all links, those within tracks first."""

    frame: np.ndarray
    links: Links


@st.composite
def families(draw: st.DrawFn, splits: bool = True, merges: bool = True) -> Family:
    """Draw tracks; some begin beside another's row that goes on, some end beside another's row that was come to.

    A track of one row stands in no link unless it is such a beginning or end.
    """
    random = np.random.default_rng(draw(seeds))
    frames = [np.flatnonzero(random.random(7) < 0.6) for _ in range(draw(st.integers(0, 6)))]
    sizes = [len(frame) for frame in frames]
    frame = np.concatenate([*frames, np.empty(0)]).astype(np.int64)
    rows = np.split(random.permutation(len(frame)), np.cumsum(sizes)[:-1]) if sizes else []
    when = np.empty(len(frame), dtype=np.int64)
    for each, number in zip(rows, frames, strict=True):
        when[each] = number
    links = [(int(a), int(b)) for each in rows for a, b in pairwise(each)]
    extra: list[tuple[int, int]] = []
    for child in rows:
        for other in rows:
            if other is child or not len(child) or random.random() < 0.5:
                continue
            before = np.flatnonzero(when[other] < when[child[0]])
            after = np.flatnonzero(when[other] > when[child[-1]])
            if splits and len(before) and before[-1] < len(other) - 1 and child[0] not in {b for _, b in extra}:
                extra.append((int(other[before[-1]]), int(child[0])))
            elif merges and len(after) and after[0] > 0 and child[-1] not in {a for a, _ in extra}:
                extra.append((int(child[-1]), int(other[after[0]])))
    table = np.array(links + extra, dtype=np.int64).reshape(-1, 2)
    return Family(frame=when, links=Links(table, random.random(len(table))))


@given(family=families(splits=False, merges=False))
def test_tracks_read_as_links_and_back_are_the_links(family: Family) -> None:
    tracks = join_tracks(family.links, family.frame)
    assert pairs(read_links(tracks.label, family.frame)) == pairs(family.links)
    assert (tracks.parent == -1).all()
    assert (tracks.merged_into == -1).all()


@given(family=families())
def test_splits_and_merges_read_as_tracks_and_back_are_the_links(family: Family) -> None:
    tracks = join_tracks(family.links, family.frame)
    found = read_links(tracks.label, family.frame, tracks.parent, tracks.merged_into)
    assert pairs(found) == pairs(family.links)


@given(family=families())
def test_tracks_keep_their_promises(family: Family) -> None:
    tracks = join_tracks(family.links, family.frame)
    linked = np.unique(family.links.pair)
    assert np.flatnonzero(tracks.label >= 0).tolist() == linked.tolist()
    starts = []
    for name in range(int(tracks.label.max(initial=-1)) + 1):
        rows = np.flatnonzero(tracks.label == name)
        frame = np.sort(family.frame[rows])
        assert (np.diff(frame) > 0).all()
        starts.append((int(frame[0]), int(rows[np.argmin(family.frame[rows])])))
        for column in (tracks.parent, tracks.merged_into):
            assert len(set(column[rows].tolist())) == 1
            assert column[rows[0]] != name
    assert starts == sorted(starts)
    outside = tracks.label == -1
    for column in (tracks.parent, tracks.merged_into):
        assert (column[outside] == -1).all()
    assert np.isnan(tracks.probability[outside]).all()
    assert (tracks.gap[outside] == 0).all()


@given(family=families(merges=False))
def test_probability_and_gap_stand_at_the_later_row(family: Family) -> None:
    tracks = join_tracks(family.links, family.frame)
    assert family.links.probability is not None
    expected = np.full(len(family.frame), np.nan)
    missed = np.zeros(len(family.frame), dtype=np.int64)
    for (earlier, later), probability in zip(
        family.links.pair.tolist(), family.links.probability.tolist(), strict=True
    ):
        expected[later] = probability
        missed[later] = family.frame[later] - family.frame[earlier] - 1
    np.testing.assert_array_equal(tracks.probability, expected)
    np.testing.assert_array_equal(tracks.gap, missed)


@given(family=families(merges=False), seed=seeds)
def test_runners_up_stand_at_the_later_row(family: Family, seed: int) -> None:
    random = np.random.default_rng(seed)
    other = np.full(len(family.links), -1)
    for index, (earlier, later) in enumerate(family.links.pair.tolist()):
        rivals = np.setdiff1d(np.flatnonzero(family.frame < family.frame[later]), [earlier])
        if len(rivals) and random.random() < 0.7:
            other[index] = random.choice(rivals)
    doubt = np.where(other < 0, np.nan, random.random(len(other)))
    tracks = join_tracks(dataclasses.replace(family.links, runner_up=other, runner_up_probability=doubt), family.frame)
    rows = family.links.pair[:, 1]
    wanted, chance = np.full(len(family.frame), -1), np.full(len(family.frame), np.nan)
    wanted[rows], chance[rows] = other, doubt
    np.testing.assert_array_equal(tracks.runner_up, wanted)
    np.testing.assert_array_equal(tracks.runner_up_probability, chance)


@given(family=families())
def test_identity_is_the_product_of_the_probabilities_so_far(family: Family) -> None:
    tracks = join_tracks(family.links, family.frame)
    for name in range(int(tracks.label.max(initial=-1)) + 1):
        rows = np.flatnonzero(tracks.label == name)
        rows = rows[np.argsort(family.frame[rows])]
        product = np.cumprod(np.append(1.0, tracks.probability[rows[1:]]))
        np.testing.assert_allclose(tracks.identity[rows], product, rtol=1e-12)
    assert np.isnan(tracks.identity[tracks.label == -1]).all()


def test_the_method_may_know_the_identity_better() -> None:
    pair, frame = np.array([[0, 1], [1, 2], [2, 3]]), np.arange(4)
    half = np.full(3, 0.5)
    known = join_tracks(Links(pair, half, identity=np.array([0.6, np.nan, 0.4])), frame)
    assert known.identity.tolist() == [1, 0.6, 0.25, 0.4]
    alone = join_tracks(Links(pair, identity=np.array([0.6, np.nan, 0.4])), frame)
    np.testing.assert_array_equal(alone.identity, [1, 0.6, np.nan, 0.4])


def test_without_probabilities_there_is_no_identity() -> None:
    tracks = join_tracks(Links(np.array([[0, 1]])), np.arange(2))
    assert np.isnan(tracks.identity).all()
    broken = join_tracks(Links(np.array([[0, 1], [1, 2], [2, 3]]), np.array([0.5, np.nan, 0.5])), np.arange(4))
    np.testing.assert_array_equal(broken.identity, [1, 0.5, np.nan, np.nan])


@given(family=families(splits=False, merges=False), seed=seeds)
def test_the_order_of_the_links_is_irrelevant(family: Family, seed: int) -> None:
    shuffled = Links(np.random.default_rng(seed).permutation(family.links.pair))
    again = join_tracks(shuffled, family.frame)
    np.testing.assert_array_equal(again.label, join_tracks(family.links, family.frame).label)


def test_the_first_listed_pair_continues() -> None:
    frame = np.array([0, 1, 1])
    for first, second in ((1, 2), (2, 1)):
        tracks = join_tracks(Links(np.array([[0, first], [0, second]])), frame)
        assert tracks.label[[0, first, second]].tolist() == [0, 0, 1]
        assert tracks.parent[[0, first, second]].tolist() == [-1, -1, 0]


def test_the_first_listed_pair_goes_on_through_a_merge() -> None:
    tracks = join_tracks(Links(np.array([[1, 2], [0, 2]])), np.array([0, 0, 1]))
    assert tracks.label.tolist() == [0, 1, 1]
    assert tracks.merged_into.tolist() == [1, -1, -1]


def test_tracks_are_numbered_by_their_first_frame_then_row() -> None:
    frame = np.array([5, 0, 6, 1, 0, 1])
    assert join_tracks(Links(np.array([[0, 2], [4, 5], [1, 3]])), frame).label.tolist() == [2, 0, 2, 0, 1, 1]


def test_labels_may_be_any_numbers() -> None:
    label, frame = np.array([900, -1, 3, 900, 3]), np.array([2, 0, 0, 0, 9])
    assert pairs(read_links(label, frame)) == [(2, 4), (3, 0)]


def test_a_parent_or_goal_that_is_not_there_is_left_out() -> None:
    label, frame = np.array([0, 0]), np.array([0, 1])
    nowhere = np.array([7, 7])
    assert pairs(read_links(label, frame, nowhere, nowhere)) == [(0, 1)]
    assert pairs(read_links(np.array([-1]), np.array([0]), np.array([3]), np.array([3]))) == []


def test_a_parent_that_begins_later_is_left_out() -> None:
    label, frame = np.array([0, 0, 1, 1]), np.array([0, 1, 5, 6])
    assert pairs(read_links(label, frame, np.array([1, 1, -1, -1]))) == [(0, 1), (2, 3)]


def test_no_links_are_no_tracks() -> None:
    assert join_tracks(no_links(), np.array([0, 1])).label.tolist() == [-1, -1]
    assert len(join_tracks(no_links(), np.empty(0, dtype=np.int64))) == 0
    assert len(read_links(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))) == 0


@pytest.mark.parametrize(("pair", "said"), [([-1, 2], "[-1, 2]"), ([3, 3], "[3, 3]")])
def test_a_link_joins_two_rows(pair: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"a link joins two different rows, but link 1 joins {said}")):
        Links(np.array([[0, 1], pair]))


def test_every_link_needs_a_probability() -> None:
    # in a test the type refuses it first; in use, where types are not executed, the constructor does
    code = "import numpy, corpuscle.data.links as l; l.Links(numpy.array([[0, 1], [1, 2]]), numpy.array([0.5]))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ValueError: 2 links need as many probabilities, not 1" in ran.stderr


@pytest.mark.parametrize("bad", [-0.01, 1.01, np.inf])
def test_a_probability_lies_in_0_to_1(bad: float) -> None:
    with pytest.raises(ValueError, match=f"a probability lies in 0 to 1, but link 1 has {bad}"):
        Links(np.array([[0, 1], [1, 2]]), np.array([np.nan, bad]))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"runner_up_probability": [0.5, 1.5]}, "a runner-up's probability lies in 0 to 1, but link 1 has 1.5"),
        ({"identity": [-1.0, 0.5]}, "an identity's probability lies in 0 to 1, but link 0 has -1.0"),
        ({"runner_up": [-2, -1]}, "a runner-up is a third row, or -1 for none, but link 0 has -2"),
        ({"runner_up": [-1, 1]}, "a runner-up is a third row, or -1 for none, but link 1 has 1"),
    ],
)
def test_what_goes_with_a_link_is_checked(columns: dict[str, list[float]], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Links(np.array([[0, 1], [1, 2]]), **{name: np.array(values) for name, values in columns.items()})


def test_a_runner_up_is_an_earlier_row_that_exists() -> None:
    pair, frame = np.array([[0, 2]]), np.array([0, 1, 1])
    with pytest.raises(ValueError, match="a runner-up names row 7, but there are 3 rows"):
        join_tracks(Links(pair, runner_up=np.array([7])), frame)
    said = r"but that of row 2 \(frame 1\) is row 1 \(frame 1\)"
    with pytest.raises(ValueError, match=said):
        join_tracks(Links(pair, runner_up=np.array([1])), frame)


def test_a_link_names_rows_that_exist() -> None:
    with pytest.raises(ValueError, match="a link names row 5, but there are 3 rows"):
        join_tracks(Links(np.array([[0, 5]])), np.arange(3))


@pytest.mark.parametrize("frame", [[3, 3], [4, 3]])
def test_a_link_goes_forward_in_time(frame: list[int]) -> None:
    said = rf"a link goes forward in time, but the one from row 0 \(frame {frame[0]}\) ends in row 1 \(frame 3\)"
    with pytest.raises(ValueError, match=said):
        join_tracks(Links(np.array([[0, 1]])), np.array(frame))


def test_a_link_between_two_tracks_that_go_on_is_refused() -> None:
    links = Links(np.array([[0, 2], [1, 3], [0, 3], [2, 4], [3, 5]]))
    with pytest.raises(ValueError, match=r"rows \[0, 3\] joins two that (both )?go on"):
        join_tracks(links, np.array([0, 0, 1, 1, 2, 2]))
