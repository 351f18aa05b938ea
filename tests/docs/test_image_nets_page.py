"""The page of the vision transformer lists every net with its counts, and every setting with its default."""

from pathlib import Path

from corpuscle.data.settings import list_settings
from corpuscle.identification.nets import IMAGE_NETS, find_shape
from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.shape import VitShape

PAGE = (Path(__file__).parents[2] / "docs" / "methods" / "vit.md").read_text(encoding="utf-8")


def test_every_net_has_its_counts() -> None:
    for name in IMAGE_NETS:
        count = find_shape(name).count()
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.endswith(f"| {count.parameters:,} | {count.multiply_adds:,} |"), name


def test_every_cell_of_the_study_has_its_count() -> None:
    for patch in (16, 8, 4, 2):
        cells = [find_shape("cifar-vit", {"patch": patch, "depth": depth}).count() for depth in (0, 2, 4, 8, 16)]
        assert f"| {patch} | " + " | ".join(f"{cell.parameters:,}" for cell in cells) in PAGE


def test_every_setting_has_its_meaning() -> None:
    for shape in (VitShape, CnnShape):
        for setting in list_settings(shape):
            assert f"| `{setting.name}` | {write(setting.default)} | {setting.meaning} |" in PAGE, setting.name


def write(value: object) -> str:
    """Write a default as the page does."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "none" if value is None else str(value)
