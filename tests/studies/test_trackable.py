"""What is foreseen comes true; what cannot be foreseen is said."""

import math
from typing import Any

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links, no_links
from corpuscle.data.progress import listening
from corpuscle.data.scene import Scene
from corpuscle.estimation.learn import Learned
from corpuscle.estimation.posterior.population import Population
from corpuscle.linking.linkers import LINKERS
from corpuscle.metrics.links import score_links
from corpuscle.simulation.worlds import WORLDS
from corpuscle.studies.linking import ranking
from corpuscle.studies.linking.compare import Row
from corpuscle.studies.linking.ranking import choose, rank, rank_linkers
from corpuscle.studies.linking.trackable import Level, build_told, find_limit, foresee, measure_diffusion, measure_way

CROWD: dict[str, Any] = {"particles": 30, "frames": 20, "spacing": 8.0, "step": 2.0, "field": "reflecting"}
LEARNED = Learned(population=Population(step=2.0), error={"step": 0.05}, links=500.0, confidence=0.9, turns=3)


def crowd(seed: int = 0, **more: Any) -> Scene:
    scene: Scene = WORLDS["brownian"](**{**CROWD, **more}).simulate(np.random.default_rng(seed))
    return scene


def learn(detections: Detections) -> Learned:
    return LEARNED


def test_what_is_foreseen_is_what_linking_gives() -> None:
    found = foresee(crowd().detections, scenes=6, learn=learn)
    given = []
    for seed in range(6):
        scene = crowd(seed)
        given.append(
            score_links(build_told(LINKERS["marginal"], LEARNED.population).link(scene.detections), scene.truth)
        )
    mean = float(np.mean([score.jaccard for score in given]))
    assert found.here.jaccard == pytest.approx(mean, abs=0.03)
    assert found.ratio == pytest.approx(0.25, rel=0.1)
    assert found.crowd.particles == 30


def test_longer_intervals_and_higher_densities_are_worse() -> None:
    found = foresee(crowd().detections, method="lap", scenes=4, learn=learn)
    for levels in (found.intervals, found.densities):
        jaccards = [level.jaccard for level in levels]
        assert jaccards == sorted(jaccards, reverse=True)
        assert all(level.low <= level.jaccard <= level.high for level in levels)
    assert [level.factor for level in found.intervals] == [1, 2, 4, 8]
    assert found.densities[0] == found.intervals[0]
    assert found.intervals[-1].diffusion_bias < -0.1
    values = found.list_values()
    assert values["learned"]["step"] == {"value": 2.0, "error": 0.05}
    assert values["limits"]["0.9"]["interval"] <= 8


def test_the_same_seed_foresees_the_same() -> None:
    one, again = (foresee(crowd().detections, method="lap", scenes=2, learn=learn).here for _ in range(2))
    assert one == again
    assert foresee(crowd().detections, method="lap", scenes=2, seed=9, learn=learn).here != one


def test_progress_is_told() -> None:
    heard: list[tuple[str, int, int]] = []
    with listening(lambda *step: heard.append(step)):
        foresee(crowd().detections, method="nearest", scenes=2, learn=learn)
    assert heard[-1] == ("foreseeing", 12, 12) or ("foreseeing", 12, 12) in heard


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "lop"}, "no linker 'lop'; there are"),
        ({"method": "exact"}, "linker 'exact' cannot link these detections: it is made for 2 detections a frame"),
        ({"scenes": 1}, "expected 2 scenes or more, so that there is an interval, not 1"),
    ],
)
def test_a_mistake_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        foresee(crowd().detections, learn=learn, **options)


def test_too_little_to_learn_from_is_said() -> None:
    few = Detections(np.array([0, 1]), np.zeros((2, 2)))
    for ask in (foresee, rank_linkers):
        with pytest.raises(ValueError, match="learning needs 40 detections in 4 frames, and here are 2 in 2"):
            ask(few)


def test_a_limit_lies_between_levels_or_nowhere() -> None:
    def make(*jaccards: float) -> list[Level]:
        more = {"error": 0.0, "low": 0.0, "high": 1.0, "diffusion_bias": 0.0, "diffusion_error": 0.0}
        return [Level(factor=2.0**k, jaccard=jaccard, **more) for k, jaccard in enumerate(jaccards)]

    assert find_limit(make(0.8, 0.7), 0.9) == 0.0
    assert find_limit(make(0.95, 0.92), 0.9) == math.inf
    assert find_limit(make(1.0, 0.95, 0.85), 0.9) == pytest.approx(2 * 2**0.5)


def test_a_diffusion_coefficient_is_that_of_the_walk() -> None:
    scene = crowd(frames=200, measurement_noise=1.0)
    detections = scene.detections
    detection = scene.truth.detection
    assert detection is not None
    same = np.diff(scene.truth.track) == 0
    links = Links(np.stack([detection[:-1][same], detection[1:][same]], axis=1))
    step = 2.0
    assert measure_diffusion(links, detections, 1.0) == pytest.approx(step**2 / 2, rel=0.1)
    assert math.isnan(measure_diffusion(no_links(), detections, 1.0))
    gaps = Links(np.array([[0, len(detections) - 1]]))
    assert math.isnan(measure_diffusion(gaps, detections, 1.0))


def test_the_way_of_two_kinds_is_that_of_both() -> None:
    assert measure_way(Population(step=2.0, slow_step=1.0, slow_share=0.25)) == pytest.approx(3.25**0.5)


def test_linkers_are_ranked_beside_the_first_and_the_cheapest_of_equals_is_chosen() -> None:
    def row(method: str, scene: int, score: float, microseconds: float) -> Row:
        return Row(
            method=method, scene=scene, settings=method, values={"link_jaccard": score}, microseconds=microseconds
        )

    rows = []
    for scene in range(8):
        base = 0.5 + 0.05 * scene
        rows += [row("best", scene, base + 0.1 + 0.01 * (scene % 2), 50.0), row("equal", scene, base + 0.105, 5.0)]
        rows += [row("poor", scene, base, 1.0)]
    places = rank(rows)
    assert [place.method for place in places] == ["best", "equal", "poor"] or places[1].method == "best"
    assert [place.tied for place in places] == [True, True, False]
    assert places[-1].behind == pytest.approx(0.105)
    assert choose(places) == "equal"


def test_all_linkers_made_for_the_scenes_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "UNTOLD", ())  # learning from every scene takes a minute
    found = rank_linkers(crowd(particles=15, frames=12).detections, scenes=3, learn=learn)
    ranked = [place.method for place in found.places]
    assert {"nearest", "lap", "cover", "kalman", "marginal"} <= set(ranked)
    assert "constant" not in ranked
    assert "untrained" not in ranked
    assert found.left_out["exact"].startswith("it is made for 2 detections a frame")
    assert found.chosen in ranked
    assert ranked.index("nearest") > ranked.index("lap")
    values = found.list_values()
    assert values["ranking"][0]["behind"] == 0.0
    assert values["learned"]["step"]["value"] == 2.0


def test_a_linker_that_is_too_slow_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "SLOW", -1.0)
    assert ranking.find_reason("lap", LINKERS["lap"](gate=8.0), [crowd()]) == "it takes 0 s for one scene"
