"""Jets of Pythia and FastJet against what another program measured with the same settings, and the laws of worlds."""

import itertools
from typing import Any

import numpy as np
import pytest

from corpuscle.api.images import simulate_images
from corpuscle.io.images.store import open_images
from corpuscle.simulation.pythia import Jet, PythiaJets
from tests.laws import test_image_worlds as laws

pytestmark = pytest.mark.slow

MEASURED = {"gluon": (32.8, 14.0, 0.114, 0.305), "quark": (22.9, 9.6, 0.075, 0.401)}
"""Means of a thousand jets or more: constituents, charged ones above 0.5 GeV, width, pT dispersion."""


@pytest.fixture(autouse=True)
def _programs() -> None:
    pytest.importorskip("pythia8mc", reason="needs pip install 'corpuscle[pythia]'", exc_type=ImportError)
    pytest.importorskip("fastjet", reason="needs pip install 'corpuscle[pythia]'", exc_type=ImportError)


def observe(jet: Jet) -> tuple[float, ...]:
    """Give the number of constituents and of charged ones, the width and the dispersion of a jet."""
    particle, charge = jet.particle[jet.constituent], jet.charge[jet.constituent]
    share = particle[:, 0] / particle[:, 0].sum()
    charged = ((charge != 0) & (particle[:, 0] > 0.5)).sum()
    width = (share * np.hypot(particle[:, 1], particle[:, 2])).sum()
    return len(particle), charged, width, np.sqrt((share**2).sum())


@pytest.mark.parametrize("name", ["quark", "gluon"])
def test_jets_are_those_that_were_measured(name: str) -> None:
    world, count = PythiaJets(), 400
    jets = list(itertools.islice(world.find_jets(world.classes.index(name), 11), count))
    found = np.array([observe(jet) for jet in jets])
    error = found.std(axis=0) / np.sqrt(count)
    assert (abs(found.mean(axis=0) - MEASURED[name]) < 4 * error).all()
    # a jet is the sum of its constituents
    for jet in jets[:20]:
        pt, eta, phi, energy = jet.particle[jet.constituent].T
        eta, phi = eta + jet.eta, phi + jet.phi
        total = np.array([energy, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]).sum(axis=1)
        np.testing.assert_allclose(np.hypot(total[1], total[2]), jet.pt, rtol=1e-9)
        np.testing.assert_allclose(total[0] ** 2 - (total[1:] ** 2).sum(), jet.mass**2, rtol=1e-6)


def test_the_laws_of_worlds_hold() -> None:
    laws.test_the_same_seed_gives_the_same_images("pythia-jets")
    laws.test_more_images_begin_with_the_same_and_a_stream_goes_on_anywhere("pythia-jets")
    laws.test_any_beginning_has_as_many_of_each_class_in_an_order_of_chance("pythia-jets", 51)
    laws.test_settings_and_sources_are_told("pythia-jets")
    laws.test_nonsense_is_refused("pythia-jets", -1)
    assert len(laws.simulate("pythia-jets", events=0)) == 0


def test_a_store_of_them_says_pythia_and_gluons_have_more_tracks(tmp_path: Any) -> None:
    told = simulate_images("pythia-jets", tmp_path / "jets", settings={"events": 200})
    store = open_images(tmp_path / "jets")
    assert store.card["source"]["kind"] == "pythia"
    assert store.card["labels"]["verdict"] == "agree"
    assert "kind pythia" in told[0]
    assert store.layout.channels == laws.make("jets").channels


def test_jets_that_do_not_come_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpuscle.simulation.pythia.PATIENCE", 40)
    with pytest.raises(ValueError, match="none of 40 collisions had a leading jet above least_jet=400 GeV"):
        next(PythiaJets(least_jet=400.0).find_jets(0, 1))
