"""Scores of whole sentences by a model that reads forward, one that reads backward, or both."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lmkit.inference.context import continuation_log_probs, read_context
from lmkit.models.directions import Directions
from lmkit.models.sequence import batches_by_length


def sentence_log_probs(
    directions: Directions,
    sentences: Sequence[Sequence[int]],
    *,
    line_end_id: int,
    has_end: bool = False,
) -> Tensor:
    """Return the log-probabilities of whole sentences, each read as a line of its own.

    Args:
        directions: The models that read, and their weights.
        sentences: Ids of each, without line ends.
        line_end_id: The end of a line.
        has_end: Whether the end of the line is counted too.

    Returns:
        Natural log-probabilities, shape (sentences,), double precision.
    """
    total = torch.zeros(len(sentences), dtype=torch.float64)
    end = [line_end_id] if has_end else []
    for model, is_backward, weight in directions.weighted():
        start = read_context(model, [], line_end_id=line_end_id)
        rows = [[*(ids[::-1] if is_backward else ids), *end] for ids in sentences]
        for group in batches_by_length([len(row) for row in rows], rows=256):
            found = continuation_log_probs(model, start, [rows[row] for row in group])
            total[torch.tensor(group)] += weight * found
    return total
