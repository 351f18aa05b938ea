"""Run a study: every row once, here or on a cluster, going on where a run was stopped."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpuscle.data.progress import follow
from corpuscle.studies.case import Case
from corpuscle.studies.cluster import Where, do_all, import_distributed, open_cluster
from corpuscle.studies.posterior import place_posterior, weigh_scene
from corpuscle.studies.pupil import place_net, train_net
from corpuscle.studies.store import Store, append_row, identify, name_job, this_version
from corpuscle.studies.study import Contender, ScaleName, Study
from corpuscle.studies.tuning import place_tuned, tune
from corpuscle.studies.verdict import Verdict

BLOCK = 10
"""Repeats of one job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Some repeats of one method in one world; where the data lie has no say in its name."""

    case: Case[Any]
    method: Contender
    repeats: tuple[int, ...]
    data: Path | None = None

    @property
    def name(self) -> str:
        """Its name, from its values."""
        return name_job([self.case.columns, self.method.name, list(self.repeats)])

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """What its rows are rows of."""
        return [
            identify({"seed": self.case.derive_seed(repeat), "method": self.method.name}) for repeat in self.repeats
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A finished run: its rows, in the order of worlds, methods and repeats, the verdict, and what was left out."""

    rows: list[dict[str, Any]]
    verdict: Verdict
    missing: tuple[str, ...] = ()


def run_study(
    study: Study, scale: ScaleName, folder: Path, where: Where | None = None, data: Path | None = None
) -> Finished:
    """Measure every row that the folder does not have yet, and decide the claim.

    Args:
        study: the study.
        scale: the scale of its grids.
        folder: the folder of the run; made, or gone on with.
        where: where rows are measured; default in this process. Rows that hold times are always measured here, one
            after another.
        data: the folder of data, for studies that read some.

    Raises: ValueError, when the folder holds another run, or data are not there; ImportError, when a cluster is asked
        for without Dask.
    """
    study = study.take(scale, data)
    where = Where() if where is None else replace(where, workers=0, scheduler=None) if study.serial else where
    store = Store(folder.resolve())
    if not where.here:
        import_distributed()
    declared = study.declare(scale) | sum_files(study, scale, data)
    store.check(declared)
    jobs = list_jobs(study, scale, data)
    if not jobs:
        message = f"nothing of {study.name} can be measured here: {'; '.join(study.list_missing(scale))}"
        raise ValueError(message)
    missing = leave_out(jobs, store)
    if missing:
        check_trained(jobs, where)
        with open_cluster(where) as client:
            store.begin(declared)
            measure_all(client, study, store.folder, missing, where.accelerator)
    found = store.read_parts()
    rows = [found[row] for row in sort_rows(study, scale)]
    verdict = study.holds(rows)
    store.write_rows(rows)
    store.write_verdict(verdict)
    return Finished(rows, verdict, tuple(study.list_missing(scale)))


def check_trained(jobs: Sequence[Job], where: Where) -> None:
    """Refuse an accelerator that is not there, where nets are trained.

    Raises: ValueError, when it is not.
    """
    if any(job.method.training for job in jobs):
        where.check_accelerator()


def measure_all(
    client: Any,  # noqa: ANN401 - Dask is imported late
    study: Study,
    folder: Path,
    missing: Sequence[tuple[Job, int]],
    accelerator: str,
) -> None:
    """Train the nets, make the choices and find the posteriors that missing rows need, and measure these."""
    jobs = [job for job, _ in missing]
    do_all(client, train_net, folder, [(*net, accelerator) for net in list_nets(folder, jobs)], "nets")
    do_all(client, tune, folder, list_choices(folder, jobs), "tuning")
    do_all(client, weigh_scene, folder, list_unknown(study, folder, jobs), "posteriors")
    if client is not None:
        do_all(client, run_job, folder, [(study, job) for job in jobs], "blocks of rows")
        return
    measured = itertools.chain.from_iterable(measure_job(folder, study, job) for job in jobs)
    for _ in follow(measured, "rows", sum(count for _, count in missing)):
        pass


def sum_files(study: Study, scale: ScaleName, data: Path | None) -> dict[str, Any]:
    """Give the checksum of every file that a study reads, so that two states of them are never one run.

    Raises: ValueError, naming the files, when there is no folder of data or one is not in it.
    """
    files = list(dict.fromkeys(name for case in study.list_worlds(scale) for name in case.files))
    if not files and data is not None and study.gather is None:
        message = f"{study.name} reads no data; leave --data out"
        raise ValueError(message)
    if not files:
        return {}
    absent = [name for name in files if data is None or not (data / name).is_file()]
    if absent or data is None:
        where = "no folder was given" if data is None else f"{data} has no {absent[0]}"
        reason = f"{study.name} reads data that do not come with the package, and {where}"
        message = f"{reason}; give --data DIR, a folder with {', '.join(files)}"
        raise ValueError(message)
    return {"data": {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in files}}


