import torch

from lmkit.nn.state import detached, join_rows, select_rows, tensors_of, with_tensors


def state(rows, seed=0):
    """Two layers of an LSTM: (h, c) each."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        (torch.randn(rows, size, generator=generator), torch.randn(rows, size, generator=generator))
        for size in (3, 2)
    )


def same(one, other):
    return all(map(torch.equal, tensors_of(one), tensors_of(other)))


def test_rows_are_selected_in_the_order_asked_for():
    whole = state(4)
    some = select_rows(whole, [2, 0, 2])
    assert same(some, tuple(tuple(part[[2, 0, 2]] for part in layer) for layer in whole))


def test_states_are_joined_row_after_row():
    joined = join_rows([state(2, 1), state(1, 2), state(3, 3)])
    assert [len(part) for part in tensors_of(joined)] == [6] * 4
    assert same(select_rows(joined, [0, 1]), state(2, 1))
    assert same(select_rows(joined, [2]), state(1, 2))
    assert same(select_rows(joined, [3, 4, 5]), state(3, 3))


def test_joining_what_was_selected_gives_the_state_back():
    whole = state(3)
    assert same(join_rows([select_rows(whole, [row]) for row in range(3)]), whole)


def test_a_detached_state_has_no_graph():
    weight = torch.ones(2, requires_grad=True)
    assert not tensors_of(detached(((weight * 2,),)))[0].requires_grad


def test_the_form_of_a_state_is_kept_with_other_tensors():
    whole = state(2)
    other = with_tensors(whole, [torch.zeros_like(part) for part in tensors_of(whole)])
    assert [part.shape for part in tensors_of(other)] == [part.shape for part in tensors_of(whole)]
    assert not any(part.any() for part in tensors_of(other))
