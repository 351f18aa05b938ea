"""Files of labelled images in the layouts of CMS and CIFAR, made small."""

import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def draw_crops(count: int, seed: int = 0) -> np.ndarray:
    """Draw crops (n, 32, 32, 2), a tenth of the crystals filled."""
    generator = np.random.default_rng(seed)
    filled = generator.random((count, 32, 32, 1)) < 0.1
    energy, time = generator.exponential(0.1, (count, 32, 32, 1)), generator.normal(0, 0.1, (count, 32, 32, 1))
    return (np.concatenate([energy, time], axis=3) * filled).astype(np.float32)


def write_crops(path: Path, crops: np.ndarray, label: Any, **options: Any) -> Path:
    """Write crops as the CMS simulation keeps them."""
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=crops, **options)
        file.create_dataset("y", data=np.broadcast_to(np.asarray(label, np.float32), len(crops)))
    return path


def draw_jets(count: int, seed: int = 0, tracks: tuple[int, int] = (20, 40)) -> tuple[np.ndarray, np.ndarray]:
    """Draw jets (n, 3, 125, 125) and their labels, those of label 1 with more track pixels."""
    generator = np.random.default_rng(seed)
    label = np.arange(count) % 2
    image = np.zeros((count, 3, 125, 125))
    for k in range(count):
        for channel in range(3):
            filled = generator.integers(0, 125, (2, generator.poisson(tracks[label[k]])))
            image[k, channel, filled[0], filled[1]] = generator.exponential(1, filled.shape[1])
    return image, label


def write_jets(path: Path, image: np.ndarray, label: np.ndarray, *, field: str = "item", group: int = 1) -> Path:
    """Write jets as the CMS simulation keeps them, one row group a jet, the inner field of lists named as asked."""
    kind = pa.float64()
    for _ in range(3):
        kind = pa.list_(pa.field(field, kind))
    table = pa.table({
        "X_jets": pa.array(image.tolist(), kind),
        "pt": np.linspace(80, 170, len(image)),
        "m0": np.linspace(5, 20, len(image)),
        "y": label.astype(float),
    })  # fmt: skip
    pq.write_table(table, path, row_group_size=group, use_compliant_nested_type=field == "element")
    return path


def write_photographs(path: Path, count: int = 20, **changes: Any) -> np.ndarray:
    """Write a pickle of CIFAR-100."""
    path.parent.mkdir(exist_ok=True)
    data = np.random.default_rng(0).integers(0, 256, (count, 3072), dtype=np.uint8)
    values = {
        b"data": data,
        b"fine_labels": [k % 100 for k in range(count)],
        b"coarse_labels": [k % 20 for k in range(count)],
        b"filenames": [b"name"] * count,
    }
    path.write_bytes(pickle.dumps({**values, **changes}, protocol=2))
    return data.reshape(-1, 3, 32, 32)
