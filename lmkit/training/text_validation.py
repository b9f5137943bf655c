"""Perplexity of a text by the model that is being trained: quick, and as good as exact.

A long text is read as several streams side by side. Each reads the ids before its part first, so
that its state is that of one stream read from the beginning; a short text is one stream.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from lmkit.data.batches import Ids
from lmkit.models.recurrent.prediction import RecurrentPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.state import State

PART = 4096  # fewest ids of a stream
BEFORE = 1024  # ids read before a part: more than the state of a recurrent network reaches back
MAX_STREAMS = 32
POSITIONS = 2048  # read at once
SAMPLES = 8  # places of the text that a sample is taken from, at most


class TextValidator:
    """Measures a model on a validation text.

    Attributes:
        ids: Length of the text.
    """

    def __init__(
        self, model: RecurrentLM, text: Ids, *, ids_per_word: float, line_end_id: int
    ) -> None:
        """Hold what is measured.

        Args:
            model: Read anew by each call.
            text: Lines, each followed by a line end, in reading order, shape (ids,).
            ids_per_word: How many ids make a word.
            line_end_id: What is read before the first id.
        """
        self.ids = len(text)
        self._model = model
        self._text = text
        self._ids_per_word = ids_per_word
        self._line_end_id = line_end_id

    def perplexity(self, ids: int) -> float:
        """Return the perplexity per word on the first `ids` ids, read in evaluation mode."""
        count = max(1, min(ids, self.ids))
        was_training = self._model.training
        self._model.eval()
        nats = self._nats(count)
        self._model.train(was_training)
        return per_word(nats / count * self._ids_per_word)

    def sample(self, ids: int) -> tuple[Tensor, Tensor]:
        """Read parts of the text, spread evenly over it, in evaluation mode.

        Args:
            ids: About how many predictions to return, at least 1.

        Returns:
            What the head reads, shape (rows, width), and the ids that came next, shape (rows,).
        """
        number = max(1, min(SAMPLES, self.ids // PART))
        apart = self.ids // number
        length = max(1, min(ids // number, apart))
        was_training = self._model.training
        self._model.eval()
        found = [
            (prediction.hidden.flatten(0, 1), targets.flatten())
            for prediction, targets, _ in self._read(torch.arange(number) * apart, length, self.ids)
        ]
        self._model.train(was_training)
        hidden, targets = zip(*found, strict=True)
        return torch.cat(hidden), torch.cat(targets)

    def _nats(self, count: int) -> float:
        """Return the sum of the nats of the first `count` ids."""
        total = 0.0
        for prediction, targets, is_inside in self._read(*streams(count), count):
            found = prediction.log_prob_of(targets).double()
            total -= float(found.masked_fill(~is_inside, 0.0).sum())
        return total

    def _read(
        self, starts: Tensor, length: int, count: int
    ) -> Iterator[tuple[RecurrentPrediction, Tensor, Tensor]]:
        """Read a part of the text from each start, in windows.

        Args:
            starts: Where the parts begin, the first at 0, shape (streams,).
            length: Ids of a part.
            count: Where the text read ends.

        Yields:
            Predictions, targets, and which targets lie in the text, each (streams, window).
        """
        state = self._state_before(starts)
        window = max(1, POSITIONS // len(starts))
        for offset in range(0, length, window):
            size = min(window, length - offset)
            inputs, targets, is_inside = self._window(starts + offset, size, count)
            prediction, state = self._model.read(inputs, state)
            yield prediction, targets, is_inside

    def _state_before(self, starts: Tensor) -> State:
        """Return the state each stream has where its part starts, one row each."""
        fresh = self._model.start(1)
        if len(starts) == 1:
            return fresh
        state = self._model.start(len(starts) - 1)
        window = max(1, POSITIONS // len(starts))
        for offset in range(0, BEFORE, window):
            inputs, _, _ = self._window(
                starts[1:] - BEFORE + offset, min(window, BEFORE - offset), self.ids
            )
            _, state = self._model.read(inputs, state)
        return tuple(
            tuple(torch.cat(parts) for parts in zip(first, rest, strict=True))
            for first, rest in zip(fresh, state, strict=True)
        )

    def _window(self, starts: Tensor, length: int, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return inputs, targets and which targets lie in the text, each (streams, length)."""
        places = starts[:, None].numpy() + np.arange(length)[None, :]
        inside = np.minimum(places, count - 1)
        targets = torch.from_numpy(self._text[inside].astype(np.int64))
        before = self._text[np.maximum(inside - 1, 0)].astype(np.int64)
        before[inside == 0] = self._line_end_id
        return torch.from_numpy(before), targets, torch.from_numpy(places < count)


def streams(count: int) -> tuple[Tensor, int]:
    """Return where each stream's part starts, and how long a part is.

    Args:
        count: Ids in all.
    """
    number = max(1, min(MAX_STREAMS, count // PART))
    length = -(-count // number)
    return torch.arange(number) * length, length


def per_word(nats: float) -> float:
    """Return the perplexity of so many nats a word.

    In a text without spaces a word is a whole line, and its perplexity more than a float holds.
    Past e^700 it grows by a billionth of itself a nat: still less where the text surprises less.

    Args:
        nats: What a word costs.

    Returns:
        The perplexity; infinity where the nats are no number.
    """
    if not math.isfinite(nats):
        return math.inf
    if nats <= _LARGEST:
        return math.exp(nats)
    return math.exp(_LARGEST) * (1 + (nats - _LARGEST) / 1e9)


_LARGEST = 700.0  # nats whose exponential a float holds
