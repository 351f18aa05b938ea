"""Where a study's jobs are done: in this process, in processes of this machine, on a Dask cluster."""

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpuscle.data.optional import import_optional
from corpuscle.data.progress import follow, tell
from corpuscle.studies.store import Store

PATIENCE = 5.0
"""How long a scheduler may take to answer [s]."""

LOST = 60.0
"""How long this machine may be without one of its workers, which are begun again when they die [s]."""

TICK = 0.2
"""How often results are looked for [s]."""

INSTALL = "pip install 'corpuscle[cluster]'"

ACCELERATORS = ("cpu", "gpu", "auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where rows are measured.

    Args:
        workers: processes on this machine; 0: this one.
        scheduler: the address of a Dask scheduler, whose workers must see the folder of the run.
        accelerator: where each of them trains nets: cpu, gpu, or auto.
    """

    workers: int = 0
    scheduler: str | None = None
    accelerator: str = "cpu"

    def __post_init__(self) -> None:
        if self.workers < 0:
            message = f"expected a number of workers from 0, not {self.workers}"
            raise ValueError(message)
        if self.workers and self.scheduler is not None:
            raise ValueError("a scheduler has workers of its own: give --workers or --scheduler, not both")
        if self.accelerator not in ACCELERATORS:
            message = f"no accelerator {self.accelerator!r}; there are {', '.join(ACCELERATORS)}"
            raise ValueError(message)

    @property
    def here(self) -> bool:
        """Whether that is this process."""
        return not self.workers and self.scheduler is None

    def check_accelerator(self) -> None:
        """Refuse a GPU that this machine does not have; of a scheduler's workers each sees for itself.

        Raises: ValueError, when there is none.
        """
        if self.accelerator == "gpu" and self.scheduler is None:
            from corpuscle.training.machine import make_machine

            make_machine(self.accelerator, devices=1, nodes=1).choose()


@contextlib.contextmanager
def open_cluster(where: Where) -> Iterator[Any]:
    """Give a Dask client, or None for this process.

    Raises: ValueError, when no scheduler answers; ImportError, when there is no Dask.
    """
    if where.here:
        yield None
        return
    distributed = import_distributed()
    if where.scheduler is not None:
        find_scheduler(where.scheduler)
        with distributed.Client(where.scheduler, timeout=PATIENCE) as client:
            yield client
        return
    with (
        distributed.LocalCluster(
            n_workers=where.workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def find_scheduler(address: str) -> None:
    """Make sure that a scheduler answers at an address.

    Dask itself waits for ever for something that takes a connection and says nothing, and believes whatever else
    answers, such as a page for browsers; so it is asked here first, by a clock of our own.

    Raises: ValueError, when nothing answers in time, or it is no scheduler.
    """
    with concurrent.futures.ThreadPoolExecutor(1) as pool:  # a notebook has a loop of its own in this thread
        try:
            found = pool.submit(asyncio.run, ask_identity(address)).result().get("type", "nothing")
        except Exception as error:  # what is no scheduler may say anything
            message = (
                f"no Dask scheduler answers at {address!r} within {PATIENCE:g} s; expected an address such as "
                f"tcp://host:8786, where `dask scheduler` runs"
            )
            raise ValueError(message) from error
    if found != "Scheduler":
        message = f"expected a Dask scheduler at {address!r}, found its {found.lower()}: give the scheduler's address"
        raise ValueError(message)


async def ask_identity(address: str) -> dict[str, Any]:
    """Ask what is at an address what it is."""
    distributed = import_distributed()
    secret = distributed.Security().get_connection_args("client")

    async def ask() -> dict[str, Any]:
        async with distributed.rpc(address, connection_args=secret) as there:
            said: dict[str, Any] = await there.identity()
            return said

    return await asyncio.wait_for(ask(), PATIENCE)


def do_all(
    client: Any,  # noqa: ANN401 - Dask is imported late
    work: Callable[..., object],
    folder: Path,
    jobs: Sequence[tuple[Any, ...]],
    what: str,
) -> None:
    """Do all jobs of a run, here or on a cluster; whichever worker dies, its jobs are done again.

    Raises: ValueError, when a job ends one worker after another, or this machine's workers are gone for good.
    """
    if client is None:
        for job in follow(jobs, what):
            work(folder, *job)
        return
    if not jobs:
        return
    distributed = import_distributed()
    if not client.scheduler_info(n_workers=-1)["workers"]:
        tell(f"{what} (the scheduler has no worker yet)", 0, len(jobs))
    futures = [client.submit(work_in, work, folder, job, pure=False) for job in jobs]
    try:
        for future in follow(gather_done(client, distributed.as_completed(futures), folder), what, len(futures)):
            future.result()
    except distributed.KilledWorker as error:
        message = (
            f"workers died over the same job of {folder} again and again, the last one at {error.last_worker.address}: "
            f"give them more memory, or fewer a machine; what was done is kept"
        )
        raise ValueError(message) from None


def gather_done(client: Any, coming: Any, folder: Path) -> Iterator[Any]:  # noqa: ANN401 - Dask's own types
    """Give what is done as it comes.

    Raises: ValueError, when this machine's own workers are gone and none has come back; those of a scheduler that was
        named are waited for.
    """
    lost = 0.0
    while not coming.is_empty():
        if coming.has_ready():
            yield coming.next()
            continue
        time.sleep(TICK)
        there = client.cluster is None or client.scheduler_info()["workers"]
        lost = 0.0 if there else lost + TICK
        if lost > LOST:
            message = (
                f"all workers of this machine are gone, and what they did for {folder} is kept: "
                f"give the same command again, with fewer --workers if they lacked memory"
            )
            raise ValueError(message)


def work_in(work: Callable[..., object], folder: Path, job: tuple[Any, ...]) -> object:
    """Do a job in the folder of a run; this is what a worker does.

    Raises: ValueError, when this process does not see the folder, or runs another version than the run.
    """
    Store(folder).check_version()
    return work(folder, *job)


def import_distributed() -> Any:  # noqa: ANN401 - a module
    """Import Dask's distributed.

    Raises: ImportError, saying how to install it.
    """
    return import_optional("distributed", f"--workers and --scheduler need Dask: {INSTALL}")
