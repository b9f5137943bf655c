"""The mean of the probabilities of networks, against the mean written out."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 20


def network(seed, **more):
    config = RecurrentLMConfig(vocab_size=VOCAB, **{"hidden": 8, "embedding": 8, **more})
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


@pytest.fixture
def networks():
    return [network(0), network(1), network(2)]


@pytest.fixture
def ids():
    return torch.randint(VOCAB, (2, 7), generator=torch.Generator().manual_seed(3))


def read(model, ids):
    return model.read(ids, model.start(len(ids)))[0]


def mean(networks, ids):
    return torch.stack([read(one, ids).log_probs().exp() for one in networks]).mean(0).log()


def test_the_probability_is_the_mean_of_those_of_the_networks(networks, ids):
    prediction = read(AverageLM(networks), ids)
    expected = mean(networks, ids)
    assert torch.allclose(prediction.log_probs(), expected, atol=1e-5)
    found = prediction.log_prob_of(ids)
    assert torch.allclose(found, expected.gather(2, ids[..., None])[..., 0], atol=1e-5)


def test_the_temperature_of_each_network_stays_its_own(networks, ids):
    networks[1].head.temperature.fill_(2.0)
    assert torch.allclose(
        read(AverageLM(networks), ids).log_probs(), mean(networks, ids), atol=1e-5
    )


def test_parts_of_the_time_join_to_the_whole(networks, ids):
    prediction = read(AverageLM(networks), ids)
    joined = torch.cat(list(prediction.logit_parts(3)), 1)
    assert torch.allclose(torch.log_softmax(joined, -1), prediction.log_probs(), atol=1e-5)


def test_hidden_states_stand_side_by_side(networks, ids):
    model = AverageLM(networks)
    hidden = read(model, ids).hidden
    assert hidden.shape == (2, 7, model.hidden_width) == (2, 7, 24)
    assert torch.equal(hidden[..., 8:16], read(networks[1], ids).hidden)


def test_networks_may_be_of_different_shapes_and_precision(ids):
    model = AverageLM([network(0), Int8LM(network(1, hidden=16, embedding=4))])
    assert read(model, ids).hidden.shape[-1] == 12


def test_weights_are_counted_over_all(networks):
    assert AverageLM(networks).parameter_count() == 3 * networks[0].parameter_count()


def test_no_network_and_other_vocabularies_are_refused():
    with pytest.raises(UsageError, match="at least one"):
        AverageLM([])
    other = RecurrentLM(RecurrentLMConfig(vocab_size=9, hidden=8, embedding=8))
    with pytest.raises(UsageError, match="different vocabularies"):
        AverageLM([network(0), other])
