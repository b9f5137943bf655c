"""The lab's experiments: `compare`, `memory` and `words`."""

import functools
from typing import TYPE_CHECKING, Annotated

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.emit import Plot as Plot  # noqa: PLC0414  # `forecast` takes both from here
from lmkit.cli.emit import Theme as Theme  # noqa: PLC0414
from lmkit.cli.lab_options import Cells, Hidden, NetworkNumber, cell_names, numbers
from lmkit.cli.options import (
    Column,
    ModelFolder,
    Seed,
    Top,
    load_network,
    prepare_machine,
    some_time,
)
from lmkit.core.errors import UsageError
from lmkit.terminal.output import say

if TYPE_CHECKING:
    from lmkit.lab.variants import Run

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="The training text.")]
Entries = Annotated[
    str,
    typer.Option(
        metavar="A,B,...",
        help="Names of cells, or 'all'; gru+model.hidden=64 changes a setting of one cell.",
    ),
]
Minutes = Annotated[
    float | None, typer.Option(callback=some_time, help="Training time of each cell in minutes.")
]
Epochs = Annotated[
    float | None,
    typer.Option(callback=some_time, help="Training time of each cell in epochs [default: 1]."),
]
SpreadSeeds = Annotated[int, typer.Option(min=1, help="Number of seeds, to measure the spread.")]
Valid = Annotated[
    str | None, typer.Option(metavar="SOURCE", help="Validation text [default: the end of SOURCE].")
]
Preset = Annotated[
    str | None, typer.Option(help="Named settings: brief, medium, small, tiny or wide.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting for all cells."),
]
Task = Annotated[str, typer.Argument(help="copying, adding or agreement.")]
Distances = Annotated[
    str, typer.Option(metavar="N,N,...", help="Steps between the input and the question.")
]
Steps = Annotated[int, typer.Option(min=1, help="Training steps for each cell and distance.")]
Clip = Annotated[float, typer.Option(min=0.0, help="Largest gradient norm; 0: no clipping.")]
ForgetBias = Annotated[
    float | None,
    typer.Option(help="Initial bias of the forget gates: above 0 open, below 0 closed."),
]
MedianSeeds = Annotated[
    int, typer.Option(min=1, help="Number of seeds; the result is their median.")
]
Asked = Annotated[
    list[str] | None,
    typer.Argument(metavar="[WORD]...", help="One word: its neighbours. Three words: an analogy."),
]
Count = Annotated[int, typer.Option(min=3, help="Number of words on the map.")]
Dimensions = Annotated[int, typer.Option(min=2, max=3, help="Dimensions of the map.")]


@with_output(plots=True)
def compare(
    source: Source,
    cells: Entries = "lstm,gru,elman",
    minutes: Minutes = None,
    epochs: Epochs = None,
    seeds: SpreadSeeds = 1,
    seed: Seed = 0,
    valid: Valid = None,
    column: Column = "text",
    preset: Preset = None,
    settings: Settings = None,
    *,
    output: Output,
) -> None:
    """Train several cells in turn and compare them.

    Examples:
      lmkit compare grammar --cells lstm,gru,elman --minutes 1
      lmkit compare my.txt --cells lstm,nfg,nog,cifg --epochs 2 --seeds 3 --plot variants.png
      lmkit compare my.txt --cells lstm,lstm+training.clip=0 --minutes 2
    """
    from lmkit.plots.comparisons import comparison_bars
    from lmkit.recipes.compare import CompareRequest, compare_cells
    from lmkit.results.lab_experiments import Comparison
    from lmkit.terminal import lab_render

    request = CompareRequest(
        source=source,
        cells=cells,
        minutes=minutes,
        epochs=epochs,
        seeds=seeds,
        seed=seed,
        valid=valid,
        column=column,
        preset=preset,
        settings=tuple(settings or ()),
    )
    prepare_machine()
    for event in compare_cells(request):
        if isinstance(event, Comparison):
            output.draw(functools.partial(comparison_bars, event))
            output.emit(event, lab_render.comparison(event))
        elif not output.quiet:
            say(_progress(event))


@with_output(plots=True)
def memory(
    task: Task = "copying",
    cells: Cells = "elman,gru,lstm",
    distances: Distances = "5,10,20,40",
    steps: Steps = 300,
    hidden: Hidden = 32,
    clip: Clip = 1.0,
    forget_bias: ForgetBias = None,
    seeds: MedianSeeds = 1,
    seed: Seed = 0,
    *,
    output: Output,
) -> None:
    """Find the longest distance over which each cell learns.

    Examples:
      lmkit memory copying
      lmkit memory agreement --cells elman,lstm --distances 5,20 --plot memory.png
      lmkit memory agreement --distances 20,40,80 --forget-bias 3 --seeds 3
    """
    from lmkit.lab.tasks import LearnConfig, task_reach
    from lmkit.plots.comparisons import task_lines
    from lmkit.terminal import lab_render

    prepare_machine()
    config = LearnConfig(hidden=hidden, steps=steps, clip=clip, forget_bias=forget_bias, seed=seed)
    answer = task_reach(task, cell_names(cells), numbers(distances), config, seeds=seeds)
    output.draw(lambda: task_lines(answer))
    output.emit(answer, lab_render.tasks(answer))


@with_output(plots=True)
def words(
    folder: ModelFolder,
    asked: Asked = None,
    k: Top = 8,
    count: Count = 60,
    dimensions: Dimensions = 2,
    model: NetworkNumber = 1,
    *,
    output: Output,
) -> None:
    """Show word vectors: neighbours, analogies, a map.

    Examples:
      lmkit words my-model dog
      lmkit words my-model dog dogs cat
      lmkit words my-model --dimensions 3 --plot map.png
    """
    from lmkit.lab.embeddings import analogy, nearest_words, word_map
    from lmkit.plots.words import word_points
    from lmkit.terminal import lab_render

    if asked and output.plot:
        raise UsageError("--plot draws the map: leave the words out")
    network, tokenizer = load_network(folder, model)
    if not asked:
        drawn = word_map(network, tokenizer, count=count, dimensions=dimensions)
        output.draw(lambda: word_points(drawn))
        output.emit(drawn, lab_render.word_map(drawn))
        return
    if len(asked) == 1:
        found = nearest_words(network, tokenizer, asked[0], k=k)
    else:
        found = analogy(network, tokenizer, asked, k=k)
    output.emit(found, lab_render.neighbours(found))


def _progress(run: "Run") -> str:
    place = f"{run.number}/{run.runs}"
    return f"{place} {run.entry.label} seed {run.seed}: {run.trained.perplexity:.2f}"
