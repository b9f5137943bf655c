import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def small_model(**settings) -> RecurrentLM:
    config = RecurrentLMConfig(vocab_size=20, hidden=8, embedding=5, **settings)
    return RecurrentLM(config, make_generator(2)).eval()


def some_ids():
    return torch.randint(20, (3, 6), generator=make_generator(1))


@pytest.mark.parametrize("head", ["full", "sampled", "adaptive"])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("head_input", ["last", "sum"])
def test_answers_are_nearly_those_of_the_model(head, tied, head_input):
    model = small_model(head=head, tied=tied, head_input=head_input)
    rounded, ids = Int8LM(model), some_ids()
    expected, after = model.read(ids, model.start(3))
    found, state = rounded.read(ids, rounded.start(3))
    torch.testing.assert_close(found.log_probs(), expected.log_probs(), atol=0.02, rtol=0)
    torch.testing.assert_close(state, after, atol=0.02, rtol=0.02)


def test_one_id_is_as_probable_as_among_all():
    rounded, ids = Int8LM(small_model()), some_ids()
    prediction, _ = rounded.read(ids, rounded.start(3))
    expected = prediction.log_probs().gather(-1, ids[..., None])[..., 0]
    torch.testing.assert_close(prediction.log_prob_of(ids), expected)


def test_a_text_cut_in_two_reads_exactly_the_same():
    rounded, ids = Int8LM(small_model()), some_ids()
    whole, after = rounded.read(ids, rounded.start(3))
    first, state = rounded.read(ids[:, :2], rounded.start(3))
    second, state = rounded.read(ids[:, 2:], state)
    assert torch.equal(torch.cat([first.hidden, second.hidden], 1), whole.hidden)
    assert all(map(torch.equal, sum(state, ()), sum(after, ())))


def test_the_temperature_counts():
    model = small_model()
    model.head.temperature.fill_(3.0)
    ids = some_ids()
    expected = model.read(ids, model.start(3))[0].log_probs()
    found = Int8LM(model).read(ids, model.start(3))[0].log_probs()
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0)


def test_the_model_stays_as_it_is():
    model = small_model()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    rounded = Int8LM(model)
    rounded.read(some_ids(), rounded.start(3))
    torch.testing.assert_close(dict(model.state_dict()), before, atol=0, rtol=0)


def test_other_cells_are_refused():
    with pytest.raises(UsageError, match="gru"):
        Int8LM(small_model(cell="gru"))
