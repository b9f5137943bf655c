import copy

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.models.recurrent import fast_step
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def small_model(cell: str = "lstm", head: str = "full", head_input: str = "last") -> RecurrentLM:
    config = RecurrentLMConfig(
        vocab_size=20,
        cell=cell,
        hidden=8,
        last_hidden=6,
        embedding=5,
        head=head,
        head_input=head_input,
    )
    return RecurrentLM(config, make_generator(2)).eval()


def same_as_a_whole_text(model: RecurrentLM) -> None:
    """Read a text word by word, some words at once, and all by the layers themselves."""
    ids = torch.randint(20, (3, 6), generator=make_generator(1))
    with torch.inference_mode():
        outputs, after = model.recurrent.read_layers(model.embedding(ids.t()), model.start(3))
        whole = model.project(outputs).transpose(0, 1)
    for length in (1, 4, 6):
        state, hidden = model.start(3), []
        for part in ids.split(length, 1):
            prediction, state = model.read(part, state)
            hidden.append(prediction.hidden)
        torch.testing.assert_close(torch.cat(hidden, 1), whole)
        torch.testing.assert_close(state, after)


@pytest.mark.parametrize("kept", [0, fast_step.KEPT_BYTES])
def test_single_words_read_as_a_whole_text(kept, monkeypatch):
    monkeypatch.setattr(fast_step, "KEPT_BYTES", kept)
    same_as_a_whole_text(small_model())


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_layers_that_are_summed_are_so_word_by_word(cell):
    same_as_a_whole_text(small_model(cell, head_input="sum"))


def test_weights_that_change_are_laid_out_anew():
    model = small_model()
    same_as_a_whole_text(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    same_as_a_whole_text(model)


def test_weights_that_are_loaded_are_laid_out_anew():
    model, other = small_model(), RecurrentLM(small_model().config, make_generator(8))
    same_as_a_whole_text(model)
    model.load_state_dict(other.state_dict())
    same_as_a_whole_text(model)


def test_the_memory_given_is_not_changed():
    model = small_model()
    _, state = model.read(torch.tensor([[1, 2]]), model.start(1))
    before = [part.clone() for layer in state for part in layer]
    model.read(torch.tensor([[3]]), state)
    torch.testing.assert_close([part for layer in state for part in layer], before)


def test_what_was_laid_out_is_no_part_of_the_state():
    model = small_model()
    names = list(model.state_dict())
    same_as_a_whole_text(model)
    assert list(model.state_dict()) == names


def test_a_copied_model_lays_out_its_own_weights():
    model = small_model()
    same_as_a_whole_text(model)
    twin = copy.deepcopy(model)
    assert twin._fast_step is None
    assert model._fast_step is not None
    with torch.no_grad():
        twin.embedding.weight.mul_(2)
    same_as_a_whole_text(twin)
    same_as_a_whole_text(model)
