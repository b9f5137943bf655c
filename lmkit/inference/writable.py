"""Tokens that may be written after others, so that a text reads back as the tokens it was made of.

A token without its space after a letter gives a text such as "theBehold", which the tokenizer cuts
in another way or does not know. Such a token is refused, and so is a run of underscores, which is a
blank to whoever reads the text.
"""

import unicodedata
from collections.abc import Sequence

from lmkit.inference.vocabulary import Vocabulary

_BLANK = "___"
_PART = "\ufffd"
_KEPT = 20_000  # answers remembered


class WritableTokens:
    """Tells which tokens may follow others in a written text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._texts = vocabulary.texts
        self._tokenizer = vocabulary.tokenizer
        self._answers: dict[tuple[int, ...], bool] = {}

    def accept(self, before: Sequence[int], token: int) -> bool:
        """Return whether a token may be written.

        Args:
            before: Ids of the text so far.
            token: The id after them.

        Returns:
            False where the token makes a run of three underscores; where its text stands for a word
            of its own but carries no space and would be read as a part of the word before it; and
            where two tokens of a subword vocabulary would be cut in another way.
        """
        text = self._texts[token]
        if "_" in text and self._makes_blank(before, text):
            return False
        if not before or not text or text[0] in " \n" or self._texts[before[-1]].endswith("\n"):
            return True
        run = self._run(before) if self._vocabulary.is_whole else self._letters(before[-1], token)
        if not run:
            return True
        key = (*run, token)
        if key not in self._answers:
            if len(self._answers) >= _KEPT:
                self._answers.clear()
            self._answers[key] = self._is_cut_so(run, token)
        return self._answers[key]

    def _makes_blank(self, before: Sequence[int], text: str) -> bool:
        joined = text
        for token in reversed(before):
            own = self._texts[token]
            joined = own + joined
            if own.strip("_"):
                break
        return _BLANK in joined[-len(text) - len(_BLANK) + 1 :] or _BLANK in text

    def _run(self, before: Sequence[int]) -> tuple[int, ...]:
        """Return the last tokens that no space parts."""
        start = len(before) - 1
        while start and self._texts[before[start]][:1] not in ("", " ", "\n"):
            start -= 1
        start += self._texts[before[start]] == "\n"
        return tuple(before[start:])

    def _letters(self, last: int, token: int) -> tuple[int, ...]:
        """Return the last token of a subword vocabulary where letters meet; else nothing."""
        left, right = self._texts[last], self._texts[token]
        is_met = _is_letter(left[-1:]) and _is_letter(right[:1])
        is_whole = _PART not in left and _PART not in right
        unit = self._tokenizer.config.unit
        return (last,) if is_met and is_whole and unit != "char" else ()

    def _is_cut_so(self, run: tuple[int, ...], token: int) -> bool:
        """Return whether the tokenizer cuts the text of a run and a token before the token."""
        before = "".join(self._texts[number] for number in run)
        cut = self._tokenizer.encode_inside(before + self._texts[token])
        return cut == [*self._tokenizer.encode_inside(before), token]


def _is_letter(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "LM"
