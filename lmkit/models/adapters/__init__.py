"""Layers over a trained model that use the text being read, as an ordered stack.

A new adapter is one file and one line here. The order is that of the stack, lowest first: dynamic
evaluation changes weights, the cache reads the hidden states they give, and n-grams are mixed with
whatever both expect, that of a base beneath that of the training text.
"""

from lmkit.core.registry import Registry
from lmkit.models.adapters.adapter import Adapter

__all__ = ["ADAPTERS"]

# Any config and asset: each adapter has types of its own, `Adapter` relates them.
ADAPTERS: Registry[type[Adapter[object, object]]] = Registry(
    "adapter",
    {
        "dynamic": "lmkit.models.adapters.dynamic:DynamicAdapter",
        "cache": "lmkit.models.adapters.cache:CacheAdapter",
        "base-ngram": "lmkit.models.adapters.base_ngram:BaseNGramAdapter",
        "ngram": "lmkit.models.adapters.ngram:NGramAdapter",
    },
)
