"""Search for the fillings of a group of blanks, blank by blank, with both sides in view.

Candidates are proposed for a blank, then each is read together with the right-hand words, many side
by side. Knows no model.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import BidirectionalScorer, BlankVariants
from lmkit.inference.fill.blank_variants import (
    encode_variants,
    joined_text,
    template_for,
    unknown_joined,
)
from lmkit.inference.fill.candidates import CandidateFinder, Candidates
from lmkit.inference.fill.config import FillConfig, Words
from lmkit.inference.vocabulary import Vocabulary
from lmkit.text.blanks import Template
from lmkit.text.tokenizer import Tokenizer

_FEW_CARRIED = 8  # fillings carried on to a blank of several words
_FAR = 50  # tokens after which candidates are chosen that are read further

Ranked: TypeAlias = list[tuple[Words, float]]  # fillings with log-probabilities, best first


class GroupSearch:
    """Search for the fillings of one text, blank by blank."""

    def __init__(
        self,
        reader: BidirectionalScorer,
        vocabulary: Vocabulary,
        template: Template,
        config: FillConfig,
        choices: Words | None,
    ) -> None:
        """Prepare a search.

        Args:
            reader: The models that read, and what they have read so far.
            vocabulary: Their tokens.
            template: The text with at least one blank, in words that the models know.
            config: The words allowed, and bounds of the search.
            choices: All choices for a blank; None: any word.
        """
        self._reader = reader
        self._vocabulary = vocabulary
        self._template = template
        self._config = config
        self._choices = choices
        self._finder = CandidateFinder(reader, vocabulary, template, config)
        self._gains: dict[Words, float] = {}  # nats, of fillings more probable than they read

    def run(self) -> tuple[Ranked, bool]:
        """Return all fillings read to the end, best first, and whether those are all there are."""
        fillings: list[Words] = [()]
        is_whole = True
        ranked: Ranked = []
        for number in range(len(self._template.blanks)):
            found = [self._candidates(filling, len(fillings)) for filling in fillings]
            grown = [
                (*filling, word)
                for filling, words in zip(fillings, found, strict=True)
                for word in words.words
            ]
            self._add_gains(fillings, found)
            grown = self._fillable(number + 1, grown)
            is_last = number == len(self._template.blanks) - 1
            has_all = all(words.is_all for words in found)
            keep_all = has_all and self._keeps_all(len(grown), is_last=is_last)
            ranked = self._rank(number + 1, grown, keep_all=keep_all)
            fillings = [words for words, _ in ranked]
            if not is_last and not keep_all:
                fillings = fillings[: max(self._beam(number + 1), self._config.k)]
            is_whole = is_whole and has_all and len(fillings) == len(grown)
        return ranked, is_whole

    def _candidates(self, filling: Words, beam: int) -> Candidates:
        if self._choices is not None:
            return Candidates(self._choices, is_all=True)
        return self._finder.find(filling, beam)

    def _add_gains(self, fillings: Sequence[Words], found: Sequence[Candidates]) -> None:
        """Note the gains of fillings grown by a word, as much of them as the forward model counts.

        Args:
            fillings: The fillings before.
            found: The candidates after each.
        """
        weight = sum(
            w for _, is_backward, w in self._reader.directions.weighted() if not is_backward
        )
        self._gains = {
            (*filling, word): self._gains.get(filling, 0.0) + weight * words.gains.get(word, 0.0)
            for filling, words in zip(fillings, found, strict=True)
            for word in words.words
            if words.gains or self._gains
        }

    def _fillable(self, count: int, fillings: Sequence[Words]) -> list[Words]:
        """Return fillings of the first `count` blanks without unknown joined words.

        Raises:
            UsageError: If a choice makes one.
        """
        template = self._part(count)
        unknown = unknown_joined(
            self._vocabulary, template_for(self._tokenizer, template), fillings
        )
        if self._choices is not None and any(unknown):
            words = fillings[unknown.index(True)]
            raise UsageError(
                f"the model does not know {joined_text(template, words)!r}, which the choice "
                f"{words[-1]!r} makes with the characters beside its blank; leave it out, or put "
                "spaces around the blank"
            )
        blank, after = template.blanks[-1], template.segments[-1]
        # A blank within a word adds letters, and one after "well-" does too.
        adds = bool(blank.prefix) and (after[:1].isalnum() or not blank.prefix[-1].isalnum())
        return [
            words
            for words, is_bad in zip(fillings, unknown, strict=True)
            if not is_bad and not (adds and words[-1] == blank.prefix)
        ]

    def _beam(self, number: int) -> int:
        """Return how many fillings are carried on to a blank: few where it takes several words."""
        has_many = self._template.blanks[number].max_words > 1
        return min(self._config.beam, _FEW_CARRIED) if has_many else self._config.beam

    def _part(self, count: int) -> Template:
        """Return the text up to the end of what follows its first `count` blanks."""
        return Template(self._template.segments[: count + 1], self._template.blanks[:count])

    @property
    def _tokenizer(self) -> Tokenizer:
        return self._vocabulary.tokenizer

    def _keeps_all(self, count: int, *, is_last: bool) -> bool:
        """Return whether so many fillings, which are all there are, are all read to the end."""
        if self._choices is None and not self._config.exact:
            return count <= self._config.few
        if len(self._template.blanks) == 1:
            return True
        return is_last or count * self._options <= self._config.whole

    @property
    def _options(self) -> int:
        return len(self._vocabulary) if self._choices is None else len(self._choices)

    def _rounds(self, count: int, length: int, *, keep_all: bool) -> tuple[tuple[int, int], ...]:
        """Return the rounds of reading before the last: reach, and candidates kept.

        Args:
            count: Candidates.
            length: Tokens beyond the blank that the last round reads.
            keep_all: Whether all candidates are read to the end if that is not too much.
        """
        asks_all = self._config.exact or self._choices is not None
        if keep_all and (asks_all or count * length <= self._config.most_read):
            return ()
        usual = tuple((reach, max(few, 2 * self._config.k)) for reach, few in self._config.rounds)
        left = min([count, *(few for _, few in usual)])
        if asks_all or left * length <= self._config.most_read:
            return usual
        return (*usual, (_FAR, max(self._config.most_read // length, self._config.k)))

    def _rank(self, count: int, fillings: Sequence[Words], *, keep_all: bool) -> Ranked:
        """Read fillings of the first `count` blanks, in rounds that reach further and keep fewer.

        Returns:
            The fillings left and their log-probabilities up to a shared constant, best first.
        """
        if not fillings:
            return []
        variants = encode_variants(self._tokenizer, self._part(count), fillings)
        variants = replace(variants, right=variants.right[: self._config.reach])
        kept = list(range(len(fillings)))
        for reach, keep in self._rounds(len(kept), len(variants.right), keep_all=keep_all):
            if len(kept) > keep:
                scores = self._log_probs(variants, fillings, kept, reach=reach)
                kept = sorted(kept[row] for row in scores.topk(keep).indices.tolist())
        final = self._log_probs(variants, fillings, kept).tolist()
        ranked = [(fillings[row], score) for row, score in zip(kept, final, strict=True)]
        return sorted(ranked, key=lambda item: (-item[1], item[0]))

    def _log_probs(
        self,
        variants: BlankVariants,
        fillings: Sequence[Words],
        rows: Sequence[int],
        *,
        reach: int | None = None,
    ) -> Tensor:
        """Return the log-probabilities of some fillings with what follows, and their gains."""
        gains = [self._gains.get(fillings[row], 0.0) for row in rows]
        read = self._reader.log_probs(variants.choose(rows), reach=reach)
        return read + torch.tensor(gains, dtype=read.dtype)
