"""Batches of ids: B streams that each go on where their last window ended.

Everything is a pure function of one integer, the cursor, so training resumes exactly. The ids are
never copied as a whole: a memory-mapped file stays on the disk.
"""

import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Ids = npt.NDArray[np.unsignedinteger] | npt.NDArray[np.signedinteger]  # shape (ids,)

_FEW_WINDOWS = 8  # in a stream with fewer, windows are shortened rather than ids cut off


@dataclass(frozen=True, slots=True)
class Batch:
    """One window of every stream.

    Attributes:
        inputs: Ids read, shape (batch, time), int64.
        targets: The id after each, shape (batch, time), int64.
    """

    inputs: Tensor
    targets: Tensor


class Batches:
    """Windows of B streams over a text, by number.

    The text is a ring of lines: what stands before its first id is a line end. It is cut into B
    streams of equal length; each window's targets are its inputs moved on by one, so in an epoch
    every id is predicted once, but for the few cut off at the end.

    Attributes:
        batch: Streams; fewer than asked for where the text is short.
        time: Ids of a window; fewer than asked for where the text is short.
        steps_per_epoch: Windows of a stream.
    """

    def __init__(
        self,
        ids: Ids,
        *,
        batch: int,
        time: int,
        line_end_id: int,
        reverse: bool = False,
        seed: int | None = None,
    ) -> None:
        """Lay out the streams.

        Args:
            ids: Lines, each followed by a line end, shape (ids,), at least one id.
            batch: Streams wanted.
            time: Ids of a window wanted.
            line_end_id: What stands before the first id.
            reverse: Read the text from its end, for a backward model: a line is then read from
                its last word, and a line end stands between lines as before.
            seed: Where given, each epoch after the first begins elsewhere in the ring, so that
                windows and streams are cut at other places. None: every epoch is the same.
        """
        if len(ids) == 0:
            raise ValueError("no ids to make batches of")
        self._ids = ids
        self._line_end_id = line_end_id
        self._reverse = reverse
        self._seed = seed
        self.batch = max(1, min(batch, len(ids) // time))
        self._first = 0  # number of the first stream
        self._length = len(ids) // self.batch
        self.time, self.steps_per_epoch = _windows(self._length, time)

    def at(self, cursor: int) -> Batch:
        """Return the batch of a step, counted from the start of training.

        Args:
            cursor: 0 or more; goes on through the epochs.

        Returns:
            Windows of shape (batch, time).
        """
        epoch, step = divmod(cursor, self.steps_per_epoch)
        first = self._offset(epoch) + step * self.time
        rows = (self._first + np.arange(self.batch))[:, None] * self._length
        places = first + rows + np.arange(self.time + 1)[None, :]
        window = torch.from_numpy(self._look_up(places))
        return Batch(inputs=window[:, :-1], targets=window[:, 1:])

    def part(self, rank: int, size: int) -> Self:
        """Return the streams of one of several processes; each has one more than another at most.

        Args:
            rank: Number of the process.
            size: Number of processes, at most `batch`.

        Returns:
            Windows of the same numbers that hold these streams alone.
        """
        first, end = rank * self.batch // size, (rank + 1) * self.batch // size
        mine = copy.copy(self)
        mine._first, mine.batch = self._first + first, end - first
        return mine

    def starts_epoch(self, cursor: int) -> bool:
        """Tell whether a step is the first of an epoch: the state is then started anew."""
        return cursor % self.steps_per_epoch == 0

    def _look_up(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the ids at places of the ring, of which 0 is the line end before all."""
        count = len(self._ids)
        index = (count - 1 - places if self._reverse else places - 1) % count
        found = self._ids[index].astype(np.int64)
        found[index == count - 1] = self._line_end_id
        return found

    def _offset(self, epoch: int) -> int:
        if self._seed is None or epoch == 0:
            return 0
        generator = np.random.default_rng((self._seed % 2**63, epoch))
        return int(generator.integers(len(self._ids)))


def reversed_lines(ids: Ids) -> Ids:
    """Return a text as a backward model reads it: from its last word, its line end still last.

    Args:
        ids: Lines, each followed by a line end, shape (ids,).
    """
    backward: Ids = np.concatenate([ids[:-1][::-1], ids[-1:]])
    return backward


def _windows(length: int, time: int) -> tuple[int, int]:
    """Return the size and number of the windows of a stream; all have one size."""
    steps = max(1, length // time)
    if steps >= _FEW_WINDOWS:
        return time, steps
    steps = -(-length // time)
    return length // steps, steps
