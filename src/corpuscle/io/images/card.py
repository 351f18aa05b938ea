"""The card of a store of images: what is in it and where it comes from, for programs and for people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuscle.io.cards import check_schema, parse_card
from corpuscle.io.errors import FormatError
from corpuscle.io.images.layout import FORMAT, SCHEMA

WANTED = ("layout", "source", "counts", "classes", "files")


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a store of images.

    Raises: FormatError, when it is none, or of another version; FileNotFoundError, when there is no folder.
    """
    path, card = parse_card(
        folder,
        expected="a store of images",
        hint="make one with corpuscle convert FILES -o STORE --from cms-eg, or corpuscle simulate showers -o STORE",
    )
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        found = repr(card.get("format")) if isinstance(card, dict) else "no object"
        raise FormatError(path, f"the card of a store, whose format is {FORMAT!r}", found)
    check_schema(path, card.get("schema"), SCHEMA)
    if not set(WANTED) <= card.keys():
        raise FormatError(path, f"a card with {', '.join(WANTED)}", ", ".join(sorted(card)))
    return card


def write_page(card: Mapping[str, Any]) -> str:
    """Write a card as a page that people read (Markdown)."""
    source, layout = card["source"], card["layout"]
    statistics, split = card["statistics"], card["split"]
    lines = [
        "# Data card", "",
        tell_counts(card), "",
        f"- Kind: {tell_kind(source)}" + (" (simulated, not data)" if source["kind"] in {"toy", "pythia"} else ""),
        f"- Source: {source.get('format', 'unknown')}, {', '.join(source.get('names', []))}".rstrip(", "),
        f"- Settings: {tell_settings(source)}",
        f"- Shape: {' x '.join(map(str, layout['shape']))} (channel, y, x)",
        f"- Empty images: {card['empty']['images']}" + tell_rows(card["empty"]["rows"]),
        *([f"- Best possible AUC: {source['ceiling']:.4f}"] if source.get("ceiling") is not None else []),
        *(f"- {note}" for note in card["notes"]), "",
        "## Classes", "", "| label | class | images | empty |", "|---|---|---|---|",
        *(f"| {k} | {one['name']} | {one['images']:,} | {one['empty']:,} |" for k, one in enumerate(card["classes"])),
        "", "## Channels", "",
        f"Ranges are of filled pixels of all images; means and deviations of the {statistics['images']:,} training",
        f"images (seed {split['seed']}, shares {', '.join(f'{share:g}' for share in split['shares'])}) alone.", "",
        "| channel | least | most | filled | mean | deviation | mean of filled | empty images |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {name} | {low:.6g} | {high:.6g} | {statistics['filled'][k]:.4f} | {statistics['mean'][k]:.6g} "
            f"| {statistics['deviation'][k]:.6g} | {statistics['filled_mean'][k]:.6g} "
            f"| {card['empty']['channels'][k]:,} |"
            for k, (name, (low, high)) in enumerate(zip(layout["channels"], card["ranges"]["channels"], strict=True))
        ),
        *tell_columns(card), "",
        "## Files", "", "| file | bytes | SHA-256 |", "|---|---|---|",
        *(f"| {name} | {about['bytes']} | {about['sha256']} |" for name, about in card["files"].items()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def tell_kind(source: Mapping[str, Any]) -> str:
    """Tell where images come from, and what was done to them since.

    >>> tell_kind({"kind": "toy", "perturbation": {"name": "noise"}, "of": {"source": {"kind": "toy"}}})
    'toy, perturbed: noise'
    """
    done = list_perturbations(source)
    return f"{source['kind']}, perturbed: {', '.join(done)}" if done else str(source["kind"])


def tell_settings(source: Mapping[str, Any]) -> str:
    """Tell with which settings images were made, or perturbed."""
    if "perturbation" in source:
        return ", ".join(f"{name}={value}" for name, value in source["perturbation"].items())
    return str(source.get("settings", "none"))


def list_perturbations(source: Mapping[str, Any]) -> list[str]:
    """List what was done to images, in order."""
    if "perturbation" not in source:
        return []
    return [*list_perturbations(source["of"]["source"]), source["perturbation"]["name"]]


def tell_counts(card: Mapping[str, Any]) -> str:
    """Tell how much there is."""
    counts, each = card["counts"], card["bytes_an_image"]
    return f"{counts['images']:,} images with {counts['pixels']:,} filled pixels, {each:.0f} bytes an image."


def tell_columns(card: Mapping[str, Any]) -> list[str]:
    """Tell the ranges of what else is known of the images."""
    columns = card["layout"]["columns"]
    if not columns:
        return []
    rows = [
        f"| {name} | {columns[name]} | {low:.6g} | {high:.6g} |"
        for name, (low, high) in card["ranges"]["columns"].items()
    ]
    return ["", "## Columns", "", "| column | meaning | least | most |", "|---|---|---|---|", *rows]


def tell_rows(rows: list[int]) -> str:
    """Tell which rows."""
    return f" (rows {', '.join(map(str, rows))}{', ...' if len(rows) == MOST_ROWS else ''})" if rows else ""


MOST_ROWS = 10
"""Rows of empty images that the card names."""
