"""A typed line, and the call of a session that it asks for.

It is a command, the number of an answer, a question mark before a text, or a text.
"""

from typing import Protocol

from lmkit.session.commands import CommandTarget, run_command
from lmkit.session.reply import Reply

BLANK = "___"
SURPRISAL = "?"


class LineTarget(CommandTarget, Protocol):
    """Part of a session that answers lines."""

    def ask(self, text: str) -> Reply:
        """Fill, complete or continue a text, whichever it asks for."""
        ...


def answer_line(session: LineTarget, line: str) -> Reply:
    """Answer one line by the call of a session that it asks for.

    Args:
        session: The session that answers.
        line: Anything that can be encoded.

    Returns:
        The reply.

    Raises:
        LmkitError: If the session cannot do that.
    """
    stripped = line.strip()
    if not stripped:
        return Reply(kind="nothing")
    if line.startswith("/"):
        return run_command(session, line)
    if stripped.isascii() and stripped.isdigit() and session.conversation.picks:
        return session.pick(int(stripped[:9]))
    if line.startswith(SURPRISAL):
        return session.surprisal(line[1:].strip() or session.conversation.text)
    return session.ask(line)


def no_answer(number: int, count: int) -> Reply:
    """Return the error that no answer has a number, `count` answers being there to pick from."""
    there_are = f"pick 1 to {count}" if count else "there are no answers to pick yet"
    return Reply(kind="error", message=f"no answer has the number {number}; {there_are}")


def is_prose(text: str) -> bool:
    """Return whether a text being typed is one to continue: no command, question or blank."""
    is_other = not text.strip() or text[0] in "/?" or BLANK in text or "\n" in text
    return not is_other
