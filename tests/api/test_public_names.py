"""What users may rely on stands in a file: a change of it is meant, and said in the CHANGELOG."""

import inspect
from pathlib import Path

import pytest

import corpuscle

GOLDEN = Path(__file__).with_name("public_names.txt")


def describe(name: str) -> str:
    """Give a public name with its parameters and their defaults; types may be read in the code."""
    thing = getattr(corpuscle, name)
    if not callable(thing):
        return name
    parameters = inspect.signature(thing).parameters.values()
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    return f"{name}{inspect.Signature(bare)}"


def test_the_public_names_are_those_in_the_file() -> None:
    listed = [describe(name) for name in corpuscle.__all__]
    assert listed == GOLDEN.read_text().splitlines(), f"if this is meant, write it into {GOLDEN} and the CHANGELOG"


def test_the_public_names_are_what_the_package_shows() -> None:
    assert dir(corpuscle) == sorted(corpuscle.__all__)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'corpuscle' has no attribute 'lnik'"):
        corpuscle.lnik  # noqa: B018 - asking is the test
