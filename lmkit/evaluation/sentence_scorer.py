"""Which of several sentences is the better one: how that is measured.

Every measure is a function of the sentences' log-probabilities and of what their words have by
themselves; a new one is a function here and a line in `MEASURES`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.registry import Registry
from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.models.ngram.ngram import NGram

Sentences: TypeAlias = Sequence[Sequence[int]]
Measure: TypeAlias = Callable[[Tensor, Sentences, NGram | None], Tensor]

MEASURES: Registry[Measure] = Registry(
    "measure",
    {
        "probability": "lmkit.evaluation.sentence_scorer:by_probability",
        "slor": "lmkit.evaluation.sentence_scorer:by_slor",
    },
)
USUAL = "probability"


@dataclass(frozen=True, slots=True)
class SentenceScorer:
    """Who reads sentences, and what counts for them.

    Attributes:
        directions: Who reads.
        vocabulary: Their tokens.
        measure: A name in `MEASURES`.
        ngram: The n-gram of the folder, which knows how frequent each word is.
    """

    directions: Directions
    vocabulary: Vocabulary
    measure: str = USUAL
    ngram: NGram | None = None

    def __post_init__(self) -> None:
        """Ask for no sentences, so that what is missing is said before any is read.

        Raises:
            UsageError: If the measure is unknown, or needs an n-gram where there is none.
        """
        MEASURES.get(self.measure)(torch.zeros(0, dtype=torch.float64), (), self.ngram)

    def scores(self, sentences: Sentences) -> Tensor:
        """Return what sentences are worth, more for the better, shape (sentences,).

        Args:
            sentences: Ids of each, read as a line of its own; its end is not counted.
        """
        measure = MEASURES.get(self.measure)
        line_end_id = self.vocabulary.line_end_id
        log_probs = sentence_log_probs(self.directions, sentences, line_end_id=line_end_id)
        return measure(log_probs, sentences, self.ngram)


def by_probability(log_probs: Tensor, sentences: Sentences, ngram: NGram | None) -> Tensor:
    """Return the log-probabilities as they are."""
    del sentences, ngram
    return log_probs


def by_slor(log_probs: Tensor, sentences: Sentences, ngram: NGram | None) -> Tensor:
    """Return the syntactic log-odds ratio: what a sentence has beyond its words, per word.

    (log p(S) - log p_1(S)) / |S| of Pauls and Klein 2012 and Lau, Clark and Lappin 2017, where p_1
    knows single words alone: a rare word costs a sentence nothing. Of sentences that differ in one
    word, the one whose word best explains the others wins. p_1 is the lowest order of the
    n-gram, which counts after how many words each stands (Kneser and Ney 1995).

    Raises:
        UsageError: If there is no n-gram.
    """
    if ngram is None:
        raise UsageError(
            "slor needs to know how frequent words are, and the model folder holds no n-gram; "
            "train it again without leaving that out"
        )
    single = ngram.single_log_probs().double()
    own = [float(single[torch.tensor(ids, dtype=torch.long)].sum()) for ids in sentences]
    lengths = torch.tensor([max(1, len(ids)) for ids in sentences], dtype=torch.float64)
    return (log_probs - torch.tensor(own, dtype=torch.float64)) / lengths
