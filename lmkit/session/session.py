"""A conversation with a model, line by line.

Knows no terminal: `handle` takes a line and returns a reply. The line decides: a command, a
question mark before a text, a blank in it, a begun word at its end, or plain text to continue.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lmkit.archive.options import adapt_name
from lmkit.core.errors import LmkitError, UsageError
from lmkit.data.typed_text import TypedText
from lmkit.inference.complete import split_begun
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.unknown_words import (
    describe_unknown_words,
    unknown_words,
    with_known_variants,
)
from lmkit.inference.vocabulary import Vocabulary
from lmkit.results import Filling, NextWords, Score
from lmkit.session.commands import run_command
from lmkit.session.conversation_cache import ConversationCache
from lmkit.session.known_words import KnownWords
from lmkit.session.reply import Reply
from lmkit.session.settings import Conversation, Settings
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

BLANK = "___"
SURPRISAL = "?"
BACKWARD = (
    "this model reads backward: it fills blanks (the ___ sat) and scores texts (?the cat sat), "
    "but continues none; train one with `--direction both` for all of it"
)

R = TypeVar("R", bound=Filling | NextWords | Score)
OpenModel = Callable[[str, str], "LanguageModel"]  # folder and adaptation -> model


class Session:
    """Answers lines with one model, or two side by side.

    Attributes:
        settings: Models, and settings of their answers.
        conversation: Texts typed and answered.
        model: The model that answers.
        other: The model compared with.
    """

    def __init__(self, open_model: OpenModel, settings: Settings) -> None:
        """Open the models of the settings.

        Args:
            open_model: Opens the model of a folder with an adaptation; raises LmkitError.
            settings: The models, and settings of their answers.
        """
        self._open_model = open_model
        self.settings = settings
        self.conversation = Conversation()
        other = open_model(settings.other, settings.adapt) if settings.other else None
        self._take(open_model(settings.folder, settings.adapt), other)
        self._asking = threading.Lock()  # ghost text is asked for from another thread

    def handle(self, line: str) -> Reply:
        """Answer one line.

        Args:
            line: Anything at all.

        Returns:
            The reply; an error that the user can mend comes as kind "error".
        """
        with self._asking:
            try:
                return self._answer(encodable(line))
            except LmkitError as error:
                return Reply(kind="error", message=str(error))

    def set_to(self, settings: Settings) -> None:
        """Take new settings, opening models where they ask for others; all or nothing."""
        adapted = settings.adapt != self.settings.adapt
        model, other = self.model, self.other
        if adapted or settings.folder != self.settings.folder:
            model = self._open_model(settings.folder, settings.adapt)
        if adapted or settings.other != self.settings.other:
            other = self._open_model(settings.other, settings.adapt) if settings.other else None
        self.close_text()
        self.settings = settings
        self._take(model, other)

    def close_text(self) -> None:
        """Take the newest text as complete: it is learnt from, if that is switched on."""
        line, self.conversation = self.conversation.newest, self.conversation.closed()
        if line and self.settings.learn:
            self.model.learn(line)

    def forget(self) -> int:
        """Erase the file of typed text, and forget the lines of this session.

        Returns:
            Number of lines that the file held.
        """
        self.close_text()
        self.conversation = replace(self.conversation, lines=())
        return TypedText(self.settings.file()).erase()

    def ask(self, text: str) -> Reply:
        """Fill, complete or continue a text, whichever it asks for.

        Raises:
            UsageError: If the model cannot do that.
        """
        if BLANK in text:
            return self._noting_unknown(text, self._fill)
        if self.known.is_begun(text):
            return self.complete(text)
        return self._noting_unknown(text, self._carry_on)

    def complete(self, text: str) -> Reply:
        """Show the words that finish the last one.

        Raises:
            UsageError: If the model reads backward alone.
        """
        self._require_forward()
        notice = self._notice(split_begun(text).before)
        return replace(self._complete(self._spelled(text, is_begun=True)), notice=notice)

    def _complete(self, text: str) -> Reply:
        lines = self.conversation.before(text)
        reply = self._asked(
            Reply(kind="complete", text=text),
            lambda model: model.complete(text, k=self.settings.top),
            lines,
            picks=lambda answer: [self.known.finish(text, guess.word) for guess in answer.words],
        )
        return reply if self.conversation.picks else self._continue(text, lines)

    def surprisal(self, text: str) -> Reply:
        """Show the surprisal of each word, of the text as it was typed."""
        self._hear(text)
        return self._asked(
            Reply(kind="score", text=text),
            lambda model: model.score(text),
            self.conversation.lines,
            picks=lambda _: (),
        )

    def pick(self, number: int) -> Reply:
        """Put a numbered answer into the text."""
        picks = self.conversation.picks
        if not 1 <= number <= len(picks):
            there_are = f"pick 1 to {len(picks)}" if picks else "there is nothing to pick from yet"
            return Reply(kind="error", message=f"no answer has the number {number}; {there_are}")
        text = picks[number - 1]
        self._hear(text, is_sent=False)
        self.conversation = replace(self.conversation, text=text, picks=())
        return Reply(kind="picked", text=text)

    def ghost(self, text: str) -> str:
        """Return the most probable next word after a text being typed, or the rest of a begun one.

        Safe to call from another thread; "" where there is nothing to suggest, the model is busy,
        or it reads backward alone.
        """
        text = encodable(text)
        if not text.strip() or text[0] in "/?" or BLANK in text or "\n" in text:
            return ""
        if not self.reads_forward:
            return ""
        if not self._asking.acquire(timeout=0.5):
            return ""
        try:
            return self._ghost(text)
        finally:
            self._asking.release()

    def suggestions(self, text: str) -> list[str]:
        """Return whole texts that may come of a begun one, best first, to choose from."""
        text = encodable(text)
        if not self.reads_forward:
            return []
        with self._asking:
            return self._suggestions(text)

    @property
    def learning(self) -> str:
        """Name of the adapters that learn while reading: "none", "cache", "dynamic" or "both"."""
        return adapt_name(self.model.adapters)

    def status(self) -> str:
        """Return the status line: model, rate and perplexity of the session."""
        parts = [Path(self.settings.folder).name or self.settings.folder]
        if self.settings.other:
            parts.append(f"beside {Path(self.settings.other).name}")
        if self.learning != "none":
            parts.append(f"learning: {self.learning}")
        if self.settings.learn:
            parts.append(f"learning in {self.settings.file().name}")
        if self.conversation.rate:
            parts.append(f"{self.conversation.rate:,.0f} words/s")
        if self.conversation.scored:
            parts.append(f"perplexity {self.conversation.perplexity():,.0f}")
        return " · ".join(parts)

    def _answer(self, line: str) -> Reply:
        stripped = line.strip()
        if not stripped:
            return Reply(kind="nothing")
        if line.startswith("/"):
            return run_command(self, line)
        if stripped.isascii() and stripped.isdigit() and self.conversation.picks:
            return self.pick(int(stripped[:9]))
        if line.startswith(SURPRISAL):
            return self.surprisal(line[1:].strip() or self.conversation.text)
        return self.ask(line)

    def _fill(self, text: str) -> Reply:
        return self._asked(
            Reply(kind="fill", text=text),
            lambda model: model.fill(text, k=self.settings.top),
            self.conversation.before(text),
            picks=lambda answer: [filled.text for filled in answer.fillings],
        )

    def _noting_unknown(self, text: str, ask: Callable[[str], Reply]) -> Reply:
        """Ask about a text with known spellings in it; the reply names the unknown words."""
        return replace(ask(self._spelled(text)), notice=self._notice(text))

    def _spelled(self, text: str, *, is_begun: bool = False) -> str:
        """Return a text in known spellings, but for a begun last word, or as it is to be learnt."""
        if self.settings.learn:
            return text
        before = split_begun(text).before if is_begun else text
        return with_known_variants(self.vocabulary, before) + text[len(before) :]

    def _notice(self, text: str) -> str:
        found = unknown_words(self.vocabulary, text)
        if self.settings.learn:
            found = tuple(replace(word, variant=None) for word in found)
        return describe_unknown_words(found) if found else ""

    def _require_forward(self) -> None:
        if not self.reads_forward:
            raise UsageError(BACKWARD)

    def _carry_on(self, text: str) -> Reply:
        """Show the next words after a text, and how it may go on."""
        self._require_forward()
        self._hear(text)
        self._note_surprisal(text)
        return self._continue(text, self.conversation.lines)

    def _continue(self, text: str, lines: tuple[str, ...]) -> Reply:
        reply = self._asked(
            Reply(kind="continue", text=text),
            lambda model: model.next(text, k=self.settings.top),
            lines,
            picks=lambda answer: [self.known.join(text, guess.word) for guess in answer.words],
        )
        config = GenerateConfig(
            words=self.settings.words,
            sampling=SamplingConfig(temperature=self.settings.temperature),
            seed=self.settings.seed,
        )
        written = self._model(lines).generate_text(text, config)
        if written.words and written.seconds > 0:
            self.conversation = replace(self.conversation, rate=written.words / written.seconds)
        return replace(reply, continuation=written)

    def _asked(
        self,
        reply: Reply,
        ask: Callable[["LanguageModel"], R],
        lines: tuple[str, ...],
        *,
        picks: Callable[[R], Iterable[str]],
    ) -> Reply:
        """Return a reply with the answers of the model, and of the one compared with.

        Args:
            reply: Its kind and text.
            ask: The question to each model.
            lines: The lines before the text.
            picks: The text after picking each answer; those of both models are numbered through.
        """
        answer = ask(self._model(lines))
        reply = replace(reply, result=answer)
        texts = tuple(picks(answer))
        if self._other_cache is not None:
            other = ask(self._other_cache.after(self._remembered(lines)))
            folder, second = self.settings.folder, self.settings.other
            reply = replace(reply, model=folder, other=second, other_result=other)
            texts += tuple(picks(other))
        self.conversation = replace(self.conversation, text=reply.text, picks=texts)
        return reply

    def _take(self, model: "LanguageModel", other: "LanguageModel | None") -> None:
        """Let these models answer, with the personal layer if it is switched on."""
        file = self.settings.file() if self.settings.learn else None
        self.model = model.with_personal(file)
        self.other = other.with_personal(file) if other else None
        self.known = KnownWords(model.tokenizer.tokens.texts)
        self.vocabulary = Vocabulary(model.tokenizer)
        self.reads_forward = model.info["direction"] != "backward"
        self._cache = ConversationCache(self.model)
        self._other_cache = ConversationCache(self.other) if self.other else None

    def _model(self, lines: tuple[str, ...]) -> "LanguageModel":
        """Return the model with earlier lines in conversation, where it learns while it reads."""
        return self._cache.after(self._remembered(lines))

    def _remembered(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        return () if self.learning == "none" else lines

    def _hear(self, text: str, *, is_sent: bool = True) -> None:
        """Note a text typed or picked; unless it carries on the newest text, that is complete."""
        if self.conversation.before(text) != self.conversation.lines:
            self.close_text()
        self.conversation = replace(self.conversation, newest=text, is_sent=is_sent)

    def _ghost(self, text: str) -> str:
        is_begun = self.known.is_begun(text)
        text = self._spelled(text, is_begun=is_begun)
        model = self._model(self.conversation.before(text))
        if is_begun:
            words = model.complete(text, k=1).words
            whole = self.known.finish(text, words[0].word) if words else ""
        else:
            words = model.next(text, k=1).words
            whole = self.known.join(text, words[0].word) if words else ""
        return whole[len(text) :] if whole.startswith(text) else ""

    def _suggestions(self, text: str) -> list[str]:
        model = self._model(self.conversation.before(text))
        if not text or text[-1].isspace():
            words = model.next(text, k=self.settings.top).words
            return [self.known.join(text, guess.word) for guess in words]
        words = model.complete(text, k=self.settings.top).words
        return [self.known.finish(text, guess.word) for guess in words]

    def _note_surprisal(self, text: str) -> None:
        model = self._model(self.conversation.lines)
        for answer in model.score_lines(text.splitlines(), context="document"):
            self.conversation = replace(
                self.conversation,
                bits=self.conversation.bits + answer.bits,
                scored=self.conversation.scored + len(answer.words),
            )
