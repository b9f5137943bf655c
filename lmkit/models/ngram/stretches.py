"""Stretches of a text that is too long to count whole, spread evenly over it."""

import numpy as np
from numpy.typing import NDArray

from lmkit.core.stretches import stretches

MOST_COUNTED = 50_000_000  # ids; of a longer text so many are counted, spread over it


def spread_evenly(ids: NDArray[np.integer], line_end_id: int) -> NDArray[np.integer]:
    """Return the ids that are counted: all, or stretches that are spread evenly over a long text.

    Args:
        ids: Lines, each closed by the line end, shape (ids,); memory-mapped ones stay on the disk.
        line_end_id: Id of the line end; a stretch begins after one, where it has one.

    Returns:
        At most MOST_COUNTED ids.
    """
    parts = stretches(ids, MOST_COUNTED)
    if len(parts) == 1:
        return ids
    found = []
    for number, part in enumerate(parts):
        stretch = np.asarray(part)
        ends = np.flatnonzero(stretch == line_end_id)
        if len(ends) > 1:  # whole lines alone
            first = int(ends[0]) + 1 if number else 0
            stretch = stretch[first : int(ends[-1]) + 1]
        found.append(stretch)
    return np.concatenate(found)
