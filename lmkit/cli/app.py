"""The `lmkit` command: its table of commands and its exit codes.

Command modules import no torch: each function does so when it is run, so help texts and mistyped
commands answer at once.
"""

import functools
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, NoReturn

import typer

from lmkit import __version__
from lmkit.cli import (
    ask,
    bench,
    demo,
    evaluate,
    forecast,
    info,
    lab,
    personal,
    score,
    study,
    train,
    write,
)
from lmkit.cli.hints import HINTS
from lmkit.core.errors import LmkitError
from lmkit.terminal.output import lead_nowhere, open_missing_streams, say

FAILED = 1
INTERRUPTED = 130
USAGE = 2

# The mark keeps the lines apart.
_EPILOG = """\b
Examples:
  lmkit demo                                        a model in about a minute
  lmkit train my.txt --out my-model --minutes 10    one of your own text
  lmkit fill my-model "the ___ sat on the mat"      a word for each blank
  lmkit repl my-model                               ask it line by line

\b
'lmkit COMMAND --help' has the options and examples of each."""

app = typer.Typer(
    name="lmkit",
    rich_markup_mode=None,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)

_COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "train": train.train,
    "info": info.info,
    "repl": ask.repl,
    "next": ask.next_words,
    "complete": ask.complete,
    "fill": ask.fill,
    "generate": write.generate,
    "score": score.score,
    "personal": personal.personal,
    "evaluate": evaluate.evaluate,
    "trace": lab.trace,
    "unroll": lab.unroll,
    "gradients": lab.gradients,
    "compare": study.compare,
    "memory": study.memory,
    "words": study.words,
    "forecast": forecast.forecast,
    "bench": bench.bench,
}


# Commands of which an argument is a text, which may begin with a dash.
_TAKE_TEXT = frozenset({"next", "complete", "fill", "generate", "trace", "unroll"})


def _help(command: Callable[..., None]) -> str:
    """Return a command's docstring as its help; the mark keeps the lines of the examples apart."""
    return inspect.cleandoc(command.__doc__ or "").replace("\nExamples:", "\n\b\nExamples:")


class _InterruptedError(LmkitError):
    """Ctrl-C during work that has nothing to save."""

    exit_code = INTERRUPTED


def _telling(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose interrupts and broken pipes end as `exit_code` says."""

    @functools.wraps(command)
    def run_it(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            raise _InterruptedError("interrupted") from None
        except BrokenPipeError:  # who read along has seen enough; typer would call that a failure
            lead_nowhere(sys.stdout)

    return run_it


for _name, _command in _COMMANDS.items():
    app.command(_name, help=_help(_command))(_telling(_command))


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"lmkit {__version__}")
        raise typer.Exit


@app.callback()
def lmkit(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Train a next-word model on your own words, on the computer you have, then ask it."""


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code.

    Args:
        arguments: What stands after `lmkit`; what the process was given when left out.

    Raises:
        SystemExit: Always, with the code that docs/reference/cli.md lists.
    """
    open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(exit_code(sys.argv[1:] if arguments is None else arguments))


def exit_code(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; what a user caused is said in one sentence.

    Args:
        arguments: What stands after `lmkit`.

    Returns:
        0 done, 1 failed, 2 usage, 3 model, 4 data, 130 interrupted.
    """
    try:
        code = app(list(arguments) or ["--help"], prog_name="lmkit", standalone_mode=False)
        sys.stdout.flush()
    except LmkitError as error:
        say(f"lmkit: {error.told(HINTS)}")
        return error.exit_code
    except typer.TyperException as error:
        say(f"lmkit: {_usage_sentence(error.format_message(), arguments)}")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        say("lmkit: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        lead_nowhere(sys.stdout)
        return 0
    except OSError as error:
        lead_nowhere(sys.stdout)
        named = f" {error.filename}" if error.filename else ""
        say(f"lmkit: the system refused{named}: {error.strerror or error}")
        return FAILED
    except MemoryError:
        say("lmkit: there is not enough memory for this; ask for less, or close other programs")
        return FAILED
    return code if isinstance(code, int) else 0


def _usage_sentence(message: str, arguments: Sequence[str]) -> str:
    command = arguments[0] if arguments and arguments[0] in _COMMANDS else None
    place = f"lmkit {command} --help" if command else "lmkit --help"
    sentence = " ".join(message.split()).rstrip(".").replace(". Did you", "; did you")
    sentence = re.sub(r" \(Possible options: (.*)\)", r"; did you mean \1?", sentence)
    sentence = sentence.replace("Value error, ", "").replace(": Input should", ": it should")
    if command in _TAKE_TEXT and sentence.startswith("No such option"):
        sentence += (
            f"; a text that begins with '-' goes last, after --: lmkit {command} DIR -- TEXT"
        )
    link = " see" if sentence.endswith("?") else "; see"
    return f"{sentence[:1].lower()}{sentence[1:]}{link} '{place}'"
