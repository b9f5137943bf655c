"""Models with more words than they were trained with."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.grow import HEAD, NewRows, check_can_grow, grown
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import weights_of

WORDS, NEW, WIDTH = 12, 3, 6
IDS = torch.tensor([[2, 5, 7]])


def model_of(**settings):
    shape = {"vocab_size": WORDS, "layers": 1, "hidden": WIDTH, "embedding": WIDTH}
    model = RecurrentLM(RecurrentLMConfig(**(shape | settings)), make_generator(3)).eval()
    with torch.no_grad():
        model.head.bias.copy_(torch.arange(WORDS) / 10)
    return model


def rows_of(*, tied=True, bias=0.0):
    vectors = torch.full((NEW, WIDTH), 0.1)
    return NewRows(vectors, torch.full((NEW,), bias), None if tied else 2 * vectors)


def log_probs(model):
    return model.read(IDS, model.start(1))[0].log_probs()


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("head", ["full", "sampled"])
def test_old_words_keep_their_proportions(tied, head):
    model = model_of(tied=tied, head=head)
    larger = grown(model, rows_of(tied=tied))
    among_old = torch.log_softmax(log_probs(larger)[..., :WORDS], -1)
    assert torch.allclose(among_old, log_probs(model), atol=1e-5)


def test_new_words_have_the_rows_given():
    rows = rows_of(bias=-4.0)
    weights = weights_of(grown(model_of(), rows))
    assert torch.equal(weights["embedding.weight"][WORDS:], rows.vectors)
    assert torch.equal(weights["head.bias"][WORDS:], rows.biases)


def test_an_output_matrix_of_its_own_grows_too():
    rows = rows_of(tied=False)
    weights = weights_of(grown(model_of(tied=False), rows))
    assert torch.equal(weights["head.own_weight"][WORDS:], rows.outputs)


def test_the_first_model_stays_as_it_is():
    model = model_of()
    before = {name: weight.clone() for name, weight in weights_of(model).items()}
    larger = grown(model, rows_of())
    with torch.no_grad():
        larger.embedding.weight.zero_()
    assert all(torch.equal(before[name], weight) for name, weight in weights_of(model).items())


def test_regularisation_is_that_of_the_training():
    config = RecurrentLMConfig(
        vocab_size=99, layers=1, hidden=WIDTH, embedding=WIDTH, dropout_output=0.3
    )
    larger = grown(model_of(), rows_of(), config)
    assert (larger.vocab_size, larger.config.dropout_output) == (WORDS + NEW, 0.3)
    assert larger.config.head == HEAD


def test_the_temperature_is_to_be_fitted_anew():
    model = model_of()
    model.head.temperature.fill_(1.4)
    assert grown(model, rows_of()).head.temperature == 1


def test_a_model_may_grow_by_nothing():
    nothing = NewRows(torch.zeros(0, WIDTH), torch.zeros(0))
    model = model_of()
    assert torch.allclose(log_probs(grown(model, nothing)), log_probs(model))


def test_a_head_in_bands_cannot_grow():
    model = RecurrentLM(
        RecurrentLMConfig(vocab_size=WORDS, layers=1, hidden=4, embedding=4, head="adaptive")
    )
    with pytest.raises(UsageError, match="adaptive"):
        check_can_grow(model)
    with pytest.raises(UsageError):
        grown(model, rows_of())
