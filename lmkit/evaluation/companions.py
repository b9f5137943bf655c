"""Everything that stands around a trained model, fitted in one go: what config.json remembers.

The settings are fitted on validation text: how the cache remembers, how fast dynamic evaluation
follows, and how much the n-gram and the backward model have to say beside each of them.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from lmkit.evaluation.direction import fit_direction_weight
from lmkit.evaluation.fitting import (
    CACHE_IDS,
    DYNAMIC_IDS,
    fit_cache,
    fit_dynamic,
    fit_mixing_weights,
    read_stream,
)
from lmkit.inference.reading import Model
from lmkit.models.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.gradient_scale import GradientScale
from lmkit.models.neural_cache import CacheConfig, NeuralCache
from lmkit.models.ngram import NGram
from lmkit.models.recurrent_lm import RecurrentLM


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What can be put around a trained model.

    Attributes:
        ngram: An n-gram model of the training text.
        backward: A model that reads from right to left.
        scale: Usual gradients of the trained model.
    """

    ngram: NGram | None = None
    backward: RecurrentLM | None = None
    scale: GradientScale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NGramShare:
    """Share of the n-gram in a mixture, 0..1."""

    weight: float  # beside the model as it was trained
    with_cache: float  # beside the model with its cache
    with_dynamic: float  # beside the model under dynamic evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardShare:
    """Share of the backward model in the score of a sentence, 0..1."""

    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCompanions:
    """The settings of everything around a model; None for what is not there."""

    cache: CacheConfig
    dynamic: DynamicConfig
    ngram: NGramShare | None = None
    backward: BackwardShare | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the settings as config.json holds them, under "companions"."""
        return {name: part for name, part in asdict(self).items() if part is not None}


def fit_companions(
    model: RecurrentLM,
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
    around: Surroundings | None = None,
) -> FittedCompanions:
    """Fit all settings on a bounded part of the validation text.

    Args:
        model: The trained model, in evaluation mode.
        ids: Validation text as a stream of lines, never part of the training text.
        line_end_id: Id of the line end.
        around: The companions there are.

    Returns:
        The settings.
    """
    around = around or Surroundings()
    cache = fit_cache(model, ids, line_end_id=line_end_id)
    dynamic = fit_dynamic(model, ids, line_end_id=line_end_id, scale=around.scale)
    share, backward = None, None
    if around.ngram is not None:
        adapting = DynamicEvaluation(model, dynamic, scale=around.scale)
        ngram, end = around.ngram, line_end_id
        share = NGramShare(
            weight=_share(model, ngram, ids[:CACHE_IDS], line_end_id=end),
            with_cache=_share(NeuralCache(model, cache), ngram, ids[:CACHE_IDS], line_end_id=end),
            with_dynamic=_share(adapting, ngram, ids[:DYNAMIC_IDS], line_end_id=end),
        )
    if around.backward is not None:
        weight = fit_direction_weight(model, around.backward, ids, line_end_id=line_end_id)
        backward = BackwardShare(weight=weight)
    return FittedCompanions(cache=cache, dynamic=dynamic, ngram=share, backward=backward)


def _share(model: Model, ngram: NGram, ids: NDArray[np.integer], *, line_end_id: int) -> float:
    tables = [read_stream(reader, ids, line_end_id=line_end_id) for reader in (model, ngram)]
    return round(fit_mixing_weights(tables).shares[1], 6)
