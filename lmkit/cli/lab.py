"""The lab: `trace`, `unroll` and `gradients`."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.options import Json, ModelFolder, Quiet, Seed, load_network, prepare_machine
from lmkit.cli.study import Plot, Theme, numbers
from lmkit.core.errors import UsageError
from lmkit.terminal.output import show, write_json
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.results import Result

Words = Annotated[str, typer.Argument(metavar="TEXT", help="The words to read.")]


def trace(
    folder: ModelFolder,
    text: Words,
    forced: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="GATE=VALUE", help="Hold a gate, e.g. gate.forget=1."),
    ] = None,
    dropped: Annotated[
        list[str] | None, typer.Option("--drop", metavar="UNIT", help="Silence a unit, e.g. 2.17.")
    ] = None,
    word: Annotated[
        int | None,
        typer.Option(help="List the strongest units at this word, counted from 0."),
    ] = None,
    plot: Plot = None,
    picture: Annotated[
        Literal["heatmaps", "cells", "fractions"],
        typer.Option(help="What --plot draws: units x words, cell states, open fractions."),
    ] = "heatmaps",
    layer: Annotated[int, typer.Option(help="The layer to plot, from 1; -1 is the last.")] = -1,
    units: Annotated[
        str, typer.Option(metavar="N,N,...", help="The units to plot [all; cells: the strongest].")
    ] = "",
    sort: Annotated[
        Literal["none", "mean", "peak", "change"], typer.Option(help="Order of the units.")
    ] = "peak",
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show gates, cell state and hidden state, word by word.

    With --set or --drop the prediction after the text is shown as it is, and with the gate or
    the unit held; --plot then draws both.

    Examples:
      lmkit trace my-model "the cat that the dogs chase runs"
      lmkit trace my-model "the cat" --set gate.forget=0 --plot effect.png
      lmkit trace my-model "the cat sat" --plot gates.png
      lmkit trace my-model "the cat sat" --picture cells --plot cells.png
      lmkit trace my-model "the cat sat" --json > gates.json
    """
    from lmkit.inference.trace import trace_text
    from lmkit.lab.gates import strongest_at
    from lmkit.lab.interventions import intervene, parse_dropped_unit, parse_forced_gate
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.trace import effect_bars, trace_plot
    from lmkit.terminal import heat, lab, lab_render

    gates = [parse_forced_gate(text) for text in forced or ()]
    silenced = [parse_dropped_unit(text) for text in dropped or ()]
    network, tokenizer = load_network(folder)
    words = _some(text)
    answer: Result
    if gates or silenced:
        answer = effect = intervene(network, tokenizer, words, forced=gates, dropped=silenced)
        shown, drawing = lab.effect(effect), effect_bars(effect)
    else:
        answer = traced = trace_text(network, tokenizer, words)
        shown = heat.trace(traced)
        drawing = trace_plot(traced, picture, layer=layer, units=numbers(units), sort=sort)
        if word is not None:
            answer = strong = strongest_at(traced, word)
            shown = lab_render.strongest(strong)
    if plot:
        save_plot(plot, drawing, theme=theme)
    if json:
        write_json(answer.to_dict())
    else:
        show(shown, quiet=quiet)


def unroll(
    folder: ModelFolder,
    text: Words,
    position: Annotated[
        int, typer.Option(help="The word to go back from, counted from 0; negative from the end.")
    ] = -1,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Unroll the network over words; see the gradient flow back.

    Back-propagation through time, from the prediction of one word to each word before it and to
    each weight matrix.

    Examples:
      lmkit unroll my-model "the cat that the dogs chase runs"
      lmkit unroll my-model "the cat sat on the mat" --position 2
    """
    from lmkit.lab.unroll import unroll as unrolled
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.unrolled import unrolled_picture
    from lmkit.terminal import lab

    network, tokenizer = load_network(folder)
    answer = unrolled(network, tokenizer, _some(text), position=position)
    if plot:
        save_plot(plot, unrolled_picture(answer), theme=theme)
    if json:
        write_json(answer.to_dict())
    else:
        show(lab.unrolled(answer), quiet=quiet)


def gradients(
    cells: Annotated[
        str, typer.Option(metavar="A,B,...", help="Which cells, or 'all'.")
    ] = "elman,gru,lstm",
    length: Annotated[int, typer.Option(min=1, help="How many steps back.")] = 50,
    hidden: Annotated[int, typer.Option(min=1, help="Units of each cell.")] = 64,
    forget_bias: Annotated[
        list[float] | None, typer.Option(help="Start gates open or shut; may be given repeatedly.")
    ] = None,
    train_steps: Annotated[
        int, typer.Option(min=0, help="Measure after so many steps of training too.")
    ] = 0,
    task: Annotated[
        str, typer.Option(help="What is trained on: copying, adding or agreement.")
    ] = "copying",
    gain: Annotated[
        list[float] | None, typer.Option(help="Multiply the recurrent weights; repeatable.")
    ] = None,
    clip: Annotated[
        list[float] | None, typer.Option(help="Clip in training; 0: not; repeatable [1].")
    ] = None,
    seed: Seed = 0,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show how far back the gradient reaches, cell by cell.

    Examples:
      lmkit gradients --plot gradients.png
      lmkit gradients --cells elman_relu,lstm --gain 1 --gain 4
      lmkit gradients --cells lstm --forget-bias -1 --forget-bias 3
      lmkit gradients --cells elman,lstm --train-steps 200
    """
    from lmkit.lab.gradients import GradientConfig, measure_gradients
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.comparisons import gradient_lines
    from lmkit.terminal import lab

    prepare_machine()
    config = GradientConfig(
        cells=_cells(cells),
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
    if plot:
        save_plot(plot, gradient_lines(answer), theme=theme)
    if json:
        write_json(answer.to_dict())
    else:
        show(lab.gradients(answer), quiet=quiet)


def _cells(listed: str) -> tuple[str, ...]:
    from lmkit.nn.cells import CELLS

    if listed == "all":
        return CELLS.names()
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def _some(text: str) -> str:
    if not text.strip():
        raise UsageError("the text is empty; give some words in quotes")
    return encodable(text)
