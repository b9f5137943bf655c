"""Several processes, as threads with real connections: what travels between them, and its loss."""

import pytest
import torch
from torch import nn

from lmkit.core.errors import Hint
from lmkit.training.distributed import DistributedWorld, LostProcessError, plain_reason
from lmkit.training.step_plan import StepPlan
from lmkit.training.world import Decision


def test_one_process_is_the_writer(together):
    found = together(3, lambda world: (world.rank, world.size, world.is_writer))
    assert found == [(0, 3, True), (1, 3, False), (2, 3, False)]


DECISIONS = [
    Decision(validate=7, save=True),
    Decision(replan=StepPlan.of(9).changed(3, 12)),
    Decision(stop="budget"),
    Decision(),
]


@pytest.mark.parametrize("decision", DECISIONS)
def test_all_carry_out_what_the_first_decides(together, decision):
    other = Decision(stop="budget", validate=1)
    found = together(2, lambda world: world.agree(decision if world.is_writer else other))
    assert found == [decision, decision]


def test_a_report_alone_is_not_worth_a_message(together):
    first = Decision(report=True)
    found = together(2, lambda world: world.agree(first if world.is_writer else Decision()))
    assert found == [first, Decision()]


@pytest.mark.parametrize("rank", [0, 1])
def test_an_interrupt_of_any_process_stops_all(together, rank):
    def agreed(world: DistributedWorld) -> Decision:
        return world.agree(Decision(stop="interrupted") if world.rank == rank else Decision())

    assert together(2, agreed) == [Decision(stop="interrupted")] * 2


def test_gradients_become_their_mean_and_those_that_nobody_has_stay_away(together):
    def averaged(world: DistributedWorld) -> list[object]:
        weights = [nn.Parameter(torch.zeros(2, 2)) for _ in range(3)]
        weights[0].grad = torch.full((2, 2), float(world.rank))
        if world.rank:
            weights[1].grad = torch.eye(2)
        world.average_gradients(weights)
        return [None if weight.grad is None else weight.grad.tolist() for weight in weights]

    expected = [[[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.0], [0.0, 0.5]], None]
    assert together(2, averaged) == [expected, expected]


def test_gradients_by_rows_stay_so_and_hold_the_rows_of_all(together):
    rows = [[3, 1, 3], [0, 1]]

    def averaged(world: DistributedWorld) -> tuple[list[int], torch.Tensor]:
        table, plain = nn.Parameter(torch.zeros(5, 2)), nn.Parameter(torch.zeros(3))
        mine = rows[world.rank]
        values = torch.arange(len(mine) * 2.0).view(-1, 2) + world.rank
        table.grad = torch.sparse_coo_tensor([mine], values, table.shape, check_invariants=False)
        plain.grad = torch.ones(3)
        world.average_gradients([plain, table])
        assert plain.grad.tolist() == [1, 1, 1]
        return table.grad.indices()[0].tolist(), table.grad.to_dense()

    (first, one), (second, two) = together(2, averaged)
    assert first == second == [0, 1, 3]
    assert one.equal(two)
    expected = torch.zeros(5, 2)
    expected[3] = torch.tensor([0.0 + 4, 1.0 + 5]) / 2
    expected[1] = (torch.tensor([2.0, 3.0]) + torch.tensor([3.0, 4.0])) / 2
    expected[0] = torch.tensor([1.0, 2.0]) / 2
    torch.testing.assert_close(one, expected)


def test_tensors_are_gathered_in_the_order_of_ranks(together):
    def gathered(world: DistributedWorld) -> list[list[int]]:
        return world.gather(torch.full((1, 2), world.rank)).tolist()

    assert together(3, gathered) == [[[0, 0], [1, 1], [2, 2]]] * 3


def test_weights_are_set_to_those_of_the_writer(together):
    def aligned(world: DistributedWorld) -> list[float]:
        weight = nn.Parameter(torch.full((2, 3), float(world.rank)).t())
        world.align([weight, torch.zeros(1)])
        return weight.flatten().tolist()

    assert together(2, aligned) == [[0.0] * 6] * 2


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 300])
def test_bytes_of_the_writer_arrive_as_they_are(together, data):
    def told(world: DistributedWorld) -> bytes:
        world.meet()
        return world.broadcast(data if world.is_writer else b"of no matter")

    assert together(2, told) == [data, data]


def _gather_without_end(world: DistributedWorld) -> None:
    while True:
        world.gather(torch.zeros(1))


def test_a_process_that_is_gone_ends_the_others_in_one_sentence(together):
    def work(world: DistributedWorld) -> str:
        if world.rank:
            return "gone"  # its connections end with it
        with pytest.raises(LostProcessError) as caught:
            _gather_without_end(world)
        assert caught.value.hint is Hint.RESUME
        return str(caught.value)

    sentence, _ = together(2, work)
    assert sentence.startswith("process 0 of 2 has lost another one (")
    assert "\n" not in sentence


def test_the_place_in_the_sources_of_torch_is_left_out_of_a_reason():
    error = RuntimeError("[/a/b/pair.cc:537] Read error [127.0.0.1]:1: reset. This is typical. X")
    assert plain_reason(error) == "Read error [127.0.0.1]:1: reset"
