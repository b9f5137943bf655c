"""Layers joined before the output layer, compared with plain sums."""

import pytest
import torch
from torch.nn import functional

from lmkit.core.seeding import make_generator
from lmkit.nn.head_input import HEAD_INPUTS, HeadInput


def outputs_of(*widths: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    generator = make_generator(1)
    return [torch.randn(4, 3, width, generator=generator).to(dtype) for width in widths]


def test_the_last_layer_alone_needs_nothing_where_widths_agree():
    connection = HeadInput([8, 6], 6, "last")
    outputs = outputs_of(8, 6)
    assert not list(connection.parameters())
    assert connection(outputs) is outputs[-1]


def test_a_last_layer_of_another_width_is_projected():
    connection = HeadInput([6, 8], 6, "last")
    outputs = outputs_of(6, 8)
    expected = functional.linear(outputs[-1], connection.weight, connection.bias)
    torch.testing.assert_close(connection(outputs), expected)
    assert [name for name, _ in connection.named_parameters()] == ["weight", "bias"]


def test_layers_of_the_width_read_are_added_without_weights():
    connection = HeadInput([6, 6, 6], 6, "sum")
    outputs = outputs_of(6, 6, 6)
    assert not list(connection.parameters())
    torch.testing.assert_close(connection(outputs), outputs[0] + outputs[1] + outputs[2])


def test_only_layers_of_another_width_are_projected_before_they_are_added():
    connection = HeadInput([8, 6], 6, "sum")
    below, last = outputs = outputs_of(8, 6)
    expected = last + functional.linear(below, connection.lower["0"]) + connection.bias
    torch.testing.assert_close(connection(outputs), expected)
    assert connection.weight is None


def test_both_layers_are_projected_where_neither_fits():
    connection = HeadInput([8, 7], 6, "sum")
    below, last = outputs = outputs_of(8, 7)
    expected = functional.linear(last, connection.weight, connection.bias)
    expected = expected + functional.linear(below, connection.lower["0"])
    torch.testing.assert_close(connection(outputs), expected)


@pytest.mark.parametrize("source", HEAD_INPUTS)
def test_one_layer_is_read_alike_either_way(source):
    (output,) = outputs = outputs_of(6)
    assert HeadInput([6], 6, source)(outputs) is output


def test_equal_generators_draw_equal_projections():
    first, second = HeadInput([8, 7], 6, "sum"), HeadInput([8, 7], 6, "sum")
    first.initialise(make_generator(3))
    second.initialise(make_generator(3))
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not first.bias.any()
    assert first.weight.abs().max().item() <= 7**-0.5


def test_outputs_in_bfloat16_stay_so_and_gradients_are_float32():
    connection = HeadInput([8, 7], 6, "sum")
    combined = connection(outputs_of(8, 7, dtype=torch.bfloat16))
    assert combined.dtype == torch.bfloat16
    combined.float().sum().backward()
    assert all(weight.grad.dtype == torch.float32 for weight in connection.parameters())
