"""Log-probabilities of token sequences, read in chunks with the state carried from one to the next.

The one reader of streams: evaluation, calibration, validation during training and scoring use it.
Knows token ids and no text, and nothing of the kind of model.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.models.base import Model, NextWordModel, Prediction

CHUNK = 256  # tokens of a row read in one call, at most
PROBE = 64  # ids read to learn the speed
FEWEST = 400  # ids; a setting fitted on fewer would be chance
POSITIONS = 2048  # rows x tokens of one call, at most; bounds the memory used
BATCH_POSITIONS = 8192  # rows x tokens of a batch of whole rows; bounds the memory used

S = TypeVar("S")
P = TypeVar("P", bound=Prediction)
P_co = TypeVar("P_co", bound=Prediction, covariant=True)


class Reads(Protocol[P_co, S]):
    """A model that reads token ids: `NextWordModel`, with the type of its predictions kept."""

    def read(self, ids: Tensor, state: S, /) -> tuple[P_co, S]:
        """Read ids, shape (batch, time), and predict the next after each."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk(Generic[P, S]):
    """Predictions for one part of the sequences.

    Attributes:
        prediction: Predictions of shape (batch, time).
        targets: Ids that came, shape (batch, time).
        begin: Position of the first target in the whole sequences, counted from 0.
        state: State after this part.
    """

    prediction: P
    targets: Tensor
    begin: int
    state: S


def chunk_length(batch: int) -> int:
    """Return how many tokens of each row one call reads, 1 to 256.

    Args:
        batch: Number of rows.
    """
    return max(1, min(CHUNK, POSITIONS // max(1, batch)))


def batches_by_length(
    lengths: Sequence[int], *, positions: int = BATCH_POSITIONS, rows: int = 1024
) -> Iterator[list[int]]:
    """Group rows of like length, so that little is padded.

    Args:
        lengths: Length of each row.
        positions: Most rows x longest of a group; a single longer row is a group of its own.
        rows: Most rows of a group.

    Yields:
        Row numbers, shortest rows first.
    """
    group: list[int] = []
    for row in np.argsort(np.asarray(lengths), kind="stable").tolist():
        if group and (len(group) >= rows or (len(group) + 1) * lengths[row] > positions):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def read_chunks(
    model: Reads[P, S], ids: Tensor, state: S, *, most: int | None = None
) -> Iterator[Chunk[P, S]]:
    """Read sequences part by part.

    Args:
        model: The model that reads.
        ids: Ids, shape (batch, 1 + time). The first of each row is read and not predicted: the line
            end before a line, or the last id of the part before.
        state: State of everything read before `ids`, of `batch` rows.
        most: Most tokens of a row in one call, where memory asks for fewer than `chunk_length`.

    Yields:
        Parts in order, together all `time` predictions; nothing where `time` is 0.
    """
    length = min(chunk_length(len(ids)), most or CHUNK)
    for begin in range(0, ids.shape[1] - 1, length):
        end = min(begin + length, ids.shape[1] - 1)
        prediction, state = model.read(ids[:, begin:end], state)
        yield Chunk(prediction, ids[:, begin + 1 : end + 1], begin, state)


def sequence_log_probs(
    model: Reads[Prediction, S], ids: Tensor, state: S, *, lengths: Tensor | None = None
) -> tuple[Tensor, S]:
    """Return the log-probability of each token of sequences, given all tokens before it.

    Args:
        model: The model that reads.
        ids: Ids, shape (batch, 1 + time). The first of each row is read and not predicted: the line
            end before a line, or the last id of the call before.
        state: State of everything read before `ids`, of `batch` rows; `model.start(batch)` for
            nothing.
        lengths: Predicted tokens of each row, shape (batch,), where rows are padded at the end;
            what follows them counts 0.

    Returns:
        Natural log-probabilities in double precision, shape (batch, time), so that sums over long
        texts keep their digits; and the state after all ids but the last of each row, which begins
        the next call.
    """
    found = torch.zeros(len(ids), ids.shape[1] - 1, dtype=torch.float64, device=ids.device)
    for chunk in read_chunks(model, ids, state):
        places = slice(chunk.begin, chunk.begin + chunk.targets.shape[1])
        found[:, places] = chunk.prediction.log_prob_of(chunk.targets).double()
        state = chunk.state
    if lengths is not None:
        places_read = torch.arange(found.shape[1], device=ids.device)
        found.masked_fill_(places_read >= lengths[:, None], 0.0)
    return found, state


def stream_of_lines(ids: NDArray[np.integer] | Sequence[int], line_end_id: int) -> Tensor:
    """Return a stream of lines as one row that begins after a line end, shape (1, 1 + ids).

    Args:
        ids: Lines, each closed by the line end, shape (ids,).
        line_end_id: Id of the line end, read before the first id.
    """
    stream = np.concatenate([[line_end_id], np.asarray(ids, dtype=np.int64)])
    return torch.from_numpy(stream)[None]


def stream_log_probs(
    model: NextWordModel[S], ids: NDArray[np.integer] | Sequence[int], *, line_end_id: int
) -> Tensor:
    """Return the log-probability of each id of a stream of lines, given all ids before it.

    Args:
        model: The model that reads.
        ids: Lines, each closed by the line end, shape (ids,).
        line_end_id: Id of the line end, read before the first id.

    Returns:
        Natural log-probabilities in double precision, shape (ids,).
    """
    found, _ = sequence_log_probs(model, stream_of_lines(ids, line_end_id), model.start(1))
    return found[0]


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
