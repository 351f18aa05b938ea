"""A page about one linked table: how sure its links are, and which are not."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from corpuscle.data.detections import Detections
from corpuscle.data.settings import describe_settings
from corpuscle.linking.result import Linked
from corpuscle.metrics.expected import expect
from corpuscle.nets.weights import this_version
from corpuscle.report.doubt import draw_amounts, draw_doubt
from corpuscle.report.page import STYLE, escape, make_grid, make_list

LISTED = 20
FIRM = 0.9
HEAD = [
    "frame", "track", "row", "continues row", "probability", "or row", "with probability", "identity so far",
]  # fmt: skip


def make_linked_page(
    name: str, detections: Detections, linked: Linked, *, notes: Sequence[str] = (), unit: str = ""
) -> str:
    """Make the text of the page; it needs nothing but itself.

    Args:
        name: what was linked.
        detections: what it was read as.
        linked: what the linker found; its links have probabilities.
        notes: what else is worth saying, one sentence each.
        unit: the unit of the positions, where it is known.
    """
    links = linked.links
    said = np.full(len(links), np.nan) if links.probability is None else links.probability
    known = ~np.isnan(said)
    later = links.pair[known, 1]
    frames = len(np.unique(detections.frame))
    made = f"{len(detections):,} detections in {frames:,} frames: {len(links):,} links, {count_tracks(linked):,} tracks"
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(name)}: links</title><style>{STYLE}</style></head>",
        f"<body><h1>How sure the links of {escape(name)} are</h1><p>{made}.</p>",
        f"<h2>Expected</h2>{make_list(list_expected(linked))}",
        "<p>This is what the method's own probabilities say; it is worth what its picture of the motion is worth.</p>",
        f"<h2>How it was linked</h2><p><code>{escape(describe_settings(linked.linker))}</code></p>",
        make_list([*linked.notes, *notes]),
    ]
    if known.any():
        flat = " Drawn are x and y of x, y, z." if detections.position.shape[1] == 3 else ""
        parts += [
            "<h2>Where</h2><p>Dark and thick: uncertain. Pale and thin: sure.",
            f"Dotted: what a detection would continue otherwise.{flat}</p>",
            f"<figure>{draw_doubt(detections, links, unit=unit)}</figure>",
            "<h2>How many, and when</h2>",
            f"<figure>{draw_amounts(detections.frame[later], said[known])}</figure>",
            f"<h2>The {min(LISTED, len(later))} least certain links</h2>",
            "<p>Rows count from 0. <em>Or row</em>: what the detection would continue otherwise, its runner-up.</p>",
            make_grid(HEAD, list_least(detections, linked), kind="links"),
        ]
    else:
        parts.append("<p>Nothing is linked, so there is nothing to draw.</p>")
    return "\n".join([*parts, f"<footer>corpuscle {this_version()}</footer></body></html>"]) + "\n"


def list_expected(linked: Linked) -> list[str]:
    """List what is expected of the links, one sentence each."""
    found = expect(linked.tracks.probability)
    if not found.links:
        return ["no link has a probability"]
    ends = find_ends(linked)
    firm = int((linked.tracks.identity[ends] >= FIRM).sum())
    return [
        f"{found.wrong:.1f} ± {found.spread:.1f} of {found.links:,} links are wrong (±: were they independent)",
        f"precision {found.precision:.4f}",
        f"Jaccard {found.jaccard:.4f}, where each wrong link stands in the place of a true one",
        f"{firm:,} of {len(ends):,} tracks are, at {FIRM:.0%} or more, at their end still the particle they began as",
    ]


def count_tracks(linked: Linked) -> int:
    """Count the tracks."""
    return int(linked.tracks.label.max(initial=-1)) + 1


def find_ends(linked: Linked) -> Int[np.ndarray, " k"]:
    """Find the last row of each track: the one in it that no link inside the track leaves."""
    label, pair = linked.tracks.label, linked.links.pair
    last = label >= 0
    last[pair[label[pair[:, 0]] == label[pair[:, 1]], 0]] = False
    return np.flatnonzero(last)


def list_least(detections: Detections, linked: Linked) -> list[list[str]]:
    """List the least certain links, the least certain first."""
    links, tracks = linked.links, linked.tracks
    said = np.full(len(links), np.nan) if links.probability is None else links.probability
    order = np.lexsort((links.pair[:, 1], said))[: min(LISTED, int((~np.isnan(said)).sum()))]
    lines = []
    for index in order.tolist():
        earlier, row = links.pair[index].tolist()
        other = int(tracks.runner_up[row])
        cells = [detections.frame[row], tracks.label[row], row, earlier, show(said[index])]
        cells += ["none" if other < 0 else other, show(tracks.runner_up_probability[row]), show(tracks.identity[row])]
        lines.append([str(cell) for cell in cells])
    return lines


def show(share: float) -> str:
    """Show a probability."""
    return "" if math.isnan(share) else f"{share:.3g}" if share < 0.001 else f"{share:.3f}"
