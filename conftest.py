"""Tests run with every array's shape and every argument's type checked."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast, get_type_hints

import hypothesis
import jaxtyping
from beartype import BeartypeConf, beartype
from filelock import FileLock
from numba.core.caching import IndexDataCacheFile

Made = TypeVar("Made", bound=Callable[..., Any])
SOURCE = Path(__file__).parent / "src"

check_types = beartype(conf=BeartypeConf(is_pep484_tower=True))
check_thoroughly = jaxtyping.jaxtyped(typechecker=check_types)
shapes = jaxtyping.jaxtyped("context")


def read(annotation: object, function: Callable[..., object]) -> object:
    """Read an annotation that is text; what only a type checker imports may be anything."""
    alone = SimpleNamespace(__annotations__={"it": annotation})
    try:
        return get_type_hints(alone, function.__globals__, include_extras=True)["it"]
    except (NameError, AttributeError):
        return Any


def check(checked: Made) -> Made:
    """Check the types of a function, or of what a dataclass is made of, and that the shapes in it agree.

    `jaxtyping.jaxtyped` says more of an error, at a cost that the tests would spend most of their time on.
    """
    if not inspect.isclass(checked):
        return check_function(checked)
    if is_dataclass(checked) and "__init__" in vars(checked):
        setattr(checked, "__init__", check_function(vars(checked)["__init__"]))  # noqa: B010 - mypy forbids the other
    return checked


def check_function(function: Made) -> Made:
    """Check what goes into a function and what comes out."""
    if "{" in str(list(function.__annotations__.values())):  # a length that is told by an argument
        return check_thoroughly(function)
    strict: Made | None = None

    @functools.wraps(function)
    def call(*arguments: object, **named: object) -> object:
        nonlocal strict
        if strict is None:  # not before it is called: most functions never are in one process
            function.__annotations__ = {name: read(said, function) for name, said in function.__annotations__.items()}
            strict = check_types(function)
        with shapes:
            return strict(*arguments, **named)

    return cast(Made, call)


def write_alone(save: Callable[..., None]) -> Callable[..., None]:
    """Let one process at a time write into numba's cache, which numbers an entry by those it has read before."""

    @functools.wraps(save)
    def call(self: IndexDataCacheFile, key: object, data: object) -> None:
        with FileLock(Path(self._cache_path) / ".lock"):
            save(self, key, data)

    return call


def checked_modules() -> list[str]:
    """List every module but packages and compiled kernels, which cannot carry executed annotations."""
    paths = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return [
        ".".join(path.with_suffix("").parts)
        for path in sorted(paths)
        if path.stem != "__init__" and not path.stem.endswith("_kernel")
    ]


jaxtyping.jaxtyped = lambda *, typechecker: typechecker  # type: ignore[assignment] # the hook writes it at every `def`
jaxtyping.install_import_hook(checked_modules(), "conftest.check")

IndexDataCacheFile.save = write_alone(IndexDataCacheFile.save)

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=500, deadline=None)
hypothesis.settings.load_profile("quick")
