"""One process agrees with itself and changes nothing; two are simulated to see the contract."""

import pytest
import torch
from torch import nn

from lmkit.training.run_context import RunContext
from lmkit.training.step_plan import StepPlan
from lmkit.training.world import Decision, SingleProcess


def test_a_single_process_writes_and_agrees_with_itself():
    world = SingleProcess()
    decision = Decision(replan=StepPlan.of(3), validate=5)
    assert (world.rank, world.size, world.is_writer) == (0, 1, True)
    assert world.agree(decision) is decision


def test_a_single_process_leaves_gradients_and_tensors_alone():
    weight = nn.Parameter(torch.ones(3))
    weight.grad = torch.arange(3.0)
    SingleProcess().average_gradients([weight])
    assert weight.grad.tolist() == [0.0, 1.0, 2.0]
    tensor = torch.ones(1, 2)
    assert SingleProcess().gather(tensor) is tensor


def test_a_decision_without_anything_due_goes_on():
    assert Decision() == Decision(stop=None, replan=None, report=False, validate=0, save=False)


def test_a_run_is_alone_unless_it_is_said_otherwise():
    context = RunContext()
    assert context.world.size == 1
    assert not context.stop()
    assert context.clock() <= context.clock()
    with pytest.raises(AttributeError):
        context.seed = 3


def test_a_single_process_meets_itself_and_is_told_what_it_says():
    world = SingleProcess()
    tensor = torch.ones(2)
    world.align([tensor])
    world.meet()
    assert tensor.tolist() == [1.0, 1.0]
    assert world.broadcast(b"settings") == b"settings"
