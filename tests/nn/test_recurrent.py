"""Stacks of layers: their order, their dropout, their sizes."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.nn.cells.cell import Cell
from lmkit.nn.recurrent import Recurrent, RecurrentConfig
from lmkit.nn.train_mode import TrainMode


def mode() -> TrainMode:
    return TrainMode(generator=make_generator(0))


def small_stack(cell: str = "lstm") -> Recurrent:
    stack = Recurrent(RecurrentConfig(cell=cell, input=3, hidden=(5, 4)))
    stack.initialise(make_generator(1))
    return stack


def test_each_layer_reads_what_the_one_below_shows():
    stack = small_stack()
    x = torch.randn(6, 2, 3, generator=make_generator(2))
    outputs, state = stack(x, stack.start(2))
    below, _ = stack.cells[0](x, stack.cells[0].start(2))
    expected, last = stack.cells[1](below, stack.cells[1].start(2))
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(state[1], last)
    assert stack.output_size == 4


@pytest.mark.parametrize(
    ("cell", "option", "value"),
    [("mogrifier", "rounds", rounds) for rounds in (0, 1, 5)]
    + [("projected", "size", size) for size in (1, 7)],
)
def test_the_settings_of_a_cell_leave_both_ways_of_running_equal(cell, option, value):
    config = RecurrentConfig(cell=cell, input=3, hidden=(5, 4), options={option: value})
    stack = Recurrent(config)
    x = torch.randn(6, 2, 3, generator=make_generator(2))
    outputs, _ = stack(x, stack.start(2))
    below = x
    for layer in stack.cells:
        below = Cell.forward(layer, below, layer.start(2))[0]
    torch.testing.assert_close(outputs, below)
    assert outputs.shape[-1] == stack.output_size


def test_dropout_between_layers_leaves_the_first_layer_alone():
    stack = small_stack()
    x = torch.randn(6, 2, 3, generator=make_generator(2))
    whole, before = stack(x, stack.start(2))
    dropped, after = stack(x, stack.start(2), dropout=0.9, mode=mode())
    torch.testing.assert_close(before[0], after[0])
    assert not torch.equal(whole, dropped)
    torch.testing.assert_close(stack(x, stack.start(2), dropout=0.9)[0], whole)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_weight_dropout_still_trains_the_whole_matrix(cell):
    stack = small_stack(cell)
    x = torch.randn(6, 2, 3, generator=make_generator(2))
    outputs, _ = stack(x, stack.start(2), weight_rate=0.5, mode=mode())
    assert not torch.equal(outputs, stack(x, stack.start(2), weight_rate=0.5)[0])
    outputs.sum().backward()
    assert all(parameter.grad is not None for parameter in stack.parameters())


def test_a_state_is_made_in_the_type_and_on_the_device_of_the_weights():
    assert small_stack().double().start(2)[0][0].dtype == torch.float64
    assert small_stack().to("meta").start(2)[1][1].device.type == "meta"


def test_a_layer_without_units_is_refused():
    with pytest.raises(UsageError, match="at least 1 unit"):
        RecurrentConfig(hidden=(4, 0))


def test_the_outputs_of_all_layers_are_those_before_dropout():
    stack = small_stack()
    x = torch.randn(6, 2, 3, generator=make_generator(2))
    outputs, _ = stack.read_layers(x, stack.start(2), dropout=0.5)
    below, _ = stack.cells[0](x, stack.cells[0].start(2))
    assert [output.shape[-1] for output in outputs] == [5, 4]
    torch.testing.assert_close(outputs[0], below)
