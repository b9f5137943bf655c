"""Contrast score of the choices of a blank: what both sides say of a word beyond its near words.

The probability of a sentence is for the most part that of its commonplaces. What tells a right word
from one that merely goes well with its neighbours is measured by four features, each with a weight:

- `own`: log-probability of the choice after one side of the blank, the mean of both directions;
- `others`: the same of the words on the far side, read after the choice;
- `ngram`: log-probability of the whole sentence by the n-gram, which knows near words alone; its
  weight is negative, as that of the single words in the syntactic log-odds ratio;
- `similarity`: mean cosine between the vector of the choice and those of the rarer words of the
  sentence, each weighted by the square of its information (Zweig and Burges 2011 used such a
  measure from latent semantic analysis).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lmkit.evaluation.contrast_weights import ContrastWeights
from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.inference.context import BidirectionalScorer, BlankVariants
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

COMMON = 100  # the most frequent tokens, which say nothing of what a sentence is about
CONTRAST = "contrast"  # its name beside the metrics of sentences


@dataclass(frozen=True, slots=True)
class ContrastScorer:
    """A scorer of the choices of a blank.

    Attributes:
        directions: The networks that read, without adapters.
        vocabulary: Their tokens.
        network: The network whose word vectors are compared.
        ngram: The n-gram of the training text.
        weights: Weights of the features.
    """

    directions: Directions
    vocabulary: Vocabulary
    network: RecurrentLM
    ngram: NGram
    weights: ContrastWeights

    def scores(self, variants: BlankVariants) -> Tensor:
        """Return the scores of the variants of a text, higher for better ones: (variants,)."""
        weights = torch.tensor(astuple(self.weights), dtype=torch.float64)
        return self.features(variants) @ weights

    def features(self, variants: BlankVariants) -> Tensor:
        """Return the features in the order of `ContrastWeights`, shape (variants, 4), double."""
        line_end_id = self.vocabulary.line_end_id
        reader = BidirectionalScorer(self.directions, line_end_id=line_end_id)
        own = reader.log_probs(variants, reach=0)
        others = reader.log_probs(variants) - own
        sentences = [[*variants.left, *middle, *variants.right] for middle in variants.middles]
        counted = sentence_log_probs(
            Directions(forward=self.ngram), sentences, line_end_id=line_end_id
        )
        return torch.stack([own, others, counted, self._similarity(variants)], dim=1)

    def _similarity(self, variants: BlankVariants) -> Tensor:
        around = [word for word in (*variants.left, *variants.right) if word >= COMMON]
        if not around or not all(variants.middles):
            return torch.zeros(len(variants.middles), dtype=torch.float64)
        information = -self.ngram.single_log_probs()[torch.tensor(around)].double()
        weights = information.square() / information.square().sum()
        others = functional.normalize(self._vectors(around), dim=1)
        choices = torch.stack([self._vectors(middle).mean(0) for middle in variants.middles])
        return functional.normalize(choices, dim=1) @ others.t() @ weights

    def _vectors(self, ids: Sequence[int]) -> Tensor:
        with torch.inference_mode():
            found: Tensor = self.network.embedding(torch.tensor(ids, device=self.network.device))
            return found.cpu().double()
