"""What holds for every study: one scene for all methods, seeds from values, verdicts that a machine can read."""

import dataclasses
import hashlib
import inspect
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.data.scene import Scene
from corpuscle.studies import study as declaration
from corpuscle.studies.case import TRAINING, Case
from corpuscle.studies.fitting.kept import Kept
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.linking.pair import Pair
from corpuscle.studies.patches.image_set import Dealt
from corpuscle.studies.run import list_jobs, sort_rows
from corpuscle.studies.studies import STUDIES
from corpuscle.studies.study import Study

SOURCE = Path(__file__).parents[2].parent / "shared" / "sources" / "mishra2024-particle-tracking.md"
SCALES: tuple[declaration.ScaleName, ...] = ("quick", "paper")

each_study = pytest.mark.parametrize("name", STUDIES)
each_published = pytest.mark.parametrize("name", [name for name in STUDIES if name.startswith("mishra2024")])


@each_study
def test_it_is_declared_under_its_name(name: str) -> None:
    study = STUDIES[name]
    assert study.name == name
    assert study.claim
    assert study.assumed
    assert set(study.worlds) == set(SCALES)


@each_study
@pytest.mark.parametrize("scale", ["quick", pytest.param("paper", marks=pytest.mark.slow)])
def test_every_method_meets_every_scene(name: str, scale: declaration.ScaleName) -> None:
    study = STUDIES[name]
    met: dict[str, set[int]] = {}
    for seed, method in sort_rows(study, scale):
        met.setdefault(method, set()).add(seed)
    for case in study.list_worlds(scale):
        scenes = {case.derive_seed(repeat) for repeat in range(study.worlds[scale].count_repeats(case))}
        there = [method.name for method in study.list_methods(scale) if method.meets(case)]
        assert there
        assert all(scenes <= met[method] for method in there)
    rows = [row for job in list_jobs(study, scale) for row in job.rows]
    assert len(rows) == len(set(rows))
    assert set(rows) == set(sort_rows(study, scale))


@each_study
def test_no_method_has_a_say_in_the_scene(name: str) -> None:
    assert list(inspect.signature(Case.derive_seed).parameters) == ["self", "repeat"]
    case = STUDIES[name].worlds["quick"].worlds[0]
    if case.files:
        pytest.skip("its scenes come from files")
    one, other = case.draw_scene(0), dataclasses.replace(case).draw_scene(0)  # type: ignore[type-var] # every leaf is one
    np.testing.assert_array_equal(list_positions(one), list_positions(other))


def list_positions(scene: Any) -> np.ndarray:
    """The positions that a method is given, whatever the study is about."""
    if isinstance(scene, Dealt):
        return np.concatenate([scene.training, scene.validation, scene.test])
    if isinstance(scene, Kept):
        return np.asarray(scene.shards.choose(np.arange(20)).position)
    if isinstance(scene, Shown):
        return np.asarray(scene.pixels.value)
    return np.asarray((scene.detections if isinstance(scene, Scene) else scene.hits).position)


@each_study
def test_seeds_differ_between_worlds_and_repeats(name: str) -> None:
    for scale in SCALES:
        grid = STUDIES[name].worlds[scale]
        repeats = (0, 1, 2, TRAINING, TRAINING + 1)
        seeds = [case.derive_seed(repeat) for case in grid.worlds for repeat in repeats]
        assert len(set(seeds)) == len(seeds)
        assert all(0 < grid.count_repeats(case) < TRAINING for case in grid.worlds)


@each_study
@pytest.mark.parametrize("scale", SCALES)
def test_its_words_are_about_columns_that_its_worlds_have(name: str, scale: declaration.ScaleName) -> None:
    study = STUDIES[name]
    columns = {tuple(case.columns) for case in study.worlds[scale].worlds}
    assert len(columns) == 1
    of_methods = {column for method in study.methods for column in method.columns}
    assert set(study.columns) | set(study.facets) <= set(*columns)
    assert study.axis[0] in set(*columns) | of_methods
    assert len(study.facets) <= 2


SEALED = {
    "mishra2024-fig2a": "6a0a82489468bfa9",
    "mishra2024-fig2b": "6a0a82489468bfa9",
    "mishra2024-fig2c": "6a0a82489468bfa9",
    "mishra2024-fig3": "3e11dee7ec877014",
    "mishra2024-fig4": "386e5214fad89f47",
    "mishra2024-fig5": "6b233c7b567ca481",
    "mishra2024-fig6": "54b67abb18db5ab5",
}
"""The worlds and repeats of each published study, and their first seeds: stored runs rest on them."""


@each_published
def test_stored_runs_of_the_published_figures_stand(name: str) -> None:
    study = STUDIES[name]
    declared = [{key: study.declare(scale)[key] for key in ("worlds", "repeats")} for scale in SCALES]
    seeds = [
        [case.derive_seed(repeat) for case in study.worlds[scale].worlds for repeat in range(5)] for scale in SCALES
    ]
    assert hashlib.sha256(json.dumps([declared, seeds]).encode()).hexdigest()[:16] == SEALED[name]


def test_a_seed_comes_from_the_values_of_its_world_alone() -> None:
    case = Pair(start="origin", frames=8, measurement_noise=1.0)
    assert case.derive_seed(0) == 6942210289346711397
    assert case.derive_seed(0) == Pair(start="origin", frames=8, measurement_noise=1).derive_seed(0)


@each_study
def test_it_travels_to_a_worker(name: str) -> None:
    study: Study = pickle.loads(pickle.dumps(STUDIES[name]))
    assert study.declare("quick") == STUDIES[name].declare("quick")
    json.dumps(study.declare("paper"))


@each_published
def test_both_scales_decide_the_claim_at_the_same_start(name: str) -> None:
    starts = [STUDIES[name].worlds[scale].worlds[0].columns["start"] for scale in ("quick", "paper")]
    assert starts[0] == starts[1]


@each_published
def test_the_ceiling_and_the_controls_are_in_it(name: str) -> None:
    methods = {method.name for method in STUDIES[name].list_methods("quick")}
    if name != "mishra2024-fig5":
        assert {"exact", "constant", "untrained", "nearest", "merged", "mht"} <= methods


@each_published
def test_the_claim_is_the_sentence_of_the_source(name: str) -> None:
    if not SOURCE.exists():
        pytest.skip("the source text is not here")
    text = SOURCE.read_text(encoding="utf-8").replace("$\\text{transformer}_{", "transformer_").replace("}$", "")
    # a figure stands in the middle of one sentence
    assert STUDIES[name].claim.removeprefix("Fig. 4 also ") in " ".join(text.split())


def test_an_unknown_study_is_told_from_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no study 'mishra2024-fig2'; there are .*did you mean"):
        STUDIES["mishra2024-fig2"]
    with pytest.raises(ValueError, match="no scale 'full'; there are quick, paper"):
        declaration.find_scale("full")
