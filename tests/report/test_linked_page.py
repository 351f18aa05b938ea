"""The page about links: everything in one file, the least certain links listed, and nothing to fetch."""

import re

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links, no_links
from corpuscle.data.tracks import join_tracks
from corpuscle.linking.classical.nearest import NearestNeighbour
from corpuscle.linking.result import Linked
from corpuscle.report.doubt import MANY_LINES
from corpuscle.report.linked import HEAD, LISTED, find_ends, list_least, make_linked_page


def make(detections: Detections, links: Links, *notes: str) -> Linked:
    return Linked(NearestNeighbour(gate=1.0), links, join_tracks(links, detections.frame), notes)


def walk(particles: int, frames: int, dimensions: int = 2) -> tuple[Detections, Linked]:
    """Particles in lines, their links less and less certain, each the runner-up of the next."""
    random = np.random.default_rng(0)
    frame = np.repeat(np.arange(frames), particles)
    detections = Detections(frame, random.normal(0, 5, (len(frame), dimensions)))
    earlier = np.arange(len(frame) - particles)
    pair = np.stack([earlier, earlier + particles], axis=1)
    said = np.linspace(1, 0.3, len(pair))
    other = earlier // particles * particles + (earlier + 1) % particles
    return detections, make(detections, Links(pair, said, other, (1 - said) / 2), "step 1.5 <learned>")


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("frames", [4, MANY_LINES])
def test_the_page_is_one_file_with_everything_in_it(dimensions: int, frames: int) -> None:
    detections, linked = walk(3, frames, dimensions)
    page = make_linked_page("a<b.csv", detections, linked, notes=["frame from 't'"], unit="um")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == page.count("</svg>") == 2
    assert not re.search(r"(src|href)=\"(?!#|data:)", page.replace("xlink:href", "href"))
    assert "<script" not in page
    assert "<h1>How sure the links of a&lt;b.csv are</h1>" in page
    assert f"{3 * frames:,} detections in {frames} frames" in page
    assert "NearestNeighbour(gate=1" in page
    assert "step 1.5 &lt;learned&gt;" in page
    assert "frame from &#x27;t&#x27;" in page
    assert ("x and y of x, y, z" in page) == (dimensions == 3)
    assert len(page) < 3_000_000


def test_the_least_certain_links_are_listed_first() -> None:
    detections, linked = walk(3, 30)
    lines = list_least(detections, linked)
    assert len(lines) == LISTED
    assert len(lines[0]) == len(HEAD)
    assert lines[0] == ["29", "2", "89", "86", "0.300", "84", "0.350", lines[0][-1]]
    assert [float(line[4]) for line in lines] == sorted(float(line[4]) for line in lines)


def test_what_is_not_known_is_left_open() -> None:
    detections = Detections(np.arange(3), np.zeros((3, 2)))
    linked = make(detections, Links(np.array([[0, 1], [1, 2]]), np.array([np.nan, 0.0004])))
    assert list_least(detections, linked) == [["2", "0", "2", "1", "0.0004", "none", "", ""]]
    page = make_linked_page("a.csv", detections, linked)
    assert "1.0 ± 0.0 of 1 links are wrong" in page


def test_the_end_of_a_track_is_its_last_row() -> None:
    """Also of one that another splits from in its last row, or that is merged into."""
    frame = np.array([0, 1, 2, 2, 3, 0, 1])
    links = Links(np.array([[0, 1], [1, 2], [1, 3], [3, 4], [5, 6], [6, 2]]), np.ones(6))
    linked = make(Detections(frame, np.zeros((7, 2))), links)
    assert find_ends(linked).tolist() == [2, 4, 6]


def test_frames_may_be_far_apart() -> None:
    """Frames are drawn where links end, and the empty ones between cost nothing."""
    detections = Detections(np.array([0, 10**9, 2 * 10**9]), np.zeros((3, 2)))
    page = make_linked_page("a.csv", detections, make(detections, Links(np.array([[0, 1], [1, 2]]), np.full(2, 0.5))))
    assert "1.0 ± 0.7 of 2 links are wrong" in page


def test_without_links_the_page_says_so() -> None:
    detections = Detections(np.array([0, 9]), np.zeros((2, 2)))
    page = make_linked_page("a.csv", detections, make(detections, no_links()))
    assert "Nothing is linked" in page
    assert "no link has a probability" in page
    assert "<svg" not in page
