"""What holds for every study: one scene for all methods, seeds from values, verdicts that a machine can read."""

import dataclasses
import inspect
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from corpuscle.studies import study as declaration
from corpuscle.studies.run import list_jobs, sort_rows
from corpuscle.studies.studies import STUDIES
from corpuscle.studies.study import Case, Study

SOURCE = Path(__file__).parents[2].parent / "shared" / "sources" / "mishra2024-particle-tracking.md"
SCALES = ("quick", "paper")

each_study = pytest.mark.parametrize("name", STUDIES)


@each_study
def test_it_is_declared_under_its_name(name: str) -> None:
    study = STUDIES[name]
    assert study.name == name
    assert study.claim
    assert study.assumed
    assert set(study.worlds) == set(SCALES)


@each_study
@pytest.mark.parametrize("scale", SCALES)
def test_every_method_meets_every_scene(name: str, scale: declaration.ScaleName) -> None:
    study = STUDIES[name]
    met: dict[str, set[tuple[object, ...]]] = {}
    for start, frames, noise, method, repeat in sort_rows(study, scale):
        met.setdefault(method, set()).add((start, frames, noise, repeat))
    assert len(set(map(frozenset, met.values()))) == 1
    rows = [row for job in list_jobs(study, scale) for row in job.rows]
    assert len(rows) == len(set(rows))
    assert set(rows) == set(sort_rows(study, scale))


@each_study
def test_no_method_has_a_say_in_the_scene(name: str) -> None:
    assert list(inspect.signature(Case.derive_seed).parameters) == ["self", "repeat"]
    case = STUDIES[name].worlds["quick"].worlds[0]
    one, other = case.simulate(0), dataclasses.replace(case).simulate(0)
    np.testing.assert_array_equal(one.detections.position, other.detections.position)


@each_study
def test_seeds_differ_between_worlds_and_repeats(name: str) -> None:
    cases = STUDIES[name].worlds["paper"].worlds
    seeds = [case.derive_seed(repeat) for case in cases for repeat in range(3)]
    assert len(set(seeds)) == len(seeds)


def test_a_seed_comes_from_the_values_of_its_world_alone() -> None:
    case = Case(start="origin", frames=8, measurement_noise=1.0)
    assert case.derive_seed(0) == 6942210289346711397
    assert case.derive_seed(0) == Case(start="origin", frames=8, measurement_noise=1).derive_seed(0)


@each_study
def test_it_travels_to_a_worker(name: str) -> None:
    study: Study = pickle.loads(pickle.dumps(STUDIES[name]))
    assert study.declare("quick") == STUDIES[name].declare("quick")
    json.dumps(study.declare("paper"))


@each_study
def test_both_scales_decide_the_claim_at_the_same_start(name: str) -> None:
    starts = [STUDIES[name].worlds[scale].worlds[0].start for scale in ("quick", "paper")]
    assert starts[0] == starts[1]


@each_study
def test_the_ceiling_and_the_controls_are_in_it(name: str) -> None:
    methods = {method.name for method in STUDIES[name].list_methods("quick")}
    if name != "mishra2024-fig5":
        assert {"exact", "constant", "untrained", "nearest", "merged", "mht"} <= methods


@each_study
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
