"""Stretches of an array that is too long to look at whole, spread evenly over it."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", bound=np.integer[Any])  # Any: of every width

STRETCHES = 10


def stretches(ids: NDArray[N], most: int, *, border: int | None = None) -> list[NDArray[N]]:
    """Return an array as it is, or stretches of it that are spread evenly.

    Args:
        ids: Shape (ids,); memory-mapped ones stay on the disk.
        most: Ids of all stretches together.
        border: Id at which the array may be cut: a stretch then begins after one and ends with
            one, where it holds two; the first begins with the array. None: anywhere.

    Returns:
        Views, the first from the beginning of the array, the last to its end, or to the last
        border.
    """
    if len(ids) <= most:
        return [ids]
    length = most // STRETCHES
    starts = np.linspace(0, len(ids) - length, STRETCHES).astype(np.int64)
    found = [ids[start : start + length] for start in starts]
    return found if border is None else [_within(part, border, part is found[0]) for part in found]


def _within(part: NDArray[N], border: int, is_first: bool) -> NDArray[N]:
    """Return a stretch from behind its first border to its last; the first from its beginning."""
    places = np.flatnonzero(part == border)
    if len(places) < 2:
        return part
    return part[0 if is_first else int(places[0]) + 1 : int(places[-1]) + 1]
