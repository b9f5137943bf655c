"""Metrics that rank sentences: the log-probability, or the syntactic log-odds ratio.

Every metric is a function of the log-probabilities of sentences and of their words; a new one is a
function here and a line in `METRICS`.
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
Metric: TypeAlias = Callable[[Tensor, Sentences, NGram | None], Tensor]

METRICS: Registry[Metric] = Registry(
    "metric",
    {
        "probability": "lmkit.evaluation.sentence_scorer:by_probability",
        "slor": "lmkit.evaluation.sentence_scorer:by_slor",
    },
)
USUAL = "probability"


@dataclass(frozen=True, slots=True)
class SentenceScorer:
    """A scorer of sentences: the models that read them, and a metric.

    Attributes:
        directions: The models that read.
        vocabulary: Their tokens.
        metric: A name in `METRICS`.
        ngram: The n-gram model of the folder, which has the frequency of each word.
    """

    directions: Directions
    vocabulary: Vocabulary
    metric: str = USUAL
    ngram: NGram | None = None

    def __post_init__(self) -> None:
        """Score no sentences, so that a missing part is named before any is read.

        Raises:
            UsageError: If the metric is unknown, or needs an n-gram where there is none.
        """
        METRICS.get(self.metric)(torch.zeros(0, dtype=torch.float64), (), self.ngram)

    def scores(self, sentences: Sentences) -> Tensor:
        """Return the scores of sentences, higher for better ones, shape (sentences,).

        Args:
            sentences: Ids of each, read as a line of its own; its end is not counted.
        """
        metric = METRICS.get(self.metric)
        line_end_id = self.vocabulary.line_end_id
        log_probs = sentence_log_probs(self.directions, sentences, line_end_id=line_end_id)
        return metric(log_probs, sentences, self.ngram)


def by_probability(log_probs: Tensor, sentences: Sentences, ngram: NGram | None) -> Tensor:
    """Return the log-probabilities as they are."""
    del sentences, ngram
    return log_probs


def by_slor(log_probs: Tensor, sentences: Sentences, ngram: NGram | None) -> Tensor:
    """Return the syntactic log-odds ratio: the score of a sentence beyond its words, per word.

    (log p(S) - log p_1(S)) / |S| of Pauls and Klein 2012 and Lau, Clark and Lappin 2017, where p_1
    knows single words alone: a rare word costs a sentence nothing. Of sentences that differ in one
    word, the one whose word best explains the others wins. p_1 is the lowest order of the
    n-gram, which counts after how many words each stands (Kneser and Ney 1995).

    Raises:
        UsageError: If there is no n-gram.
    """
    if ngram is None:
        raise UsageError(
            "slor needs word frequencies, but the model folder contains no n-gram; train "
            "again without --no-ngram"
        )
    single = ngram.single_log_probs().double()
    own = [float(single[torch.tensor(ids, dtype=torch.long)].sum()) for ids in sentences]
    lengths = torch.tensor([max(1, len(ids)) for ids in sentences], dtype=torch.float64)
    return (log_probs - torch.tensor(own, dtype=torch.float64)) / lengths
