"""Typing a text with suggestions: fraction of words predicted in time, and keystrokes saved.

A word costs its letters and the space after it; taking a suggestion costs one key, space included.
Before each key the words shown are those predicted there. Marks that stick to a word are
typed by hand and do not count, unless the vocabulary has the word with them as one token
("mr."): it is then shown so, and wanted so. A literal <unk> cannot be typed and is passed over, and
neither it nor the end of a line is ever shown. All this is the same for every model.
"""

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from lmkit.core.errors import DataError
from lmkit.inference.typing_session import TypingSession, TypingState
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Model
from lmkit.results import TypingEvaluation, TypingFigures
from lmkit.text.words import UNKNOWN, split_words

PLACES = (3, 5)
LIMIT = 20_000  # words typed; of 4,000 the fraction predicted is only sure to within 0.7 points
_SHOWN = 5
_MARKS = '.,;:!?"“”„«»()[]{}…'


def evaluate_typing(
    model: Model,
    vocabulary: Vocabulary,
    lines: Iterable[str],
    *,
    ngram: Model | None = None,
    limit: int = LIMIT,
) -> TypingEvaluation:
    """Type a text with a model, and with the n-gram alone.

    Args:
        model: The model that suggests.
        vocabulary: Its tokens, and the n-gram's.
        lines: The text typed, line after line in one session.
        ngram: The n-gram model to compare with.
        limit: Words typed at most.

    Returns:
        The figures of both.

    Raises:
        DataError: If there is no word to type.
    """
    typed = list(_first_words(lines, limit))
    if not any(typed):
        raise DataError("there are no words to type; give a file with some words")
    own = type_text(model, vocabulary, typed)
    other = None if ngram is None else type_text(ngram, vocabulary, typed)
    return TypingEvaluation(
        own.words,
        own.top1,
        own.top3,
        own.top5,
        own.keystroke_savings,
        own.ms_per_key,
        ngram=other,
    )


def type_text(model: Model, vocabulary: Vocabulary, lines: Iterable[str]) -> TypingFigures:
    """Type lines one after another and count.

    Args:
        model: The model that suggests.
        vocabulary: Its tokens.
        lines: The text typed.

    Returns:
        The figures.
    """
    session = TypingSession(model, vocabulary)
    typed, tally = session.start(), _Tally()
    for line in lines:
        tokens = vocabulary.tokenizer.encode_words(line)
        for word, ids in zip(split_words(line), tokens, strict=True):
            if word != UNKNOWN:
                is_token = len(ids) == 1 and ids[0] != vocabulary.tokenizer.unknown_id
                _type_word(session, typed, _Wanted.of(word, is_token=is_token), tally)
            started = time.perf_counter()
            typed = session.finish_word(typed, ids)
            tally.reading = time.perf_counter() - started
        typed = session.finish_line(typed)
    return tally.figures()


@dataclass(slots=True)
class _Tally:
    """Counts of the words typed so far."""

    ranks: list[int] = field(default_factory=list)  # before the first letter; 0: not shown
    letters: int = 0
    keys: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    seconds: list[float] = field(default_factory=list)
    reading: float = 0.0  # seconds to read the word before: a part of the first key's answer

    def figures(self) -> TypingFigures:
        """Return fractions and times."""
        ranks = np.array(self.ranks or [0])
        top1, top3, top5 = (float(((ranks > 0) & (ranks <= top)).mean()) for top in (1, 3, 5))
        typed = max(1, self.letters + len(self.ranks))
        saved = {str(places): 1 - keys / typed for places, keys in self.keys.items()}
        p50, p95 = np.percentile(self.seconds or [0.0], [50, 95]) * 1000
        times = {"p50": float(p50), "p95": float(p95)}
        return TypingFigures(len(self.ranks), top1, top3, top5, saved, times)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A word to type.

    Attributes:
        opening: Punctuation typed before it.
        word: The word that has to be shown.
    """

    opening: str
    word: str

    @classmethod
    def of(cls, word: str, *, is_token: bool) -> "_Wanted":
        bare = word if is_token else word.strip(_MARKS) or word
        return cls(word[: word.index(bare)], bare)


def _type_word(
    session: TypingSession, typed: TypingState, wanted_word: _Wanted, tally: _Tally
) -> None:
    """Type a word until it is shown, and count its keys."""
    opening, wanted = wanted_word.opening, wanted_word.word
    keys = dict.fromkeys(PLACES, len(wanted) + 1)
    for typed_letters in range(len(wanted)):
        started = time.perf_counter()
        shown = [
            guess.word
            for guess in session.suggest(typed, opening + wanted[:typed_letters], k=_SHOWN)
        ]
        waited = time.perf_counter() - started
        tally.seconds.append(waited + (tally.reading if typed_letters == 0 else 0.0))
        rank = shown.index(wanted) + 1 if wanted in shown else 0
        if typed_letters == 0:
            tally.ranks.append(rank)
        for places in PLACES:
            if 0 < rank <= places:
                keys[places] = min(keys[places], typed_letters + 1)
        if 0 < rank <= min(PLACES):
            break
    tally.letters += len(wanted)
    for places in PLACES:
        tally.keys[places] += keys[places]


def _first_words(lines: Iterable[str], limit: int) -> Iterator[str]:
    """Yield lines until they hold `limit` words; the last is cut there."""
    left = limit
    for line in lines:
        words: Sequence[str] = list(itertools.islice(split_words(line), left))
        yield " ".join(words)
        left -= len(words)
        if left <= 0:
            return
