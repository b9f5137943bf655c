"""Validation of a language model on a text: quick, and as good as exact.

A long text is read as several streams side by side. Each reads the ids before its part first, so
that its state is that of one stream read from the beginning; a short text is one stream.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from lmkit.core.devices import precise_dtype
from lmkit.data.batches import Ids
from lmkit.models.base import AnyState
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.prediction import HiddenPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.training.validation import Validation

PART = 4096  # fewest tokens of a stream
BEFORE = 1024  # tokens read before a part: more than the state of a recurrent network reaches back
MAX_STREAMS = 32
POSITIONS = 2048  # read at once
SAMPLES = 8  # places of the text that a sample is taken from, at most


class TextValidator:
    """A validation text and the model that reads it.

    Attributes:
        tokens: Length of the text.
    """

    def __init__(
        self, model: RecurrentLM | AverageLM, text: Ids, *, words: int, line_end_id: int
    ) -> None:
        """Take a text.

        Args:
            model: Read anew by each call, on its own device.
            text: Lines, each followed by a line end, in reading order, shape (ids,).
            words: Words of the whole text, line ends included.
            line_end_id: The id that stands before the first one.
        """
        self.tokens = len(text)
        self._model = model
        self._text = text
        self._words = words
        self._line_end_id = line_end_id

    def validate(self, tokens: int) -> Validation:
        """Read the first `tokens` tokens in evaluation mode; words are counted in proportion."""
        return self.validate_part(tokens, 0, 1)

    def validate_part(self, tokens: int, rank: int, size: int) -> Validation:
        """Read those streams of the text that fall to one of several processes.

        Args:
            tokens: At least 1; more than there are stands for all.
            rank: Number of the process.
            size: Number of processes.

        Returns:
            The nats of these streams, which may be none, beside the tokens and words of all.
        """
        count = max(1, min(tokens, self.tokens))
        starts, length = streams(count)
        with _in_evaluation(self._model):
            nats = self._nats(starts[rank::size], length, count)
        return Validation(nats=nats, tokens=count, words=self._words * count / self.tokens)

    def sample(self, tokens: int) -> tuple[Tensor, Tensor]:
        """Read parts of the text, spread evenly over it, in evaluation mode.

        Args:
            tokens: Predictions to return, or about so many; at least 1.

        Returns:
            Inputs of the head, shape (rows, width), and the ids that came next, shape (rows,).
        """
        number = max(1, min(SAMPLES, self.tokens // PART))
        apart = self.tokens // number
        length = max(1, min(tokens // number, apart))
        with _in_evaluation(self._model):
            found = [
                (prediction.hidden.flatten(0, 1), targets.flatten())
                for prediction, targets, _ in self._read(
                    torch.arange(number) * apart, length, self.tokens
                )
            ]
        hidden, targets = zip(*found, strict=True)
        return torch.cat(hidden), torch.cat(targets)

    def _nats(self, starts: Tensor, length: int, count: int) -> float:
        """Return the sum of the nats of a part from each start, of the first `count` tokens."""
        total = 0.0
        if not len(starts):
            return total
        dtype = precise_dtype(self._model.device)
        sums = []
        for prediction, targets, is_inside in self._read(starts, length, count):
            found = prediction.log_prob_of(targets).to(dtype)
            sums.append(found.masked_fill(~is_inside, 0.0).sum())
        for part in torch.stack(sums).tolist():  # read once: a device would be waited for each time
            total -= part
        return total

    def _read(
        self, starts: Tensor, length: int, count: int
    ) -> Iterator[tuple[HiddenPrediction, Tensor, Tensor]]:
        """Read a part of the text from each start, in windows.

        Args:
            starts: Position of the first token of each part, shape (streams,), at least one; 0 or
                not below `BEFORE`, rising.
            length: Tokens of a part.
            count: Tokens read of the text.

        Yields:
            Predictions, targets, and whether each target lies in the text, (streams, window).
        """
        state = self._state_before(starts)
        window = max(1, POSITIONS // len(starts))
        for offset in range(0, length, window):
            size = min(window, length - offset)
            inputs, targets, is_inside = self._window(starts + offset, size, count)
            prediction, state = self._model.read(inputs, state)
            yield prediction, targets, is_inside

    def _state_before(self, starts: Tensor) -> AnyState:
        """Return the state of each stream at the start of its part, one row each."""
        later = starts[starts > 0]
        fresh: AnyState = self._model.start(1)
        if not len(later):
            return fresh
        state: AnyState = self._model.start(len(later))
        window = max(1, POSITIONS // len(starts))
        for offset in range(0, BEFORE, window):
            inputs, _, _ = self._window(
                later - BEFORE + offset, min(window, BEFORE - offset), self.tokens
            )
            _, state = self._model.read(inputs, state)
        return state if len(later) == len(starts) else self._model.join([fresh, state])

    def _window(self, starts: Tensor, length: int, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return inputs, targets and whether each target lies in the text, (streams, length)."""
        places = starts[:, None].numpy() + np.arange(length)[None, :]
        inside = np.minimum(places, count - 1)
        targets = torch.from_numpy(self._text[inside].astype(np.int64))
        before = self._text[np.maximum(inside - 1, 0)].astype(np.int64)
        before[inside == 0] = self._line_end_id
        window = (torch.from_numpy(before), targets, torch.from_numpy(places < count))
        inputs, targets, is_inside = (part.to(self._model.device) for part in window)
        return inputs, targets, is_inside


@contextmanager
def _in_evaluation(model: RecurrentLM | AverageLM) -> Iterator[None]:
    """Hold every network in evaluation mode for the length of a block."""
    networks = [model] if isinstance(model, RecurrentLM) else model.networks
    modes = [network.training for network in networks]
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for network, mode in zip(networks, modes, strict=True):
            network.train(mode)


def streams(count: int) -> tuple[Tensor, int]:
    """Return the position of the start of each part, and the length of a part.

    Args:
        count: Tokens in all.
    """
    number = max(1, min(MAX_STREAMS, count // PART))
    length = -(-count // number)
    return torch.arange(number) * length, length
