"""States as values: rows picked, graphs cut, tensors taken out and put back."""

import pytest
import torch

from lmkit.nn.state import State, detached, select_rows, tensors_of, with_tensors


@pytest.fixture
def state() -> State:
    """Two layers of unequal width, a batch of three."""
    first, second = torch.arange(6.0).view(3, 2), torch.arange(9.0).view(3, 3)
    return ((first, -first), (second,))


@pytest.mark.parametrize("rows", [[0], [2, 0], [1, 1, 1], []])
def test_rows_are_picked_in_the_order_asked_for(state: State, rows: list[int]) -> None:
    picked = select_rows(state, rows)
    for layer, whole in zip(picked, state, strict=True):
        for part, all_rows in zip(layer, whole, strict=True):
            assert part.tolist() == [all_rows[row].tolist() for row in rows]
            assert part.shape == (len(rows), all_rows.shape[1])


def test_rows_may_be_a_tensor(state: State) -> None:
    torch.testing.assert_close(select_rows(state, torch.tensor([2, 1])), select_rows(state, [2, 1]))


def test_picked_rows_are_copies(state: State) -> None:
    picked = select_rows(state, [0, 1, 2])
    picked[0][0].zero_()
    assert state[0][0].tolist() == torch.arange(6.0).view(3, 2).tolist()


@pytest.mark.parametrize("cut", [detached])
def test_a_cut_state_has_the_values_and_no_graph(cut) -> None:
    weight = torch.ones(2, requires_grad=True)
    state = ((weight * 2, weight * 3), (weight * 4,))
    found = cut(state)
    torch.testing.assert_close(found, ((weight * 2, weight * 3), (weight * 4,)))
    assert not any(part.requires_grad for layer in found for part in layer)
    assert all(part.requires_grad for layer in state for part in layer)


def test_tensors_come_out_in_a_fixed_order_and_go_back_in(state: State) -> None:
    tensors = tensors_of(state)
    assert [tuple(t.shape) for t in tensors] == [(3, 2), (3, 2), (3, 3)]
    again = with_tensors(state, [tensor + 1 for tensor in tensors])
    assert [len(layer) for layer in again] == [2, 1]
    for found, before in zip(tensors_of(again), tensors, strict=True):
        torch.testing.assert_close(found, before + 1)


def test_tensors_put_back_are_copies(state: State) -> None:
    other = [torch.zeros_like(tensor) for tensor in tensors_of(state)]
    again = with_tensors(state, other)
    other[0].fill_(7)
    assert again[0][0].sum() == 0


def test_what_is_no_tensor_stays_as_it_is() -> None:
    nested = ((torch.ones(1), ("word", 3)), None)
    assert [t.tolist() for t in tensors_of(nested)] == [[1.0]]
    assert with_tensors(nested, [torch.zeros(1)])[0][1] == ("word", 3)
    assert detached(nested)[1] is None
