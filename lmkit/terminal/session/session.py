"""A conversation with a model, line by line.

Knows no terminal: `handle` takes a line and returns a reply. What is typed decides: a command, a
question mark before a text, a blank in it, a begun word at its end, or plain text to continue.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmkit.core.errors import LmkitError
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.results import Filling, NextWords, Score
from lmkit.terminal.output import readable
from lmkit.terminal.session.reply import Reply
from lmkit.terminal.session.settings import Memory, Settings
from lmkit.terminal.session.typed import KnownWords

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

BLANK = "___"
SURPRISAL = "?"

Opened = Callable[[str, str], "LanguageModel"]  # folder and adaptation -> model


class Session:
    """Answers lines with one model, or two side by side.

    Attributes:
        settings: How answers are made.
        memory: What was typed and answered.
        model: The model that answers.
        other: The model compared with.
    """

    def __init__(self, opened: Opened, settings: Settings) -> None:
        """Open the models of the settings.

        Args:
            opened: Opens the model of a folder with an adaptation; raises LmkitError.
            settings: Which models, and how they answer.
        """
        self._opened = opened
        self.settings = settings
        self.memory = Memory()
        self.model = opened(settings.folder, settings.adapt)
        self.other = opened(settings.other, settings.adapt) if settings.other else None
        self.known = KnownWords(self.model.tokenizer.pieces.texts)
        self._asking = threading.Lock()  # ghost text is asked for from another thread

    def handle(self, line: str) -> Reply:
        """Answer one line.

        Args:
            line: Anything at all.

        Returns:
            The reply; what the user can mend comes as kind "error".
        """
        with self._asking:
            try:
                return self._answer(readable(line))
            except LmkitError as error:
                return Reply(kind="error", message=str(error))

    def set_to(self, settings: Settings) -> None:
        """Take new settings, opening models where they ask for others; all or nothing."""
        adapted = settings.adapt != self.settings.adapt
        model, other = self.model, self.other
        if adapted or settings.folder != self.settings.folder:
            model = self._opened(settings.folder, settings.adapt)
        if adapted or settings.other != self.settings.other:
            other = self._opened(settings.other, settings.adapt) if settings.other else None
        self.settings, self.model, self.other = settings, model, other
        self.known = KnownWords(model.tokenizer.pieces.texts)

    def ask(self, text: str) -> Reply:
        """Fill, complete or continue a text, whichever it asks for."""
        if BLANK in text:
            return self._fill(text)
        if self.known.is_begun(text):
            return self.complete(text)
        self._note_surprisal(text)
        return self._continue(text)

    def complete(self, text: str) -> Reply:
        """Show the words that finish the last one."""
        answer = self.model.complete(text, k=self.settings.top)
        if not answer.words:
            return self._continue(text)
        self._remember(text, [self.known.finish(text, guess.word) for guess in answer.words])
        return self._compared(
            Reply(kind="complete", text=text, result=answer),
            lambda other: other.complete(text, k=self.settings.top),
        )

    def surprisal(self, text: str) -> Reply:
        """Show how surprising each word is."""
        self.memory = replace(self.memory, text=text, picks=())
        answer = self.model.score(text)
        return self._compared(
            Reply(kind="score", text=text, result=answer), lambda other: other.score(text)
        )

    def pick(self, number: int) -> Reply:
        """Put a numbered answer into the text."""
        picks = self.memory.picks
        if not 1 <= number <= len(picks):
            there_are = f"pick 1 to {len(picks)}" if picks else "there is nothing to pick from yet"
            return Reply(kind="error", message=f"no answer has the number {number}; {there_are}")
        text = picks[number - 1]
        self.memory = replace(self.memory, text=text, picks=())
        return Reply(kind="picked", text=text)

    def ghost(self, text: str) -> str:
        """Return what the model would write after a text that is being typed: one word or its rest.

        Safe to call from another thread; answers "" at once where there is nothing to say or the
        model is busy.
        """
        text = readable(text)
        if not text.strip() or text[0] in "/?" or BLANK in text or "\n" in text:
            return ""
        if not self._asking.acquire(timeout=0.5):
            return ""
        try:
            return self._ghost(text)
        except LmkitError:  # a model that only reads backward has nothing to suggest
            return ""
        finally:
            self._asking.release()

    def suggestions(self, text: str) -> list[str]:
        """Return whole texts that may come of a begun one, best first, to choose from."""
        text = readable(text)
        with self._asking:
            try:
                return self._suggestions(text)
            except LmkitError:
                return []

    def status(self) -> str:
        """Return the status line: model, rate and perplexity of the session."""
        parts = [Path(self.settings.folder).name or self.settings.folder]
        if self.settings.other:
            parts.append(f"beside {Path(self.settings.other).name}")
        if self.settings.adapt != "none":
            parts.append(f"learning: {self.settings.adapt}")
        if self.memory.rate:
            parts.append(f"{self.memory.rate:,.0f} words/s")
        if self.memory.scored:
            parts.append(f"perplexity {self.memory.perplexity():,.0f}")
        return " · ".join(parts)

    def _answer(self, line: str) -> Reply:
        from lmkit.terminal.session.commands import run_command

        stripped = line.strip()
        if not stripped:
            return Reply(kind="nothing")
        if line.startswith("/"):
            return run_command(self, line)
        if stripped.isascii() and stripped.isdigit() and self.memory.picks:
            return self.pick(int(stripped[:9]))
        if line.startswith(SURPRISAL):
            return self.surprisal(line[1:].strip() or self.memory.text)
        return self.ask(line)

    def _fill(self, text: str) -> Reply:
        answer: Filling = self.model.fill(text, k=self.settings.top)
        self._remember(text, [filled.text for filled in answer.fillings])
        return self._compared(
            Reply(kind="fill", text=text, result=answer),
            lambda other: other.fill(text, k=self.settings.top),
        )

    def _continue(self, text: str) -> Reply:
        answer: NextWords = self.model.next(text, k=self.settings.top)
        self._remember(text, [self.known.join(text, guess.word) for guess in answer.words])
        config = GenerateConfig(
            words=self.settings.words,
            sampling=SamplingConfig(temperature=self.settings.temperature),
            seed=self.settings.seed,
        )
        written = self.model.generate_text(text, config)
        if written.words and written.seconds > 0:
            self.memory = replace(self.memory, rate=written.words / written.seconds)
        return self._compared(
            Reply(kind="continue", text=text, result=answer, continuation=written),
            lambda other: other.next(text, k=self.settings.top),
        )

    def _compared(
        self, reply: Reply, ask: Callable[["LanguageModel"], Filling | NextWords | Score]
    ) -> Reply:
        if self.other is None:
            return reply
        return replace(reply, other=self.settings.other, other_result=ask(self.other))

    def _ghost(self, text: str) -> str:
        if self.known.is_begun(text):
            words = self.model.complete(text, k=1).words
            whole = self.known.finish(text, words[0].word) if words else ""
        else:
            words = self.model.next(text, k=1).words
            whole = self.known.join(text, words[0].word) if words else ""
        return whole[len(text) :] if whole.startswith(text) else ""

    def _suggestions(self, text: str) -> list[str]:
        if not text or text[-1].isspace():
            words = self.model.next(text, k=self.settings.top).words
            return [self.known.join(text, guess.word) for guess in words]
        words = self.model.complete(text, k=self.settings.top).words
        return [self.known.finish(text, guess.word) for guess in words]

    def _remember(self, text: str, picks: list[str]) -> None:
        self.memory = replace(self.memory, text=text, picks=tuple(picks))

    def _note_surprisal(self, text: str) -> None:
        for answer in self.model.score_lines(text.splitlines(), context="document"):
            self.memory = replace(
                self.memory,
                bits=self.memory.bits + answer.bits,
                scored=self.memory.scored + len(answer.words),
            )
