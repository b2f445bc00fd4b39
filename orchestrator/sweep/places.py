"""Where candidates are tried: in this process, in several of this machine, or on a Dask cluster; through joblib in each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from joblib import Parallel, delayed, parallel_config

from orchestrator.project import ROOT, UserError
from orchestrator.sweep.space import Candidate
from orchestrator.sweep.trial import Job, Result, try_out

CONNECT_S = 10
LARGE = "100K"  # arrays from this size on are shared, not sent with each part
WITHOUT = (
    "--cluster needs the package distributed, which requirements.txt pins: run ./inv once, or install the version that the "
    "scheduler has (`pip install distributed`)"
)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise UserError(WITHOUT) from None
    return distributed


@contextmanager
def _cluster(address: str, job: Job) -> Iterator[None]:
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, and on each machine, in a "
            f"checkout of this commit, `.venv/bin/dask worker {address}`"
        ) from None
    with client:
        if not client.ncores():
            raise UserError(
                f"the scheduler at {address} has no worker: on each machine start `.venv/bin/dask worker {address}` in a "
                f"checkout of this commit (here {ROOT.name})"
            )
        with parallel_config("dask", client=client, scatter=[job]):
            yield


@contextmanager
def places(cluster: str, jobs: int, job: Job) -> Iterator[Parallel]:
    """Something that runs parts side by side; `jobs` is how many on this machine, 0 for as many as it has cores."""
    if cluster:
        with _cluster(cluster, job):
            yield Parallel(return_as="generator_unordered", pre_dispatch="all", batch_size=1)
    else:
        n = jobs or -1
        yield Parallel(n_jobs=n, return_as="generator_unordered", batch_size=1, max_nbytes=LARGE)


def run(
    parallel: Parallel, job: Job, parts: Sequence[tuple[Sequence[int], Sequence[Candidate]]]
) -> Iterator[tuple[Sequence[int], Sequence[Result]]]:
    """The results of each part as it ends, with the candidates' places. The first error stops the rest."""
    with closing(parallel(delayed(try_out)(job, numbers, same) for numbers, same in parts)) as ended:
        for numbers, found in ended:
            if isinstance(found, Exception):
                raise found
            yield numbers, found
