"""Nets that fit say the same as ONNX files as they do in torch, for any number of tracks and hits."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.api.export import export
from corpuscle.cli.main import run
from corpuscle.data.event import TrackHits
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.buckets import fill_bucket, make_buckets
from corpuscle.fitting.learned.corrector import build_corrector
from corpuscle.fitting.learned.inputs import read_inputs
from corpuscle.fitting.learned.residuals import read_residuals
from corpuscle.fitting.learned.trackformer import build_regressor
from corpuscle.simulation.helical import Helix
from corpuscle.training.export import OPSET

CLOSE = 1e-5
"""How far the two may differ, in the units of the net."""

TRACKS = 2000


def test_without_torch_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["export", "corrector", "-o", str(tmp_path / "c.onnx")]) == 2
    assert "trained nets need torch: pip install 'corpuscle[learn]'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def draw_hits() -> tuple[TrackHits, Any]:
    world = Helix(tracks=TRACKS, tracks_per_event=TRACKS, holes=0.3)
    hits = world.simulate(np.random.default_rng(0)).hits.collect_tracks()
    return hits.choose(Karimaki().fit(hits, world.apparatus).valid), world.apparatus


def read(method: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Offsets, and what each hit is to the net."""
    hits, apparatus = draw_hits()
    if method == "trackformer":
        plain = read_inputs(hits, "chord")
        return plain.offset, [plain.feature]
    told = read_residuals(hits, apparatus, Karimaki().fit(hits, apparatus).parameters)
    return told.offset, [told.feature, told.residual]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["corrector", "trackformer"])
def test_onnx_says_what_torch_says(method: str, tmp_path: Path) -> None:
    pytest.importorskip(
        "onnxscript", reason="what torch writes ONNX with is not installed: pip install 'corpuscle[export]'"
    )
    runtime = pytest.importorskip("onnxruntime")
    assert run(["export", method, "-o", str(tmp_path / "net.onnx")]) == 0
    session = runtime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    net: torch.nn.Module = build_corrector("barrel") if method == "corrector" else build_regressor("chord")
    offset, arrays = read(method)
    # buckets of one length, of several, and one track alone in many places
    buckets = [*make_buckets(offset, at_once=300), fill_bucket(offset, np.array([5]), places=40)]
    for bucket in buckets:
        given = [np.where(bucket.real[..., None], array[bucket.hit], np.float32(0)) for array in arrays]
        with torch.inference_mode():
            said = net(*(torch.from_numpy(array) for array in (*given, bucket.real)))
        wanted = said if isinstance(said, tuple) else (said,)
        names = [port.name for port in session.get_inputs()]
        found = session.run(None, dict(zip(names, (*given, bucket.real), strict=True)))
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, other.numpy(), rtol=CLOSE, atol=CLOSE)
    onnx = pytest.importorskip("onnx")
    model = onnx.load(tmp_path / "net.onnx")
    assert [each.version for each in model.opset_import if not each.domain] == [OPSET]
    notes = {each.key: json.loads(each.value) for each in model.metadata_props}
    assert notes["net"] == method
    assert notes["settings"]["width"] == 32
    assert "corpuscle.fitting.learned" in notes["input"]
    axes = [axis.dim_param for axis in model.graph.input[-1].type.tensor_type.shape.dim]
    assert axes == ["track", "hit"]


def test_a_file_that_exists_is_kept(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_text("mine")
    with pytest.raises(FileExistsError, match="--force"):
        export("corrector", tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_text() == "mine"


def test_what_has_no_net_that_fits(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected corrector, trackformer or the folder of a run .* not 'karimaki'"):
        export("karimaki", tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"no fitter 'correcter'; there are .*did you mean 'corrector'"):
        export("correcter", tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"no weights 'endcap'; there are barrel, or name a file"):
        export("corrector", tmp_path / "net.onnx", weights="endcap")
    assert not list(tmp_path.iterdir())


def test_a_run_has_its_own_weights(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is the folder of a run, which has its own weights: leave weights=barrel out"):
        export(str(tmp_path), tmp_path / "net.onnx", weights="barrel")


def test_what_writes_onnx_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxscript", None)
    with pytest.raises(ImportError, match=r"writing ONNX needs onnx and onnxscript: pip install 'corpuscle\[export\]'"):
        export("corrector", tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_options_of_images_are_refused_for_fitters(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="corrector: --data and --int8 are for nets that name images: vit, simple-vit"):
        export("corrector", tmp_path / "c.onnx", int8=True)
