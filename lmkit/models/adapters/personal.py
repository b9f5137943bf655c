"""Personal n-gram: text that a person typed, counted and mixed with a model.

The typed text becomes a small n-gram model. Its weight in each answer is fitted on the typed text
itself: the newest lines are held out, and the weight is the one under which they are most probable
when the older lines are counted. Someone who writes as the model was trained gives it a few per
cent, someone who writes of quite other things most of the say. It knows ids alone; where the text
is kept, shown and erased is not its business. Forgetting is leaving the text out the next time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.models.base import NextWordModel
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.ngram import NGram

Model: TypeAlias = NextWordModel[Any]  # Any: what a model's state looks like is its own business
Lines: TypeAlias = Sequence[Sequence[int]]

ROUNDS = 30  # of expectation maximisation


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalConfig:
    """Settings of the weight of the typed text."""

    expected: float = 0.05  # share before anything was measured, 0..1
    sure: int = 50  # ids that this expectation weighs as much as
    most: float = 0.9  # share it never goes beyond, 0..1 (1 excluded)
    held: int = 600  # newest ids, at most a third of the lines, on which the share is fitted
    order: int = 3  # words in its longest n-gram

    def __post_init__(self) -> None:
        if not 0 < self.expected <= self.most < 1:
            raise UsageError(
                "the share of the typed text must be in 0..1 and at first no more than at most, "
                f"got {self.expected} and {self.most}"
            )
        if self.sure < 1 or self.held < 0:
            raise UsageError(f"sure must be at least 1 id and held at least 0, got {self}")


@dataclass(frozen=True, slots=True)
class PersonalLayer:
    """N-gram of typed text, and its weight beside a model.

    Attributes:
        ngram: It, counted; None where nothing was typed.
        share: How much that counts beside another model, 0..1.
    """

    ngram: NGram | None
    share: float

    def on(self, model: Model) -> Model:
        """Return a model that also expects the typed text; the model itself where there is none."""
        if self.ngram is None:
            return model
        return Mixture([model, self.ngram], [1 - self.share, self.share])


def count_typed_text(
    lines: Lines, *, beside: Model, line_end_id: int, config: PersonalConfig | None = None
) -> PersonalLayer:
    """Count typed text, and fit its weight.

    Counting again after every line is fine: it takes a tenth of a second for 50,000 words, and
    `beside` reads no more than the ids held out.

    Args:
        lines: Ids of each line typed, oldest first, without line ends.
        beside: The model on which the layer is laid.
        line_end_id: Id of the line end.
        config: How the share is fitted.

    Returns:
        The layer to lay on models of that vocabulary.
    """
    config = config or PersonalConfig()
    if not any(lines):
        return PersonalLayer(None, 0.0)
    counting = _Counting(beside.vocab_size, line_end_id, config.order)
    held = _newest(lines, config.held)
    share = config.expected
    if held:
        older = counting.ngram(lines[: len(lines) - len(held)])
        tables = [_log_probs(model, held, line_end_id) for model in (beside, older)]
        share = fit_share(*tables, config=config)
    return PersonalLayer(counting.ngram(lines), share)


def fit_share(beside: Tensor, own: Tensor, *, config: PersonalConfig) -> float:
    """Find the share of the typed text under which held-out ids are most probable.

    Expectation maximisation, where the share expected beforehand counts as `config.sure` ids.

    Args:
        beside: Log-probability of each id by the model, shape (ids,).
        own: The same by the typed text.
        config: What is expected.

    Returns:
        The share, at most `config.most`.
    """
    share = torch.tensor(config.expected, dtype=torch.float64)
    gain = own.double() - beside.double()
    for _ in range(ROUNDS):
        expected = torch.sigmoid(share.logit() + gain).sum()
        share = (config.sure * config.expected + expected) / (config.sure + len(gain))
    return min(float(share), config.most)


@dataclass(frozen=True, slots=True)
class _Counting:
    """Settings of counting lines."""

    vocab_size: int
    line_end_id: int
    order: int

    def ngram(self, lines: Lines) -> NGram:
        ids = np.array([word for line in lines for word in (*line, self.line_end_id)], np.int64)
        return NGram.fit(
            ids, vocab_size=self.vocab_size, line_end_id=self.line_end_id, order=self.order
        )


def _newest(lines: Lines, most: int) -> Lines:
    """Return the last lines that hold at most so many ids, at most a third of all lines."""
    left, begin = most, len(lines)
    while begin > len(lines) - len(lines) // 3 and left >= len(lines[begin - 1]) + 1:
        begin -= 1
        left -= len(lines[begin]) + 1
    return lines[begin:]


def _log_probs(model: Model, lines: Lines, line_end_id: int) -> Tensor:
    """Return the log-probability of each id of lines read one after another, line ends too."""
    stream = torch.tensor([[line_end_id, *(i for line in lines for i in (*line, line_end_id))]])
    prediction, _ = model.read(stream[:, :-1], model.start(1))
    return prediction.log_prob_of(stream[:, 1:])[0]
