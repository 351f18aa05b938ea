"""A run: resumed, on workers, never mixed with another, no row lost or twice."""

import concurrent.futures
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from corpuscle.data.progress import listening
from corpuscle.studies import cluster, store
from corpuscle.studies import run as running
from corpuscle.studies.cluster import Where, work_in
from corpuscle.studies.linking.mishra2024 import FIG2B
from corpuscle.studies.linking.pair import Pair
from corpuscle.studies.linking.robustness import judge_noise
from corpuscle.studies.run import run_study, sort_rows
from corpuscle.studies.store import Store, identify
from corpuscle.studies.study import Grid, Study
from corpuscle.studies.verdict import Row, Verdict

METHODS = ("mht", "constant", "nearest", "lap", "exact", "untrained")


def decide_nothing(rows: Sequence[Row]) -> Verdict:
    return Verdict(statements=(), reading=f"{len(rows)} rows")


def make_tiny(repeats: int = 3, methods: tuple[str, ...] = METHODS) -> Study:
    worlds = tuple(Pair(start="origin", frames=6, measurement_noise=noise) for noise in (1.0, 10.0))
    grid = Grid(worlds=worlds, repeats={6: repeats})
    chosen = tuple(method for method in FIG2B.methods if method.name in methods)
    return dataclasses.replace(
        FIG2B, name="tiny", worlds={"quick": grid, "paper": grid}, methods=chosen, holds=decide_nothing
    )


def read_keys(folder: Path) -> list[tuple[object, ...]]:
    lines = [line for path in (folder / "parts").iterdir() for line in path.read_text().splitlines()]
    return [identify(json.loads(line)) for line in lines]


def test_every_row_once_in_order_with_its_columns(tmp_path: Path) -> None:
    study = make_tiny()
    heard: list[tuple[str, int, int]] = []
    with listening(lambda *step: heard.append(step)):
        found = run_study(study, "quick", tmp_path / "run")
    assert [identify(row) for row in found.rows] == sort_rows(study, "quick")
    assert ("rows", 36, 36) in heard
    wanted = "study method start frames measurement_noise repeat seed version settings jaccard_paper jaccard_measured"
    assert set(wanted.split()) | {"jaccard_association", "rmse", "invalid_share"} <= set(found.rows[0])
    assert len({row["seed"] for row in found.rows}) == 6
    assert Store(tmp_path / "run").read_rows() == found.rows
    assert json.loads((tmp_path / "run" / "verdict.json").read_text())["reading"] == "36 rows"


def test_running_again_measures_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_tiny(1, ("nearest", "constant"))
    first = run_study(study, "quick", tmp_path)
    monkeypatch.setattr(running, "measure_row", None)
    assert run_study(study, "quick", tmp_path).rows == first.rows


def test_it_goes_on_after_a_row_cut_short(tmp_path: Path) -> None:
    study = make_tiny(3, ("nearest", "constant"))
    whole = run_study(study, "quick", tmp_path).rows
    part = sorted((tmp_path / "parts").iterdir())[0]
    lines = part.read_text().splitlines(keepends=True)
    part.write_text("".join(lines[:-1]) + lines[-1][:40])
    (tmp_path / "rows.parquet").unlink()
    assert run_study(study, "quick", tmp_path).rows == whole


def test_a_row_that_two_measured_counts_once(tmp_path: Path) -> None:
    study = make_tiny(2, ("nearest",))
    whole = run_study(study, "quick", tmp_path).rows
    part = sorted((tmp_path / "parts").iterdir())[0]
    part.with_name(part.name.replace(".", ".other-", 1)).write_text(part.read_text())
    assert run_study(study, "quick", tmp_path).rows == whole


def test_adding_a_grid_point_changes_no_other_row(tmp_path: Path) -> None:
    small, large = make_tiny(1, ("nearest", "mht")), make_tiny(2, ("nearest", "mht", "constant"))
    few = run_study(small, "quick", tmp_path / "few").rows
    many = {identify(row): row for row in run_study(large, "quick", tmp_path / "many").rows}
    assert all(many[identify(row)] == row for row in few)


