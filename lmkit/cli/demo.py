"""The demonstration: `demo`."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from lmkit.cli.emit import Output, with_output
from lmkit.cli.options import Column, Seed, open_model, source_lines
from lmkit.cli.train import command_line, leave_if_interrupted, run_training
from lmkit.terminal.demo import before_and_after, filled_blanks
from lmkit.terminal.output import say, show, visible, write_json

if TYPE_CHECKING:
    from lmkit.evaluation.own_blanks import OwnBlank
    from lmkit.language_model import LanguageModel
    from lmkit.results import Filling

BASE = "english"
BLANKS = (
    "Do you want to ___ with me?",
    "She made a cup of ___ for her mother.",
    "He opened the ___ and looked inside.",
    "It was raining, so we stayed at ___.",
    "They have been married for ten ___.",
)
PROMPTS = ("It was a cold morning, and", "When I was a child,")
FOLDER = Path("lmkit-demo")
AMONG = 3  # words shown for a blank
OWN = 4  # blanks of the user's text
COMMON = 2_000  # most frequent words, which tell nothing of a text

File = Annotated[
    str | None, typer.Argument(metavar="FILE", help="Your own text, to train the base on.")
]
Base = Annotated[
    Path,
    typer.Option(
        "--from", metavar="BASE", help="Base model: answers first, then is trained on FILE."
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder for the model trained on FILE.")]


@with_output(plots=False)
def demo(
    file: File = None,
    base: Base = Path(BASE),
    out: Out = FOLDER,
    column: Column = "text",
    seed: Seed = 0,
    *,
    output: Output,
) -> None:
    """Try the bundled base; with FILE, train it on your text.

    The bundled base first fills a few blanks, without any training. With FILE, the command trains
    on it, and fills blanks from its end before and after. The trained model is kept and used again
    the next time. Then a session opens; if there is no terminal, a few continuations are printed.

    Examples:
      lmkit demo
      lmkit demo diary.txt --out my-diary
    """
    shown = _Shown(output)
    model = open_model(base)
    say(f"answers of the model {base}, without any training:")
    shown.fillings([model.fill(text, k=AMONG) for text in BLANKS])
    asked = base
    if file is not None:
        asked = out
        model = _with_text(model, file, column, base=base, out=out, seed=seed, shown=shown)
    if sys.stdin.isatty() and sys.stdout.isatty() and not output.json:
        from lmkit.cli.repl import start_repl

        start_repl(asked, seed=seed, quiet=output.quiet)
    else:
        shown.continued(model, seed=seed)
    say(f"continue with: lmkit repl {shlex.quote(str(asked))}")


class _Shown:
    """Answers of the demonstration: shown as they come, or one JSON object at the end."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._found: dict[str, object] = {}

    @property
    def is_quiet(self) -> bool:
        """True if no progress is shown."""
        return self._output.quiet

    def fillings(self, answers: "Sequence[Filling]") -> None:
        """Show the fillings of the blanks that every demonstration has."""
        self._found["fillings"] = [answer.to_dict() for answer in answers]
        if not self._output.json:
            show(filled_blanks(answers), quiet=self._output.quiet)

    def change(
        self,
        blanks: "Sequence[OwnBlank]",
        before: "Sequence[Filling]",
        after: "Sequence[Filling]",
    ) -> None:
        """Show blanks of the user's text, filled before and after."""
        self._found["words"] = [blank.word for blank in blanks]
        self._found["before"] = [answer.to_dict() for answer in before]
        self._found["after"] = [answer.to_dict() for answer in after]
        if not self._output.json:
            show(before_and_after(blanks, before, after), quiet=self._output.quiet)

    def continued(self, model: "LanguageModel", *, seed: int) -> None:
        """Show how the model goes on, and print the JSON where that was asked for."""
        from lmkit.inference.generate import GenerateConfig
        from lmkit.inference.sampling import SamplingConfig

        sampling = SamplingConfig(temperature=0.6, top_p=0.9)
        config = GenerateConfig(words=40, sampling=sampling, seed=seed, stop=("\n",))
        answers = [model.generate_text(prompt, config) for prompt in PROMPTS]
        if self._output.json:
            texts = [{"prompt": answer.prompt, "text": answer.text} for answer in answers]
            write_json({**self._found, "continued": texts})
            return
        for written in answers:
            show(Text(visible(written.text)), quiet=self._output.quiet)


def _with_text(
    model: "LanguageModel",
    file: str,
    column: str,
    *,
    base: Path,
    out: Path,
    seed: int,
    shown: _Shown,
) -> "LanguageModel":
    """Train on a text, show blanks of its end before and after, and return the new model.

    Raises:
        DataError: If the text cannot be read.
        Exit: If training was interrupted.
    """
    from lmkit.evaluation.own_blanks import own_blanks

    lines = list(source_lines(file, column, quiet=True))
    blanks = own_blanks(lines, OWN, common=_common_words(model))
    before = [model.fill(blank.text, k=AMONG) for blank in blanks]
    if out.exists():
        say(f"using the model in {out}; delete the folder to train again")
    else:
        _train(file, column, base=base, out=out, seed=seed, quiet=shown.is_quiet)
    tuned = open_model(out)
    if blanks:
        say(f"blanks from the end of {file}, which training did not read:")
        shown.change(blanks, before, [tuned.fill(blank.text, k=AMONG) for blank in blanks])
    return tuned


def _common_words(model: "LanguageModel") -> frozenset[str]:
    """Return the most frequent words of what a model read, in lower case."""
    texts = model.tokenizer.tokens.texts[:COMMON]  # in the order of their frequency
    return frozenset(text.strip().casefold() for text in texts)


def _train(file: str, column: str, *, base: Path, out: Path, seed: int, quiet: bool) -> None:
    from lmkit.recipes import TrainRequest

    say(f"training on {file}, from {base}")
    request = TrainRequest(sources=(file,), out=out, column=column, base=str(base), seed=seed)
    command = command_line(request)
    answer = run_training(replace(request, command=command), quiet=quiet)
    leave_if_interrupted(answer, command)
