"""A model that begins after what it read is the model that reads on."""

import torch

from lmkit.core.seeding import make_generator
from lmkit.models.adapters.prefixed import PrefixedModel
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

BEFORE, AFTER = torch.tensor([[1, 2, 3]]), torch.tensor([[4, 5]])


def network():
    config = RecurrentLMConfig(vocab_size=9, hidden=6, embedding=6)
    return RecurrentLM(config, make_generator(0)).eval()


def test_reading_after_a_prefix_is_reading_on():
    model = network()
    expected, state = model.read(torch.cat([BEFORE, AFTER], 1), model.start(1))
    prefixed = PrefixedModel(model, model.read(BEFORE, model.start(1))[1])
    found, after = prefixed.read(AFTER, prefixed.start(1))
    torch.testing.assert_close(found.log_probs(), expected.log_probs()[:, -2:])
    for own, other in zip(after, state, strict=True):
        torch.testing.assert_close(own, other)
    assert prefixed.vocab_size == model.vocab_size


def test_every_row_starts_after_the_prefix():
    model = network()
    prefixed = PrefixedModel(model, model.read(BEFORE, model.start(1))[1])
    state = prefixed.start(3)
    found, _ = prefixed.read(AFTER.expand(3, 2), state)
    assert torch.equal(found.log_probs()[0], found.log_probs()[2])
    one = prefixed.select(state, [1])
    alone, _ = prefixed.read(AFTER, one)
    torch.testing.assert_close(alone.log_probs()[0], found.log_probs()[1])
