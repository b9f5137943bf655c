"""The lab's experiments: `compare`, `memory` and `words`."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.options import (
    Json,
    ModelFolder,
    Quiet,
    Seed,
    Top,
    load_network,
    prepare_machine,
    some_time,
)
from lmkit.core.errors import UsageError
from lmkit.terminal.output import say, show, write_json

if TYPE_CHECKING:
    from lmkit.lab.variants import Entry
    from lmkit.results import Trained

Plot = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw it: .png, .svg or .pdf (needs [plot]).")
]
Theme = Annotated[Literal["light", "dark"], typer.Option(help="The paper of the plot.")]


def compare(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="What to train on.")],
    cells: Annotated[
        str,
        typer.Option(metavar="A,B,...", help="Cells, or 'all'; gru+model.hidden=64 sets a value."),
    ] = "lstm,gru,elman",
    minutes: Annotated[
        float | None, typer.Option(callback=some_time, help="Train each this long.")
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(callback=some_time, help="Or each this often through the text [1]."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, for the spread.")] = 1,
    seed: Seed = 0,
    valid: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Validation text [default: the tail].")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="tiny, small, medium ...")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a value for all.")
    ] = None,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train cells side by side, in turn: perplexity, rate, weights.

    Examples:
      lmkit compare grammar --cells lstm,gru,elman --minutes 1
      lmkit compare my.txt --cells lstm,nfg,nog,cifg --epochs 2 --seeds 3 --plot variants.png
      lmkit compare my.txt --cells lstm,lstm+training.clip=0 --minutes 2
    """
    from lmkit.lab import variants
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.comparisons import comparison_bars
    from lmkit.recipes import TrainRequest, train_language_model
    from lmkit.terminal import lab_render

    if minutes and epochs:
        raise UsageError("give either --minutes or --epochs, not both")
    prepare_machine()

    def train(entry: "Entry", of: int) -> "Trained":
        with tempfile.TemporaryDirectory() as folder:
            *_, trained = train_language_model(
                TrainRequest(
                    sources=(source,),
                    out=Path(folder) / "model",
                    valid=valid,
                    preset=preset,
                    cell=entry.cell,
                    minutes=minutes,
                    epochs=epochs or (None if minutes else 1.0),
                    seed=of,
                    settings=(*(settings or ()), *entry.settings),
                    ngram=False,
                )
            )
        return trained  # type: ignore[return-value]  # the last item is the result

    entries = variants.parse_entries(cells)
    for event in variants.compare(entries, range(seed, seed + seeds), train):
        if isinstance(event, variants.Run):
            if not quiet:
                figure = f"{event.trained.perplexity:.2f}"
                say(f"{event.number}/{event.runs} {event.entry.label} seed {event.seed}: {figure}")
            continue
        if plot:
            save_plot(plot, comparison_bars(event), theme=theme)
        if json:
            write_json(event.to_dict())
        else:
            show(lab_render.comparison(event), quiet=quiet)


def memory(
    task: Annotated[str, typer.Argument(help="copying, adding or agreement.")] = "copying",
    cells: Annotated[
        str, typer.Option(metavar="A,B,...", help="Which cells, or 'all'.")
    ] = "elman,gru,lstm",
    distances: Annotated[
        str, typer.Option(metavar="N,N,...", help="Steps between what is shown and asked.")
    ] = "5,10,20,40",
    steps: Annotated[int, typer.Option(min=1, help="Training steps for each.")] = 300,
    hidden: Annotated[int, typer.Option(min=1, help="Units of each cell.")] = 32,
    clip: Annotated[float, typer.Option(min=0.0, help="Largest gradient norm; 0: none.")] = 1.0,
    forget_bias: Annotated[
        float | None, typer.Option(help="Start the gates that keep the memory open or shut.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds; the median counts.")] = 1,
    seed: Seed = 0,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the distance at which each cell still learns to remember.

    Examples:
      lmkit memory copying
      lmkit memory agreement --cells elman,lstm --distances 5,20 --plot memory.png
      lmkit memory agreement --distances 20,40,80 --forget-bias 3 --seeds 3
    """
    from lmkit.lab.tasks import LearnConfig, task_reach
    from lmkit.nn.cells import CELLS
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.comparisons import task_lines
    from lmkit.terminal import lab_render

    prepare_machine()
    names = CELLS.names() if cells == "all" else tuple(name.strip() for name in cells.split(","))
    config = LearnConfig(hidden=hidden, steps=steps, clip=clip, forget_bias=forget_bias, seed=seed)
    answer = task_reach(task, names, numbers(distances), config, seeds=seeds)
    if plot:
        save_plot(plot, task_lines(answer), theme=theme)
    if json:
        write_json(answer.to_dict())
    else:
        show(lab_render.tasks(answer), quiet=quiet)


def words(
    folder: ModelFolder,
    asked: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="One: its neighbours. Three: an analogy."),
    ] = None,
    k: Top = 8,
    count: Annotated[int, typer.Option(min=3, help="How many words the map shows.")] = 60,
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="Of the map.")] = 2,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show word vectors: neighbours, analogies, a map.

    Examples:
      lmkit words my-model dog
      lmkit words my-model dog dogs cat
      lmkit words my-model --dimensions 3 --plot map.png
    """
    from lmkit.lab.embeddings import analogy, nearest_words, word_map
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.words import word_points
    from lmkit.results import Result
    from lmkit.terminal import lab_render

    network, tokenizer = load_network(folder)
    answer: Result
    if asked:
        if plot:
            raise UsageError("--plot draws the map: leave the words out")
        if len(asked) == 1:
            found = nearest_words(network, tokenizer, asked[0], k=k)
        else:
            found = analogy(network, tokenizer, asked, k=k)
        answer, picture = found, lab_render.neighbours(found)
    else:
        drawn = word_map(network, tokenizer, count=count, dimensions=dimensions)
        answer, picture = drawn, lab_render.word_map(drawn)
        if plot:
            save_plot(plot, word_points(drawn), theme=theme)
    if json:
        write_json(answer.to_dict())
    else:
        show(picture, quiet=quiet)


def numbers(listed: str) -> tuple[int, ...]:
    """Parse `5,10,20`; an empty text has no numbers."""
    try:
        return tuple(int(number) for number in listed.split(",") if listed.strip())
    except ValueError:
        raise UsageError(f"write whole numbers, e.g. 5,10,20; got {listed!r}") from None
