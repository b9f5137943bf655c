"""Stretches of an array that is too long to look at whole, spread evenly over it."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", bound=np.integer[Any])  # Any: of every width

STRETCHES = 10


def stretches(ids: NDArray[N], most: int) -> list[NDArray[N]]:
    """Return an array as it is, or stretches of it that are spread evenly.

    Args:
        ids: Shape (ids,); memory-mapped ones stay on the disk.
        most: Ids of all stretches together.

    Returns:
        Views, the first from the beginning of the array, the last to its end.
    """
    if len(ids) <= most:
        return [ids]
    length = most // STRETCHES
    starts = np.linspace(0, len(ids) - length, STRETCHES).astype(np.int64)
    return [ids[start : start + length] for start in starts]
