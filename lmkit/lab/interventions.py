"""Interventions: predictions with a gate forced or a unit silenced, beside those without.

A gate is forced by its weights: on a copy of the model its rows become zero and its bias what makes
the gate the wanted value. A dropped unit shows zero at every step; its state goes on.
"""

import copy
import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lmkit.core.errors import UsageError, unknown_name
from lmkit.inference.trace import trace_ids
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.cells.cell import Cell
from lmkit.nn.state import LayerState
from lmkit.results import Guess
from lmkit.results.lab_gates import DroppedUnit, Effect, ForcedGate, ProbabilityChange
from lmkit.text.tokenizer import Tokenizer

SHUT_SUM = -100.0  # sigmoid of it is 0 in float32, and of its opposite 1
# parameters whose rows belong to single gates, in the order of a cell's `blocks`
GATE_ROWS = (
    "weight_input",
    "weight_hidden",
    "weight_gates",
    "peepholes",
    "bias",
    "bias_input",
    "bias_hidden",
)
SCALES = ("scale_input", "scale_hidden")  # where sums are normalised, these alone shut them out


def parse_forced_gate(text: str) -> ForcedGate:
    """Parse a forced gate: `gate.forget=1`, `2.gate.input=mean`, `gate.output[3,7]=0`."""
    name, _, value = text.partition("=")
    layer, _, rest = name.strip().rpartition("gate.")
    gate, _, units = rest.partition("[")
    try:
        return ForcedGate(
            gate=gate,
            value=None if value.strip() == "mean" else _share(value),
            layer=int(layer.rstrip(".") or 0),
            units=tuple(int(unit) for unit in units.rstrip("]").split(",") if unit),
        )
    except ValueError:
        raise UsageError(
            f"cannot read {text!r}; write e.g. gate.forget=1, 2.gate.input=mean, gate.output[3]=0"
        ) from None


def parse_dropped_unit(text: str) -> DroppedUnit:
    """Parse a silenced unit: `17` in the first layer, `2.17` in the second."""
    layer, _, unit = text.strip().rpartition(".")
    try:
        return DroppedUnit(int(layer or 1), int(unit))
    except ValueError:
        raise UsageError(f"cannot read {text!r}; write a unit, or layer.unit, e.g. 2.17") from None


def intervene(
    model: RecurrentLM,
    tokenizer: Tokenizer,
    text: str,
    *,
    forced: Sequence[ForcedGate] = (),
    dropped: Sequence[DroppedUnit] = (),
    k: int = 5,
) -> Effect:
    """Predict the token after a text, without and with an intervention.

    Args:
        model: Who predicts; it is not changed.
        tokenizer: Its tokens.
        text: What stands before, from the beginning of a line.
        forced: Gates to hold.
        dropped: Units to silence.
        k: How many guesses to list.
    """
    ids = [tokenizer.line_end_id, *tokenizer.encode(text)]
    changed = _copied(model)
    for gate in forced:
        _force(changed, gate, model, ids)
    for unit in dropped:
        _check_unit(model, unit.layer, unit.unit, shown=True)
    before = _log_probs(model, ids, {})
    after = _log_probs(changed, ids, _silent(dropped))
    nats = (before.exp() * (before - after)).nan_to_num().sum().item()
    divergence = max(0.0, nats / math.log(2))  # rounding alone can make it negative
    best_before, best_after = (_best(of, tokenizer, k) for of in (before, after))
    ids_of_either = sorted({*best_before, *best_after}, key=lambda i: (-before[i].item(), i))
    return Effect(
        text,
        _guesses(best_before, before, tokenizer),
        _guesses(best_after, after, tokenizer),
        tuple(
            ProbabilityChange(_text(tokenizer, i), before[i].exp().item(), after[i].exp().item())
            for i in ids_of_either
        ),
        divergence,
    )


def _copied(model: RecurrentLM) -> RecurrentLM:
    """Return a model with recurrent layers of its own; what is larger is shared."""
    shared = (model.embedding, model.head, model.project)
    return copy.deepcopy(model, {id(part): part for part in shared})


