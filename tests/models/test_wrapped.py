"""A wrapped model answers as the one beneath."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.base import is_batchable
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.wrapped import WrappedModel

VOCAB = 12


@pytest.fixture
def model():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


def test_it_reads_selects_and_joins_as_the_model_beneath(model):
    wrapped = WrappedModel(model)
    ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
    prediction, state = wrapped.read(ids, wrapped.start(2))
    expected, own = model.read(ids, model.start(2))
    assert torch.equal(prediction.log_probs(), expected.log_probs())
    joined = wrapped.join([wrapped.select(state, [1]), wrapped.select(state, [0])])
    for found, wanted in zip(joined, model.select(own, [1, 0]), strict=True):
        assert all(map(torch.equal, found, wanted))
    assert (wrapped.vocab_size, wrapped.parts) == (VOCAB, (model,))


def test_it_joins_states_only_where_the_model_beneath_does(model):
    assert is_batchable(WrappedModel(model))
    learning = WrappedModel(DynamicEvaluation(model))
    assert not is_batchable(learning)
    with pytest.raises(UsageError, match="cannot be joined"):
        learning.join([learning.start(1)])
