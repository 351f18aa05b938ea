"""Measure reading and ingest of images: `python -m bench.images --jets 4000 --repeats 5`."""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.page import use_one_thread, write_section
from corpuscle.api.images import convert_images
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.simulation.jets import Jets

SECTION = """## Images

What this shows: how many jets of 3 x 125 x 125 pixels a second reach a training loop as dense batches of 128, and
how many an ingest takes. The loop is the one of the CMS proposal: a row group a jet, `to_pandas`, lists into an array.
`iter_batches` reads the same file some jets at a time and unpacks lists without copies: the rate at which pyarrow
decodes. The store is gathered in shuffled order, into one array that is used again. {jets} jets of the `jets` world
({filled:.0f} filled pixels each), written as CMS's files are, with numbers in double precision, Snappy, a row group a
jet; the loop reads the first {few}. One process, one thread, wall time, in alternation, files in the page cache;
medians of {repeats} repeats, least and most in brackets; ratios are medians of the ratios within a repeat. Jets of CMS
have more filled pixels: their files are larger and ingest of them is slower, dense batches hardly.

    python -m bench.images --jets {jets} --few {few} --repeats {repeats} --out docs/benchmarks.md

| how | jets a second | times the loop | bytes a jet |
|---|---|---|---|
{rows}

Ingest (`corpuscle convert --from cms-qg`, with its checks, checksums, card and picture) takes jets at {share:.2f}
({share_range}) of the rate at which pyarrow decodes; the process had {memory:.0f} MB of memory at most.
"""

BATCH = 128
PIXELS = 3 * 125 * 125


def write_jets(path: Path, count: int) -> float:
    """Write jets as CMS's files have them, a row group a jet; gives how many pixels of a jet are filled."""
    world, kind = Jets(events=count), pa.float64()
    for _ in range(3):
        kind = pa.list_(kind)
    schema = pa.schema([("X_jets", kind), ("pt", pa.float64()), ("m0", pa.float64()), ("y", pa.float64())])
    filled = 0
    with pq.ParquetWriter(path, schema, compression="snappy") as file:
        for images in world.stream(np.random.default_rng(0)):
            filled += len(images.index)
            for row in range(len(images)):
                flat = images.densify(np.array([row])).astype(float).ravel()
                nested: pa.Array = pa.array(flat)
                for size in (125, 125, 3):
                    nested = pa.ListArray.from_arrays(np.arange(0, len(nested) + 1, size, dtype=np.int32), nested)
                columns = [nested, *(pa.array([images.columns[name][row]]) for name in ("pt", "m0"))]
                file.write_table(pa.table([*columns, pa.array([float(images.label[row])])], schema=schema))
    return filled / count


def read_in_loop(path: Path, few: int) -> int:
    """Read row group after row group, as the proposal does."""
    file = pq.ParquetFile(path)
    for k in range(few):
        frame = file.read_row_group(k).to_pandas()
        jet = frame["X_jets"].iloc[0]
        np.array([[row.tolist() for row in channel] for channel in jet], np.float32)
    return few


def decode(path: Path) -> int:
    """Decode a file as fast as pyarrow does on one thread."""
    count = 0
    for batch in pq.ParquetFile(path).iter_batches(32, use_threads=False):
        flat = batch.column("X_jets").flatten().flatten().flatten().to_numpy(zero_copy_only=False)
        count += len(flat) // PIXELS
    return count


def gather(store: ImageStore, out: np.ndarray, seed: int) -> int:
    """Give all jets of a store in dense batches, shuffled."""
    order, whole = np.random.default_rng(seed).permutation(len(store)), len(store) // BATCH * BATCH
    for begin in range(0, whole, BATCH):
        store.images.densify(order[begin : begin + BATCH], out)
    return whole


def rate(work: Callable[[], int]) -> float:
    """Give how many jets a second something does."""
    begin = time.perf_counter()
    return work() / (time.perf_counter() - begin)


def ingest(path: Path, folder: Path) -> int:
    """Convert a file, and give how many jets it had."""
    convert_images([path], folder, source="cms-qg", settings={"provenance": "toy"}, force=True)
    return len(open_images(folder, check=False))


def measure(count: int, few: int, repeats: int) -> str:
    """Measure all ways in alternation, and give the section."""
    with tempfile.TemporaryDirectory() as room:
        path, folder = Path(room) / "jets.parquet", Path(room) / "store"
        filled = write_jets(path, count)
        ingest(path, folder)  # compiles
        store, out = open_images(folder), np.empty((BATCH, 3, 125, 125), np.float32)
        gather(store, out, 0)
        found: dict[str, list[float]] = {name: [] for name in ("loop", "decode", "ingest", "store")}
        for repeat in range(repeats):
            found["loop"].append(rate(lambda: read_in_loop(path, few)))
            found["decode"].append(rate(lambda: decode(path)))
            found["ingest"].append(rate(lambda: ingest(path, Path(room) / "again")))
            found["store"].append(rate(lambda seed=repeat: sum(gather(store, out, seed + k) for k in range(5))))  # type: ignore[misc]
        sizes = {"file": path.stat().st_size / count, "store": store.card["bytes_an_image"]}
    told = (
        ("row-group loop, to_pandas", "loop", "file"),
        ("iter_batches, without copies", "decode", "file"),
        ("store, dense batches, shuffled", "store", "store"),
        ("ingest into the store", "ingest", "store"),
    )
    rows = [
        f"| {name} | {tell(found[key])} | {compare(found[key], found['loop'])} | {sizes[of]:,.0f} |"
        for name, key, of in told
    ]
    shares = np.array(found["ingest"]) / np.array(found["decode"])
    return SECTION.format(
        jets=count, few=few, repeats=repeats, filled=filled, rows="\n".join(rows), share=float(np.median(shares)),
        share_range=f"{shares.min():.2f}-{shares.max():.2f}",
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def tell(rates: list[float]) -> str:
    """Tell a median with the least and the most."""
    return f"{np.median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})"


def compare(rates: list[float], others: list[float]) -> str:
    """Tell how many times faster."""
    ratio = np.array(rates) / np.array(others)
    return f"{np.median(ratio):,.1f} ({ratio.min():,.1f}-{ratio.max():,.1f})"


def main() -> None:
    """Measure and print; write the section when asked to."""
    use_one_thread("bench.images")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jets", type=int, default=4000)
    parser.add_argument("--few", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    text = measure(asked.jets, asked.few, asked.repeats)
    print(text)
    if asked.out:
        write_section(asked.out, text)


if __name__ == "__main__":
    main()
