"""A device that is none: tensors that refuse to meet those of the CPU, for machines without a GPU.

A tensor of the other device says that it is on `meta` and holds its numbers in a tensor of the
CPU, where every operation is carried out. Inside `other_device()`, tensors asked for on
`meta` are made so, and an operation on tensors of both kinds raises `MixedDevicesError`, as a GPU
would. As on a GPU, a single number (no dimensions) of the CPU may take part, and copies between the
devices are allowed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map

OTHER = torch.device("meta")
CROSSES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


# Operations for whose result, or its size, the host waits until the device has done all its work.
WAITS = {
    torch.ops.aten._local_scalar_dense.default,
    torch.ops.aten.equal.default,
    torch.ops.aten.nonzero.default,
    torch.ops.aten.masked_select.default,
    torch.ops.aten._unique2.default,
    torch.ops.aten.unique_consecutive.default,
    torch.ops.aten._coalesce.default,
    torch.ops.aten.repeat_interleave.Tensor,
}
BY_INDEX = {torch.ops.aten.index.Tensor, torch.ops.aten.index_put_.default}
_is_refused = False


class WaitError(AssertionError):
    """The host would have to wait for the other device."""


class MixedDevicesError(AssertionError):
    """An operation was given tensors of both devices."""


class OtherTensor(Tensor):
    """A tensor of the other device.

    Attributes:
        inner: Its numbers, on the CPU.
    """

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> "OtherTensor":
        return torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=OTHER,
            requires_grad=False,
        )

    def __init__(self, inner: Tensor) -> None:
        self.inner = inner

    def __repr__(self, *, tensor_contents=None) -> str:
        return f"OtherTensor({self.inner!r})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})


def wrapped(value):
    is_plain = isinstance(value, Tensor) and not isinstance(value, OtherTensor)
    return OtherTensor(value) if is_plain else value


def unwrapped(value):
    return value.inner if isinstance(value, OtherTensor) else value


def run(func, args, kwargs):
    tensors = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, Tensor)]
    others = [each for each in tensors if isinstance(each, OtherTensor)]
    strangers = [each for each in tensors if not isinstance(each, OtherTensor) and each.dim()]
    if others and strangers and func not in CROSSES:
        raise MixedDevicesError(f"{func} was given tensors of both devices")
    wanted = kwargs.get("device")
    goes_there = torch.device(wanted) == OTHER if wanted is not None else bool(others)
    if func is torch.ops.aten.copy_.default:
        goes_there = isinstance(args[0], OtherTensor)
    if func.overloadpacket is torch.ops.aten.to:  # whole only in inference mode
        return moved(func, args, kwargs, others)
    if _is_refused and others and waits(func, others, goes_there):
        raise WaitError(f"for {func} the host waits for the other device")
    if wanted is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    plain_args, plain_kwargs = tree_map(unwrapped, (args, kwargs))
    result = func(*plain_args, **plain_kwargs)
    if not goes_there:
        return result
    with torch.inference_mode(mode=False):
        made = tree_map(wrapped, result)
    return return_and_correct_aliasing(func, args, kwargs, made)


def moved(func, args, kwargs, others):
    """Carry out `Tensor.to`, with no shared memory where the device changes."""
    named = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, torch.device)]
    goes_there = named[0] == OTHER if named else bool(others)
    if _is_refused and others and not goes_there:
        raise WaitError("for a copy the host waits for the other device")

    def here(each):
        return torch.device("cpu") if isinstance(each, torch.device) else unwrapped(each)

    plain_args, plain_kwargs = tree_map(here, (args, kwargs))
    result = func(*plain_args, **plain_kwargs)
    if not goes_there:
        return result
    with torch.inference_mode(mode=False):
        return OtherTensor(result)


def waits(func, others, goes_there):
    """Return whether the host has to wait for the other device to carry an operation out."""
    by_mask = func in BY_INDEX and any(each.dtype == torch.bool for each in others[1:])
    return func in WAITS or by_mask or (func in CROSSES and not goes_there)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Refuse operations for which the host would wait for the other device, while the block runs.

    What it stands for: on a GPU each of them ends with a synchronisation.
    """
    global _is_refused
    before, _is_refused = _is_refused, True
    try:
        yield
    finally:
        _is_refused = before


class _Operations(TorchDispatchMode):
    """Sends operations without any tensor of the other device through `run` as well."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return run(func, args, kwargs or {})


class _Numbers(TorchFunctionMode):
    """Makes tensors of Python numbers and the reverse, which torch does not dispatch."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        device = kwargs.get("device")
        if func is torch.tensor and device is not None and torch.device(device) == OTHER:
            return OtherTensor(func(*args, **{**kwargs, "device": "cpu"}))
        if func is Tensor.tolist:
            if _is_refused and isinstance(args[0], OtherTensor):
                raise WaitError("for its numbers the host waits for the other device")
            return unwrapped(args[0]).tolist()
        return func(*args, **kwargs)


@contextmanager
def other_device() -> Iterator[torch.device]:
    """Have the other device while the block runs."""
    with _Operations(), _Numbers():
        yield OTHER
