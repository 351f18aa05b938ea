"""Sphinx settings of the documentation: `sphinx-build -W -b html docs docs/_build`."""

from corpuscle import __version__

project = "corpuscle"
author = "the corpuscle developers"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.doctest"]
exclude_patterns = ["_build"]
default_role = "literal"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
autodoc_typehints = "none"
napoleon_custom_sections = [("Returns", "plain")]  # sentences: a colon in them sets off no type
doctest_test_doctest_blocks = ""  # the examples run in tests/docs

html_theme = "pydata_sphinx_theme"
html_title = f"corpuscle {version}"
html_static_path = ["_static"]
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "secondary_sidebar_items": ["page-toc"]}
