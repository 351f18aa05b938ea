"""`corpuscle cost` of nets that read images, as a user types it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from corpuscle.cli.main import MISTAKE, run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_cell_of_the_cifar_study(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "cifar-vit", "--set", "patch=16", "--set", "depth=2", "--json", "-"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["parameters"], values["multiply_adds"]) == (2_531_780, 2_732_032)
    assert values["latency"] > 0
    assert values["memory"] > 0
    assert (values["method"], values["batch"], values["channels"], values["size"]) == ("cifar-vit", 1, 3, 32)


def test_a_table_and_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "cnn", "--set", "size=40", "--batch", "3", "--json", "cost.json"]) == 0
    assert "microseconds an image" in capsys.readouterr().out
    values = json.loads(Path("cost.json").read_text())
    assert (values["batch"], values["size"]) == (3, 40)


def test_no_blocks_are_the_control(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "vit", "--set", "depth=0", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == 7105


def test_a_net_that_places_hits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "pair-embedding", "--set", "layers=2", "--set", "width=16", "--set", "places=4"]) == 0
    assert "multiplications with an addition, a hit" in capsys.readouterr().out
    assert (
        run(["cost", "pair-embedding", "--set", "layers=2", "--set", "width=16", "--set", "places=4", "--json", "-"])
        == 0
    )
    cost = json.loads(capsys.readouterr().out)
    products = 3 * 16 + 16 * 16 + 16 * 4
    assert (cost["multiply_adds"], cost["parameters"]) == (products, products + 16 + 16 + 4 + 2 * 2 * 16)


MISTAKES = {
    "a batch of hits": (
        ["pair-embedding", "--batch", "4"],
        "pair-embedding is a net that places hits.* leave batch out",
    ),
    "no such net": (["vti"], "no linker, fitter or net 'vti'; there are .*, cct, cms-vit, .*did you mean 'vit'"),
    "patch": (["vit", "--set", "patch=7"], "7 does not divide 32: set patch to one of 1, 2, 4, 8, 16, 32"),
    "setting": (["vit", "--set", "layers=2"], "vit has no setting 'layers'; there are: size"),
    "value": (["vit", "--set", "pool=max"], "vit.pool: expected one of token, mean, flatten"),
    "kind": (["vit", "--set", "attention=standard,odd"], "vit.attention: expected one of standard, reattention"),
    "frames": (["vit", "--frames", "9"], "vit is a net that reads images, which has no frames here; .* with batch"),
    "batch": (
        ["lap", "--batch", "9"],
        "lap is a linker, which has no batch here; its cost is measured with frames",
    ),
    "no batch": (["vit", "--batch", "0"], "--batch"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = MISTAKES[name]
    assert run(["cost", *arguments]) == MISTAKE
    told = " ".join(capsys.readouterr().err.split())
    assert re.search(message, told), told


def test_counting_imports_no_torch() -> None:
    code = (
        "import sys; from corpuscle.identification.nets import IMAGE_NETS, find_shape; "
        "print(sum(find_shape(name).count().parameters for name in IMAGE_NETS), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "False"
