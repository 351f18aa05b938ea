"""Squared displacements along tracks, and what they sum up to when tracks and links are drawn anew."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Rows in tracks, sorted by track, then by frame.

    Args:
        track: the track of each row, numbered from 0 without holes.
        frame: its frame.
        position: its position [length].
        sure: how likely the link into each row is true; 1 at a track's first row and where nobody says.
    """

    track: Int[np.ndarray, " n"]
    frame: Int[np.ndarray, " n"]
    position: Float[np.ndarray, "n d"]
    sure: Float[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.track)

    @property
    def tracks(self) -> int:
        """How many tracks there are."""
        return int(self.track.max(initial=-1)) + 1

    @property
    def space(self) -> int:
        """The number of dimensions."""
        return int(self.position.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of all sums: squared displacements over 1, 2, ... lags, and products of two steps in a row.

    A term belongs to a track and spans the links after its first row up to its last: it counts only where all of them
    are true. Columns 0 to `lags - 1` are squared displacements [length^2], the last one products [length^2].

    Args:
        track: the track of each term.
        first: its first row.
        last: its last row.
        column: which sum it is a term of.
        value: its value [length^2].
        tracks: how many tracks there are.
        lags: how many lags there are.
        stride: the frames of one lag.
        space: the number of dimensions.
    """

    track: Int[np.ndarray, " e"]
    first: Int[np.ndarray, " e"]
    last: Int[np.ndarray, " e"]
    column: Int[np.ndarray, " e"]
    value: Float[np.ndarray, " e"]
    tracks: int
    lags: int
    stride: int
    space: int

    def add_up(self, weight: Float[np.ndarray, " e"]) -> "Sums":
        """Sum the terms of each track, weighed."""
        columns = self.lags + 1
        place, shape = self.track * columns + self.column, (self.tracks, columns)
        total = np.bincount(place, weight * self.value, minlength=self.tracks * columns).reshape(shape)
        return Sums(total, np.bincount(place, weight, minlength=self.tracks * columns).reshape(shape), self)

    def select(self, kept: Bool[np.ndarray, " e"]) -> "Terms":
        """Give some of the terms."""
        names = ("track", "first", "last", "column", "value")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Summed terms and their number (their summed weights), a row each for every track or draw.

    Args:
        total: sum of each column [length^2].
        count: number of its terms.
        terms: what was summed.
    """

    total: Float[np.ndarray, "k c"]
    count: Float[np.ndarray, "k c"]
    terms: Terms

    @property
    def squared(self) -> Float[np.ndarray, "k l"]:
        """Mean squared displacement over 1, 2, ... lags, all axes together [length^2]; NaN without any."""
        return divide(self.total[:, :-1], self.count[:, :-1])

    @property
    def product(self) -> Float[np.ndarray, " k"]:
        """Mean scalar product of two steps in a row [length^2]; NaN without any."""
        return divide(self.total[:, -1], self.count[:, -1])

    def pool(self) -> "Sums":
        """Put all rows together."""
        return Sums(self.total.sum(axis=0, keepdims=True), self.count.sum(axis=0, keepdims=True), self.terms)


def lay_paths(
    label: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    sure: Float[np.ndarray, " n"] | None = None,
) -> Paths:
    """Lay tracks out by track and frame; rows in no track (-1) are left out.

    >>> lay_paths(np.array([4, -1, 4]), np.array([1, 0, 0]), np.zeros((3, 2))).frame
    array([0, 1])
    """
    rows = np.flatnonzero(label >= 0)
    rows = rows[np.lexsort((frame[rows], label[rows]))]
    number = np.unique(label[rows], return_inverse=True)[1].astype(np.int64)
    begins = np.diff(number, prepend=-1) != 0
    likely = np.ones(len(rows)) if sure is None else np.nan_to_num(sure[rows], nan=1.0)
    return Paths(number, frame[rows].astype(np.int64), position[rows], np.where(begins, 1.0, likely))


def find_stride(paths: Paths) -> int:
    """Find the frames of one step: the most frequent distance of neighbouring rows of a track; 0 without any.

    >>> find_stride(lay_paths(np.zeros(4, int), np.array([0, 2, 4, 7]), np.zeros((4, 2))))
    2
    """
    steps = np.diff(paths.frame)[np.diff(paths.track) == 0]
    lengths, times = np.unique(steps, return_counts=True)
    return int(lengths[times.argmax()]) if len(steps) else 0


def list_terms(paths: Paths, lags: int) -> Terms:
    """List the terms of the first lags; frames that were missed have none.

    Args:
        paths: the tracks.
        lags: how many lags [steps of `find_stride` frames].
    """
    stride = find_stride(paths)
    span = int(paths.frame.max(initial=0)) + lags * max(stride, 1) + 1
    keys = paths.track * span + paths.frame
    firsts, lasts, columns, values = [], [], [], []
    follower = np.full(len(paths) + 1, -1)
    for lag in range(1, lags + 1 if stride else 1):
        last = np.minimum(np.searchsorted(keys, keys + lag * stride), len(paths) - 1)
        first = np.flatnonzero(keys[last] == keys + lag * stride)
        last = last[first]
        if lag == 1:
            follower[first] = last
        firsts.append(first)
        lasts.append(last)
        columns.append(np.full(len(first), lag - 1))
        values.append(((paths.position[last] - paths.position[first]) ** 2).sum(axis=1))
    middle = follower[:-1]
    both = np.flatnonzero((middle >= 0) & (follower[middle] >= 0))
    ahead, behind = follower[middle[both]], middle[both]
    step, next_step = paths.position[behind] - paths.position[both], paths.position[ahead] - paths.position[behind]
    first = np.concatenate([*firsts, both])
    return Terms(
        track=paths.track[first],
        first=first,
        last=np.concatenate([*lasts, ahead]),
        column=np.concatenate([*columns, np.full(len(both), lags)]).astype(np.int64),
        value=np.concatenate([*values, (step * next_step).sum(axis=1)]),
        tracks=paths.tracks,
        lags=lags,
        stride=stride,
        space=paths.space,
    )


def weigh_terms(terms: Terms, sure: Float[np.ndarray, " n"]) -> Float[np.ndarray, " e"]:
    """Give how likely all links that a term spans are true: the product of their probabilities."""
    with np.errstate(divide="ignore"):
        doubt = np.cumsum(np.log(np.maximum(sure, np.finfo(np.float64).tiny)))
    return np.asarray(np.exp(doubt[terms.last] - doubt[terms.first]))


def draw_sums(terms: Terms, paths: Paths, generator: np.random.Generator, *, replicates: int, links: bool) -> Sums:
    """Sum up as many sets of tracks drawn anew, each set a row; with `links`, each of them cut where links are false.

    A set has as many tracks as there are, drawn with replacement, so that overlapping displacements stay together. In
    each draw a link is false with the chance 1 - p, and what spans a false link does not count.

    Args:
        terms: the terms of all sums.
        paths: the tracks.
        generator: where the chances come from.
        replicates: how many sets.
        links: whether links are drawn as well.
    """
    unsure = (np.bincount(paths.track, paths.sure < 1, minlength=paths.tracks) > 0) & links
    sums, open_terms = terms.add_up(np.ones(len(terms.track))), terms.select(unsure[terms.track])
    total, count = (np.where(unsure[:, None], 0.0, part) for part in (sums.total, sums.count))
    totals, counts = np.empty((replicates, terms.lags + 1)), np.empty((replicates, terms.lags + 1))
    for draw in range(replicates):
        weight = np.bincount(generator.integers(paths.tracks, size=paths.tracks), minlength=paths.tracks).astype(float)
        totals[draw], counts[draw] = weight @ total, weight @ count
        if len(open_terms.track):
            cuts = np.cumsum(generator.random(len(paths)) >= paths.sure)
            share = weight[open_terms.track] * (cuts[open_terms.first] == cuts[open_terms.last])
            columns = open_terms.column
            totals[draw] += np.bincount(columns, share * open_terms.value, minlength=terms.lags + 1)
            counts[draw] += np.bincount(columns, share, minlength=terms.lags + 1)
    return Sums(totals, counts, terms)


def divide(part: Float[np.ndarray, "..."], whole: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Divide, giving NaN for nothing of nothing."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
