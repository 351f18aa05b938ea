"""Convert files between formats."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from corpuscle.api.files import is_several, pair_files, stage
from corpuscle.data.progress import follow
from corpuscle.data.units import Scale
from corpuscle.io.files import read_file, write_file


def convert(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    source: str | None = None,
    target: str | None = None,
    columns: Mapping[str, str] | None = None,
    scale: Scale | None = None,
    force: bool = False,
) -> list[str]:
    """Convert one file, or several into a folder.

    Args:
        inputs: a file, a folder, or several.
        output: the file to write, or the folder for several.
        source: the format of the inputs, told from the files where not given.
        target: the format of the outputs, told from the ending where not given.
        columns: which column plays which role, where the names do not tell.
        scale: what one unit of position and one frame stand for.
        force: whether an existing output may be replaced.

    Returns:
        What was recognised and what the format could not hold, one sentence each.

    Raises: FormatError, when a file is not what it says it is; OSError, when one cannot be read or written.

    >>> convert("nowhere.csv", "out.parquet")
    Traceback (most recent call last):
    FileNotFoundError: there is no file nowhere.csv
    """
    several = [inputs] if isinstance(inputs, str | Path) else inputs
    paths, made = [Path(path) for path in several], Path(output)
    if not paths:
        raise ValueError("expected a file to convert, but none was named")
    notes: list[str] = []
    pairs = pair_files(paths, made, source=source, target=target, force=force)
    with stage(pairs, several=is_several(paths, pairs)) as staged:
        for file, place in follow(staged, "converting"):
            table = read_file(file, format=source, chosen=columns, scale=scale)
            left = write_file(table, place, format=target, force=force)
            notes += [f"{file.name}: {note}" for note in (*table.notes, *left)]
    return notes
