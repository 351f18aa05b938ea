"""A net of places learns pairs of hits, and is used where it was trained."""

import dataclasses
from pathlib import Path

import numpy as np

from corpuscle.data.event import NOISE
from corpuscle.data.neighbours import pair_neighbours
from corpuscle.data.settings import build_method
from corpuscle.linking.hits import HIT_LINKERS
from corpuscle.metrics.hit_pairs import score_pairs
from corpuscle.simulation.helical import Helix
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine
from corpuscle.training.pair_embedding import PairEmbeddingTrainer, draw_pairs
from corpuscle.training.run import Run

TINY = {"epochs": 3, "batches": 12, "experiments": 1, "tracks": 25, "validation": 1, "width": 32, "layers": 2}


def test_a_net_learns_to_find_pairs(tmp_path: Path) -> None:
    trainer = build_method(PairEmbeddingTrainer, TINY)
    run = Run(folder=tmp_path / "run", method="pair-embedding", settings=dataclasses.asdict(trainer), seed=0)
    history = train(trainer, run, Machine(accelerator="cpu"))
    assert history[-1].validation_loss < history[0].validation_loss
    hits = Helix(tracks=100, tracks_per_event=25).simulate(np.random.default_rng(5)).hits
    linker = HIT_LINKERS["pair-embedding"](weights=str(run.folder), radius=1.0)
    found = linker.link(hits.event, hits.position, hits.layer)
    truth = pair_neighbours(hits.event, hits.track, hits.position)
    scores = score_pairs(found.pair, found.distance, truth, np.linspace(0.02, 1.0, 50).tolist())
    assert max(score.f1 for score in scores) > 0.7


def test_random_pairs_are_of_one_event_and_of_different_tracks() -> None:
    hits = Helix(tracks=20, tracks_per_event=5, noise=8.0).simulate(np.random.default_rng(0)).hits
    one, other = draw_pairs(hits, np.random.default_rng(1), each=3).T
    np.testing.assert_array_equal(hits.event[one], hits.event[other])
    assert (one != other).all()
    alike = hits.track[one] == hits.track[other]
    assert (hits.track[one][alike] == NOISE).all()
    assert alike.any()


def test_a_batch_is_the_same_from_the_same_seed() -> None:
    trainer = build_method(PairEmbeddingTrainer, TINY)
    one, other = (trainer.draw_batch(np.random.default_rng(3), 2) for _ in range(2))
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(one, other, strict=True))
    feature, event, owner, same, _ = one
    assert feature.shape == (500, 3)
    assert len(same) == 450
    assert (owner[same[:, 0]] == owner[same[:, 1]]).all()
    assert (event[same[:, 0]] == event[same[:, 1]]).all()
