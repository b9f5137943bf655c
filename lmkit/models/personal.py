"""A layer of one's own: what a person typed, counted, beside the model that everybody has.

The typed text becomes a small n-gram model whose share grows with how much there is of it. It knows
ids alone; where the text is kept, shown and erased is not its business. Forgetting is leaving the
text out the next time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lmkit.core.errors import UsageError
from lmkit.models.mixture import Mixture
from lmkit.models.next_word import NextWordModel
from lmkit.models.ngram import NGram

Model: TypeAlias = NextWordModel[Any]  # Any: what a model's memory looks like is its own business


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalConfig:
    """How much the typed text has to say."""

    most: float = 0.3  # share it comes near when there is a lot of it, 0..1
    halfway: int = 1000  # ids typed at which it has half of that
    order: int = 3  # words in its longest n-gram

    def __post_init__(self) -> None:
        if not 0 <= self.most <= 1:
            raise UsageError(f"the share of the typed text must be in 0..1, got {self.most}")
        if self.halfway < 1:
            raise UsageError(f"halfway must be at least 1 id, got {self.halfway}")

    def share(self, typed: int) -> float:
        """Return the share of the typed text when that many ids were typed."""
        return self.most * typed / (typed + self.halfway)


@dataclass(frozen=True, slots=True)
class PersonalLayer:
    """What typed text has to say.

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
    lines: Sequence[Sequence[int]],
    *,
    vocab_size: int,
    line_end_id: int,
    config: PersonalConfig | None = None,
) -> PersonalLayer:
    """Count what was typed.

    Counting again after every line is fine: it takes a tenth of a second for 50,000 words.

    Args:
        lines: Ids of each line typed, without line ends.
        vocab_size: Number of ids there are.
        line_end_id: Id of the line end.
        config: How much the typed text has to say.

    Returns:
        The layer to lay on models of that vocabulary.
    """
    config = config or PersonalConfig()
    ids = np.array([word for line in lines for word in (*line, line_end_id)], dtype=np.int64)
    share = config.share(len(ids))
    if share == 0:
        return PersonalLayer(None, 0.0)
    ngram = NGram.fit(ids, vocab_size=vocab_size, line_end_id=line_end_id, order=config.order)
    return PersonalLayer(ngram, share)
