"""States as values: rows picked, graphs cut, tensors taken apart and put together again."""

import pytest
import torch

from lmkit.nn.state import detached, select_rows, tensors_of, with_tensors


def state():
    numbers = torch.arange(24.0)
    return (
        (numbers[:6].view(3, 2), numbers[6:12].view(3, 2)),
        (numbers[12:].view(3, 4),),
    )


@pytest.mark.parametrize("rows", [[2, 0, 2], torch.tensor([2, 0, 2])])
def test_rows_are_selected_in_the_order_asked_for(rows):
    picked = select_rows(state(), rows)
    for ours, whole in zip(tensors_of(picked), tensors_of(state()), strict=True):
        assert torch.equal(ours, whole[[2, 0, 2]])


def test_no_rows_leave_an_empty_batch():
    assert [tuple(part.shape) for part in tensors_of(select_rows(state(), []))] == [
        (0, 2),
        (0, 2),
        (0, 4),
    ]


def test_rows_named_on_the_cpu_select_from_a_state_elsewhere():
    there = tuple(tuple(part.to("meta") for part in layer) for layer in state())
    assert {part.device.type for part in tensors_of(select_rows(there, [1]))} == {"meta"}


def test_a_detached_state_has_no_graph_and_the_same_form():
    weight = torch.ones((), requires_grad=True)
    grown = tuple(tuple(part * weight for part in layer) for layer in state())
    cut = detached(grown)
    assert not any(part.requires_grad for part in tensors_of(cut))
    assert [len(layer) for layer in cut] == [2, 1]
    assert torch.equal(tensors_of(cut)[2], tensors_of(state())[2])


def test_a_state_is_rebuilt_from_its_tensors_as_a_copy():
    tensors = [part + 1 for part in tensors_of(state())]
    rebuilt = with_tensors(state(), tensors)
    assert all(torch.equal(a, b) for a, b in zip(tensors_of(rebuilt), tensors, strict=True))
    tensors[0].zero_()
    assert tensors_of(rebuilt)[0].any()


def test_a_state_that_holds_no_tensor_is_kept():
    assert tensors_of(None) == []
    assert tensors_of(((), 3)) == []
    assert detached(((), 3)) == ((), 3)
