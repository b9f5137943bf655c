"""Words of a vocabulary, by which the last word of a typed text is whole or only begun."""

import bisect
from collections.abc import Iterable

from lmkit.inference.complete import split_begun
from lmkit.text.normalise import starts_without_space


class KnownWords:
    """The words of a vocabulary, for judging and joining typed words.

    A token that carries a leading space counts as a word. A last word that is none of them, but
    with which one of them begins, is taken as begun; every other last word is taken as whole.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        tokens = list(tokens)
        self._sorted = sorted({token[1:] for token in tokens if token[:1] == " " and token[1:]})
        self._words = frozenset(self._sorted)
        self._bare = frozenset(token for token in tokens if token[:1] != " ")

    def is_begun(self, text: str) -> bool:
        """Return whether a text ends inside a word that can be finished."""
        prefix = split_begun(text).prefix
        ways = {prefix, prefix.lower(), prefix[:1].upper() + prefix[1:]} - {""}
        return bool(ways) and not ways & self._words and any(map(self._begins_one, ways))

    def join(self, text: str, word: str) -> str:
        """Return the text with the next word after it, spaced as the vocabulary writes it."""
        is_attached = (not text or text[-1].isspace()) or (
            word in self._bare and (not word[:1].isalnum() or starts_without_space(word))
        )
        return text + word if is_attached else f"{text} {word}"

    def finish(self, text: str, word: str) -> str:
        """Return the text with its begun word replaced by the whole one."""
        return split_begun(text).before + word

    def _begins_one(self, prefix: str) -> bool:
        at = bisect.bisect_left(self._sorted, prefix)
        return at < len(self._sorted) and self._sorted[at].startswith(prefix)