def test_another_run_is_refused_and_left(tmp_path: Path) -> None:
    study = make_tiny(1, ("nearest",))
    run_study(study, "quick", tmp_path / "run")
    before = (tmp_path / "run" / "rows.parquet").read_bytes()
    with pytest.raises(ValueError, match="holds another run: its repeats are others; name another folder: -o DIR"):
        run_study(make_tiny(2, ("nearest",)), "quick", tmp_path / "run")
    with pytest.raises(ValueError, match="holds another run: its scale is another 'quick', not 'paper'"):
        run_study(study, "paper", tmp_path / "run")
    declared = tmp_path / "run" / "study.json"
    declared.write_text(declared.read_text().replace('"version": "', '"version": "9.'))
    with pytest.raises(ValueError, match=r"its version is another '9\."):
        run_study(study, "quick", tmp_path / "run")
    assert (tmp_path / "run" / "rows.parquet").read_bytes() == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("all of it")
    with pytest.raises(ValueError, match="exists and holds no run of a study"):
        run_study(study, "quick", tmp_path / "other")


def test_a_worker_of_another_version_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_tiny(1, ("nearest",))
    run_study(study, "quick", tmp_path)
    job = (study, running.list_jobs(study, "quick")[0])
    assert work_in(running.run_job, tmp_path, job) == 0
    monkeypatch.setattr(store, "this_version", lambda: "9.0")
    with pytest.raises(ValueError, match=r"and this worker has 9\.0: install the same on all"):
        work_in(running.run_job, tmp_path, job)
    with pytest.raises(ValueError, match="elsewhere holds no run of a study"):
        work_in(running.run_job, tmp_path / "elsewhere", job)


def test_bad_places_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="give --workers or --scheduler, not both"):
        Where(workers=2, scheduler="tcp://a:1")
    with pytest.raises(ValueError, match="expected a number of workers from 0, not -1"):
        Where(workers=-1)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"need Dask: pip install 'corpuscle\[cluster\]'"):
        run_study(make_tiny(1), "quick", tmp_path / "run", Where(workers=2))
    assert not (tmp_path / "run").exists()


KILLED = """
import sys, os
sys.path.insert(0, {here!r})
from test_run import make_tiny
from corpuscle.studies import run as running
from pathlib import Path
measure, count = running.measure_row, 0
def kill(*arguments):
    global count
    count += 1
    if count == 8:
        os.kill(os.getpid(), 9)
    return measure(*arguments)
running.measure_row = kill
running.run_study(make_tiny(), "quick", Path({folder!r}))
"""


