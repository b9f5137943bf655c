"""Weights and settings of the fused kernels, for each kind of device."""

import pytest
import torch
from torch import Tensor

from lmkit.core.seeding import make_generator
from lmkit.nn.cells import CELLS
from lmkit.nn.kernels.fused import fused_settings, fused_weights, joined

SHAPES = ((12, 3), (12, 4), (12,), (12,))


def weights(seed: int = 0) -> list[Tensor]:
    generator = make_generator(seed)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in SHAPES]


def test_joined_weights_lie_in_one_block_in_order():
    given = weights()
    found = joined(given)
    assert len({part.untyped_storage().data_ptr() for part in found}) == 1
    offsets = [part.storage_offset() for part in found]
    assert offsets == [0, 36, 84, 96]
    for one, other in zip(found, given, strict=True):
        assert torch.equal(one, other)
        assert one.is_contiguous()


def test_gradients_reach_what_was_joined():
    given = weights()
    factors = [torch.full(weight.shape, float(place)) for place, weight in enumerate(given)]
    sum(
        (part * factor).sum() for part, factor in zip(joined(given), factors, strict=True)
    ).backward()
    for weight, factor in zip(given, factors, strict=True):
        assert torch.equal(weight.grad, factor)


def test_weights_in_bfloat16_and_transposed_ones_are_joined_too():
    given = [torch.ones(2, 3).t().bfloat16(), torch.zeros(2).bfloat16()]
    found = joined(given)
    assert [part.dtype for part in found] == [torch.bfloat16] * 2
    assert found[0].tolist() == given[0].tolist()


def test_the_cpu_reads_weights_where_they_lie():
    given = weights()
    assert all(one is other for one, other in zip(fused_weights(given), given, strict=True))


def test_another_device_gets_one_block(other):
    given = [weight.detach().to(other.OTHER) for weight in weights()]
    assert [part.tolist() for part in fused_weights(given)] == [w.tolist() for w in given]


@pytest.mark.parametrize(("is_training", "records"), [(True, True), (False, False)])
def test_the_cpu_is_in_the_mode_of_the_layer(is_training, records):
    with torch.set_grad_enabled(records):
        settings = fused_settings(torch.ones(1), is_training=is_training)
    assert settings == (True, 1, 0.0, is_training, False, False)


def test_a_device_keeps_what_a_gradient_needs_in_evaluation_too(other):
    x = torch.ones(1, device=other.OTHER)
    assert fused_settings(x, is_training=False)[3]
    with torch.no_grad():
        assert not fused_settings(x, is_training=False)[3]
        assert fused_settings(x, is_training=True)[3]


@pytest.mark.parametrize("name", ["lstm", "gru", "elman", "elman_relu"])
def test_a_fused_cell_on_a_device_computes_what_it_computes_on_the_cpu(device, name):
    cell = CELLS.get(name).build(3, 4, {}).eval()
    cell.initialise(make_generator(1))
    x = torch.randn(5, 2, 3, generator=make_generator(2))
    here, _ = cell(x, cell.start(2))
    here.sum().backward()
    expected = [here.tolist(), *(weight.grad.tolist() for weight in cell.parameters())]
    cell.zero_grad()
    cell.to(device)
    there, _ = cell(x.to(device), cell.start(2))  # in evaluation mode, as dynamic evaluation has it
    there.sum().backward()
    found = [there.tolist(), *(weight.grad.tolist() for weight in cell.parameters())]
    for one, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(torch.tensor(one), torch.tensor(wanted), rtol=1e-4, atol=1e-5)