def list_jobs(study: Study, scale: ScaleName, data: Path | None = None) -> list[Job]:
    """List the jobs of a study."""
    grid = study.worlds[scale]
    return [
        Job(case=case, method=method, repeats=tuple(range(first, min(first + BLOCK, count))), data=data)
        for case, count in [(case, grid.count_repeats(case)) for case in study.list_worlds(scale)]
        for first in range(0, count, BLOCK)
        for method in study.list_methods(scale)
        if method.meets(case)
    ]


def sort_rows(study: Study, scale: ScaleName) -> list[tuple[Any, ...]]:
    """List all rows in the order of worlds, methods and repeats."""
    grid = study.worlds[scale]
    return [
        identify({"seed": case.derive_seed(repeat), "method": method.name})
        for case in study.list_worlds(scale)
        for method in study.list_methods(scale)
        if method.meets(case)
        for repeat in range(grid.count_repeats(case))
    ]


def leave_out(jobs: Sequence[Job], store: Store) -> list[tuple[Job, int]]:
    """Leave out what has been measured; give the jobs left, each with its number of missing rows."""
    done = store.read_parts().keys()
    counted = [(job, sum(row not in done for row in job.rows)) for job in jobs]
    return [(job, count) for job, count in counted if count]


def list_nets(folder: Path, jobs: Sequence[Job]) -> list[tuple[Mapping[str, Any], int, str]]:
    """List the nets that jobs need, settings, seed and trainer, each once, without those that there are."""
    found: dict[Path, tuple[Mapping[str, Any], int, str]] = {}
    for job in jobs:
        if job.method.training:
            training = job.method.settle_training(job.case)
            for seed in sorted({repeat % job.method.nets for repeat in job.repeats}):
                net = (training, seed, job.method.trainer)
                found[place_net(folder, *net)] = net
    return [net for place, net in found.items() if not place.exists()]


def list_choices(folder: Path, jobs: Sequence[Job]) -> list[tuple[Contender, Case[Any], Path | None]]:
    """List the choices of settings that jobs need, each once, without those that were made."""
    found = {place_tuned(folder, job.method, job.case): job for job in jobs if job.method.grid}
    return [(job.method, job.case, job.data) for place, job in found.items() if not place.exists()]


def list_unknown(
    study: Study, folder: Path, jobs: Sequence[Job]
) -> list[tuple[Contender, Case[Any], int, Path | None]]:
    """List the scenes whose posterior jobs need, each once, without those that are known."""
    reference = study.weighs
    if reference is None:
        return []
    found = {
        place_posterior(folder, reference, job.case, repeat): (reference, job.case, repeat, job.data)
        for job in jobs
        for repeat in job.repeats
    }
    return [scene for place, scene in found.items() if not place.exists()]


def run_job(folder: Path, study: Study, job: Job) -> int:
    """Measure the rows of a job that are missing, and give their number."""
    return sum(1 for _ in measure_job(folder, study, job))


def measure_job(folder: Path, study: Study, job: Job) -> Iterator[dict[str, Any]]:
    """Measure the missing rows of a job, each written before the next begins."""
    store = Store(folder)
    done = store.read_parts(job.name).keys()
    path = store.name_part(job.name)
    for repeat, key in zip(job.repeats, job.rows, strict=True):
        if key not in done:
            row = measure_row(study, folder, job, repeat)
            append_row(path, row)
            yield row


def measure_row(study: Study, folder: Path, job: Job, repeat: int) -> dict[str, Any]:
    """Measure one row."""
    case, method = job.case, job.method
    weights = None
    if method.training:
        weights = train_net(folder, method.settle_training(case), repeat % method.nets, method.trainer)
    chosen = tune(folder, method, case, job.data) if method.grid else None
    entrant = method.build(case, repeat, None if weights is None else str(weights), chosen)
    settings = repr(entrant) if weights is None else repr(entrant).replace(str(folder), ".")
    training = method.settle_training(case) if method.training else {}
    more = {} if study.weighs is None else {"weighed": weigh_scene(folder, study.weighs, case, repeat, job.data)}
    return {
        "study": study.name,
        "method": method.name,
        **case.columns,
        **method.columns,
        "repeat": repeat,
        "seed": case.derive_seed(repeat),
        "net_seed": repeat % method.nets if method.nets else None,
        "version": this_version(),
        "settings": settings,
        "training": repr(training) if training else "",
        **study.measure(method, entrant, case.draw_scene(repeat, job.data), **more),
    }
