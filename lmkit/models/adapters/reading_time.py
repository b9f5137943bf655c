"""The part of a text that a model can read in a given time, found by reading a little of it."""

import math
import time

import numpy as np
from numpy.typing import NDArray

from lmkit.models.base import Model
from lmkit.models.sequence import stream_log_probs

PROBE = 64  # ids read to learn the speed
FEWEST = 400  # ids; a setting fitted on fewer would be chance


def affordable(
    model: Model,
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
    seconds: float,
) -> NDArray[np.integer]:
    """Return the beginning of a text that a model can read in some time.

    Args:
        model: The model that reads.
        ids: The text as a stream of lines.
        line_end_id: Id of the line end.
        seconds: The time there is; infinite: the whole text is returned.

    Returns:
        The first ids; none where there is time for fewer than 400 and the text has more.
    """
    if math.isinf(seconds):
        return ids
    stream_log_probs(model, ids[:1], line_end_id=line_end_id)  # what is made once is not counted
    began = time.monotonic()
    stream_log_probs(model, ids[:PROBE], line_end_id=line_end_id)
    each = max(time.monotonic() - began, 1e-9) / max(1, min(len(ids), PROBE))
    count = int(seconds / each)
    return ids[:count] if count >= min(FEWEST, len(ids)) else ids[:0]
