"""Tables of labels: read back exactly, written whole or not at all, refused where they are wrong."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpuscle.data.labels import Labels
from corpuscle.io.errors import FormatError
from corpuscle.io.labels import LabelledRows, holds_labels, list_labels, make_labels, read_labels, write_labels
from corpuscle.io.table import Table

NAMES = ("photon", "electron", "a jet, perhaps")


def draw(first: int, count: int) -> LabelledRows:
    said = np.random.default_rng(first).dirichlet(np.ones(3), count)
    row = np.arange(first, first + count)
    return LabelledRows(row=row, labels=Labels(probability=said, names=NAMES), about={"method": "trees", "seed": 3})


@pytest.mark.parametrize("name", ["labels.parquet", "labels.csv", "labels.tsv.gz"])
def test_what_was_written_is_read_to_the_last_digit(tmp_path: Path, name: str) -> None:
    parts = [draw(0, 5), draw(5, 0), draw(20, 3)]
    write_labels(parts, tmp_path / name)
    found = read_labels(tmp_path / name)
    np.testing.assert_array_equal(found.row, [0, 1, 2, 3, 4, 20, 21, 22])
    np.testing.assert_array_equal(found.labels.probability, np.concatenate([one.labels.probability for one in parts]))
    assert found.labels.names == NAMES
    assert found.about == ({"method": "trees", "seed": 3} if name.endswith("parquet") else {})
    assert holds_labels(tmp_path / name)


def test_nothing_is_half_written_and_nothing_replaced(tmp_path: Path) -> None:
    def fail() -> Iterator[LabelledRows]:
        yield draw(0, 2)
        message = "the power went"
        raise RuntimeError(message)

    for name in ("labels.parquet", "labels.csv"):
        with pytest.raises(RuntimeError, match="the power went"):
            write_labels(fail(), tmp_path / name)
    assert not list(tmp_path.iterdir())
    write_labels([draw(0, 2)], tmp_path / "labels.csv")
    before = (tmp_path / "labels.csv").read_bytes()
    with pytest.raises(FileExistsError, match=r"labels\.csv exists; replace it with --force"):
        write_labels([draw(1, 2)], tmp_path / "labels.csv")
    assert (tmp_path / "labels.csv").read_bytes() == before
    write_labels([draw(1, 2)], tmp_path / "labels.csv", force=True)
    with pytest.raises(FormatError, match="ends in"):
        write_labels([draw(0, 2)], tmp_path / "labels.xml")


WRONG = {
    "no row": ("probability_a,probability_b\n0.5,0.5\n", "no row among probability_a, probability_b"),
    "one class": ("row,probability_a\n0,1\n", "of two classes at least, found row, probability_a"),
    "above 1": ("row,probability_a,probability_b\n0,0.5,0.5\n1,-0.5,1.5\n", "line 3: .* in column 'probability_a'"),
    "no number": ("row,probability_a,probability_b\n0,0.5,half\n", "line 2: expected a number in column"),
    "nothing": ("row,probability_a,probability_b\n0,0.5,\n", "line 2: expected a number between 0 and 1"),
    "another sum": ("row,probability_a,probability_b\n0,0.5,0.4\n", "line 2: expected probabilities that sum to 1"),
    "a row twice": ("row,probability_a,probability_b\n3,0,1\n5,0,1\n3,0,1\n", "line 4: .* found row 3 again"),
    "half a row": ("row,probability_a,probability_b\n0.5,0,1\n", "line 2: expected a whole number from 0"),
    "a column twice": ("row,row,probability_a,probability_b\n0,0,0,1\n", "'row' twice"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, case: str) -> None:
    text, message = WRONG[case]
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_labels(tmp_path / "labels.csv")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    write_labels([draw(0, 50)], tmp_path / "labels.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "labels.parquet").read_bytes()[:-40])
    with pytest.raises(FormatError, match=r"cut\.parquet: expected a whole Parquet file"):
        read_labels(tmp_path / "cut.parquet")
    assert not holds_labels(tmp_path / "cut.parquet")
    assert not holds_labels(tmp_path / "labels.xml")
    with pytest.raises(FileNotFoundError):
        read_labels(tmp_path / "none.parquet")


def test_other_metadata_says_nothing(tmp_path: Path) -> None:
    table = list_labels(draw(0, 2))
    for told in (b"no JSON", b"[]", b'{"labels": 3}'):
        pq.write_table(table.replace_schema_metadata({b"corpuscle": told}), tmp_path / "labels.parquet")
        assert read_labels(tmp_path / "labels.parquet").about == {}
    bare = Table(columns=pa.table({"row": [0]}), roles={}, first_line=0, format="python")
    with pytest.raises(FormatError, match="the table: expected labels of images"):
        make_labels(bare)


def test_classes_of_one_name_are_refused() -> None:
    labels = Labels(probability=np.array([[0.5, 0.5]]), names=("a", "a"))
    with pytest.raises(ValueError, match="classes with names of their own"):
        list_labels(LabelledRows(row=np.array([0]), labels=labels))
