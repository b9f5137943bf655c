"""Rows of a batch that several processes share: each has its own, and all of them together."""

import pytest
import torch

from lmkit.nn.batch_part import BatchPart

COUNTS = (2, 3, 3)
WHOLE = torch.arange(16).view(8, 2)


def part(rank: int, *of_others: torch.Tensor) -> BatchPart:
    """Return the part of a process; the others send what is given."""
    return BatchPart(counts=COUNTS, rank=rank, join=lambda _: torch.cat(of_others))


def test_the_parts_are_the_whole_batch():
    parts = [part(rank) for rank in range(3)]
    assert torch.cat([each.own(WHOLE) for each in parts]).equal(WHOLE)
    assert [(each.first, each.rows, each.total) for each in parts] == [
        (0, 2, 8),
        (2, 3, 8),
        (5, 3, 8),
    ]


def test_the_mean_over_processes_weighted_by_rows_is_the_mean_over_rows():
    losses = torch.rand(8, generator=torch.Generator().manual_seed(0))
    means = [part(rank).own(losses).mean() * part(rank).weight for rank in range(3)]
    assert torch.stack(means).mean().item() == pytest.approx(losses.mean().item())
    assert BatchPart(counts=(4, 4), rank=1, join=lambda x: x).weight == 1.0


def test_parts_of_unlike_size_travel_at_one_size_and_come_back_whole():
    sent = []

    def join(tensor: torch.Tensor) -> torch.Tensor:
        sent.append(tensor)
        first = torch.cat([WHOLE[:2], WHOLE[:1]])
        return torch.cat([first, WHOLE[2:5], WHOLE[5:]])

    mine = BatchPart(counts=COUNTS, rank=0, join=join)
    assert mine.whole(mine.own(WHOLE)).equal(WHOLE)
    assert [tensor.shape for tensor in sent] == [(3, 2)]


def test_the_ids_of_everyone_are_those_of_all_rows():
    ids = torch.tensor([4, 5, 6, 7])  # two for each row
    sent = []
    mine = BatchPart(counts=COUNTS, rank=0, join=lambda x: sent.append(x) or x)
    assert set(mine.everyones(ids).tolist()) == {4, 5, 6, 7}
    assert [len(each) for each in sent] == [6]
