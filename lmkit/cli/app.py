"""The `lmkit` command: its table of commands and its exit codes.

Only the module of the command that was typed is loaded; help texts and mistyped commands need all
of them. None imports torch before its function is run, so both answer at once.
"""

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, NoReturn

import typer

from lmkit import __version__
from lmkit.cli.hints import HINTS
from lmkit.cli.interrupt import INTERRUPTED
from lmkit.cli.loading import load_torch
from lmkit.core.errors import LmkitError
from lmkit.core.registry import Registry
from lmkit.terminal.output import lead_nowhere, open_missing_streams, say

FAILED = 1
USAGE = 2

# The mark keeps the lines apart.
_EPILOG = """\b
Examples:
  lmkit demo                                        try the bundled model
  lmkit train my.txt --out my-model --minutes 10    train on your own text
  lmkit fill my-model "the ___ sat on the mat"      fill a blank
  lmkit repl my-model                               open a session

\b
'lmkit COMMAND --help' shows the options and examples of a command."""

COMMANDS: Registry[Callable[..., None]] = Registry(
    "command",
    {
        "demo": "lmkit.cli.demo:demo",
        "prepare": "lmkit.cli.prepare:prepare",
        "train": "lmkit.cli.train:train",
        "info": "lmkit.cli.info:info",
        "repl": "lmkit.cli.repl:repl",
        "next": "lmkit.cli.ask:next_words",
        "complete": "lmkit.cli.ask:complete",
        "fill": "lmkit.cli.ask:fill",
        "generate": "lmkit.cli.write:generate",
        "score": "lmkit.cli.score:score",
        "personal": "lmkit.cli.personal:personal",
        "evaluate": "lmkit.cli.evaluate:evaluate",
        "trace": "lmkit.cli.lab:trace",
        "unroll": "lmkit.cli.lab:unroll",
        "gradients": "lmkit.cli.lab:gradients",
        "compare": "lmkit.cli.study:compare",
        "memory": "lmkit.cli.study:memory",
        "words": "lmkit.cli.study:words",
        "forecast": "lmkit.cli.forecast:forecast",
        "serve": "lmkit.cli.serve:serve",
        "export": "lmkit.cli.export:export",
        "bench": "lmkit.cli.bench:bench",
    },
)
_WITHOUT_TORCH = ("personal", "prepare", "serve")  # or load it themselves

app: typer.Typer  # the command line of all commands, made on first use


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line that can answer: of one command if that stands first, or of all.

    Args:
        arguments: What stands after `lmkit`.
    """
    if arguments and arguments[0] in COMMANDS:
        return _app_of([arguments[0]])
    return _app_of(COMMANDS)


def _app_of(names: Iterable[str]) -> typer.Typer:
    made = typer.Typer(
        name="lmkit",
        callback=lmkit,
        rich_markup_mode=None,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        epilog=_EPILOG,
    )
    for name in names:
        command = COMMANDS.get(name)
        made.command(name, help=_help(command))(_run_by(name, command))
    return made


def __getattr__(name: str) -> object:
    """Make the command line of all commands on first use."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    whole = globals()["app"] = _app_of(COMMANDS)
    return whole


# Commands of which an argument is a text, which may begin with a dash.
_TAKE_TEXT = frozenset({"next", "complete", "fill", "generate", "trace", "unroll"})


def _help(command: Callable[..., None]) -> str:
    """Return a command's docstring as its help; the mark keeps the lines of the examples apart."""
    return inspect.cleandoc(command.__doc__ or "").replace("\nExamples:", "\n\b\nExamples:")


class _InterruptedError(LmkitError):
    """Ctrl-C during work that has nothing to save."""

    exit_code = INTERRUPTED


def _run_by(name: str, command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose interrupts and broken pipes end as `exit_code` says."""

    @functools.wraps(command)
    def run_it(*arguments: object, **options: object) -> None:
        try:
            if name not in _WITHOUT_TORCH:
                load_torch()
            command(*arguments, **options)
        except KeyboardInterrupt:
            raise _InterruptedError("interrupted") from None
        except BrokenPipeError:  # who read along has seen enough; typer would call that a failure
            lead_nowhere(sys.stdout)

    return run_it


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"lmkit {__version__}")
        raise typer.Exit


def lmkit(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Train a next-word model on your own words, on the computer you have, and use it."""


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
        asked = list(arguments) or ["--help"]
        code = app_for(asked)(asked, prog_name="lmkit", standalone_mode=False)
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
        say("lmkit: there is not enough memory; choose smaller settings, or close other programs")
        return FAILED
    return code if isinstance(code, int) else 0


def _usage_sentence(message: str, arguments: Sequence[str]) -> str:
    command = arguments[0] if arguments and arguments[0] in COMMANDS else None
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
