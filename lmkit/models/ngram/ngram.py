"""The n-gram model: interpolated modified Kneser-Ney as a model that reads and predicts.

Its state is, for each row, which n-grams end at the last word: one entry per context length. The
line end cuts the context: it is the last word of one line and the beginning of the next, so what
stood in the line before says nothing. Knows neither text nor how the counting is done.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.core.stretches import stretches
from lmkit.models.base import Prediction
from lmkit.models.ngram.counts import count_ngrams
from lmkit.models.ngram.file import load_tables, save_tables
from lmkit.models.ngram.kneser_ney import NGramTables, estimate

LARGE = 8_000_000  # ids; of a longer text, n-grams of three words and more read once are left out
MOST_COUNTED = 50_000_000  # ids; of a longer text so many are counted, spread over it

Entries = NDArray[np.int64]


class NGram:
    """A next-word model of counted n-grams."""

    def __init__(self, tables: NGramTables) -> None:
        self.tables = tables
        self.order = len(tables.levels)
        self.vocab_size = len(tables.levels[0].keys)

    @classmethod
    def fit(
        cls,
        ids: NDArray[np.integer],
        *,
        vocab_size: int,
        line_end_id: int,
        order: int = 5,
        prune: int | None = None,
    ) -> "NGram":
        """Count a text and estimate the model.

        Takes a second for a million words, and about a gigabyte and a minute or two for fifty
        million: of a text longer than 8 million ids, n-grams of three words and more that were
        read once are left out while counting. Their number is still part of the estimate. Of a text
        longer than 50 million ids so many are counted, in ten stretches that are spread evenly.

        Args:
            ids: The text as a stream of lines, each closed by the line end, shape (ids,); it may
                be as short as it likes, even empty: the model is then uniform.
            vocab_size: Number of ids there are.
            line_end_id: Id of the line end.
            order: Words in the longest n-gram, itself included.
            prune: N-grams of three words and more that were read this often or less are left
                out; None chooses 0 for a text of up to 8 million ids and 1 for a longer one.

        Returns:
            The model.

        Raises:
            UsageError: If the order is below 1 or `prune` below 0.
        """
        if order < 1:
            raise UsageError(f"an n-gram model needs an order of at least 1, not {order}")
        at_most = int(len(ids) > LARGE) if prune is None else prune
        if at_most < 0:
            raise UsageError(f"prune is the count up to which n-grams go, at least 0, not {prune}")
        if len(ids) > MOST_COUNTED:
            ids = np.concatenate(stretches(ids, MOST_COUNTED, border=line_end_id))
        counts = count_ngrams(
            ids,
            vocab_size=vocab_size,
            order=order,
            line_end_id=line_end_id,
            without_once=at_most > 0,
        )
        thresholds = [-1, 0, *([at_most] * order)][:order]
        levels, discounts = estimate(counts, vocab_size=vocab_size, prune=thresholds)
        return cls(NGramTables(levels, discounts, line_end_id))

    @classmethod
    def load(cls, path: Path) -> "NGram":
        """Read a model from a file.

        Raises:
            ModelError: If the file is missing, damaged or of a newer format.
        """
        return cls(load_tables(path))

    def save(self, path: Path) -> None:
        """Write the model as one safetensors file."""
        save_tables(self.tables, path)

    def single_log_probs(self) -> Tensor:
        """Return the log-probability of each id after nothing known, shape (vocab,)."""
        return torch.from_numpy(self.tables.levels[0].log_probs)

    def start(self, batch: int) -> Tensor:
        """Return the state of having read nothing, shape (batch, order - 1)."""
        return torch.full((batch, self.order - 1), -1, dtype=torch.long)

    def read(self, ids: Tensor, state: Tensor) -> tuple["NGramPrediction", Tensor]:
        """Read ids and say what may come after each.

        Args:
            ids: Ids, shape (batch, time).
            state: For each row and length 1 to order - 1, the entry of the n-gram of that length
                that ends at the last word, -1 where it was never counted.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        words = ids.numpy().astype(np.int64, copy=False)
        batch, time = words.shape
        contexts = np.empty((self.order - 1, batch, time + 1), dtype=np.int64)
        contexts[:, :, 0] = state.numpy().T
        for length in range(self.order - 1):
            if length == 0:
                contexts[0, :, 1:] = words
            else:
                contexts[length, :, 1:] = self._find(length, contexts[length - 1, :, :-1], words)
        ends = torch.from_numpy(contexts[:, :, -1].T.copy())
        return NGramPrediction(self, contexts[:, :, 1:]), ends

    def select(self, state: Tensor, rows: Tensor | Sequence[int]) -> Tensor:
        """Return the state of some rows, in the order asked for."""
        return state.index_select(0, torch.as_tensor(rows, dtype=torch.long))

    def join(self, states: Sequence[Tensor]) -> Tensor:
        """Return one state that holds the rows of several, in the order given."""
        return torch.cat(list(states))

    def _find(self, level: int, contexts: Entries, words: Entries) -> Entries:
        return self.tables.levels[level].find(contexts, words, self.vocab_size)


