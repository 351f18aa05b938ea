"""Weights come back as they were written, and a file that does not fit says why."""

import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from corpuscle.nets.weights import (
    Card,
    WeightsError,
    import_safetensors,
    import_torch,
    load_weights,
    read_card,
    write_weights,
)

CARD = Card(net="line", layout=1, settings={"width": 2}, training={"epochs": 3}, seed=7, version="0.1.0")


def write(path: Path) -> nn.Linear:
    net = nn.Linear(2, 2)
    write_weights(net, path, CARD)
    return net


def test_weights_and_card_come_back(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    net, other = write(path), nn.Linear(2, 2)
    assert read_card(path, net="line", layout=1) == CARD
    load_weights(other, path)
    torch.testing.assert_close(other.weight, net.weight, rtol=0, atol=0)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    write_weights(net, tmp_path / "again.safetensors", CARD)
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"no\.safetensors: expected a file of weights, and there is none; train one"
    ):
        read_card(tmp_path / "no.safetensors", net="line", layout=1)


def test_another_architecture(tmp_path: Path) -> None:
    write(tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="expected weights of 'curve', found those of 'line'"):
        read_card(tmp_path / "w.safetensors", net="curve", layout=1)


def test_another_version(tmp_path: Path) -> None:
    write(tmp_path / "w.safetensors")
    with pytest.raises(
        WeightsError, match=r"expected weights of layout 2 of 'line', found layout 1, .* corpuscle 0\.1\.0"
    ):
        read_card(tmp_path / "w.safetensors", net="line", layout=2)


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_another_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match="expected weights written by `corpuscle train`"):
        read_card(tmp_path / "w.safetensors", net="line", layout=1)


def test_weights_without_a_card(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "w.safetensors", metadata={"card": json.dumps({"net": "line"})})
    with pytest.raises(WeightsError, match="safetensors with settings"):
        read_card(tmp_path / "w.safetensors", net="line", layout=1)


def test_a_shape_that_does_not_fit(tmp_path: Path) -> None:
    write(tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"expected bias of shape \(3,\), found \(2,\)"):
        load_weights(nn.Linear(2, 3), tmp_path / "w.safetensors")


@pytest.mark.parametrize("name", ["torch", "safetensors"])
def test_what_is_not_installed_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"trained nets need {name}: pip install 'corpuscle\[learn\]'"):
        (import_torch if name == "torch" else import_safetensors)()
