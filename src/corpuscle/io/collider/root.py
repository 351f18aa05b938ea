"""ROOT: trees of hits and of particles, one row a hit or one entry an event, read through uproot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from corpuscle.data.settings import setting
from corpuscle.io.collider.barrel import Barrel
from corpuscle.io.collider.base import Collider
from corpuscle.io.collider.columns import Columns
from corpuscle.io.collider.named import HIT_ROLES, PARTICLE_ROLES, describe_role, put_together
from corpuscle.io.errors import FormatError, import_extra
from corpuscle.io.recorded import Recorded

BLOCK = 2**18
"""Rows of a flat tree that are read at once, at least."""

ENTRIES = 8
"""Entries of a jagged tree, events, that are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root(Collider):
    """Trees of ROOT files, through uproot and awkward; without settings, the trees and branches of ACTS.

    Source: ACTS, Examples/Io/Root (RootSimHitWriter, RootParticleWriter).
    """

    known: ClassVar[str] = "acts"

    hits: str = setting("hits", "name of the tree of hits")
    particles: str = setting("particles", "name of the tree of particles; the same tree where both are jagged in one")
    branches: str = setting("", "branches by role where they are called otherwise: x=hit_x,y=hit_y,particle=barcode")

    def list_events(self, path: Path) -> list[int]:
        """List the numbers of the events that leave hits."""
        return list(self.open(path)[0].places)

    def stream(self, path: Path, barrel: Barrel, first: int = 0) -> Iterator[Recorded]:
        """Read one event after another."""
        hits, particles = self.open(path)
        for event in list(hits.places)[first:]:
            if event not in particles.places:
                raise FormatError(particles.name, f"particles of event {event}, which has hits", "none")
            yield put_together(
                event, hits.read(event), particles.read(event), barrel, positions=self.positions, source=hits.name
            )

    def open(self, path: Path) -> "tuple[Tree, Tree]":
        """Open the two trees, which may stand in one file or in two."""
        uproot = import_extra("uproot", "hep")
        import_extra("awkward", "hep")
        files = sorted(path.glob("*.root")) if path.is_dir() else [path]
        if not path.exists():
            message = f"there is no folder or file {path}"
            raise FileNotFoundError(message)
        found: dict[str, tuple[Path, Any]] = {}
        for file in files:
            try:
                opened = uproot.open(file)
            except Exception as error:  # uproot raises whatever a broken file makes it raise
                raise FormatError(file, "a whole ROOT file", str(error)[:120]) from None
            found |= {name.split(";")[0]: (file, opened[name]) for name in opened.keys(cycle=False)}
        trees = []
        chosen = read_branches(self.branches)
        for name, roles in ((self.hits, HIT_ROLES), (self.particles, PARTICLE_ROLES)):
            if name not in found:
                hint = "name it with --set hits= or --set particles="
                raise FormatError(path, f"a tree {name!r}", ", ".join(sorted(found)) or "no tree", hint=hint)
            file, tree = found[name]
            trees.append(open_tree(tree, f"{file.name}:{name}", {**roles, **pick(chosen, roles)}))
        return trees[0], trees[1]


@dataclass(slots=True)
class Tree:
    """A tree, the entries of each event in it, and the block that was read last."""

    tree: Any
    name: str
    branches: Mapping[str, str]
    jagged: bool
    places: dict[int, tuple[int, int]]
    block: Any = None
    begin: int = 0
    end: int = field(default=0)

    def read(self, event: int) -> Columns:
        """Read the columns of an event, by role."""
        first, last = self.places[event]
        if not self.begin <= first <= last <= self.end or self.block is None:
            self.begin, self.end = first, max(last, first + (ENTRIES if self.jagged else BLOCK))
            names = list(dict.fromkeys(self.branches.values()))
            self.block = self.tree.arrays(names, entry_start=self.begin, entry_stop=self.end, library="ak")
        rows = self.block[first - self.begin : last - self.begin]
        return {role: self.flatten(rows[branch]) for role, branch in self.branches.items()}

    def flatten(self, values: Any) -> np.ndarray:  # noqa: ANN401 - an awkward array
        """Give the values of one event as a flat array."""
        awkward = import_extra("awkward", "hep")
        flat = values[0] if self.jagged and values.ndim > 1 else values
        try:
            return np.asarray(awkward.to_numpy(flat))
        except ValueError as error:
            raise FormatError(self.name, "one number a row in each branch", str(error)[:80]) from None


def open_tree(tree: Any, name: str, roles: Mapping[str, str]) -> Tree:  # noqa: ANN401 - a tree of uproot
    """Find the branches of a tree and the entries of its events.

    Raises: FormatError, when a branch is missing or an event does not stand in one piece.
    """
    there = set(tree.keys())
    branches = {role: branch for role, branch in roles.items() if branch in there}
    missing = [role for role in roles if role not in branches and not describe_role(role).startswith("perhaps")]
    if missing:
        expected = f"a branch {roles[missing[0]]!r} ({describe_role(missing[0])})"
        hint = f"say what it is called: --set branches={missing[0]}=NAME"
        raise FormatError(name, expected, ", ".join(sorted(there)), hint=hint)
    marker = next(role for role in ("x", "tx", "number") if role in branches)
    jagged = "vector" in tree[branches[marker]].typename or "[]" in tree[branches[marker]].typename
    event = tree[branches["event"]].array(library="np")
    begins = np.flatnonzero(np.concatenate([[True], event[1:] != event[:-1]])) if len(event) else np.zeros(0, int)
    if jagged:
        begins = np.arange(len(event))
    numbers = [int(number) for number in event[begins]]
    twice = (
        sorted(number for number in set(numbers) if numbers.count(number) > 1)
        if len(set(numbers)) < len(numbers)
        else []
    )
    if twice:
        raise FormatError(name, f"event {twice[0]} in one piece", "several: events are mixed up")
    ends = [*begins[1:].tolist(), len(event)]
    return Tree(tree, name, branches, jagged, dict(zip(numbers, zip(begins.tolist(), ends, strict=True), strict=True)))


def read_branches(text: str) -> dict[str, str]:
    """Read which branch plays which role.

    Raises: ValueError, when a part is no ROLE=BRANCH or the role is none.

    >>> read_branches("x=hit_x, y=hit_y")
    {'x': 'hit_x', 'y': 'hit_y'}
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        role, _, branch = (piece.strip() for piece in part.partition("="))
        if role not in {**HIT_ROLES, **PARTICLE_ROLES} or not branch:
            known = ", ".join({**HIT_ROLES, **PARTICLE_ROLES})
            message = f"branches: expected ROLE=BRANCH,... with a role of {known}, not {part!r}"
            raise ValueError(message)
        found[role] = branch
    return found


def pick(chosen: Mapping[str, str], roles: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Give those of the chosen names that belong to some roles."""
    return {role: name for role, name in chosen.items() if role in roles}
