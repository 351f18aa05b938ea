"""Shapes against plain numpy, graphs against scikit-learn, and what is refused."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuscle.data.images import gather_images
from corpuscle.data.pixels import Pixels
from corpuscle.identification.classical.features import choose_features, list_features, measure_features
from corpuscle.identification.classical.logistic import Logistic
from corpuscle.identification.classical.shapes import list_shapes, measure_shapes
from corpuscle.io.errors import FormatError


def draw(seed: int, shape: tuple[int, int, int], count: int = 6, *, negative: bool = False) -> np.ndarray:
    random = np.random.default_rng(seed)
    dense = random.exponential(size=(count, *shape)) * (random.random((count, *shape)) < 0.2)
    if negative:
        dense[:, -1] *= random.choice([-1, 1], dense[:, -1].shape)
    dense[0] = 0
    return dense.astype(np.float32)


def keep(dense: np.ndarray) -> Pixels:
    return gather_images(dense, label=np.zeros(len(dense), np.int64), names=("one",)).pixels


def measure_one(channel: np.ndarray) -> dict[str, float]:
    """Measure one channel with all its pixels, as the definitions say."""
    weight = np.abs(channel.astype(float))
    total = weight.sum()
    y, x = np.mgrid[: channel.shape[0], : channel.shape[1]].astype(float)
    my, mx = (weight * y).sum() / total, (weight * x).sum() / total
    radius = np.hypot(y - my, x - mx)
    py, px = np.unravel_index(weight.argmax(), weight.shape)
    step = np.maximum(abs(y - py), abs(x - px))
    ordered = np.sort(weight.ravel())
    off = np.hypot(y - (channel.shape[0] - 1) / 2, x - (channel.shape[1] - 1) / 2)
    return {
        "filled": (channel != 0).sum(), "sum": channel.astype(float).sum(), "largest": ordered[-1],
        "largest_share": ordered[-1] / total, "second_share": ordered[-2] / total,
        "share_9": weight[step <= 1].sum() / total, "share_25": weight[step <= 2].sum() / total,
        "concentration": np.sqrt((weight**2).sum()) / total,
        "offset_y": my - (channel.shape[0] - 1) / 2, "offset_x": mx - (channel.shape[1] - 1) / 2,
        "width_y": np.sqrt((weight * (y - my) ** 2).sum() / total),
        "width_x": np.sqrt((weight * (x - mx) ** 2).sum() / total),
        "covariance": (weight * (y - my) * (x - mx)).sum() / total,
        "mean_radius": (weight * radius).sum() / total, "root_radius": (weight * np.sqrt(radius)).sum() / total,
        "third_y": (weight * (y - my) ** 3).sum() / total, "third_x": (weight * (x - mx) ** 3).sum() / total,
        "mass": np.sqrt(total * (weight * radius**2).sum()),
        "ring_2_3": weight[(off >= 2) & (off < 3)].sum(), "ring_4_6": weight[(off >= 4) & (off < 6)].sum(),
    }  # fmt: skip


@given(seed=st.integers(0, 500))
def test_shapes_are_what_their_definitions_say(seed: int) -> None:
    dense = draw(seed, (2, 7, 9), negative=True)
    names, found = list_shapes((2, 7, 9)), measure_shapes(keep(dense))
    assert not found[0].any()  # the empty one
    for image, row in zip(dense[1:], found[1:], strict=True):
        said = dict(zip(names, row, strict=True))
        for channel in range(2):
            if image[channel].any():
                for name, value in measure_one(image[channel]).items():
                    assert said[f"channel_{channel}_{name}"] == pytest.approx(value, abs=1e-9), name
        first, second = np.abs(image[0].astype(float)), image[1].astype(float)
        if first.any():
            mean = (first * second).sum() / first.sum()
            spread = np.sqrt((first * (second - mean) ** 2).sum() / first.sum())
            assert said["channel_1_mean_by_first"] == pytest.approx(mean, abs=1e-9)
            assert said["channel_1_spread_by_first"] == pytest.approx(spread, abs=1e-6)
            assert said["channel_1_at_largest_of_first"] == pytest.approx(second.ravel()[first.argmax()])
        assert said["all_filled"] == (image != 0).sum()
        assert said["all_sum"] == pytest.approx(image.astype(float).sum())


def test_all_rings_together_hold_everything() -> None:
    for shape in ((1, 8, 8), (1, 5, 31), (3, 33, 33), (1, 1, 2)):
        dense = draw(3, shape)
        shapes, names = measure_shapes(keep(dense)), list_shapes(shape)
        prefix = "ring_" if shape[0] == 1 else "all_ring_"
        rings = shapes[:, [k for k, name in enumerate(names) if name.startswith(prefix)]]
        np.testing.assert_allclose(rings.sum(axis=1), dense.sum(axis=(1, 2, 3)), rtol=1e-6)


def test_turning_an_image_swaps_its_widths() -> None:
    dense = draw(5, (1, 9, 9))
    names = list_shapes((1, 9, 9))
    ours, turned = (dict(zip(names, measure_shapes(keep(one)).T, strict=True))
                    for one in (dense, np.rot90(dense, axes=(2, 3)).copy()))  # fmt: skip
    np.testing.assert_allclose(ours["width_y"], turned["width_x"])
    for name in names:
        if name.startswith(("ring", "mean_radius", "mass", "concentration")):
            np.testing.assert_allclose(ours[name], turned[name], err_msg=name)


@pytest.mark.parametrize("features", ["shapes", "pixels", "both"])
def test_features_have_their_names(features: str) -> None:
    dense = draw(1, (2, 4, 5))
    found = measure_features(keep(dense), features)  # type: ignore[arg-type] # one of the three
    assert found.dtype == np.float32
    assert found.shape == (6, len(list_features((2, 4, 5), features)))  # type: ignore[arg-type]
    if features != "shapes":
        np.testing.assert_array_equal(found[:, -40:], dense.reshape(6, 40))


def test_what_is_told_is_chosen_by_a_stated_rule() -> None:
    assert choose_features("auto", (1, 16, 16)) == "both"
    assert choose_features("auto", (1, 16, 17)) == "shapes"
    assert choose_features("both", (3, 125, 125)) == "both"


def test_sums_beyond_single_precision_stay_finite() -> None:
    dense = np.full((1, 1, 3, 3), 3e38, np.float32)
    assert np.isfinite(measure_features(keep(dense), "shapes")).all()


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "weights.onnx").write_bytes(b"no graph")
    pixels = keep(draw(0, (1, 4, 4)))
    with pytest.raises(FormatError, match="expected a graph written by `corpuscle train`, found another file"):
        Logistic(weights=str(tmp_path)).identify(pixels)
    with pytest.raises(FormatError, match="no such file; train it: corpuscle train logistic"):
        Logistic(weights=str(tmp_path / "none.onnx")).identify(pixels)
    with pytest.raises(ValueError, match="logistic has learned nothing by itself: weights=RUN"):
        Logistic().identify(pixels)


def test_classical_methods_need_no_torch() -> None:
    program = (
        "import sys; from corpuscle.identification.identifiers import IDENTIFIERS as I;"
        "from corpuscle.training.trainers import CLASSICAL_TRAINERS as T;"
        "[I[name] for name in T]; [T[name] for name in T];"
        "import corpuscle.api.identify, corpuscle.cli.identify, corpuscle.cli.score_labels;"
        "print([name for name in ('torch', 'lightning', 'sklearn', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
