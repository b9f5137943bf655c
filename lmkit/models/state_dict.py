"""Tensors of a recurrent model as a flat state dict and back: one place for export and import.

Names of the tensors, each stored once:

- `embedding.weight`: vectors of the words, shape (vocab, embedding); heads with narrower bands have
  `embedding.tables.N` and `embedding.projections.N` in its place.
- `recurrent.layers.N.*`: weights of layer N, lowest first, as its cell names them. For the lstm
  `weight_input` (4 hidden, input), `weight_hidden` (4 hidden, hidden), `bias_input` and
  `bias_hidden` (4 hidden), the gates in the order input, forget, candidate, output.
- `project.weight`, `project.bias`: from the last layer to the width of the head, where they differ.
- `project.lower.N`: the same from layer N, for a head that reads the sum of all layers; no bias.
- `head.*`: the output layer; a matrix tied to the embedding is not repeated.
- `head.temperature`: divisor of the logits, a scalar.

A file of another program is imported by renaming its tensors to these and calling
`from_state_dict`; an export takes what `to_state_dict` returns and renames it.
"""

from collections.abc import Mapping

from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import load_weights, weights_of


def to_state_dict(model: RecurrentLM) -> dict[str, Tensor]:
    """Return the tensors of a model by the names above: views, not copies."""
    return weights_of(model)


def from_state_dict(config: RecurrentLMConfig, tensors: Mapping[str, Tensor]) -> RecurrentLM:
    """Make a model of an architecture with given tensors.

    Args:
        config: The architecture.
        tensors: All tensors of it by the names above, and nothing else.

    Returns:
        The model, in evaluation mode.

    Raises:
        ModelError: If names, shapes or types are not those of the architecture.
    """
    model = RecurrentLM(config, make_generator(0))
    load_weights(model, tensors)
    return model.eval()
