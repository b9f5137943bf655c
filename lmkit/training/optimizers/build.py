"""Optimisers by name, and a group of them whose state is flat tensors.

Knows parameters and rates, not schedules, models or files.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from lmkit.core.errors import ModelError
from lmkit.core.registry import Registry
from lmkit.nn.cells.cell import Cell
from lmkit.nn.embedding import TableEmbedding
from lmkit.nn.heads.full import FullHead
from lmkit.nn.heads.sampled import SampledHead
from lmkit.training.checkpoint import StateDict
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.light import LightAdamW
from lmkit.training.optimizers.muon import Group, Muon
from lmkit.training.optimizers.row_adamw import RowAdamW

BETAS = (0.9, 0.99)  # of AdamW: a short state suits short runs
SGD_MOMENTUM = 0.0
FUSED = ("cpu", "cuda", "mps")  # devices for which torch has a fused AdamW


class Optimizers:
    """Several torch optimisers that step together, each on its own parameters."""

    def __init__(self, parts: Sequence[torch.optim.Optimizer]) -> None:
        self._parts = list(parts)
        self._highest = [[float(g["lr"]) for g in part.param_groups] for part in self._parts]

    def set_rate(self, factor: float) -> None:
        """Set every rate to its highest times a factor, 0..1, from the next step on."""
        for part, rates in zip(self._parts, self._highest, strict=True):
            for group, rate in zip(part.param_groups, rates, strict=True):
                group["lr"] = rate * factor

    def step(self) -> None:
        """Move the weights down their gradients."""
        for part in self._parts:
            part.step()

    def clear_gradients(self) -> None:
        """Forget the gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none=True)

    def forget(self) -> None:
        """Forget all moments, as at the start of training."""
        for part in self._parts:
            part.state.clear()

    def state(self) -> StateDict:
        """Return the state as flat tensors: "part/parameter/name"."""
        return {
            f"{number}/{index}/{name}": tensor
            for number, part in enumerate(self._parts)
            for index, state in part.state_dict()["state"].items()
            for name, tensor in state.items()
            if tensor is not None
        }

    def load(self, state: StateDict) -> None:
        """Take over a state.

        Raises:
            ModelError: If it is the state of other optimisers.
        """
        states: list[dict[int, dict[str, Tensor]]] = [{} for _ in self._parts]
        try:
            for key, tensor in state.items():
                number, index, name = key.split("/")
                states[int(number)].setdefault(int(index), {})[name] = tensor
            for part, own in zip(self._parts, states, strict=True):
                _check_shapes(part, own)
                groups = part.state_dict()["param_groups"]
                part.load_state_dict({"state": own, "param_groups": groups})
        except (ValueError, IndexError, KeyError) as error:
            raise ModelError(
                f"the state of the optimiser does not match the model: {error}"
            ) from None


OPTIMIZERS: Registry[Callable[[nn.Module, TrainingConfig], Optimizers]] = Registry(
    "optimizer",
    {
        "muon": "lmkit.training.optimizers.build:make_muon",
        "adamw": "lmkit.training.optimizers.build:make_adamw",
        "sgd": "lmkit.training.optimizers.build:make_sgd",
    },
)


def make_adamw(model: nn.Module, config: TrainingConfig) -> Optimizers:
    """Return AdamW for every weight; the matrices of the cells have their own rate."""
    matrices, rest = _split(model, config)
    inside = [weight for group in matrices for weight in group["params"]]
    parts = [_adamw(inside, _matrix_rate(config), config)] if inside else []
    return Optimizers([*parts, *_for_the_rest(model, rest, config)])


def make_sgd(model: nn.Module, config: TrainingConfig) -> Optimizers:
    """Return plain stochastic gradient descent, meant to go with averaging "triggered"."""
    return Optimizers(
        [
            torch.optim.SGD(
                model.parameters(),
                lr=config.learning_rate,
                momentum=SGD_MOMENTUM,
                weight_decay=config.weight_decay,
            )
        ]
    )


def make_muon(model: nn.Module, config: TrainingConfig) -> Optimizers:
    """Return Muon for the matrices of the cells, and AdamW for all the rest."""
    groups, rest = _split(model, config)
    parts: list[torch.optim.Optimizer] = []
    if groups:
        parts.append(
            Muon(
                groups,
                lr=_matrix_rate(config),
                weight_decay=config.weight_decay,
                every=config.orthogonalise_every,
            )
        )
    return Optimizers([*parts, *_for_the_rest(model, rest, config)])


