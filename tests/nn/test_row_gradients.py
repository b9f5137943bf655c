"""Gradients by rows, sparse or late, equal to those of autograd."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.core.seeding import make_generator
from lmkit.nn.row_gradients import RowGradients

IDS = torch.tensor([[1, 4, 1], [0, 4, 4]])


def table() -> nn.Parameter:
    return nn.Parameter(torch.randn(6, 3, generator=make_generator(0)))


def loss(vectors: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return a loss of the vectors looked up, and of the whole table where it is given."""
    read_whole = 0.0 if weight is None else weight.pow(3).sum()
    return vectors.pow(2).sum() + vectors[0, 1].sum() + read_whole


def dense_gradient(*, is_read_whole: bool) -> Tensor:
    weight = table()
    loss(functional.embedding(IDS, weight), weight if is_read_whole else None).backward()
    return weight.grad


def test_a_table_that_is_not_named_has_the_gradient_of_autograd():
    weight, rows = table(), RowGradients()
    loss(rows.look_up(weight, IDS)).backward()
    rows.add_late_rows()
    assert torch.equal(weight.grad, dense_gradient(is_read_whole=False))


def test_a_sparse_gradient_holds_the_rows_looked_up():
    weight = table()
    rows = RowGradients(sparse=[weight])
    loss(rows.look_up(weight, IDS)).backward()
    assert weight.grad.is_sparse
    assert weight.grad.coalesce().indices().tolist() == [[0, 1, 4]]
    torch.testing.assert_close(weight.grad.to_dense(), dense_gradient(is_read_whole=False))


@pytest.mark.parametrize("lookups", [1, 2])
def test_late_rows_join_the_gradient_of_a_table_read_whole(lookups):
    weight, plain = table(), table()
    rows = RowGradients(late=[weight])
    total = sum(loss(rows.look_up(weight, IDS)) for _ in range(lookups)) + weight.pow(3).sum()
    total.backward()
    expected = sum(loss(functional.embedding(IDS, plain)) for _ in range(lookups))
    (expected + plain.pow(3).sum()).backward()
    assert not torch.allclose(weight.grad, plain.grad)  # not yet
    rows.add_late_rows()
    torch.testing.assert_close(weight.grad, plain.grad)


def test_late_rows_are_added_once():
    weight = table()
    rows = RowGradients(late=[weight])
    loss(rows.look_up(weight, IDS), weight).backward()
    rows.add_late_rows()
    once = weight.grad.clone()
    rows.add_late_rows()
    assert torch.equal(weight.grad, once)


def test_vectors_that_no_loss_reads_add_nothing():
    weight = table()
    rows = RowGradients(late=[weight])
    rows.look_up(weight, IDS)
    weight.sum().backward()
    rows.add_late_rows()
    assert torch.equal(weight.grad, torch.ones(6, 3))


def test_looking_up_gives_the_rows_whatever_the_way():
    weight = table()
    ways = (RowGradients(), RowGradients(sparse=[weight]), RowGradients(late=[weight]))
    assert all(torch.equal(rows.look_up(weight, IDS), weight[IDS]) for rows in ways)
