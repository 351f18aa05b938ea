"""Which file becomes which: one output for one input, a folder of them for several."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpuscle.io.files import FORMATS, SUFFIXES, check_writable, find_format, make_room, move, open_format

STORES = {".zarr", ".geff"}
PAGES = {".html", ".htm"}


def list_inputs(inputs: Sequence[Path]) -> list[Path]:
    """List the files that were named, and those in the folders that were; a text file (.txt) there is a note.

    Raises: FileNotFoundError, when a name stands for nothing or a folder holds no file of a known ending.
    """
    found: list[Path] = []
    for path in inputs:
        if path.is_dir() and path.suffix.lower() not in STORES:
            inside = sorted(file for file in path.iterdir() if is_table(file))
            if not inside:
                message = f"the folder {path} holds no file that ends in {', '.join(SUFFIXES)}"
                raise FileNotFoundError(message)
            found += inside
        elif path.exists():
            found.append(path)
        else:
            message = f"there is no file {path}"
            raise FileNotFoundError(message)
    return found


def is_table(path: Path) -> bool:
    """Tell whether a file of a folder is meant: hidden files and notes (.txt) are not."""
    return is_known(path) and path.suffix.lower() != ".txt" and not path.name.startswith(".")


def is_known(path: Path) -> bool:
    """Tell whether a file's ending is that of a format; a table's units beside it are none."""
    suffix = Path(path.stem).suffix if path.suffix.lower() == ".gz" else path.suffix
    return suffix.lower() in SUFFIXES


def pair_files(
    inputs: Sequence[Path], output: Path, *, source: str | None = None, target: str | None = None, force: bool = False
) -> list[tuple[Path, Path]]:
    """Pair each input with its output, and check that every output can be written.

    Args:
        inputs: files or folders.
        output: the output of a single file; of several files or a folder, the folder that holds one each.
        source: the format of the inputs, where their names do not tell.
        target: the format of the outputs; by default that of the output's ending, of several files their own.
        force: whether outputs may be replaced.

    Raises: OSError, when an input is not there or an output cannot be written; ValueError, when two inputs have the
        same output.
    """
    files = list_inputs(inputs)
    if not is_several(inputs, [(file, output) for file in files]):
        check_writable(output, force=force)
        return [(files[0], output)]
    if output.is_file():
        message = f"{output} is a file; several inputs need a folder to go into"
        raise NotADirectoryError(message)
    if not output.exists():
        check_writable(output, force=force)
    pairs = [(file, output / name) for file, name in zip(files, name_outputs(files, source, target), strict=True)]
    seen: dict[Path, Path] = {}
    for file, made in pairs:
        if made in seen:
            message = f"{seen[made]} and {file} would both become {made}; give them different names"
            raise ValueError(message)
        seen[made] = file
        if output.exists():
            check_writable(made, force=force)
    return pairs


def name_outputs(files: Sequence[Path], source: str | None, target: str | None) -> list[str]:
    """Name the outputs of several files; where two would be the same, the later keeps its old ending in front."""
    names: list[str] = []
    for file in files:
        name = name_output(file, source, target)
        names.append(f"{file.name}{Path(name).suffix}" if name in names and name != file.name else name)
    return names


def name_output(file: Path, source: str | None, target: str | None) -> str:
    """Name the output of one file of several: its own name, with the ending of the format it is written in."""
    plain = Path(file.stem) if file.suffix.lower() == ".gz" else file
    if target is None:
        if open_format(find_format(file, source)).writes:
            return file.name
        target = "csv"
    return plain.with_suffix(FORMATS[target].suffixes[0]).name  # type: ignore[attr-defined] # every format has endings


@contextmanager
def stage(pairs: Sequence[tuple[Path, Path]], *, several: bool) -> Iterator[list[tuple[Path, Path]]]:
    """Give a place to write each output to; several are moved into their folder when all are made, or none is.

    Args:
        pairs: inputs and outputs, as `pair_files` gives them.
        several: whether the outputs stand in a folder of their own.
    """
    if not several or not pairs:
        yield list(pairs)
        return
    folder = pairs[0][1].parent
    room = make_room(folder.parent)
    made = room / "made"
    made.mkdir()
    try:
        yield [(file, made / place.name) for file, place in pairs]
        folder.mkdir(exist_ok=True)
        for file in sorted(made.iterdir()):
            move(file, folder / file.name)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def pair_reports(
    pairs: Sequence[tuple[Path, Path]], report: Path, *, several: bool, force: bool = False
) -> list[tuple[Path, Path]]:
    """Pair each input with the page about it, and check that every page can be written.

    Args:
        pairs: inputs and outputs, as `pair_files` gives them.
        report: the page of a single input; of several, the folder that holds one each.
        several: whether there are several.
        force: whether pages may be replaced.

    Raises: OSError, when a page cannot be written; ValueError, when its name does not end in .html.
    """
    if not several:
        check_page(report, force=force)
        return [(pairs[0][0], report)]
    if report.is_file() or report.suffix.lower() in PAGES:
        message = f"{report} is a file; the reports of several inputs need a folder to go into"
        raise NotADirectoryError(message)
    if not report.exists():
        check_writable(report, force=force)
    pages = [(file, report / f"{made.name}.html") for file, made in pairs]
    for _, page in pages if report.exists() else []:
        check_writable(page, force=force)
    return pages


def check_page(path: Path, *, force: bool = False) -> None:
    """Refuse a page whose name does not end in .html, or that cannot be written."""
    if path.suffix.lower() not in PAGES:
        message = f"a report is a page: end its name in .html, not {path.name!r}"
        raise ValueError(message)
    check_writable(path, force=force)


def is_several(inputs: Sequence[Path], pairs: Sequence[tuple[Path, Path]]) -> bool:
    """Tell whether outputs go into a folder: there are several, or a folder was named."""
    return len(pairs) > 1 or (inputs[0].is_dir() and inputs[0].suffix.lower() not in STORES)
