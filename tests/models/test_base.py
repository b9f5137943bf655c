import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.base import (
    Batchable,
    Composite,
    FixedPrediction,
    SelectedPrediction,
    is_batchable,
    join_states,
)
from lmkit.models.mixture import Mixture
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def recurrent(seed=0):
    config = RecurrentLMConfig(vocab_size=12, hidden=6, embedding=6)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


def test_a_model_that_joins_states_is_batchable():
    assert isinstance(recurrent(), Batchable)
    assert is_batchable(recurrent())


def test_a_model_that_learns_from_what_it_reads_is_not():
    assert not is_batchable(NeuralCache(recurrent()))


def test_a_mixture_is_batchable_if_all_that_it_mixes_is():
    mixed = Mixture([recurrent(), recurrent(1)], [0.5, 0.5])
    with_cache = Mixture([recurrent(), NeuralCache(recurrent())], [0.5, 0.5])
    assert isinstance(mixed, Composite)
    assert is_batchable(mixed)
    assert not is_batchable(with_cache)
    assert not is_batchable(Mixture([mixed, with_cache], [0.5, 0.5]))


def test_states_are_joined_in_the_order_given():
    model = recurrent()
    first = model.read(torch.tensor([[3, 4]]), model.start(1))[1]
    second = model.read(torch.tensor([[5]]), model.start(1))[1]
    joined = join_states(model, [second, first])
    assert torch.equal(joined[0][0], torch.cat([second[0][0], first[0][0]]))


def test_states_that_cannot_be_joined_are_refused_by_the_name_of_the_model():
    cache = NeuralCache(recurrent())
    with pytest.raises(UsageError, match=r"NeuralCache .* read each text alone"):
        join_states(cache, [cache.start(1), cache.start(1)])


@pytest.fixture
def prediction():
    model = recurrent()
    return model.read(torch.tensor([[3, 4], [5, 6], [7, 8]]), model.start(3))[0]


def test_selected_rows_of_any_prediction_are_its_rows(prediction):
    some = SelectedPrediction(prediction, [2, 0, 2])
    expected = prediction.log_probs()[[2, 0, 2]]
    assert torch.equal(some.log_probs(), expected)
    assert torch.equal(some.last().log_probs(), expected[:, -1:])
    asked = torch.tensor([[1, 2], [3, 4], [5, 6]])
    assert torch.equal(some.log_prob_of(asked), expected.gather(2, asked[..., None])[..., 0])
    assert torch.equal(torch.cat(list(some.logit_parts(1)), 1), expected)


def test_rows_of_rows_are_rows(prediction):
    twice = SelectedPrediction(SelectedPrediction(prediction, [2, 0]), [1])
    assert torch.equal(twice.log_probs(), prediction.log_probs()[[0]])


def test_a_fixed_prediction_answers_what_it_was_given():
    scores = torch.log_softmax(torch.arange(12.0).view(1, 2, 6).sin(), -1)
    found = FixedPrediction(scores)
    assert found.log_probs() is scores
    ids = torch.tensor([[1, 5]])
    assert found.log_prob_of(ids).tolist() == [[scores[0, 0, 1].item(), scores[0, 1, 5].item()]]
    assert torch.equal(found.last().log_probs(), scores[:, -1:])
