"""Optimizers of torch that leave its compiler unloaded, which takes two seconds of every training.

torch marks methods of its optimizers as not to be compiled, and loads the compiler to do so. No
step is compiled here, so the methods beneath the marks do the same.
"""

import inspect

import torch

_OPTIMIZER = torch.optim.Optimizer


class LightOptimizer(torch.optim.Optimizer):
    """An optimizer whose methods are those beneath torch's marks."""

    add_param_group = inspect.unwrap(_OPTIMIZER.add_param_group)
    zero_grad = inspect.unwrap(_OPTIMIZER.zero_grad)
    state_dict = inspect.unwrap(_OPTIMIZER.state_dict)
    load_state_dict = inspect.unwrap(_OPTIMIZER.load_state_dict)


class LightAdamW(LightOptimizer, torch.optim.AdamW):
    """AdamW of torch."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))
