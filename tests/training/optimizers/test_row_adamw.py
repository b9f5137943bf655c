"""Row by row against AdamW on whole tables."""

import pytest
import torch
from torch import nn

from lmkit.core.errors import ModelError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.embedding import RowGradients
from lmkit.nn.train_mode import TrainMode
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import (
    Optimizers,
    make_adamw,
    make_muon,
    row_tables,
    tables_read_whole,
)
from lmkit.training.optimizers.row_adamw import RowAdamW, momentum_way

ROWS, WIDTH = 6, 3
SETTINGS = {"lr": 0.05, "betas": (0.9, 0.99), "weight_decay": 0.1}


def table() -> nn.Parameter:
    generator = torch.Generator().manual_seed(0)
    return nn.Parameter(torch.randn(ROWS, WIDTH, generator=generator))


def sparse(rows: list[int], values: torch.Tensor) -> torch.Tensor:
    found = torch.sparse_coo_tensor(
        torch.tensor([rows]), values, (ROWS, WIDTH), check_invariants=True
    )
    return found.coalesce()


@pytest.mark.parametrize("is_sparse", [True, False])
def test_it_is_adamw_where_every_row_is_touched(is_sparse):
    ours, theirs = table(), table()
    one, other = RowAdamW([ours], **SETTINGS), torch.optim.AdamW([theirs], **SETTINGS)
    generator = torch.Generator().manual_seed(1)
    for _ in range(7):
        theirs.grad = torch.randn(ROWS, WIDTH, generator=generator)
        ours.grad = sparse(list(range(ROWS)), theirs.grad) if is_sparse else theirs.grad.clone()
        one.step()
        other.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_rows_without_a_gradient_stay_as_they_are():
    ours = table()
    before = ours.detach().clone()
    optimizer = RowAdamW([ours], **SETTINGS)
    ours.grad = sparse([1, 4], torch.ones(2, WIDTH))
    optimizer.step()
    changed = (ours != before).any(dim=1)
    assert changed.tolist() == [False, True, False, False, True, False]


def test_moments_decay_by_the_steps_missed_as_those_of_adamw():
    ours, theirs = table(), table()
    one, other = RowAdamW([ours], **SETTINGS), torch.optim.AdamW([theirs], **SETTINGS)
    generator = torch.Generator().manual_seed(1)
    for rows in ([0, 2], [1], [1, 3], [0, 1, 2, 3]):
        values = torch.randn(len(rows), WIDTH, generator=generator)
        ours.grad = sparse(rows, values)
        theirs.grad = ours.grad.to_dense()
        one.step()
        other.step()
    for name in ("exp_avg", "exp_avg_sq"):
        found, wanted = one.state[ours][name][:4], other.state[theirs][name][:4]
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-7)


def test_a_row_met_rarely_goes_about_as_far_as_adamw_takes_it():
    ours, theirs = table(), table()
    plain = {**SETTINGS, "weight_decay": 0.0}
    one, other = RowAdamW([ours], **plain), torch.optim.AdamW([theirs], **plain)
    before = theirs.detach().clone()
    for step in range(400):
        rows = [0, 1] if step % 40 == 0 else [1]
        ours.grad = sparse(rows, torch.ones(len(rows), WIDTH))
        theirs.grad = ours.grad.to_dense()
        one.step()
        other.step()
    way = ((ours - before)[:2] / (theirs - before)[:2]).mean(dim=1)
    torch.testing.assert_close(way, torch.ones(2), rtol=0, atol=0.1)


def test_momentum_carries_a_geometric_series():
    gap = torch.tensor([1.0, 2.0, 3.0])
    torch.testing.assert_close(momentum_way(gap, 0.5), torch.tensor([1.0, 1.5, 1.75]))


def model(head: str = "sampled", *, tied: bool = True) -> RecurrentLM:
    config = RecurrentLMConfig(
        vocab_size=30, layers=1, hidden=6, embedding=4, head=head, tied=tied, samples=5
    )
    return RecurrentLM(config, torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("head", "tied", "expected"),
    [("sampled", True, 1), ("sampled", False, 1), ("full", True, 0), ("full", False, 1)],
)
def test_a_table_that_a_full_softmax_reads_is_not_updated_by_rows(head, tied, expected):
    config = TrainingConfig(row_updates=100)
    assert len(row_tables(model(head, tied=tied), config)) == expected
    assert not row_tables(model(head, tied=tied), TrainingConfig(row_updates=121))
    assert not row_tables(model(head, tied=tied), TrainingConfig(row_updates=0))


@pytest.mark.parametrize(("tied", "expected"), [(True, 1), (False, 0)])
def test_rows_looked_up_join_the_gradient_of_a_table_read_whole(tied, expected):
    ours = model("full", tied=tied)
    assert len(tables_read_whole(ours)) == expected
    assert not tables_read_whole(model("sampled", tied=tied))
    batch = Batch(torch.tensor([[1, 2, 2]]), torch.tensor([[2, 2, 3]]))
    found = []
    for tables in ([], tables_read_whole(ours)):
        ours.zero_grad(set_to_none=True)
        rows = RowGradients(late=[each.weight for each in tables])
        loss, _ = ours.loss(batch, ours.start(1), TrainMode(generator=make_generator(0), rows=rows))
        loss.objective.backward()
        rows.add_late_rows()
        assert not ours.embedding.weight.grad.is_sparse
        found.append(ours.embedding.weight.grad)
    torch.testing.assert_close(*found)


@pytest.mark.parametrize("make", [make_muon, make_adamw])
def test_every_weight_has_one_optimizer(make):
    ours = model()
    parts = make(ours, TrainingConfig(row_updates=1))._parts
    assert isinstance(parts[-1], RowAdamW)
    found = [id(w) for part in parts for group in part.param_groups for w in group["params"]]
    assert sorted(found) == sorted(id(weight) for weight in ours.parameters())


def test_its_state_is_taken_over_exactly():
    def steps(weight: nn.Parameter, optimizers: Optimizers, numbers: range) -> None:
        for number in numbers:
            weight.grad = sparse([number % 3, 5], torch.full((2, WIDTH), 1.0 + number))
            optimizers.step()

    whole, cut = table(), table()
    optimizers = Optimizers([RowAdamW([whole], **SETTINGS)])
    steps(whole, optimizers, range(9))
    first, second = (Optimizers([RowAdamW([cut], **SETTINGS)]) for _ in range(2))
    steps(cut, first, range(4))
    second.load({name: tensor.clone() for name, tensor in first.state().items()})
    steps(cut, second, range(4, 9))
    assert torch.equal(whole, cut)


def test_the_state_of_other_weights_is_refused():
    small, large = table(), nn.Parameter(torch.zeros(9, WIDTH))
    one, other = (Optimizers([RowAdamW([weight], **SETTINGS)]) for weight in (small, large))
    small.grad = torch.ones_like(small)
    one.step()
    with pytest.raises(ModelError, match="does not match the model"):
        other.load(one.state())
