"""Tests run with every array's shape and every argument's type checked."""

from pathlib import Path

import hypothesis
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

SOURCE = Path(__file__).parent / "src"

check = beartype(conf=BeartypeConf(is_pep484_tower=True))


def checked_modules() -> list[str]:
    """List every module but packages and compiled kernels, which cannot carry executed annotations."""
    paths = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return [
        ".".join(path.with_suffix("").parts)
        for path in sorted(paths)
        if path.stem != "__init__" and not path.stem.endswith("_kernel")
    ]


install_import_hook(checked_modules(), "conftest.check")

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=500, deadline=None)
hypothesis.settings.load_profile("quick")
