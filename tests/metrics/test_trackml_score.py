"""The TrackML score is that of the challenge's own program, and of a plain loop."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.csv as arrow_csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpuscle
from corpuscle.cli.main import run
from corpuscle.metrics.trackml import score_hits

DATA = Path(__file__).parents[2].parent / "shared" / "data"
shared = pytest.mark.skipif(not DATA.is_dir(), reason=f"the reference data are not here: {DATA}")


def count_by_hand(track: list[int], particle: list[int], weight: list[float]) -> float:
    total = 0.0
    of_particle = Counter(particle)
    for one in set(track):
        inside = [k for k, other in enumerate(track) if other == one]
        shared_hits = Counter(particle[k] for k in inside)
        major = min(shared_hits, key=lambda name: (-shared_hits[name], name))
        if 2 * shared_hits[major] > len(inside) and 2 * shared_hits[major] > of_particle[major]:
            total += sum(weight[k] for k in inside if particle[k] == major)
    return total / sum(weight)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0.01, 1)), min_size=1, max_size=40))
def test_the_score_is_that_of_a_loop(hits: list[tuple[int, int, float]]) -> None:
    track, particle, weight = (list(column) for column in zip(*hits, strict=True))
    found = score_hits(np.array(track), np.array(particle) * 2**55, np.array(weight))
    assert found.score == pytest.approx(count_by_hand(track, particle, weight), abs=1e-12)


def test_half_is_not_more_than_half() -> None:
    half = score_hits(np.array([1, 1, 2, 2]), np.array([7, 8, 7, 8]), np.ones(4))
    assert (half.score, half.good_tracks) == (0.0, 0)


def test_noise_weighs_nothing_but_takes_part() -> None:
    found = score_hits(np.array([1, 1, 1, 1]), np.array([0, 0, 7, 7]), np.array([0, 0, 0.5, 0.5]))
    assert found.score == 0.0
    with pytest.raises(ValueError, match="add up to 0: there is nothing to score"):
        score_hits(np.zeros(2, int), np.zeros(2, int), np.zeros(2))


TRUTH = "hit_id,particle_id,weight\n3,4505867370102784,0.5\n9,4505867370102784,0.25\n11,4505867370102785,0.25\n"
SUBMISSION = "event_id,hit_id,track_id\n1,11,2\n1,9,1\n1,3,1\n"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("truth.csv").write_text(TRUTH)
    Path("submission.csv").write_text(SUBMISSION)


def test_a_submission_is_scored_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", "submission.csv", "--truth", "truth.csv", "--json", "-"]) == 0
    expected = {"trackml_score": 1.0, "tracks": 2, "good_tracks": 2, "hits": 3, "events": 1}
    assert json.loads(capsys.readouterr().out) == expected
    assert run(["score", "submission.csv", "--truth", "truth.csv"]) == 0
    assert "trackml_score  1.0000" in capsys.readouterr().out


def test_several_events_are_scored_apart() -> None:
    later = SUBMISSION.replace("\n1,", "\n2,").split("\n", 1)[1].replace("3,1", "3,2").replace("9,1", "9,3")
    Path("submission.csv").write_text(SUBMISSION + later)
    lines = TRUTH.splitlines()
    both = [f"event_id,{lines[0]}", *(f"{event},{line}" for event in (1, 2) for line in lines[1:])]
    Path("truth.csv").write_text("\n".join(both) + "\n")
    tables = (arrow_csv.read_csv(name) for name in ("submission.csv", "truth.csv"))
    found = corpuscle.score(*tables)
    assert (found["events"], found["trackml_score"]) == (2, 0.5)


MISTAKES = {
    "a hit is missing": (
        SUBMISSION.replace("1,9,1\n", ""),
        "expected as many hits as the truth has, 3, found 2; a sub",
    ),
    "a hit stands twice": (
        SUBMISSION.replace("1,9,", "1,11,"),
        "line 3: expected every hit once, found hit 11 of event",
    ),
    "another hit": (SUBMISSION.replace("1,9,", "1,10,"), "line 3: expected the hits of the truth, found hit 10 of ev"),
    "a track is no number": (
        SUBMISSION.replace("11,2", "11,a"),
        "line 2: expected a whole number .* 'track_id', found",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_submission_that_does_not_fit_is_refused(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, message = MISTAKES[case]
    Path("submission.csv").write_text(text)
    assert run(["score", "submission.csv", "--truth", "truth.csv"]) == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert re.search(message, said), said


def test_an_identifier_that_lost_digits_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("truth.csv").write_text(TRUTH.replace("4505867370102784,0.5", "4.50586737010278e+18,0.5"))
    assert run(["score", "submission.csv", "--truth", "truth.csv"]) == 2
    assert "a whole number from 0 in column 'particle_id'" in capsys.readouterr().err


def test_options_of_tracks_say_nothing_to_hits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", "submission.csv", "--truth", "truth.csv", "--gate", "3"]) == 2
    assert "--gate says nothing to hits and their tracks" in capsys.readouterr().err


@shared
def test_scores_equal_those_of_the_challenge() -> None:
    import pandas as pd

    truth = pd.read_csv(DATA / "trackml-small" / "event000000001-truth.csv.gz")
    cases = pd.read_csv(DATA / "trackml-score-vectors" / "submissions.csv.gz")
    expected = json.loads((DATA / "trackml-score-vectors" / "expected.json").read_text())
    for name, wanted in expected.items():
        found = corpuscle.score(cases[["hit_id", name]].rename(columns={name: "track_id"}), truth)
        assert found["trackml_score"] == pytest.approx(wanted["score"], abs=1e-12)
        assert (found["tracks"], found["good_tracks"]) == (wanted["n_tracks"], wanted["n_good_tracks"])
