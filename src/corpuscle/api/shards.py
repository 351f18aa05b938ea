"""Convert collisions in any layout into memory-mapped shards of tracks."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from corpuscle.data.progress import follow
from corpuscle.data.settings import build_method, describe_settings
from corpuscle.io.checksums import CARD
from corpuscle.io.collider.base import Collider
from corpuscle.io.collider.readers import COLLIDERS
from corpuscle.io.shard_writer import ShardWriter
from corpuscle.io.shards import Shards
from corpuscle.report.shards import draw_card

POSITIONS = {"measured": "measured", "true": "true, without measurement errors"}


def convert_collisions(
    path: str | Path,
    output: str | Path,
    *,
    source: str,
    settings: Mapping[str, object] | None = None,
    force: bool = False,
) -> list[str]:
    """Convert the collisions of a folder into shards, event by event; a conversion that was stopped goes on.

    Args:
        path: the folder, archive or file.
        output: the folder of shards to write.
        source: the layout: trackml, acts, root, colliderml, corpuscle.
        settings: of the layout: field, positions, barrel and so on.
        force: whether shards that exist may be replaced.

    Returns:
        What was read and what someone who uses the tracks must know, one sentence each.

    Raises: FormatError, when a file is missing or not what it says it is; OSError, when one cannot be read or written.

    >>> convert_collisions("nowhere", "shards", source="trackml")
    Traceback (most recent call last):
    FileNotFoundError: there is no folder or archive nowhere
    """
    path = Path(path)
    reader: Collider = build_method(COLLIDERS[source], settings or {}, name=source)
    numbers = reader.list_events(path)
    barrel = reader.lay(path)
    about = {
        "format": source,
        "name": path.absolute().name,
        "settings": describe_settings(reader),
        "events": hashlib.sha256(repr(numbers).encode()).hexdigest(),
    }
    positions = POSITIONS[reader.positions]
    notes = list(reader.list_notes())
    with ShardWriter(
        output, barrel.apparatus, source=about, positions=positions, least=reader.least, force=force
    ) as writer:
        if writer.done:
            notes.append(f"goes on where it was stopped, after {writer.done} of {len(numbers)} events")
        for note in reader.list_notes():
            writer.progress.note(note)
        steps = -(-(len(numbers) - writer.done) // reader.step)
        for recorded in follow(reader.stream(path, barrel, first=writer.done), "converting", steps):
            writer.add(recorded)
        shards = writer.seal()
        draw_card(shards, writer.room / "card.png")
        notes += [note for note in shards.card["notes"] if note not in notes] + tell(shards, Path(output))
        writer.publish()
    return notes


def tell(shards: Shards, output: Path) -> list[str]:
    """Tell what became of the collisions."""
    counts, dropped = shards.card["counts"], shards.card["dropped"]
    said = f"{counts['tracks']} tracks with {counts['hits']} hits of {counts['events']} events -> {output}"
    left = ", ".join(f"{count} {what}" for what, count in dropped.items() if count)
    told = [f"{said}, {shards.card['bytes_a_hit']:.1f} bytes a hit; what is in them says {output / CARD}"]
    return [*told, *([f"left out: {left}"] if left else [])]
