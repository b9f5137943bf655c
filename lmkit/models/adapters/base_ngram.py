"""The n-gram of a base as an adapter: what it counted in far more text, beside that of the user's.

It lies beneath the n-gram of the training text. The file is that of the base, unchanged.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from lmkit.core.errors import Hint, UsageError
from lmkit.models.adapters.adapter import Beneath, FitText
from lmkit.models.adapters.ngram import CountedAdapter, NGramAdapter, NGramConfig
from lmkit.models.base import Model
from lmkit.models.ngram.ngram import NGram
from lmkit.models.ngram.united import UnitedNGram


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseNGramConfig(NGramConfig):
    """Weights of the orders of the n-gram of a base.

    Attributes:
        unknown_id: The unknown word, of which new words have a part.
    """

    unknown_id: int = 0


class BaseNGramAdapter(CountedAdapter[BaseNGramConfig]):
    """The n-gram of a base, mixed with what the model beneath expects."""

    name = "base-ngram"
    config_type = BaseNGramConfig
    file = "base-ngram.safetensors"

    @staticmethod
    @override
    def suits(ngram: NGram, network: Model) -> bool:
        return ngram.vocab_size <= network.vocab_size  # the network has new words as well

    @override
    def wrap(self, beneath: Beneath, config: BaseNGramConfig, asset: NGram | None) -> Model:
        if asset is None:
            raise UsageError("the model holds no n-gram of a base", hint=Hint.TRAIN_NGRAM)
        size = beneath.model.vocab_size
        united = UnitedNGram(asset, vocab_size=size, unknown_id=config.unknown_id)
        return NGramAdapter().wrap(beneath, config, united)

    @override
    def fit(
        self,
        models: Sequence[Beneath],
        text: FitText,
        *,
        asset: NGram | None,
        seconds: float = math.inf,
    ) -> BaseNGramConfig | None:
        if not isinstance(asset, UnitedNGram):
            return None
        fitted = NGramAdapter().fit(models, text, asset=asset, seconds=seconds)
        if fitted is None:
            return None
        return BaseNGramConfig(weights=fitted.weights, unknown_id=asset.unknown_id)
