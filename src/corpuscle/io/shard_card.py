"""The card of a folder of shards: what is in it and where it comes from, for programs and for people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuscle.io.cards import check_schema, parse_card
from corpuscle.io.errors import FormatError
from corpuscle.io.shard_layout import COLUMNS, SCHEMA

NOUNS = ("track", "hit", "event")
UNITS = {"length": "mm", "momentum": "GeV", "charge": "e", "angle": "rad", "field": "T"}


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a folder of shards.

    Raises: FormatError, when it is none, or of another version; FileNotFoundError, when there is no folder.
    """
    path, card = parse_card(
        folder,
        expected="a folder of shards",
        hint="make shards with corpuscle convert DIR -o SHARDS --from trackml, acts, root, colliderml or corpuscle",
    )
    wanted = {"schema", "apparatus", "shards", "counts"}
    if not isinstance(card, dict) or not wanted <= card.keys():
        found = ", ".join(sorted(card)) or "nothing" if isinstance(card, dict) else "no object"
        raise FormatError(path, f"a card with {', '.join(sorted(wanted))}", found)
    check_schema(path, card["schema"], SCHEMA)
    return card


def write_page(card: Mapping[str, Any]) -> str:
    """Write a card as a page that people read (Markdown)."""
    apparatus, source = card["apparatus"], card["source"]
    lines = [
        "# Data card", "",
        tell_counts(card), "",
        f"- Source: {source.get('format', 'unknown')}, {source.get('name', '')}".rstrip(", "),
        f"- Settings: {source.get('settings', 'none')}",
        f"- Positions: {card['positions']}",
        f"- Parameters: {card['target']}",
        f"- Field: {apparatus['field']:g} T along z",
        f"- Cylinders: {', '.join(f'{radius:g}' for radius in apparatus['radius'])} mm",
        f"- Units: {describe_pairs(card['units'])}",
        f"- Events: {card['events']['least']} to {card['events']['most']}", "",
        "## What was left out", "",
        *([f"- {count:,} {what}" for what, count in card["dropped"].items() if count] or ["Nothing."]), "",
        "## Ranges", "", "| quantity | least | most |", "|---|---|---|",
        *(f"| {name} | {low:.6g} | {high:.6g} |" for name, (low, high) in card["ranges"].items()), "",
        "## Files", "", "| file | bytes | SHA-256 |", "|---|---|---|",
        *(
            f"| {name}/{file} | {entry['files'][file]['bytes']} | {entry['files'][file]['sha256']} |"
            for name, entry in card["shards"].items()
            for file in (column.name for column in COLUMNS)
        ),
        *["", *(f"- {note}" for note in card["notes"])],
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def tell_counts(card: Mapping[str, Any]) -> str:
    """Tell how much there is."""
    counts = card["counts"]
    tracks, hits, events = (f"{counts[f'{one}s']:,} {one}{'s' * (counts[f'{one}s'] != 1)}" for one in NOUNS)
    return f"{tracks} with {hits} in {events}, {card['bytes_a_hit']:.1f} bytes a hit."


def describe_pairs(pairs: Mapping[str, Any]) -> str:
    """Tell names and values in a line."""
    return ", ".join(f"{name} {value}" for name, value in pairs.items()) or "defaults"