def row_tables(model: nn.Module, config: TrainingConfig) -> list[TableEmbedding]:
    """Return the large tables whose gradient has few rows: those no full softmax reads.

    Args:
        model: Any module.
        config: Says which tables are large; plain gradient descent has none.
    """
    if not config.row_updates or config.optimizer == "sgd":
        return []
    whole = set(tables_read_whole(model))
    return [
        module
        for module in model.modules()
        if isinstance(module, TableEmbedding)
        and module.weight.numel() >= config.row_updates
        and module not in whole
    ]


def tables_read_whole(model: nn.Module) -> list[TableEmbedding]:
    """Return the tables that a full softmax reads, and whose gradient is dense for that reason.

    Args:
        model: Any module.
    """
    heads = [module for module in model.modules() if isinstance(module, FullHead)]
    read_whole = {id(head.weight) for head in heads if not isinstance(head, SampledHead)}
    tables = [module for module in model.modules() if isinstance(module, TableEmbedding)]
    return [table for table in tables if id(table.weight) in read_whole]


def _split(model: nn.Module, config: TrainingConfig) -> tuple[list[Group], list[nn.Parameter]]:
    """Return the matrices inside cells, in groups, and all other weights."""
    groups = matrices_of_cells(model, split_gates=config.split_gates)
    inside = {id(weight) for group in groups for weight in group["params"]}
    return groups, [weight for weight in model.parameters() if id(weight) not in inside]


def _matrix_rate(config: TrainingConfig) -> float:
    return config.matrix_rate or config.learning_rate


def matrices_of_cells(model: nn.Module, *, split_gates: bool) -> list[Group]:
    """Return the matrices inside recurrent cells, grouped by the number of gates they stack.

    Args:
        model: Any module with cells in it.
        split_gates: Whether the matrix of each gate counts as one of its own.

    Returns:
        Groups as torch optimizers take them, with "blocks".
    """
    groups: dict[int, list[nn.Parameter]] = {}
    for cell in (module for module in model.modules() if isinstance(module, Cell)):
        for weight in cell.parameters():
            if weight.ndim == 2 and min(weight.shape) > 1:
                groups.setdefault(_gates_of(weight, cell, split_gates), []).append(weight)
    return [{"params": weights, "blocks": gates} for gates, weights in sorted(groups.items())]


def _gates_of(weight: nn.Parameter, cell: Cell, split_gates: bool) -> int:
    gates, rest = divmod(weight.shape[0], cell.hidden_size)
    return gates if split_gates and gates and not rest else 1


def _for_the_rest(
    model: nn.Module, rest: list[nn.Parameter], config: TrainingConfig
) -> list[torch.optim.Optimizer]:
    """Return AdamW for all but the matrices of the cells: by rows for large tables."""
    tables = [table.weight for table in row_tables(model, config)]
    in_rows = {id(table) for table in tables}
    dense = [weight for weight in rest if id(weight) not in in_rows]
    rate, decay = config.learning_rate, config.weight_decay
    parts: list[torch.optim.Optimizer] = [_adamw(dense, rate, config)] if dense else []
    if tables:
        parts.append(RowAdamW(tables, lr=rate, betas=BETAS, weight_decay=decay))
    return parts


def _check_shapes(part: torch.optim.Optimizer, state: Mapping[int, Mapping[str, Tensor]]) -> None:
    """Refuse the state of other weights: torch would take it."""
    weights = [weight for group in part.param_groups for weight in group["params"]]
    for index, tensors in state.items():
        for name, tensor in tensors.items():
            if tensor.ndim == weights[index].ndim and tensor.shape != weights[index].shape:
                raise ValueError(f"{name} of weight {index} has shape {tuple(tensor.shape)}")


def _adamw(weights: list[nn.Parameter], rate: float, config: TrainingConfig) -> LightAdamW:
    return LightAdamW(
        weights,
        lr=rate,
        betas=BETAS,
        weight_decay=config.weight_decay,
        fused=all(weight.device.type in FUSED for weight in weights),
    )
