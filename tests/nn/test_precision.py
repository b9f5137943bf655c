"""The number format of products: bfloat16 in training alone, and close to float32."""

import torch
from torch import nn

from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.cells.lstm import LSTMCell
from lmkit.nn.precision import MixedPrecision, set_product_dtype


def test_tensors_are_cast_in_training_alone():
    cell = LSTMCell(3, 4)
    set_product_dtype(cell, torch.bfloat16)
    x = torch.ones(2, 3)
    assert cell.for_product(x).dtype == torch.bfloat16
    assert cell.eval().for_product(x) is x
    assert cell.for_product(x.bfloat16()).dtype == torch.float32


def test_without_bfloat16_a_tensor_stays_what_it_is():
    cell = LSTMCell(3, 4)
    for tensor in (torch.ones(2), torch.ones(2, dtype=torch.float64)):
        assert cell.for_product(tensor) is tensor


def test_every_part_with_a_choice_is_set_and_no_other():
    model = RecurrentLM(RecurrentLMConfig(vocab_size=9, hidden=4, embedding=4, head="sampled"))
    both = nn.ModuleList([model, nn.Linear(2, 2)])
    set_product_dtype(both, torch.bfloat16)
    chosen = [module for module in both.modules() if isinstance(module, MixedPrecision)]
    assert len(chosen) == 3  # two layers and the head
    assert all(module.product_dtype == torch.bfloat16 for module in chosen)


def test_a_model_in_bfloat16_has_nearly_the_loss_and_gradients_of_float32():
    shape = RecurrentLMConfig(
        vocab_size=50, hidden=24, last_hidden=12, embedding=16, head="full", head_input="sum"
    )
    model = RecurrentLM(shape, make_generator(1)).train()
    ids = torch.randint(50, (2, 4, 9), generator=make_generator(2))
    window = _Window(*ids)
    losses, gradients, states = [], [], []
    for dtype in (torch.float32, torch.bfloat16):
        set_product_dtype(model, dtype)
        model.zero_grad()
        loss, state = model.loss(window, model.start(4))
        loss.objective.backward()
        losses.append(loss.objective.detach())
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters()]))
        states.append(state)
    torch.testing.assert_close(losses[1], losses[0], rtol=2e-3, atol=0)
    similar = torch.cosine_similarity(gradients[0], gradients[1], dim=0)
    assert similar > 0.999
    assert gradients[1].dtype == torch.float32
    assert {part.dtype for layer in states[1] for part in layer} == {torch.float32}


def test_evaluation_is_the_same_to_the_bit_whatever_training_used():
    model = RecurrentLM(RecurrentLMConfig(vocab_size=9, hidden=4, embedding=4)).eval()
    ids = torch.tensor([[1, 2, 3] * 8])
    before = model.read(ids, model.start(1))[0].log_probs()
    set_product_dtype(model, torch.bfloat16)
    assert torch.equal(model.read(ids, model.start(1))[0].log_probs(), before)


class _Window:
    def __init__(self, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        self.inputs, self.targets = inputs, targets
