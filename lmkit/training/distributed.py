"""Several processes that train one model together, by torch.distributed.

Gradients, losses and decisions travel; text, plans and files do not. A process that dies ends the
others within moments: what they wait for then is refused. Numbers in memory go through gloo, those
on a GPU through NCCL.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn
from torch.distributed import ProcessGroup, ReduceOp, Work
from torch.nn import functional
from typing_extensions import override

from lmkit.core.errors import Hint, LmkitError
from lmkit.training.step_plan import StepPlan
from lmkit.training.world import Decision, World

_NOTHING, _SOMETHING, _STOP = 0, 1, 2  # that is due, as every process says before each step
FIRST_LOOK, LAST_LOOK = 0.001, 0.1  # seconds between two looks at what may take hours


class LostProcessError(LmkitError):
    """Another process of the training is gone."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Connections between the processes: objects of torch, of one process each.

    Attributes:
        memory: For tensors on the CPU, gives up after some minutes.
        patient: The same, waits for days: for others that read a text.
        device: For tensors elsewhere; None: there are none.
    """

    memory: ProcessGroup
    patient: ProcessGroup
    device: ProcessGroup | None = None

    def of(self, tensor: Tensor) -> ProcessGroup:
        """Return the connection for a tensor, by its device."""
        return self.memory if tensor.device.type == "cpu" or not self.device else self.device


class DistributedWorld(World):
    """The processes of a training run on one machine or several; the first one decides."""

    def __init__(self, groups: Groups) -> None:
        """Take connections that are open.

        Args:
            groups: The connections.
        """
        self._groups = groups
        self._rank, self._size = groups.memory.rank(), groups.memory.size()

    @property
    @override
    def rank(self) -> int:
        return self._rank

    @property
    @override
    def size(self) -> int:
        return self._size

    @property
    @override
    def is_writer(self) -> bool:
        return self._rank == 0

    @override
    def agree(self, decision: Decision) -> Decision:
        # Most steps have nothing due: one number then says so. A report is the first one's alone.
        asked = torch.tensor([self._urgency(decision)])
        with self._together():
            self._groups.memory.allreduce([asked], op=ReduceOp.MAX).wait()
        urgency = int(asked)
        if urgency == _STOP:
            return Decision(stop="interrupted")
        if urgency == _NOTHING:
            return decision if self.is_writer else Decision()
        return _from_json(self.broadcast(_to_json(decision)))

    @override
    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        # One buffer for all, so that small weights cost no message of their own. Gradients that
        # are kept by rows send the rows that any process has.
        rows = {id(w): self._rows_of_all(w.grad) for w in parameters if _is_by_rows(w)}
        parts = [_values(weight, rows.get(id(weight))) for weight in parameters]
        has = torch.tensor([float(weight.grad is not None) for weight in parameters])
        buffer = torch.cat([*(part.reshape(-1) for part in parts), has.to(parts[0])])
        with self._together():
            self._groups.of(buffer).allreduce([buffer]).wait()
        sizes = [*(part.numel() for part in parts), len(has)]
        *means, count = torch.split(buffer.div_(self._size), sizes)
        for number, (weight, mean) in enumerate(zip(parameters, means, strict=True)):
            if weight.grad is not None or count[number]:
                weight.grad = _gradient(weight, mean.view_as(parts[number]), rows.get(id(weight)))

    @override
    def gather(self, tensor: Tensor) -> Tensor:
        whole = tensor.new_empty(self._size * len(tensor), *tensor.shape[1:])
        with self._together():
            group = self._groups.of(tensor)
            group._allgather_base(whole, tensor.detach().contiguous()).wait()
        return whole

    @override
    def align(self, tensors: Sequence[Tensor]) -> None:
        with self._together(), torch.no_grad():
            for tensor in tensors:
                sent = tensor.detach().contiguous()
                self._groups.of(sent).broadcast(sent, 0).wait()
                if not self.is_writer:
                    tensor.copy_(sent)

    @override
    def broadcast(self, data: bytes) -> bytes:
        with self._together():
            length = torch.tensor([len(data)])
            _wait(self._groups.patient.broadcast(length, 0))
            content = torch.empty(int(length), dtype=torch.uint8)
            if self.is_writer and data:
                content = torch.frombuffer(bytearray(data), dtype=torch.uint8)
            if len(content):
                _wait(self._groups.patient.broadcast(content, 0))
        return content.numpy().tobytes()

    @override
    def meet(self) -> None:
        with self._together():
            _wait(self._groups.patient.barrier())

    def _urgency(self, decision: Decision) -> int:
        if decision.stop == "interrupted":
            return _STOP
        is_due = replace(decision, report=False) != Decision()
        return _SOMETHING if self.is_writer and is_due else _NOTHING

    def _rows_of_all(self, gradient: Tensor | None) -> Tensor:
        """Return the numbers of the rows that a gradient has in any process, rising, each once."""
        if gradient is None:
            raise ValueError("a weight without a gradient has no rows")
        own = gradient.coalesce().indices()[0]
        counts = self.gather(torch.tensor([len(own)]))
        own = functional.pad(own, (0, int(counts.max()) - len(own)), value=-1)
        everyones: Tensor = self.gather(own).unique()  # type: ignore[no-untyped-call]
        return everyones[everyones >= 0]

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Turn what torch raises when another process is gone into an error of ours."""
        try:
            yield
        except RuntimeError as error:
            raise LostProcessError(
                f"process {self._rank} of {self._size} has lost another one "
                f"({plain_reason(error)}), so training ends here; the last checkpoint is "
                "complete",
                hint=Hint.RESUME,
            ) from None


def plain_reason(error: RuntimeError) -> str:
    """Return the first sentence of an error of torch, without the place in its sources."""
    return re.sub(r"\[/\S*\] ", "", str(error)).split(". ")[0].strip()


def _wait(work: Work) -> None:
    """Wait for what may take hours, so that a signal is still answered."""
    pause = FIRST_LOOK
    while not work.is_completed():
        time.sleep(pause)
        pause = min(LAST_LOOK, 2 * pause)
    work.wait()


def _is_by_rows(weight: nn.Parameter) -> bool:
    return weight.grad is not None and weight.grad.is_sparse


def _values(weight: nn.Parameter, rows: Tensor | None) -> Tensor:
    """Return the numbers of a gradient; zeros where there is none, or for rows that it lacks."""
    if weight.grad is None:
        return torch.zeros_like(weight)
    if rows is None:
        return weight.grad
    own = weight.grad.coalesce()
    values = weight.new_zeros(len(rows), *weight.shape[1:])
    return values.index_copy_(0, torch.searchsorted(rows, own.indices()[0]), own.values())


def _gradient(weight: nn.Parameter, mean: Tensor, rows: Tensor | None) -> Tensor:
    if rows is None:
        return mean
    return torch.sparse_coo_tensor(
        rows[None], mean, weight.shape, is_coalesced=True, check_invariants=False
    )


def _to_json(decision: Decision) -> bytes:
    plan = decision.replan
    values = asdict(replace(decision, replan=None))
    return json.dumps({**values, "replan": plan and plan.to_json()}).encode()


def _from_json(data: bytes) -> Decision:
    values = json.loads(data)
    plan = values.pop("replan")
    return Decision(**values, replan=plan and StepPlan.from_json(plan))
