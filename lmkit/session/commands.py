"""The commands of the REPL: a table of names, each a function of the session and its argument."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from lmkit.core.errors import UsageError, unknown_name
from lmkit.core.home import expanded
from lmkit.data.typed_text import TypedText
from lmkit.session.reply import Reply
from lmkit.session.saved_file import read_saved, refuse_to_overwrite, write_saved
from lmkit.session.settings import Conversation, Saved, Settings

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

FORCE = "--force"  # of /save: overwrite any file
T = TypeVar("T", int, float)


class CommandTarget(Protocol):
    """Part of a session that commands read and change.

    Attributes:
        conversation: What was typed and answered.
    """

    conversation: Conversation

    @property
    def settings(self) -> Settings:
        """Settings of the answers; changed by `set_to`."""
        ...

    @property
    def model(self) -> "LanguageModel":
        """The model that answers."""
        ...

    @property
    def learning(self) -> str:
        """Name of the adapters that learn while reading: "none", "cache", "dynamic" or "both"."""
        ...

    def set_to(self, settings: Settings) -> None:
        """Take new settings, opening models where they ask for others."""
        ...

    def close_text(self) -> None:
        """Take the newest text as complete."""
        ...

    def forget(self) -> int:
        """Erase everything learned from typing; return how many lines that was."""
        ...

    def complete(self, text: str) -> Reply:
        """Show the words that finish the last one."""
        ...

    def surprisal(self, text: str) -> Reply:
        """Show the surprisal of each word."""
        ...

    def pick(self, number: int) -> Reply:
        """Put a numbered answer into the text."""
        ...


Run: TypeAlias = Callable[[CommandTarget, str], Reply]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its argument, its help and its function."""

    argument: str
    help: str
    run: Run


def run_command(session: CommandTarget, line: str) -> Reply:
    """Run the command a line names.

    Args:
        session: The session it acts on.
        line: A line that begins with a slash.

    Returns:
        The reply.

    Raises:
        UnknownNameError: If there is no such command; the nearest is named.
    """
    name, _, argument = line[1:].strip().partition(" ")
    if name.isdigit() and name.isascii():
        return session.pick(int(name[:9]))
    return COMMANDS[_command_name(name)].run(session, argument.strip())


def _help(_session: CommandTarget, argument: str) -> Reply:
    name = argument.removeprefix("/")
    if name:
        return _said(_usage(_command_name(name)))
    lines = [
        "the ___ sat               fills the blank",
        "the cat                   shows the next words and continues the text",
        "the cat sa                finishes the last word, if it is no whole word",
        "?the cat sat              shows the surprisal of each word",
        "2                         puts answer 2 into the text",
        "",
        *map(_usage, COMMANDS),
        "",
        "A setting without a value shows the present value.",
    ]
    return _said("\n".join(lines))


def _pick(session: CommandTarget, argument: str) -> Reply:
    return session.pick(_number("pick", argument, int))


def _model(session: CommandTarget, argument: str) -> Reply:
    if argument:
        session.set_to(replace(session.settings, folder=argument))
    return _said(f"model: {session.settings.folder}")


def _compare(session: CommandTarget, argument: str) -> Reply:
    if argument:
        session.set_to(replace(session.settings, other="" if argument == "off" else argument))
    if not session.settings.other:
        return _said("one model answers; /compare DIR adds a second one")
    return _said(f"each answer is followed by the answer of {session.settings.other}")


def _numbered(name: str, field: str, kind: Callable[[str], T], said: str) -> Run:
    """Return the function of a command that sets a number, or says how it stands."""

    def run(session: CommandTarget, argument: str) -> Reply:
        if argument:
            changed: dict[str, Any] = {field: _number(name, argument, kind)}  # Any: of any field
            session.set_to(replace(session.settings, **changed))
        return _said(said.format(getattr(session.settings, field)))

    return run


_top = _numbered("top", "top", int, "{} answers")
_words = _numbered("words", "words", int, "continuations of {} words")
_temperature = _numbered("temp", "temperature", float, "temperature {:g}")
_seed = _numbered("seed", "seed", int, "seed {}")


def _cache(session: CommandTarget, argument: str) -> Reply:
    if argument:
        adapt = "cache" if _on_or_off("cache", argument) else "none"
        session.set_to(replace(session.settings, adapt=adapt))
    return _said(f"adapting while reading: {session.learning}")


