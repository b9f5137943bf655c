"""Unrolling: the gradients equal those of the model's own loss."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.lab.unroll import unroll
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.cells import CELLS
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TEXT = "the old cat sat"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.train([TEXT, "a dog ran"], TokenizerConfig())


def model_of(tokenizer: Tokenizer, cell: str = "lstm", **more: str) -> RecurrentLM:
    shape = RecurrentLMConfig(
        vocab_size=tokenizer.vocab_size, cell=cell, hidden=6, embedding=5, **more
    )
    return RecurrentLM(shape, make_generator(1)).eval()


@pytest.mark.parametrize("head_input", ["last", "sum"])
@pytest.mark.parametrize("name", CELLS.names())
def test_weight_gradients_equal_those_of_the_fast_way(
    tokenizer: Tokenizer, name: str, head_input: str
) -> None:
    model = model_of(tokenizer, name, head_input=head_input)
    unrolled = unroll(model, tokenizer, TEXT, position=-1)
    ids = torch.tensor([tokenizer.line_end_id, *tokenizer.encode(TEXT)])
    x = model.embedding(ids[:-1].unsqueeze(1)).detach()
    outputs, _ = model.recurrent.read_layers(x, model.start(1))
    loss = -model.head.log_probs(model.project([output[-1] for output in outputs]))[0, ids[-1]]
    parameters = dict(model.recurrent.named_parameters())
    wanted = torch.autograd.grad(loss, list(parameters.values()), materialize_grads=True)
    assert unrolled.nats == pytest.approx(loss.item(), abs=1e-5)
    assert unrolled.target == "sat"
    for weight, parameter, gradient in zip(unrolled.weights, parameters, wanted, strict=True):
        assert weight.name == parameter
        assert weight.norm == pytest.approx(gradient.norm().item(), abs=1e-5, rel=1e-3)


def test_a_chosen_word_sees_only_what_stands_before_it(tokenizer: Tokenizer) -> None:
    unrolled = unroll(model_of(tokenizer), tokenizer, TEXT, position=1)
    assert unrolled.words == ("↵", "the")
    assert unrolled.target == "old"
    assert len(unrolled.layers[0].gradient) == len(unrolled.inputs) == 2
    assert set(unrolled.layers[0].gates) == {"input", "forget", "output"}


def test_a_word_that_is_not_there_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(UsageError, match="no word 4"):
        unroll(model_of(tokenizer), tokenizer, TEXT, position=4)
