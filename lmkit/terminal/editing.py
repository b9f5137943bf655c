"""The line editor of the REPL: ghost text from the model, Tab for a list, history, many lines."""

from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion, ThreadedAutoSuggest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style
from typing_extensions import override

from lmkit.session import Session
from lmkit.session.commands import COMMANDS
from lmkit.terminal.output import on_one_line

_STYLE = Style.from_dict({"bottom-toolbar": "noreverse italic", "prompt": "bold"})


def new_prompt(session: Session, history: Path | None) -> "PromptSession[str]":
    """Return a line editor for a session.

    Args:
        session: The session that suggests.
        history: File of the lines typed before; None keeps them in memory alone.

    Returns:
        The editor: Enter sends, Alt-Enter begins a new line, Ctrl-X Ctrl-E opens $EDITOR.
    """
    kept: History = InMemoryHistory() if history is None else FileHistory(str(history))
    return PromptSession(
        "› ",
        history=kept,
        auto_suggest=ThreadedAutoSuggest(GhostText(session)),
        completer=WordList(session),
        complete_while_typing=False,
        complete_in_thread=True,
        bottom_toolbar=lambda: f" {on_one_line(session.status())} ",
        prompt_continuation="  ",
        enable_open_in_editor=True,
        key_bindings=_keys(),
        style=_STYLE,
        multiline=False,
    )


class GhostText(AutoSuggest):
    """The most probable next word, in grey behind the cursor."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @override
    def get_suggestion(
        self,
        buffer: Buffer,
        document: Document,
    ) -> Suggestion | None:
        if not document.is_cursor_at_the_end:
            return None
        ghost = on_one_line(self._session.ghost(document.text))
        return Suggestion(ghost) if ghost else None


class WordList(Completer):
    """The words that may come, or that finish the one begun; the commands after a slash."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @override
    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,
    ) -> Iterable[Completion]:
        text = document.text_before_cursor
        if text.startswith("/"):
            for name in COMMANDS:
                if f"/{name}".startswith(text):
                    yield Completion(f"/{name}", start_position=-len(text))
            return
        for whole in self._session.suggestions(text):
            shown = on_one_line(whole[len(text) - len(_last_word(text)) :].strip())
            yield Completion(on_one_line(whole), start_position=-len(text), display=shown)


def _keys() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _begin_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def _last_word(text: str) -> str:
    """Return the word that a text ends inside of; empty after a space."""
    return text.rsplit(" ", maxsplit=1)[-1]