def _learn(session: CommandTarget, argument: str) -> Reply:
    if argument == "show":
        session.close_text()
        lines = TypedText(session.settings.file()).lines()
        return _said("\n".join([*lines, f"{len(lines):,} lines in {session.settings.file()}"]))
    if argument == "erase":
        return _said(f"{session.forget():,} lines erased with {session.settings.file()}")
    if argument not in ("on", "off", ""):
        raise UsageError(f"/learn takes on, off, show or erase, not {argument!r}")
    if argument:
        session.set_to(replace(session.settings, learn=argument == "on"))
    if not session.settings.learn:
        return _said("what you type is neither stored nor used")
    return _said(f"what you type is stored in {session.settings.file()} and used in answers")


def _json(session: CommandTarget, argument: str) -> Reply:
    if argument:
        session.set_to(replace(session.settings, json=_on_or_off("json", argument)))
    return _said("answers as JSON" if session.settings.json else "answers as tables")


def _complete(session: CommandTarget, argument: str) -> Reply:
    return session.complete(_text(session, argument))


def _surprisal(session: CommandTarget, argument: str) -> Reply:
    return session.surprisal(_text(session, argument))


def _gates(session: CommandTarget, argument: str) -> Reply:
    text = _text(session, argument)
    return Reply(kind="gates", text=text, result=session.model.trace(text))


def _save(session: CommandTarget, argument: str) -> Reply:
    named = argument.removeprefix(f"{FORCE} ").removesuffix(f" {FORCE}").strip()
    path = _path("save", "" if named == FORCE else named)
    if named == argument:  # not forced
        refuse_to_overwrite(path, forced=f"/save {FORCE} {path}")
    session.close_text()
    conversation = session.conversation
    saved = Saved(settings=session.settings, text=conversation.text, lines=conversation.lines)
    write_saved(path, saved)
    return _said(f"settings and text saved in {path}")


def _load(session: CommandTarget, argument: str) -> Reply:
    path = _path("load", argument)
    saved = read_saved(path)
    session.set_to(saved.settings)
    session.conversation = replace(
        session.conversation, text=saved.text, picks=(), lines=saved.lines
    )
    message = f"settings and text loaded from {path}"
    return Reply(kind="picked", text=saved.text, message=message)


def _quit(_session: CommandTarget, _argument: str) -> Reply:
    return Reply(kind="left")


def _text(session: CommandTarget, argument: str) -> str:
    text = argument or session.conversation.text
    if not text:
        raise UsageError("there is no text yet; type a text after the command")
    return text


def _on_or_off(name: str, argument: str) -> bool:
    if argument not in ("on", "off"):
        raise UsageError(f"/{name} takes on or off, not {argument!r}")
    return argument == "on"


def _number(name: str, argument: str, kind: Callable[[str], T]) -> T:
    try:
        return kind(argument)
    except ValueError:
        raise UsageError(f"/{name} takes a number, not {argument!r}") from None


def _path(name: str, argument: str) -> Path:
    if not argument or "\0" in argument:
        raise UsageError(f"/{name} needs the name of a file")
    is_quoted = len(argument) > 2 and argument[0] == argument[-1] and argument[0] in "\"'"
    return expanded(argument[1:-1] if is_quoted else argument)


def _command_name(name: str) -> str:
    """Return the command that a name stands for, however it is written."""
    if name.casefold() not in COMMANDS:
        raise unknown_name("command", name, COMMANDS)
    return name.casefold()


def _usage(name: str) -> str:
    command = COMMANDS[name]
    return f"{'/' + name + ' ' + command.argument:<25} {command.help}"


def _said(message: str) -> Reply:
    return Reply(kind="said", message=message)


COMMANDS = {
    "help": Command("[COMMAND]", "this list", _help),
    "pick": Command("N", "put answer N into the text; N alone does the same", _pick),
    "complete": Command("[TEXT]", "words that finish the last one", _complete),
    "surprisal": Command("[TEXT]", "the surprisal of each word; ?TEXT does the same", _surprisal),
    "gates": Command("[TEXT]", "the gates of the network over the words", _gates),
    "model": Command("[DIR]", "show or change the model that answers", _model),
    "compare": Command("DIR|off", "show the answers of a second model too", _compare),
    "top": Command("N", "number of answers", _top),
    "words": Command(
        "N",
        "number of words in a continuation",
        _words,
    ),
    "temp": Command(
        "X",
        "below 1: more predictable; above 1: more varied",
        _temperature,
    ),
    "seed": Command("N", "random seed of continuations", _seed),
    "cache": Command("on|off", "use the recent words of this session in answers", _cache),
    "learn": Command(
        "on|off|show|erase", "store what you type in a file and use it in answers", _learn
    ),
    "json": Command("on|off", "answers as JSON lines", _json),
    "save": Command("[--force] FILE", "save settings and text; --force replaces any file", _save),
    "load": Command("FILE", "load settings and text from a file of /save", _load),
    "quit": Command("", "end the session; Ctrl-D does the same", _quit),
}
