"""Processes of one training run as threads of one process, with the connections of real ones.

What travels goes through gloo over 127.0.0.1 as it does between machines; only the start of the
processes, which takes seconds, is left out.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import torch
from torch.distributed import HashStore

from lmkit.training import launch
from lmkit.training.distributed import DistributedWorld

T = TypeVar("T")
ANSWER = timedelta(seconds=60)  # far more than any test takes


def together(size: int, work: Callable[[DistributedWorld], T]) -> list[T]:
    """Carry out work in every process at once.

    Args:
        size: Number of processes.
        work: What each does.

    Returns:
        The results, by rank.
    """
    store = HashStore()
    store.set_timeout(ANSWER)

    def process(rank: int) -> T:
        groups = launch.connect(store, rank, size, device=torch.device("cpu"))
        return work(DistributedWorld(groups))

    with ThreadPoolExecutor(size) as threads:
        return [each.result() for each in [threads.submit(process, rank) for rank in range(size)]]