@torch.no_grad()
def force_gate(cell: Cell, gate: str, units: Tensor, values: Tensor) -> None:
    """Hold a gate of a cell at values, by changing its weights.

    Args:
        cell: The cell to change.
        gate: One of its `blocks` that is a gate, or one of its `complements`, which are held by
            holding their other half: a coupled forget gate at 1 holds the input gate at 0.
        units: Which units, shape (units,).
        values: 0..1 for each of them.
    """
    known = [block for block in cell.blocks if block != "candidate"]
    if gate not in (*known, *cell.complements):
        raise unknown_name(f"gate of {type(cell).__name__}", gate, [*known, *cell.complements])
    if gate in cell.complements:
        gate, values = cell.complements[gate], 1 - values
    rows = cell.blocks.index(gate) * cell.hidden_size + units
    parameters = dict(cell.named_parameters(recurse=False))
    for name in SCALES if SCALES[0] in parameters else GATE_ROWS:
        if name in parameters:
            parameter = parameters[name]
            flat = parameter.data.view(-1) if name == "peepholes" else parameter.data
            flat[rows] = 0
    bias = parameters["bias"] if "bias" in parameters else parameters["bias_input"]
    bias.data[rows] = torch.logit(values).clamp(SHUT_SUM, -SHUT_SUM)


def _force(changed: RecurrentLM, forced: ForcedGate, model: RecurrentLM, ids: list[int]) -> None:
    layers = [forced.layer] if forced.layer else range(1, len(model.recurrent.cells) + 1)
    traced = trace_ids(model, ids, model.start(1)) if forced.value is None else []
    for layer in layers:
        for unit in forced.units or (0,):
            _check_unit(model, layer, unit, shown=False)
        cell = changed.recurrent.cells[layer - 1]
        units = torch.tensor(forced.units or range(cell.hidden_size))
        if forced.value is not None:
            values = torch.full((len(units),), forced.value)
        elif forced.gate in traced[layer - 1].gates:
            values = traced[layer - 1].gates[forced.gate][1:].mean((0, 1))[units].clone()
        else:
            raise unknown_name("gate", forced.gate, cell.gates)
        force_gate(cell, forced.gate, units, values)


def _check_unit(model: RecurrentLM, layer: int, unit: int, *, shown: bool) -> None:
    layers = len(model.recurrent.cells)
    if not 1 <= layer <= layers:
        raise UsageError(f"no layer {layer}: the model has layers 1 to {layers}")
    cell = model.recurrent.cells[layer - 1]
    size = cell.output_size if shown else cell.hidden_size
    if not 0 <= unit < size:
        raise UsageError(f"no unit {unit} in layer {layer}: its units are 0 to {size - 1}")


def _silent(dropped: Sequence[DroppedUnit]) -> dict[int, list[int]]:
    silent: dict[int, list[int]] = {}
    for unit in dropped:
        silent.setdefault(unit.layer - 1, []).append(unit.unit)
    return silent


@torch.inference_mode()
def _log_probs(model: RecurrentLM, ids: list[int], silent: Mapping[int, list[int]]) -> Tensor:
    """Return the log-probability of every next token, shape (vocab,)."""
    x = model.embedding(torch.tensor(ids).unsqueeze(1))
    shown = []
    for depth, (cell, state) in enumerate(zip(model.recurrent.cells, model.start(1), strict=True)):
        if depth in silent:
            x = _read_without(cell, x, state, silent[depth])
        else:
            x, _ = cell(x, state)
        shown.append(x[-1])
    log_probs: Tensor = model.head.log_probs(model.project(shown))[0]
    return log_probs


def _read_without(cell: Cell, x: Tensor, state: LayerState, units: list[int]) -> Tensor:
    """Read a sequence while the outputs of some units are zero, in time as between layers."""
    outputs = []
    for x_t in x:
        step = cell.step(x_t, state)
        output = step.output.clone()
        output[:, units] = 0
        state = (output, *step.state[1:])
        outputs.append(output)
    return torch.stack(outputs)


def _best(log_probs: Tensor, tokenizer: Tokenizer, k: int) -> list[int]:
    """Return the ids of the most probable tokens that can be shown, best first."""
    shown = log_probs.clone()
    shown[torch.from_numpy(tokenizer.tokens.hidden)] = -torch.inf
    best = shown.topk(min(k, len(shown)))
    return [
        i for i, value in zip(best.indices.tolist(), best.values, strict=True) if value > -torch.inf
    ]


def _guesses(ids: list[int], log_probs: Tensor, tokenizer: Tokenizer) -> tuple[Guess, ...]:
    return tuple(Guess(_text(tokenizer, i), log_probs[i].exp().item()) for i in ids)


def _text(tokenizer: Tokenizer, index: int) -> str:
    text = tokenizer.tokens.texts[index]
    return text.strip() or text


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise UsageError(f"a gate is held at a value from 0 (shut) to 1 (open), not {text}")
    return value