class NGramPrediction(Prediction):
    """Predictions of the n-gram model after each position."""

    def __init__(self, model: NGram, contexts: Entries) -> None:
        """Hold the contexts.

        Args:
            model: The model that read them.
            contexts: Entry of the n-gram that ends at each position, -1 for one never counted,
                shape (order - 1, batch, time), shortest first.
        """
        self._model = model
        self._contexts = contexts

    @property
    def contexts(self) -> Entries:
        """Entry of the n-gram that ends at each position, shape (order - 1, batch, time)."""
        return self._contexts

    @override
    def log_probs(self) -> Tensor:
        shape = self._contexts.shape[1:]
        rows = self._contexts.reshape(len(self._contexts), shape[0] * shape[1])
        left = self._left_by_level(rows)
        levels = self._model.tables.levels
        dense = levels[0].log_probs + left[0][:, None]
        for length, contexts in enumerate(rows, start=1):
            row, entries = levels[length].followers(contexts, self._model.vocab_size)
            words = levels[length].keys[entries] % self._model.vocab_size
            dense[row, words] = levels[length].log_probs[entries] + left[length][row]
        return torch.from_numpy(dense.reshape(*shape, self._model.vocab_size))

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return torch.from_numpy(self._by_order(ids)[-1])

    def masses(self) -> Tensor:
        """Return the mass of each prediction that comes from each order.

        Returns:
            Masses that sum to 1, single words first, shape (batch, time, order).
        """
        return self._steps(self._left())

    def parts_of(self, ids: Tensor) -> Tensor:
        """Return the part of each order in the probability of one id per position.

        Args:
            ids: The ids asked about, shape (batch, time).

        Returns:
            Parts that sum to the probability, single words first, shape (batch, time, order).
        """
        return self._steps(self._by_order(ids) + self._left())

    def weighted(self, weights: Sequence[float]) -> Tensor:
        """Return the probability of every id, the part of each order times a weight.

        Args:
            weights: One for each order, single words first.

        Returns:
            Shape (batch, time, vocab); it sums to `masses` times these weights.
        """
        levels, vocab_size = self._model.tables.levels, self._model.vocab_size
        rows = self._contexts.reshape(len(self._contexts), -1)
        left = np.exp(self._left()).reshape(len(levels), -1)
        reached = (np.exp(levels[0].log_probs) * left[0][:, None]).reshape(-1)
        taken = weights[0] * reached  # both are flat, as one index is looked up sooner than two
        for length, contexts in enumerate(rows, start=1):
            row, entries = levels[length].followers(contexts, vocab_size)
            places = row * vocab_size + levels[length].keys[entries] % vocab_size
            now = np.exp(levels[length].log_probs[entries]) * left[length][row]
            taken[places] += weights[length] * (now - reached[places])
            reached[places] = now
        return torch.from_numpy(taken.reshape(*self._contexts.shape[1:], vocab_size)).clamp_(min=0)

    @override
    def last(self) -> "NGramPrediction":
        return NGramPrediction(self._model, self._contexts[:, :, -1:])

    @override
    def select(self, rows: Sequence[int]) -> "NGramPrediction":
        return NGramPrediction(self._model, self._contexts[:, list(rows)])

    def top(self, k: int) -> tuple[Tensor, Tensor]:
        """Return the k best ids after the last position, without the whole vocabulary.

        Args:
            k: How many, at most the vocabulary.

        Returns:
            Ids and their log-probabilities, best first, each of shape (batch, k).
        """
        model = self._model
        k = min(k, model.vocab_size)
        rows = self._contexts[:, :, -1].T
        often = np.argpartition(-model.tables.levels[0].log_probs, k - 1)[:k]
        best = [self._candidates(contexts, often) for contexts in rows]
        ids = torch.zeros((len(best), k), dtype=torch.long)
        log_probs = torch.zeros((len(best), k))
        for row, (contexts, words) in enumerate(zip(rows, best, strict=True)):
            after = NGramPrediction(model, np.repeat(contexts[:, None, None], len(words), axis=2))
            values, order = after.log_prob_of(torch.from_numpy(words)[None])[0].topk(k)
            ids[row], log_probs[row] = torch.from_numpy(words)[order], values
        return ids, log_probs

    def _candidates(self, contexts: Entries, often: Entries) -> Entries:
        """Return every word seen after a context, and the k most frequent words there are."""
        vocab_size = self._model.vocab_size
        words = [often.astype(np.int64)]
        for level, context in zip(self._model.tables.levels[1:], contexts, strict=True):
            _, entries = level.followers(np.array([context]), vocab_size)
            words.append(level.keys[entries] % vocab_size)
        return np.unique(np.concatenate(words))

    def _by_order(self, ids: Tensor) -> NDArray[np.float32]:
        """Return the log-probability of ids if no longer n-grams were known.

        Returns:
            Single words first, shape (order, batch, time).
        """
        words = ids.numpy().astype(np.int64, copy=False)
        levels = self._model.tables.levels
        found = [levels[0].log_probs[words]]
        for below, above, contexts in zip(levels, levels[1:], self._contexts, strict=False):
            log_probs = found[-1] + below.back_off_of(contexts)
            seen = np.nonzero(contexts >= 0)
            entries = above.find(contexts[seen], words[seen], self._model.vocab_size)
            known = tuple(axis[entries >= 0] for axis in seen)
            log_probs[known] = above.log_probs[entries[entries >= 0]]
            found.append(log_probs)
        return np.stack(found)

    def _left(self) -> NDArray[np.float32]:
        """Return the log mass that longer orders leave to each, shape (order, batch, time)."""
        shape = self._contexts.shape[1:]
        rows = self._contexts.reshape(len(self._contexts), -1)
        return np.stack(self._left_by_level(rows)).reshape(-1, *shape)

    @staticmethod
    def _steps(log_sums: NDArray[np.float32]) -> Tensor:
        """Return what each order adds to sums that grow with the order, shape (..., order)."""
        added = np.diff(np.exp(log_sums), prepend=np.float32(0), axis=0)
        return torch.from_numpy(np.moveaxis(added, 0, -1).copy()).clamp_(min=0)

    def _left_by_level(self, rows: Entries) -> list[NDArray[np.float32]]:
        """Return, per level, the log mass that the longer contexts leave to it."""
        mass = np.zeros(rows.shape[1], dtype=np.float32)
        masses = [mass]
        for level, contexts in zip(self._model.tables.levels[-2::-1], rows[::-1], strict=True):
            mass = mass + level.back_off_of(contexts)
            masses.append(mass)
        return masses[::-1]
