"""Output layers: one file and one line here each.

The contract tests in `tests/contracts/` run over every line.
"""

from lmkit.core.registry import Registry
from lmkit.nn.heads.head import Head

HEADS: Registry[type[Head]] = Registry(
    "head",
    {
        "full": "lmkit.nn.heads.full:FullHead",
        "adaptive": "lmkit.nn.heads.adaptive:AdaptiveHead",
        "sampled": "lmkit.nn.heads.sampled:SampledHead",
    },
)
