"""Figure, table and page of a run: what they hold, and that they need nothing else."""

import re
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

from corpuscle.report.page import make_page, write_page
from corpuscle.report.study import draw_study, list_cells, make_table
from corpuscle.studies.linking.mishra2024 import FIG2B, FIG4, FIG5
from corpuscle.studies.linking.robustness import judge_noise
from corpuscle.studies.study import Study
from corpuscle.studies.verdict import Row

DECLARED = {"study": FIG2B.name, "scale": "quick", "version": "0.1.0"}


def make_rows(study: Study) -> list[Row]:
    """Rows as a run has them, with made-up scores."""
    rows: list[Row] = []
    for noise in (1.0, 10.0):
        for number, method in enumerate(study.list_methods("quick")):
            for repeat in range(3):
                score = 0.9 - 0.02 * number - 0.01 * noise + 0.001 * repeat
                counts = {
                    f"{name}_{part}": 10.0
                    for name in ("paper", "measured", "association")
                    for part in ("true_positives", "false_positives", "false_negatives")
                }
                scores = dict.fromkeys(("jaccard_paper", "jaccard_measured", "jaccard_association"), score)
                world = {
                    "start": "origin",
                    "frames": 150,
                    "measurement_noise": noise,
                    "repeat": repeat,
                    "seed": 10 * int(noise) + repeat,
                }
                more = {"rmse": 3.0, "invalid_share": 0.0, "operations": 10.0**number, "microseconds": 5.0}
                rows.append({"method": method.name, **world, **method.columns, **scores, **counts, **more})
    return rows


def test_the_figure_draws_every_method_in_both_formats(tmp_path: Path) -> None:
    for study in (FIG2B, FIG4, FIG5):
        draw_study(tmp_path / "figure.png", study, make_rows(study))
        assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    draw_study(tmp_path / "figure.svg", FIG2B, make_rows(FIG2B))
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    for words in (method.label for method in FIG2B.list_methods("quick")):
        assert f"<!-- {words} -->" in text
    assert "measurement noise σ [px]" in text
    assert "two standard errors" in text


def test_the_table_has_means_errors_and_pooled_scores() -> None:
    head, body = list_cells(FIG2B, make_rows(FIG2B))
    assert head[:5] == ["start", "T [frames]", "σ [px]", "method", "scenes"]
    assert {"rmse [px]", "pooled paper", "pooled measured", "pooled association"} <= set(head)
    assert len(body) == 2 * len(FIG2B.list_methods("quick"))
    first = dict(zip(head, body[0], strict=True))
    assert first["jaccard_paper"] == "0.891 ± 0.001"
    assert first["pooled paper"] == "0.333"
    assert make_table(FIG2B, make_rows(FIG2B)).startswith("# mishra2024-fig2b\n")


def test_the_page_is_one_file_with_everything_in_it(tmp_path: Path) -> None:
    rows = make_rows(FIG2B)
    draw_study(tmp_path / "figure.svg", FIG2B, rows)
    verdict = partial(judge_noise, pairs=(("transformer_longer", "mht"),))(rows).list_values()
    write_page(tmp_path / "report.html", FIG2B, rows, verdict, DECLARED, tmp_path / "figure.svg")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for words in (
        "performance of both the methods drop",
        "The claim",
        "<svg",
        "Controls",
        "What was assumed",
        "untrained",
        "MHT K=1, nu&#x27;=1, noise on velocity",
        "process_noise=&lt;step&gt;",
        "estimates paired with true positions",
    ):
        assert words in text
    assert not re.findall(r"""(?:src|href)=["']https?:""", text.split("<svg")[0] + text.split("</svg>")[1])
    assert "corpuscle study run mishra2024-fig2b --scale quick" in text


def test_the_page_is_well_formed_and_escapes() -> None:
    rows = make_rows(FIG2B)
    verdict = judge_noise(rows, (("transformer_longer", "mht"),)).list_values()
    verdict["controls"] = ["a < b & c"]
    text = make_page(FIG2B, rows, verdict, DECLARED, "<svg/>")
    body = text.split("\n", 1)[1].replace('<meta charset="utf-8">', "")
    assert ET.fromstring(body).tag == "html"
    assert "a &lt; b &amp; c" in text
