"""Name images with the exported net beside this file: numpy and onnxruntime are all it needs.

    python run_model.py IMAGES.npy -o probabilities.csv
    python run_model.py --check

IMAGES.npy holds images as they come from the detector, of the shape and unit that preprocess.json says; nothing is to
be done to them before. `--check` judges the examples in preprocess.json and compares.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

BATCH = 256
CLOSE = 1e-4


class Model:
    """The net that a preprocess.json describes."""

    def __init__(self, card: Path) -> None:
        self.card = json.loads(card.read_text(encoding="utf-8"))
        file = card.parent / self.card["model"]["file"]
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found != self.card["model"]["sha256"]:
            message = f"{file}: expected the file that {card} describes, found another one (SHA-256 {found})"
            raise ValueError(message)
        self.classes = self.card["output"]["classes"]
        self.shape = tuple(self.card["input"]["shape"][1:])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def identify(self, images: np.ndarray) -> np.ndarray:
        """Give the probability of each class, a row an image."""
        if images.shape[1:] != self.shape:
            message = f"expected images of {self.shape} (channel, y, x), found {images.shape[1:]}"
            raise ValueError(message)
        if not np.isfinite(images).all():
            message = f"expected finite numbers, found others in image {int(np.argwhere(~np.isfinite(images))[0, 0])}"
            raise ValueError(message)
        given = np.ascontiguousarray(images, np.float32)
        names = [self.card["output"]["name"]], self.card["input"]["name"]
        pieces = [given[first : first + BATCH] for first in range(0, len(given), BATCH)]
        said = [self.session.run(names[0], {names[1]: piece})[0] for piece in pieces]
        return np.concatenate([np.zeros((0, len(self.classes)), np.float32), *said])

    def check(self) -> float:
        """Judge the examples, and give by how much the probabilities differ at most."""
        worst = 0.0
        for example in self.card["examples"]:
            image = np.zeros(int(np.prod(self.shape)), np.float32)
            image[example["index"]] = example["value"]
            found = self.identify(image.reshape(1, *self.shape))[0]
            worst = max(worst, float(np.abs(found - example["probability"]).max()))
        return worst


def main() -> int:
    """Judge a file of images, or the examples."""
    parser = argparse.ArgumentParser(description="Name images with an exported net.")
    parser.add_argument("images", nargs="?", help="a .npy file of images (image, channel, y, x)")
    parser.add_argument("-o", "--output", default="probabilities.csv", help="the table to write")
    parser.add_argument("--card", default=str(Path(__file__).with_name("preprocess.json")), help="preprocess.json")
    parser.add_argument("--check", action="store_true", help="judge the examples, and compare")
    given = parser.parse_args()
    model = Model(Path(given.card))
    if given.check:
        worst = model.check()
        sys.stdout.write(f"{len(model.card['examples'])} examples, largest difference {worst:.2g}\n")
        return int(worst > CLOSE)
    if given.images is None:
        parser.error("name a file of images, or say --check")
    found = model.identify(np.load(given.images))
    head = ",".join(["row", *(f"probability_{name}" for name in model.classes)])
    rows = [",".join([str(row), *(f"{value:.8g}" for value in values)]) for row, values in enumerate(found)]
    Path(given.output).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
