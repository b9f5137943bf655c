"""Training mode: a frozen value, by default with full dropout and estimates."""

from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torch import nn

from lmkit.core.seeding import make_generator
from lmkit.nn.train_mode import TrainMode


def test_a_mode_cannot_be_changed_but_replaced():
    mode = TrainMode(generator=make_generator(0))
    assert (mode.dropout_scale, mode.is_exact) == (1.0, False)
    with pytest.raises(FrozenInstanceError):
        mode.is_exact = True
    exact = replace(mode, is_exact=True)
    assert exact.is_exact
    assert exact.generator is mode.generator


def test_by_default_no_table_has_gradients_by_rows():
    weight = nn.Parameter(torch.ones(3, 2))
    mode = TrainMode(generator=make_generator(0))
    mode.rows.look_up(weight, torch.tensor([1])).sum().backward()
    assert not weight.grad.is_sparse
    assert TrainMode(generator=make_generator(0)).rows is not mode.rows


def test_a_process_has_the_whole_batch_unless_it_is_said_otherwise():
    assert TrainMode(generator=make_generator(0)).part is None
