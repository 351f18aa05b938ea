"""trackpy and laptrack as linkers, so that a study can enter them; both come with `.[bench]`."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links, no_links
from corpuscle.data.settings import setting
from corpuscle.data.tracks import read_links
from corpuscle.data.units import FRAMES, LENGTH
from corpuscle.linking.base import Linker

AXES = ["x", "y", "z"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trackpy(Linker):
    """Link with trackpy: from frame to frame, the least sum of squared distances within each subnetwork.

    Where a subnetwork is too large for it, its own adaptive search makes the gate smaller, down to a tenth; where that
    is not enough it gives up, which here are no links.

    Source: Crocker and Grier, Journal of Colloid and Interface Science 179 (1996) 298; trackpy, Allan et al.,
    doi:10.5281/zenodo.4682814.
    """

    gate: float = setting(5.0, "its search_range", unit=LENGTH, above=0)
    gap: int = setting(0, "its memory", unit=FRAMES, least=0)
    predict: bool = setting(False, "predict by the nearest velocity of the frames before (NearestVelocityPredict)")

    def link(self, detections: Detections) -> Links:
        """Link detections.

        Raises: ImportError, when trackpy is not installed.
        """
        if len(np.unique(detections.frame)) < 2:
            return no_links()
        import trackpy
        from trackpy.linking.utils import SubnetOversizeException

        trackpy.quiet()
        table, axes = make_frame(detections)
        options = {"search_range": self.gate, "memory": self.gap, "pos_columns": axes, "adaptive_stop": self.gate / 10}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if self.predict:
                    linked = trackpy.predict.NearestVelocityPredict().link_df(table, **options, adaptive_step=0.9)
                else:
                    linked = trackpy.link(table, **options, adaptive_step=0.9)
        except SubnetOversizeException:
            return no_links()
        return read_labels(linked, "particle", detections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptrack(Linker):
    """Link with laptrack: assignment from frame to frame, then across gaps, at its own prices for what stays apart.

    Source: Jaqaman et al., Nature Methods 5 (2008) 695; laptrack, Fukai and Kawaguchi, Bioinformatics 39 (2023)
    btac799.
    """

    gate: float = setting(15.0, "the square root of its cutoffs", unit=LENGTH, above=0)
    gap: int = setting(0, "missed frames bridged: its gap_closing_max_frame_count; 0: no gap closing", least=0)

    def link(self, detections: Detections) -> Links:
        """Link detections.

        Raises: ImportError, when laptrack is not installed.
        """
        if len(np.unique(detections.frame)) < 2:
            return no_links()
        from laptrack import LapTrack

        table, axes = make_frame(detections)
        closes = {"gap_closing_cutoff": self.gate**2, "gap_closing_max_frame_count": self.gap}
        tracker = LapTrack(cutoff=self.gate**2, **(closes if self.gap else {"gap_closing_cutoff": False}))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            linked, _, _ = tracker.predict_dataframe(table, axes, frame_col="frame", only_coordinate_cols=False)
        return read_labels(linked, "track_id", detections)


def make_frame(detections: Detections) -> tuple[Any, list[str]]:
    """Make a pandas table of detections, and name its axes."""
    import pandas as pd

    axes = AXES[: detections.position.shape[1]]
    columns = {name: detections.position[:, place] for place, name in enumerate(axes)}
    return pd.DataFrame({"frame": detections.frame, **columns, "row": np.arange(len(detections))}), axes


def read_labels(table: Any, name: str, detections: Detections) -> Links:  # noqa: ANN401 - a pandas table
    """Read the links of a table whose rows a peer may have sorted and labelled."""
    label: Int[np.ndarray, " n"] = np.full(len(detections), -1)
    label[table["row"].to_numpy()] = table[name].to_numpy().astype(np.int64)
    return read_links(label, detections.frame)
