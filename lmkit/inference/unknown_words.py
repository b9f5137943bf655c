"""Words of a text that a vocabulary lacks, and the known spellings they are variants of.

Only vocabularies with an unknown token lack words; all others spell every word. A blank (`___`) and
the letters that touch it are no word.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lmkit.inference.vocabulary import Vocabulary
from lmkit.text.scripts import UNSPACED

_UNSPACED = UNSPACED.pattern[1:-1]  # the ranges without their brackets
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_BLANK = "___"
_AROUND = ".,;:!?\"'()[]“”‘’«»"  # punctuation that may stand around a word
_TYPEWRITER = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′`´＇", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_TYPOGRAPHIC = str.maketrans({"'": "’"})
_SHOWN = 8  # words named in a notice
_LONGEST = 40  # characters of a word shown there


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word of a text that the vocabulary lacks.

    Attributes:
        word: The word as it stands in the text.
        variant: A known spelling that differs in its apostrophes, quotation marks, dashes or case
            alone; None where there is none.
    """

    word: str
    variant: str | None


def unknown_words(vocabulary: Vocabulary, text: str) -> tuple[UnknownWord, ...]:
    """Return the distinct words of a text that a vocabulary lacks, in their order.

    Args:
        vocabulary: The tokens.
        text: Any text, of one line or several, with or without blanks.

    Returns:
        Each unknown word once; nothing where the vocabulary spells every word.
    """
    unknown = vocabulary.tokenizer.unknown_id
    if unknown is None or unknown not in vocabulary.tokenizer.encode(text):
        return ()
    words = dict.fromkeys(_WORD.findall(text))
    found = [_looked_up(vocabulary, word) for word in words if not _is_known(vocabulary, word)]
    return tuple(dict.fromkeys(found))


def with_known_variants(vocabulary: Vocabulary, text: str) -> str:
    """Return a text in which each unknown word with a known variant is replaced by that.

    Args:
        vocabulary: The tokens.
        text: Any text; its white space, its blanks and all other words stay as they are.

    Returns:
        The text; itself where nothing is replaced.
    """
    unknown = vocabulary.tokenizer.unknown_id
    if unknown is None or unknown not in vocabulary.tokenizer.encode(text):
        return text
    return _WORD.sub(lambda match: _known_spelling(vocabulary, match.group()), text)


def describe_unknown_words(words: Sequence[UnknownWord]) -> str:
    """Return one line that names unknown words, those with a known variant apart.

    Args:
        words: What `unknown_words` found; at least one.

    Returns:
        For example "unknown to the model: zyzzyva; read as known words: I’ll as I'll".
    """
    lacking = [_shown(word.word) for word in words if word.variant is None]
    replaced = [f"{_shown(word.word)} as {word.variant}" for word in words if word.variant]
    parts = []
    if lacking:
        parts.append(f"unknown to the model: {_listed(lacking)}")
    if replaced:
        parts.append(f"read as known words: {_listed(replaced)}")
    return "; ".join(parts)


def _shown(word: str) -> str:
    """Return a word on one line, its end left out where it is long."""
    visible = repr(word)[1:-1]
    return visible if len(visible) <= _LONGEST else f"{visible[:_LONGEST]}…"


def _looked_up(vocabulary: Vocabulary, word: str) -> UnknownWord:
    """Return an unknown word without the punctuation around it, where that makes no difference."""
    whole, bare = _variant(vocabulary, word), word.strip(_AROUND)
    if not bare or vocabulary.known(bare):
        return UnknownWord(word, whole)
    if whole is None:
        return UnknownWord(bare, None)
    variant = _variant(vocabulary, bare)
    return UnknownWord(word, whole) if variant is None else UnknownWord(bare, variant)


def _known_spelling(vocabulary: Vocabulary, word: str) -> str:
    """Return a word itself if it is known, else its known variant, else itself."""
    if _is_known(vocabulary, word):
        return word
    return _variant(vocabulary, word) or word


def _is_known(vocabulary: Vocabulary, word: str) -> bool:
    return _BLANK in word or vocabulary.known(word)


def _variant(vocabulary: Vocabulary, word: str) -> str | None:
    return next((way for way in _variants(word) if vocabulary.known(way)), None)


def _variants(word: str) -> Iterator[str]:
    """Yield other spellings of a word, the nearest first, each once."""
    typed = word.translate(_TYPEWRITER)
    spellings = (word, typed, unicodedata.normalize("NFKC", typed), typed.translate(_TYPOGRAPHIC))
    cases = (case for spelling in spellings for case in _cases(spelling))
    yield from (way for way in dict.fromkeys((*spellings, *cases)) if way and way != word)


def _cases(word: str) -> tuple[str, ...]:
    """Return a word in lower case, with a capital, and in capitals, punctuation before it kept."""
    start = next((place for place, letter in enumerate(word) if letter.isalpha()), 0)
    lower = word.lower()
    capital = lower[:start] + lower[start : start + 1].upper() + lower[start + 1 :]
    return lower, capital, word.upper()


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
