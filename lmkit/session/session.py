"""A conversation with a model, line by line.

Knows no terminal: `handle` takes a line and returns a reply. A text is filled if it has a blank,
completed if it ends in a begun word, and continued otherwise.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from lmkit.archive.options import adapt_name
from lmkit.core.errors import LmkitError, UsageError
from lmkit.data.typed_text import TypedText
from lmkit.inference.complete import split_begun
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.vocabulary import Vocabulary
from lmkit.results import Filling, NextWords, Score
from lmkit.session.conversation_cache import ConversationCache
from lmkit.session.known_words import KnownWords
from lmkit.session.reply import Reply
from lmkit.session.settings import Conversation, Settings
from lmkit.session.spelling import Spelling
from lmkit.session.status import status_line
from lmkit.session.suggestions import continued_texts, finished_texts, rest_of_first
from lmkit.session.typed_line import BLANK, answer_line, is_prose, no_answer
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

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
                return answer_line(self, encodable(line))
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
        notice = self._spelling.notice(split_begun(text).before)
        return replace(self._complete(self._spelling.read_begun(text)), notice=notice)

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
            return no_answer(number, len(picks))
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
        if not self.reads_forward or not is_prose(text):
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
            model = self._model(self.conversation.before(text))
            suggest = continued_texts if not text or text[-1].isspace() else finished_texts
            return suggest(model, self.known, text, top=self.settings.top)

    @property
    def learning(self) -> str:
        """Name of the adapters that learn while reading: "none", "cache", "dynamic" or "both"."""
        return adapt_name(self.model.adapters)

    def status(self) -> str:
        """Return the status line: model, rate and perplexity of the session."""
        return status_line(self.settings, self.conversation, learning=self.learning)

    def _fill(self, text: str) -> Reply:
        return self._asked(
            Reply(kind="fill", text=text),
            lambda model: model.fill(text, k=self.settings.top),
            self.conversation.before(text),
            picks=lambda answer: [filled.text for filled in answer.fillings],
        )

    def _noting_unknown(self, text: str, ask: Callable[[str], Reply]) -> Reply:
        """Ask about a text with known spellings in it; the reply names the unknown words."""
        return replace(ask(self._spelling.read(text)), notice=self._spelling.notice(text))

    def _require_forward(self) -> None:
        if not self.reads_forward:
            raise UsageError(BACKWARD)

    def _carry_on(self, text: str) -> Reply:
        """Show the next words after a text, and how it may go on."""
        self._require_forward()
        self._hear(text)
        model = self._model(self.conversation.lines)
        scores = model.score_lines(text.splitlines(), context="document")
        self.conversation = self.conversation.scored_with(scores)
        return self._continue(text, self.conversation.lines)

    def _continue(self, text: str, lines: tuple[str, ...]) -> Reply:
        reply = self._asked(
            Reply(kind="continue", text=text),
            lambda model: model.next(text, k=self.settings.top),
            lines,
            picks=lambda answer: [self.known.join(text, guess.word) for guess in answer.words],
        )
        written = self._model(lines).generate_text(text, _continuation(self.settings))
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
        self._spelling = Spelling(Vocabulary(model.tokenizer), self.settings.learn)
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
        text = self._spelling.read_begun(text) if is_begun else self._spelling.read(text)
        model = self._model(self.conversation.before(text))
        suggest = finished_texts if is_begun else continued_texts
        return rest_of_first(suggest(model, self.known, text, top=1), text)


def _continuation(settings: Settings) -> GenerateConfig:
    return GenerateConfig(
        words=settings.words,
        sampling=SamplingConfig(temperature=settings.temperature),
        seed=settings.seed,
    )
