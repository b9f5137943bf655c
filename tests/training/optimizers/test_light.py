"""Optimizers without torch's compiler move weights as torch's own do."""

import subprocess
import sys

import pytest
import torch

from lmkit.training.optimizers.light import LightAdamW

SETTINGS = {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.02}


def steps(kind, weights, count):
    optimizer = kind(weights, **SETTINGS)
    for step in range(count):
        optimizer.zero_grad()
        sum((weight * (step + 1)).square().sum() for weight in weights).backward()
        optimizer.step()
    return optimizer


def fresh():
    return [
        torch.nn.Parameter(torch.linspace(-1, 1, 6).view(2, 3)),
        torch.nn.Parameter(torch.ones(3)),
    ]


def test_weights_move_as_by_adamw_of_torch():
    ours, theirs = fresh(), fresh()
    steps(LightAdamW, ours, 5)
    steps(torch.optim.AdamW, theirs, 5)
    assert all(map(torch.equal, ours, theirs))


def test_a_stored_state_goes_on_as_if_never_stopped():
    through, stopped = fresh(), fresh()
    steps(LightAdamW, through, 3)
    first = steps(LightAdamW, stopped, 3)
    again = LightAdamW(stopped, **SETTINGS)
    again.load_state_dict(first.state_dict())
    for optimizer, weights in ((first, through), (again, stopped)):
        optimizer.zero_grad()
        sum(weight.square().sum() for weight in weights).backward()
        optimizer.step()
    assert torch.equal(again.state_dict()["state"][0]["step"], torch.tensor(4.0))


def test_a_step_builds_no_graph_and_leaves_gradient_mode_as_it_was():
    weights = fresh()
    steps(LightAdamW, weights, 1)
    assert torch.is_grad_enabled()
    assert all(weight.is_leaf and weight.requires_grad for weight in weights)


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_the_compiler_of_torch_stays_unloaded(kind):
    program = f"""
import sys, torch
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import OPTIMIZERS
model = RecurrentLM(RecurrentLMConfig(vocab_size=9, hidden=4, embedding=4), torch.Generator())
optimizers = OPTIMIZERS.get({kind!r})(model, TrainingConfig(epochs=1.0))
for weight in model.parameters():
    weight.grad = torch.ones_like(weight)
for part in optimizers._parts:
    part.step()
    part.zero_grad()
    part.load_state_dict(part.state_dict())
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
