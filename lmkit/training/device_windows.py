"""Windows of a training text on another device than the CPU, each copied there ahead of its step.

For CUDA they go through pinned memory and on a stream of their own, so that the copy of the next
window takes place while the present one is computed. Knows nothing of what a window holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Generic, Protocol, TypeVar, cast

import torch
from torch import Tensor

B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)
T = TypeVar("T")


class Windows(Protocol[B_co]):
    """The batches of a training text, by number."""

    @property
    def batch(self) -> int:
        """Streams read side by side."""
        ...

    @property
    def steps_per_epoch(self) -> int:
        """Windows of a stream."""
        ...

    def at(self, cursor: int) -> B_co:
        """Return the batch of a step, counted from the start of training, on the CPU."""
        ...

    def starts_epoch(self, cursor: int) -> bool:
        """Return whether the state is started anew at a step."""
        ...


@dataclass(frozen=True, slots=True)
class _Sent(Generic[B]):
    """A window on its way to the device."""

    cursor: int
    window: B
    copied: "torch.cuda.Event | None"  # has happened once the copy is there; None: it is


class DeviceWindows(Generic[B]):
    """Windows on a device; one of them may be on its way already.

    Attributes:
        device: Where they go.
    """

    def __init__(self, windows: Windows[B], device: torch.device) -> None:
        """Take windows on the CPU.

        Args:
            windows: The windows.
            device: Where they go.
        """
        self.device = device
        self._windows = windows
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._ahead: _Sent[B] | None = None

    def at(self, cursor: int) -> B:
        """Return a window on the device; the operations that follow wait for its copy there.

        Args:
            cursor: Number of the window.
        """
        ahead, self._ahead = self._ahead, None
        sent = self._send(cursor) if ahead is None or ahead.cursor != cursor else ahead
        if sent.copied is not None:
            stream = torch.cuda.current_stream(self.device)
            stream.wait_event(sent.copied)
            # Else its memory could be given to another window before the step is done with it.
            map_tensors(sent.window, lambda tensor: _used_on(tensor, stream))
        return sent.window

    def prepare(self, cursor: int) -> None:
        """Send a window ahead of its step.

        Args:
            cursor: Number of the window.
        """
        self._ahead = self._send(cursor)

    def _send(self, cursor: int) -> _Sent[B]:
        window = self._windows.at(cursor)
        if self._stream is None:
            return _Sent(cursor, to_device(window, self.device), None)
        pinned = map_tensors(window, lambda tensor: tensor.contiguous().pin_memory())
        with torch.cuda.stream(self._stream):
            sent = to_device(pinned, self.device)
        return _Sent(cursor, sent, self._stream.record_event())


def to_device(value: T, device: torch.device) -> T:
    """Return a value with its tensors on a device.

    Args:
        value: A tensor, or a tuple or frozen dataclass of such; anything else stays as it is.
        device: The device wanted.

    Returns:
        A value of the same form; tensors that are already there are not copied.
    """
    return map_tensors(value, lambda tensor: tensor.to(device, non_blocking=True))


def map_tensors(value: T, change: Callable[[Tensor], Tensor]) -> T:
    """Return a value with each of its tensors changed.

    Args:
        value: A tensor, or a tuple or frozen dataclass of such; anything else stays as it is.
        change: The change.
    """
    if isinstance(value, Tensor):
        return cast("T", change(value))
    if isinstance(value, tuple):
        return cast("T", tuple(map_tensors(part, change) for part in value))
    if is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: getattr(value, part.name) for part in fields(value) if part.init}
        return replace(value, **{name: map_tensors(part, change) for name, part in parts.items()})
    return value


def _used_on(tensor: Tensor, stream: "torch.cuda.Stream") -> Tensor:
    tensor.record_stream(stream)
    return tensor
