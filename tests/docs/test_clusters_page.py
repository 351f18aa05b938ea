"""The job scripts on the page about clusters are what dask-jobqueue writes, and their last line starts workers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's own


def take_blocks(kind: str) -> list[str]:
    return [found.strip() for found in re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.fixture(scope="module")
def scripts() -> dict[str, Any]:
    pytest.importorskip("dask_jobqueue")
    names: dict[str, Any] = {}
    exec(compile(take_blocks("py")[1], "docs/clusters.md", "exec"), names)
    return names


def test_the_page_shows_what_is_written(scripts: dict[str, Any]) -> None:
    assert [scripts["slurm"].strip()] == take_blocks("bash")
    assert [scripts["condor"].strip()] == take_blocks("ini")


def test_the_shell_reads_the_script(scripts: dict[str, Any], tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash here")
    (tmp_path / "workers.sh").write_text(scripts["slurm"])
    subprocess.run(["bash", "-n", str(tmp_path / "workers.sh")], check=True)


@pytest.mark.slow
def test_the_last_line_of_the_script_starts_workers(scripts: dict[str, Any], tmp_path: Path) -> None:
    dask = pytest.importorskip("distributed")
    with (
        dask.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster,
        dask.Client(cluster) as client,
    ):
        script = scripts["slurm"].replace("tcp://login1:8786", cluster.scheduler_address)
        script = script.replace("--nworkers 8", "--nworkers 1")
        (tmp_path / "workers.sh").write_text(script.replace("python -m", f"exec {sys.executable} -m"))
        worker = subprocess.Popen(["bash", str(tmp_path / "workers.sh")], cwd=tmp_path, stderr=subprocess.DEVNULL)
        try:
            client.wait_for_workers(1, timeout=60)
            assert client.submit(sum, [1, 2]).result(timeout=60) == 3
        finally:
            worker.terminate()
            worker.wait(30)
