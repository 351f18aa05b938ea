"""How often links are right against how likely they were said to be: the rows of many scenes, taken together."""

from collections.abc import Sequence

import numpy as np

from corpuscle.metrics.calibration import Calibration
from corpuscle.studies.verdict import Row


def pool_links(rows: Sequence[Row]) -> Calibration:
    """Take the links of several rows together (`measures.measure_probabilities`), each row a scene."""
    return Calibration.pool(
        [
            Calibration(
                probability=np.array(row["probability"], dtype=np.float64),
                right=np.array(row["right"], dtype=bool),
                scene=np.zeros(len(row["right"]), dtype=np.int64),
            )
            for row in rows
        ]
    )
