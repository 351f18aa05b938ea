"""A page about one run of a study: self-contained, nothing but one file."""

import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuscle.report.study import list_tables
from corpuscle.studies.study import Contender, Known, Study
from corpuscle.studies.verdict import Row, tell_held, tell_margin, tell_outcome

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
blockquote { border-left: 4px solid #0072B2; margin: 1rem 0; padding: .2rem 1rem; background: #f4f8fb; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; width: 100%; }
th, td { padding: .2rem .5rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
.scores td, .scores th { font-size: 12px; padding: .2rem .3rem; }
.scores td { white-space: nowrap; }
figure { margin: 1rem 0; }
svg { max-width: 100%; height: auto; }
.verdict { font-size: 1.2rem; font-weight: 600; }
.own { font-weight: 600; }
.methods td:first-child, .statements td:last-child { white-space: nowrap; }
footer { color: #555; font-size: 13px; margin-top: 2rem; }
"""

SCORES = {
    "jaccard_paper": "estimates paired with true positions, as published",
    "jaccard_measured": "estimates paired with detections, read by whose they are",
    "jaccard_association": "links between detections, by whose they are",
    "operations": "floating-point operations a frame",
}
"""What each score asks."""

STATEMENTS = (
    "Those of the claim's own form stand in bold. The margin is by how much a statement holds (above 0) or fails, ± "
    "its standard error over the scenes."
)
METHODS = "What a method is told of the world that it meets stands in angle brackets."


def write_page(
    path: Path, study: Study, rows: Sequence[Row], verdict: Mapping[str, Any], declared: Mapping[str, Any], figure: Path
) -> None:
    """Write the page.

    Args:
        path: the file to write.
        study: the study.
        rows: its rows.
        verdict: its verdict, as `verdict.json` has it.
        declared: what the run is, as `study.json` has it.
        figure: its figure as SVG, which goes into the page.
    """
    made = path.with_name(f".{path.name}.part")
    try:
        made.write_text(make_page(study, rows, verdict, declared, read_svg(figure)), encoding="utf-8")
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def make_page(
    study: Study, rows: Sequence[Row], verdict: Mapping[str, Any], declared: Mapping[str, Any], figure: str
) -> str:
    """Make the text of the page."""
    outcome = f"The claim {tell_outcome(verdict)}{' in its own form' if verdict['decided'] else ''}."
    statements = [
        [tell_held(one), one["text"], one["score"], one["where"], show_margin(one)] for one in verdict["statements"]
    ]
    own = [one["headline"] for one in verdict["statements"]]
    methods = [[one.name, one.label, one.role, tell_method(one)] for one in study.list_methods(declared["scale"])]
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(study.name)}</title><style>{STYLE}</style></head>',
        f"<body><h1>{escape(study.name)}</h1><p>{escape(study.title)}</p>",
        f"<h2>Claim</h2><blockquote>{escape(study.claim)}</blockquote><p>{escape(study.source)}</p>",
        f'<h2>Verdict</h2><p class="verdict">{outcome}</p><p>Read as: {escape(verdict["reading"])}.</p>',
        *make_under(verdict),
        f"<h2>Figure</h2><figure>{figure}</figure>",
        "<h2>Controls</h2>",
        make_list(verdict["controls"]),
        f"<h2>Every statement</h2><p>{STATEMENTS}</p>",
        make_grid(["holds", "statement", "score", "where", "margin"], statements, own, kind="statements"),
        *make_tables(study, rows),
        f"<h2>Methods</h2><p>{METHODS}</p>",
        make_grid(["name", "in the figure", "there as", "what it is"], methods, kind="methods"),
        "<h2>What was assumed</h2>",
        make_list(study.assumed),
        f"<footer>{escape(tell_run(rows, declared))}</footer></body></html>",
    ]
    return "\n".join(parts) + "\n"


def make_tables(study: Study, rows: Sequence[Row]) -> list[str]:
    """Make the tables: the one of most studies, with what its numbers are, or several with titles of their own."""
    parts = []
    for title, head, body in list_tables(study, rows):
        said = "Mean ± standard error over scenes; pooled: over the links of all scenes together."
        parts.append(f"<h2>{escape(title)}</h2>" if title else f"<h2>Table</h2><p>{said}</p>")
        parts.append(make_grid(head, body, kind="scores"))
    return parts


def make_grid(head: Sequence[str], body: Sequence[Sequence[str]], own: Sequence[bool] = (), *, kind: str) -> str:
    """Make a table, which scrolls by itself where it is wider than the page."""
    lines = [f'<div class="wide"><table class="{kind}"><thead><tr>', *(f"<th>{break_name(cell)}</th>" for cell in head)]
    lines.append("</tr></thead><tbody>")
    for number, line in enumerate(body):
        mark = ' class="own"' if number < len(own) and own[number] else ""
        lines.append(f"<tr{mark}>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>")
    return "".join([*lines, "</tbody></table></div>"])


def make_list(items: Iterable[str]) -> str:
    """Make a list."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def tell_score(score: str) -> str:
    """Tell a score and what it asks."""
    return f"{score} ({SCORES[score]})" if score in SCORES else score


def tell_method(method: Contender) -> str:
    """Tell what a method is, and what it is given or trained with; what the world gives by its name."""
    given = {"given": method.settings, "trained with": method.training}
    parts = [
        f"{word} " + ", ".join(f"{name}={show_setting(value)}" for name, value in values.items())
        for word, values in given.items()
        if values
    ]
    nets = [f"{method.nets} nets in turn"] if method.nets > 1 else []
    return "; ".join([method.entrant or "given with the scenes", *parts, *nets])


def show_setting(value: object) -> str:
    """Show a setting; what a method is told of the world stands in angle brackets."""
    return f"<{value.name}>" if isinstance(value, Known) else str(value)


def make_under(verdict: Mapping[str, Any]) -> list[str]:
    """Make the list of scores under which a claim that is decided holds or does not."""
    if not verdict["decided"]:
        return []
    held = [f"{tell_score(score)}: {'yes' if held else 'no'}" for score, held in verdict["under"].items()]
    return ["<p>All of it, by the score that it is read under:</p>", make_list(held)]


def show_margin(statement: Mapping[str, Any]) -> str:
    """Show by how much a statement holds."""
    margin, error = statement["margin"], statement["error"]
    return f"{margin:+,.0f}" if abs(margin) >= 1000 else tell_margin(margin, error)


def tell_run(rows: Sequence[Row], declared: Mapping[str, Any]) -> str:
    """Tell what was run."""
    return (
        f"corpuscle {declared['version']}, corpuscle study run {declared['study']} --scale {declared['scale']}: "
        f"{len(rows)} rows; seeds are derived from each world's values and the repeat."
    )


def read_svg(path: Path) -> str:
    """Read a figure without what stands before its first element."""
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]


def break_name(name: str) -> str:
    """Let a long name go on in the next line behind its underscores.

    >>> break_name("jaccard_paper")
    'jaccard_<wbr/>paper'
    """
    return escape(name).replace("_", "_<wbr/>")


def escape(text: object) -> str:
    """Make a text safe inside a page."""
    return html.escape(str(text))
