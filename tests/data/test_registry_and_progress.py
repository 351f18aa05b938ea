import subprocess
import sys

import pytest

from corpuscle.data.progress import follow, listening
from corpuscle.data.registry import Registry

SHAPES = Registry("shape", {"path": "pathlib:Path", "fraction": "fractions:Fraction", "gone": "no_such_module:Thing"})


def test_a_registry_is_a_mapping_of_names() -> None:
    assert list(SHAPES) == ["path", "fraction", "gone"]
    assert len(SHAPES) == 3
    assert "path" in SHAPES
    assert "other" not in SHAPES
    assert SHAPES["fraction"].__name__ == "Fraction"


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"^no shape 'zzz'; there are path, fraction, gone$"):
        SHAPES["zzz"]


def test_a_near_name_is_guessed() -> None:
    said = r"no shape 'fractoin'; there are path, fraction, gone \(did you mean 'fraction'\?\)"
    with pytest.raises(ValueError, match=said):
        SHAPES["fractoin"]


def test_nothing_is_imported_until_it_is_asked_for() -> None:
    code = (
        "import sys; from corpuscle.data.registry import Registry; "
        "r = Registry('shape', {'a': 'fractions:Fraction'}); list(r), 'a' in r; "
        "assert 'fractions' not in sys.modules; r['a']; assert 'fractions' in sys.modules"
    )
    # numpy would bring fractions along, and corpuscle.data.registry needs no numpy
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_listener_hears_every_step() -> None:
    heard: list[tuple[str, int, int]] = []
    with listening(lambda what, done, total: heard.append((what, done, total))):
        assert list(follow("abc", "letters")) == ["a", "b", "c"]
        assert list(follow(iter("ab"), "unknown")) == ["a", "b"]
        assert list(follow(iter("a"), "told", total=7)) == ["a"]
    assert heard == [
        *[("letters", done, 3) for done in (1, 2, 3)],
        *[("unknown", done, 0) for done in (1, 2)],
        ("told", 1, 7),
    ]


def test_nobody_hears_after_the_block() -> None:
    heard: list[int] = []
    with listening(lambda what, done, total: heard.append(done)):
        pass
    assert list(follow("ab", "letters")) == ["a", "b"]
    assert not heard


def test_a_listener_is_gone_after_an_error() -> None:
    heard: list[int] = []

    def stop() -> None:
        with listening(lambda what, done, total: heard.append(done)):
            raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        stop()
    list(follow("ab", "letters"))
    assert not heard
