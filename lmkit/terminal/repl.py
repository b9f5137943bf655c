"""The REPL: a line editor with ghost text in a terminal, plain line by line from a pipe."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lmkit.core.errors import LmkitError
from lmkit.core.private_files import make_own, state_folder
from lmkit.session import Reply, Session
from lmkit.session.session import BACKWARD
from lmkit.terminal.output import say, show, write_json
from lmkit.terminal.piped_lines import piped_lines
from lmkit.terminal.replies import draw

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

HINT = "___ is a blank · Tab lists words · → takes the grey word · /help lists the rest"


def run_repl(session: Session, *, quiet: bool = False) -> None:
    """Answer lines until they end.

    Args:
        session: The session that answers.
        quiet: Say no hints and use no colour.
    """
    try:
        if not session.reads_forward and not quiet:
            say(BACKWARD)
        if sys.stdin.isatty() and sys.stdout.isatty():
            if not quiet:
                say(HINT)
            _talk(session, quiet=quiet)
        else:
            answer_lines(session, piped_lines(quiet=quiet))
    finally:
        session.close_text()


def answer_lines(session: Session, lines: Iterable[str]) -> None:
    """Answer piped lines, one after the other, until they or the session end."""
    for line in lines:
        reply = session.handle(line)
        if reply.kind == "left":
            return
        answer(reply, json=session.settings.json)


def answer(reply: Reply, *, json: bool, quiet: bool = False) -> None:
    """Print a reply as tables or as one JSON line; errors go to stderr unless JSON is asked for."""
    if reply.notice and not json:
        say(reply.notice)
    if json:
        if reply.kind != "nothing":
            write_json(reply.to_dict())
    elif reply.kind == "error":
        say(reply.message)
    elif (drawn := draw(reply)) is not None:
        show(drawn, quiet=quiet)


def history_file() -> Path:
    """Return the file of typed lines, made readable by its owner alone.

    Raises:
        UsageError: If there is no home folder.
        OSError: If the file cannot be made.
    """
    path = state_folder() / "history"
    make_own(path)
    return path


def _talk(session: Session, *, quiet: bool) -> None:
    from lmkit.terminal.editing import new_prompt

    prompt = new_prompt(session, _history())
    text, interrupted = "", False
    while True:
        line, text, interrupted = _next_line(prompt, text, interrupted=interrupted)
        if line is None:
            return
        if line == "":
            continue
        try:
            reply = session.handle(line)
        except KeyboardInterrupt:
            say("stopped")
            text = line
            continue
        if reply.kind == "left":
            return
        answer(reply, json=session.settings.json, quiet=quiet)
        text = reply.text if reply.kind == "picked" else ""


def _next_line(
    prompt: "PromptSession[str]", text: str, *, interrupted: bool
) -> tuple[str | None, str, bool]:
    """Read a line; None means leave. Ctrl-C clears the line, once more at an empty one leaves."""
    try:
        return prompt.prompt(default=text), "", False
    except EOFError:
        return None, "", False
    except KeyboardInterrupt:
        if interrupted and not prompt.default_buffer.text:
            return None, "", True
        say("Ctrl-C again ends the session")
        return "", "", True


def _history() -> Path | None:
    try:
        return history_file()
    except OSError as error:
        say(f"the history is not stored: {error.strerror or error}")
    except LmkitError as error:
        say(f"the history is not stored: {error}")
    return None
