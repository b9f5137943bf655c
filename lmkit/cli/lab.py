"""The lab: `trace`, `unroll` and `gradients`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.lab_options import Cells, Hidden, NetworkNumber, Words, cell_names, numbers
from lmkit.cli.options import ModelFolder, Seed, load_network, prepare_machine
from lmkit.core.errors import UsageError
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lmkit.models.recurrent.recurrent_lm import RecurrentLM
    from lmkit.results import GateTrace, Result
    from lmkit.text.tokenizer import Tokenizer

Forced = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="GATE=VALUE", help="Hold a gate, e.g. gate.forget=1 or 2.gate.input=mean."
    ),
]
Dropped = Annotated[
    list[str] | None,
    typer.Option(
        "--drop", metavar="UNIT", help="Set a unit to zero, e.g. 2.17 (layer 2, unit 17)."
    ),
]
Word = Annotated[
    int | None, typer.Option(help="List the strongest units at this word, counted from 0.")
]
Picture = Annotated[
    Literal["heatmaps", "cells", "fractions"],
    typer.Option(
        help="Picture for --plot: gates of units by words, cell states, or fractions of open gates."
    ),
]
Layer = Annotated[int, typer.Option(help="The layer to plot, from 1; -1 is the last.")]
Units = Annotated[
    str,
    typer.Option(
        metavar="N,N,...",
        help="The units to plot [default: all; the strongest with --picture cells].",
    ),
]
Sort = Annotated[
    Literal["none", "mean", "peak", "change"], typer.Option(help="Order of the units.")
]
Position = Annotated[
    int,
    typer.Option(
        help="Word at which the gradient starts, counted from 0; negative numbers count "
        "from the end."
    ),
]
Length = Annotated[int, typer.Option(min=1, help="Number of steps back.")]
ForgetBiases = Annotated[
    list[float] | None,
    typer.Option(
        help="Initial bias of the forget gates: above 0 open, below 0 closed; may be given "
        "several times."
    ),
]
TrainSteps = Annotated[
    int, typer.Option(min=0, help="Also measure after this many training steps.")
]
TrainedTask = Annotated[
    str, typer.Option(help="Task for --train-steps: copying, adding or agreement.")
]
Gains = Annotated[
    list[float] | None,
    typer.Option(help="Factor for the recurrent weights; may be given several times."),
]
Clips = Annotated[
    list[float] | None,
    typer.Option(
        help="Largest gradient norm in training; 0: no clipping; may be given several times "
        "[default: 1]."
    ),
]


@with_output(plots=True)
def trace(
    folder: ModelFolder,
    text: Words,
    forced: Forced = None,
    dropped: Dropped = None,
    word: Word = None,
    picture: Picture = "heatmaps",
    layer: Layer = -1,
    units: Units = "",
    sort: Sort = "peak",
    model: NetworkNumber = 1,
    *,
    output: Output,
) -> None:
    """Show gates, cell state and hidden state, word by word.

    With --set or --drop, the command shows the predictions after the text without and with the
    change; --plot then draws both.

    Examples:
      lmkit trace my-model "the cat that the dogs chase runs"
      lmkit trace my-model "the cat" --set gate.forget=0 --plot effect.png
      lmkit trace my-model "the cat sat" --plot gates.png
      lmkit trace my-model "the cat sat" --picture cells --plot cells.png
      lmkit trace my-model "the cat sat" --json > gates.json
    """
    from lmkit.inference.trace import trace_text
    from lmkit.plots.trace import trace_plot

    if forced or dropped:
        loaded = load_network(folder, model)
        _show_effect(loaded, text, forced or (), dropped or (), output)
        return
    network, tokenizer = load_network(folder, model)
    traced = trace_text(network, tokenizer, _some(text))
    drawing = trace_plot(traced, picture, layer=layer, units=numbers(units), sort=sort)
    answer, table = _heat(traced) if word is None else _strongest(traced, word)
    output.draw(lambda: drawing)
    output.emit(answer, table)


@with_output(plots=True)
def unroll(
    folder: ModelFolder,
    text: Words,
    position: Position = -1,
    model: NetworkNumber = 1,
    *,
    output: Output,
) -> None:
    """Show the network unrolled over words, and its gradients.

    The gradients are those of back-propagation through time: from the prediction of one word to
    each earlier word and to each weight matrix.

    Examples:
      lmkit unroll my-model "the cat that the dogs chase runs"
      lmkit unroll my-model "the cat sat on the mat" --position 2
    """
    from lmkit.lab.unroll import unroll as unrolled
    from lmkit.plots.unrolled import unrolled_picture
    from lmkit.terminal import lab

    network, tokenizer = load_network(folder, model)
    answer = unrolled(network, tokenizer, _some(text), position=position)
    output.draw(lambda: unrolled_picture(answer))
    output.emit(answer, lab.unrolled(answer))


@with_output(plots=True)
def gradients(
    cells: Cells = "elman,gru,lstm",
    length: Length = 50,
    hidden: Hidden = 64,
    forget_bias: ForgetBiases = None,
    train_steps: TrainSteps = 0,
    task: TrainedTask = "copying",
    gain: Gains = None,
    clip: Clips = None,
    seed: Seed = 0,
    *,
    output: Output,
) -> None:
    """Show how far back the gradient of each cell reaches.

    Examples:
      lmkit gradients --plot gradients.png
      lmkit gradients --cells elman_relu,lstm --gain 1 --gain 4
      lmkit gradients --cells lstm --forget-bias -1 --forget-bias 3
      lmkit gradients --cells elman,lstm --train-steps 200
    """
    from lmkit.lab.gradients import GradientConfig, measure_gradients
    from lmkit.plots.comparisons import gradient_lines
    from lmkit.terminal import lab

    prepare_machine()
    config = GradientConfig(
        cells=cell_names(cells),
        length=length,
        hidden=hidden,
        forget_biases=tuple(forget_bias or (None,)),
        gains=tuple(gain or (1.0,)),
        clips=tuple(clip or (1.0,)),
        train_steps=train_steps,
        task=task,
        seed=seed,
    )
    answer = measure_gradients(config)
    output.draw(lambda: gradient_lines(answer))
    output.emit(answer, lab.gradients(answer))


def _show_effect(
    loaded: "tuple[RecurrentLM, Tokenizer]",
    text: str,
    forced: Sequence[str],
    dropped: Sequence[str],
    output: Output,
) -> None:
    """Show the prediction after a text as it is, and with gates or units held."""
    from lmkit.lab.interventions import intervene, parse_dropped_unit, parse_forced_gate
    from lmkit.plots.trace import effect_bars
    from lmkit.terminal import lab

    gates = [parse_forced_gate(request) for request in forced]
    silenced = [parse_dropped_unit(request) for request in dropped]
    network, tokenizer = loaded
    effect = intervene(network, tokenizer, _some(text), forced=gates, dropped=silenced)
    output.draw(lambda: effect_bars(effect))
    output.emit(effect, lab.effect(effect))


def _heat(traced: "GateTrace") -> "tuple[Result, RenderableType]":
    from lmkit.terminal import heat

    return traced, heat.trace(traced)


def _strongest(traced: "GateTrace", position: int) -> "tuple[Result, RenderableType]":
    from lmkit.lab.gates import strongest_at
    from lmkit.terminal import lab_render

    found = strongest_at(traced, position)
    return found, lab_render.strongest(found)


def _some(text: str) -> str:
    if not text.strip():
        raise UsageError("the text is empty; give some words in quotes")
    return encodable(text)