@pytest.mark.slow
def test_a_kill_loses_at_most_the_row_it_hit(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    script = KILLED.format(here=str(Path(__file__).parent), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], check=False, env=os.environ, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert len(read_keys(folder)) == 7
    found = run_study(make_tiny(), "quick", folder)
    assert len(found.rows) == 36
    keys = read_keys(folder)
    assert len(keys) == len(set(keys)) == 36


distributed = pytest.mark.filterwarnings("ignore")  # Dask's own, of sockets and event loops


@pytest.mark.slow
@distributed
def test_workers_measure_the_same_rows(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    here = run_study(make_tiny(), "quick", tmp_path / "here").rows
    there = run_study(shipped_tiny(), "quick", tmp_path / "there", Where(workers=2)).rows
    assert here == there


@pytest.mark.slow
@distributed
def test_a_killed_worker_loses_no_row(tmp_path: Path) -> None:
    dask = pytest.importorskip("distributed")
    study = shipped_tiny(40)
    with (
        dask.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        dask.Client(cluster) as client,
    ):
        killer = subprocess.Popen([sys.executable, "-c", KILLER, str(tmp_path), *map(str, list_pids(client))])
        found = run_study(study, "quick", tmp_path / "run", Where(scheduler=cluster.scheduler_address))
        assert killer.wait(60) == 0
    assert [identify(row) for row in found.rows] == sort_rows(study, "quick")


KILLER = """
import os, sys, time, pathlib
parts = pathlib.Path(sys.argv[1]) / "run" / "parts"
while not (parts.exists() and len(list(parts.iterdir())) > 3):
    time.sleep(0.02)
os.kill(int(sys.argv[2]), 9)
"""


def list_pids(client: object) -> list[int]:
    return list(client.run(os.getpid).values())  # type: ignore[attr-defined] # a Dask client


def shipped_tiny(repeats: int = 3) -> Study:
    """The tiny study with a verdict that a worker can import."""
    return dataclasses.replace(make_tiny(repeats), holds=partial(judge_noise, pairs=(("constant", "mht"),)))


@pytest.mark.slow
def test_a_net_is_trained_once_and_used_again(tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    study = make_tiny(4, ("transformer_barely", "nearest"))
    found = run_study(study, "quick", tmp_path)
    nets = sorted((tmp_path / "nets").iterdir())
    assert len(nets) == 2  # two seeds; the noise of training is the same in both worlds
    stamps = [net.stat().st_mtime_ns for net in nets]
    (tmp_path / "rows.parquet").unlink()
    for part in (tmp_path / "parts").iterdir():
        part.unlink()
    time.sleep(0.01)
    again = run_study(study, "quick", tmp_path)
    assert again.rows == found.rows
    assert [net.stat().st_mtime_ns for net in nets] == stamps
    assert {row["net_seed"] for row in found.rows if row["method"] == "transformer_barely"} == {0, 1}


@pytest.mark.slow
@distributed
def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    with pytest.raises(
        ValueError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9' within 1 s; expected an address"
    ):
        run_study(make_tiny(1), "quick", tmp_path / "run", Where(scheduler="tcp://127.0.0.1:9"))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@distributed
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["nothing", "a page"])
def test_what_listens_and_is_no_scheduler_is_named_in_time(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server, concurrent.futures.ThreadPoolExecutor(1) as pool:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        done = pool.submit(answer, server, said)
        begin = time.monotonic()
        with pytest.raises(ValueError, match=f"no Dask scheduler answers at '{address}' within 1 s"):
            run_study(make_tiny(1), "quick", tmp_path / "run", Where(scheduler=address))
        assert time.monotonic() - begin < 5
        done.result().close()
    assert not (tmp_path / "run").exists()


def answer(server: socket.socket, said: bytes) -> socket.socket:
    """Take one call, say something, and wait."""
    call, _ = server.accept()
    call.sendall(said)
    return call


@pytest.mark.slow
@distributed
def test_a_worker_is_no_scheduler(tmp_path: Path) -> None:
    dask = pytest.importorskip("distributed")
    with dask.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50) as local:
        address = next(iter(local.workers.values())).worker_address
        with pytest.raises(ValueError, match=r"found its worker: give the scheduler's address"):
            run_study(make_tiny(1), "quick", tmp_path / "run", Where(scheduler=address))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@distributed
def test_workers_that_are_gone_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "LOST", 1.0)
    with cluster.open_cluster(Where(workers=1)) as client:
        client.cluster.scale(0)
        while client.scheduler_info()["workers"]:
            time.sleep(0.05)
        with pytest.raises(ValueError, match=r"all workers of this machine are gone, and what they did .* is kept"):
            cluster.do_all(client, print, tmp_path, [()], "nets")


def test_an_accelerator_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no accelerator 'tpu'; there are cpu, gpu, auto"):
        Where(accelerator="tpu")
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match="1 GPU asked for, and torch finds 0 here"):
        run_study(make_tiny(1, ("transformer_barely",)), "quick", tmp_path / "run", Where(accelerator="gpu"))
    assert not (tmp_path / "run").exists()


def test_a_study_of_which_nothing_can_be_measured_says_why(tmp_path: Path) -> None:
    absent = dataclasses.replace(FIG2B.methods[0], name="absent", needs="no_such_package")
    study = dataclasses.replace(make_tiny(1), methods=(absent,))
    with pytest.raises(ValueError, match=r"nothing of tiny can be measured here: absent \(no no_such_package"):
        run_study(study, "quick", tmp_path / "run")
    assert not (tmp_path / "run").exists()
