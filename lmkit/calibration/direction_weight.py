"""Weight of the backward model when a blank is filled, fitted on held-out text.

Words are taken out of held-out lines; the weight chosen is the one under which they are most
probable among words that each of the two models would have put there.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.inference.context import read_context
from lmkit.models.base import Model
from lmkit.models.directions import Directions

STEPS = 21  # weights tried, from 0 to 1
QUESTIONS = 100  # words taken out, each of a line of its own
RIVALS = 10  # words from each direction that stand against the one taken out
LONGEST = 60  # ids of a line that is asked about


def fit_direction_weight(
    forward: Model,
    backward: Model,
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
    most: int = QUESTIONS,
) -> float:
    """Choose the weight of the backward model in the score of a sentence.

    Args:
        forward: Reads a line from its first id to its last.
        backward: Reads a line from its last id to its first.
        ids: Held-out text as a stream of lines in reading order; lines from all over it are
            asked about.
        line_end_id: Id of the line end.
        most: How many lines at most are asked about.

    Returns:
        The weight, 0..1; a half where the text has no line to ask about.
    """
    generator = np.random.default_rng(0)
    questions = []
    for line in _some_lines(ids, line_end_id, most):
        blank = int(generator.integers(len(line)))
        ways = _ways(forward, backward, line, blank, line_end_id=line_end_id)
        questions.append(
            [
                sentence_log_probs(directions, ways, line_end_id=line_end_id)
                for directions in (Directions(forward=forward), Directions(backward=backward))
            ]
        )
    return best_direction_weight([(ahead, behind) for ahead, behind in questions])


def best_direction_weight(questions: Sequence[tuple[Tensor, Tensor]]) -> float:
    """Return the weight of the second model under which the first candidates are most probable.

    Args:
        questions: For each, the log-probabilities of its candidates under the two models, each of
            shape (candidates,); the right candidate comes first.

    Returns:
        The best of 21 weights from 0 to 1; a half where there are no questions.
    """
    if not questions:
        return 0.5
    weights = torch.linspace(0, 1, STEPS, dtype=torch.float64)[:, None]
    total = torch.zeros(STEPS, dtype=torch.float64)
    for ahead, behind in questions:
        total += torch.log_softmax((1 - weights) * ahead + weights * behind, 1)[:, 0]
    return float(weights[total.argmax(), 0])


def _some_lines(ids: NDArray[np.integer], line_end_id: int, most: int) -> list[list[int]]:
    """Return lines of at least two ids, evenly spread over the text."""
    ends = np.flatnonzero(np.asarray(ids) == line_end_id)
    lines = [part[part != line_end_id].tolist() for part in np.split(np.asarray(ids), ends)]
    usable = [line for line in lines if 2 <= len(line) <= LONGEST]
    chosen = np.linspace(0, len(usable) - 1, min(len(usable), most)).astype(int)
    return [usable[number] for number in chosen]


def _ways(
    forward: Model, backward: Model, line: list[int], blank: int, *, line_end_id: int
) -> list[list[int]]:
    """Return the line as it is, and with the words that either side would rather see."""
    left, right = line[:blank], line[blank + 1 :]
    rivals: dict[int, None] = {}
    for model, before in ((forward, left), (backward, right[::-1])):
        context = read_context(model, before, line_end_id=line_end_id)
        count = min(RIVALS, model.vocab_size)
        rivals.update(dict.fromkeys(context.log_probs.topk(count).indices.tolist()))
    others = [word for word in rivals if word not in (line[blank], line_end_id)]
    return [[*left, word, *right] for word in (line[blank], *others)]
