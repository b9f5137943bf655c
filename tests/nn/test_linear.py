"""A linear layer leaves the global generator alone."""

import torch
from torch.nn import functional

from lmkit.nn.linear import Linear


def test_making_a_layer_draws_nothing():
    before = torch.random.get_rng_state()
    layer = Linear(3, 2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not layer.weight.any()
    assert not layer.bias.any()
    assert Linear(3, 2, bias=False).bias is None


def test_it_is_the_linear_layer_of_torch():
    layer, x = Linear(3, 2), torch.arange(12.0).view(4, 3)
    torch.nn.init.normal_(layer.weight, generator=torch.Generator().manual_seed(0))
    torch.nn.init.ones_(layer.bias)
    torch.testing.assert_close(layer(x), functional.linear(x, layer.weight, torch.ones(2)))
    assert list(layer.state_dict()) == list(torch.nn.Linear(3, 2).state_dict())
