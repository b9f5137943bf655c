"""Fill the blanks of a text with both sides in view.

Candidates are proposed, then each is read together with the right-hand words, many side by side.
Several blanks are filled by beam, left to right. Nothing here knows which model answers.

Words many tokens apart say next to nothing of each other, yet every candidate for a blank is read
together with all that stands between it and the first blank. So blanks far apart are filled one
group after another, each beside the best fillings of those before it.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import torch

from lmkit.core.errors import UsageError
from lmkit.inference.context import BidirectionalScorer
from lmkit.inference.fill.blank_variants import (
    encode_variants,
    joined_text,
    known_choices,
    template_for,
    unknown_joined,
    with_lengths,
)
from lmkit.inference.fill.candidates import CandidateFinder, Candidates
from lmkit.inference.fill.config import FillConfig, Words
from lmkit.inference.unknown_words import with_known_variants
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.results import Filled, Filling
from lmkit.text.blanks import Template, parse_blanks
from lmkit.text.tokenizer import Tokenizer

_FEW_CARRIED = 8  # fillings carried on to a blank of several words
_FAR = 50  # tokens after which candidates are chosen that are read further

_Ranked: TypeAlias = list[tuple[Words, float]]  # fillings with log-probabilities, best first


def fill_text(
    directions: Directions, vocabulary: Vocabulary, text: str, config: FillConfig
) -> Filling:
    """Fill every blank of a text.

    The probabilities are in proportion to those of the completed texts (the end of the line not
    counted), among the candidates that were read with the whole right-hand side. Blanks far apart
    are taken as independent of each other. At the very end of a text, words of several tokens are
    looked for with their ending counted. Punctuation alone is no filling, unless it is among the
    choices. Where a blank touches other characters, the word they make together has to be known.

    Args:
        directions: The models that read.
        vocabulary: Their tokens.
        text: A text with at least one blank; an unknown word of it is read as its known variant.
        config: The words allowed, and bounds of the search.

    Returns:
        The best fillings; none where no word fits, e.g. for a beginning no word has.

    Raises:
        UsageError: If there is no blank, or the model does not know one of the choices, alone or
            together with the characters beside its blank.
    """
    template = with_lengths(parse_blanks(text), config)
    read = with_lengths(parse_blanks(with_known_variants(vocabulary, text)), config)
    choices = None if config.choices is None else known_choices(vocabulary, config, read)
    reader = BidirectionalScorer(directions, line_end_id=vocabulary.line_end_id)
    found, is_whole = _search(reader, vocabulary, read, config, choices)
    best = tuple(
        Filled(words, template.fill(words), min(1.0, math.exp(score)))
        for words, score in _best_together(found, config.k)
    )
    return Filling(text=text, fillings=best, candidates=math.prod(map(len, found)), exact=is_whole)


def _search(
    reader: BidirectionalScorer,
    vocabulary: Vocabulary,
    template: Template,
    config: FillConfig,
    choices: Words | None,
) -> tuple[list[_Ranked], bool]:
    """Return the fillings of each group of blanks, and whether those are all there are."""
    groups = _groups_of_blanks(vocabulary.tokenizer, template, config)
    found: list[_Ranked] = []
    is_whole = len(groups) == 1
    for group in groups:
        best = _best_together(found, 1)
        if not best:  # no word fits into a blank before
            break
        part = _part_of(template, group, best[0][0])
        ranked, has_all = _FillSearch(reader, vocabulary, part, config, choices).run()
        found.append(ranked)
        is_whole = is_whole and has_all
    return found, is_whole


def _groups_of_blanks(
    tokenizer: Tokenizer, template: Template, config: FillConfig
) -> tuple[range, ...]:
    """Return the numbers of the blanks that are filled together.

    Args:
        tokenizer: Cuts the text between blanks into tokens.
        template: The text with its blanks.
        config: `span` and `together` bound a group.

    Returns:
        Consecutive ranges, which hold all blanks.
    """
    groups, begin, span = [], 0, 0
    for number, segment in enumerate(template.segments[1:-1], start=1):
        span += 1 + len(tokenizer.encode_inside(segment))
        if span > config.span or number - begin == config.together:
            groups.append(range(begin, number))
            begin, span = number, 0
    return (*groups, range(begin, len(template.blanks)))


def _part_of(template: Template, group: range, before: Words) -> Template:
    """Return the text of one group, up to the next blank after it.

    Args:
        template: The text with all blanks.
        group: Numbers of the blanks.
        before: The words for the blanks before the group.
    """
    segments, blanks = template.segments, template.blanks
    left = Template(segments[: group.start + 1], blanks[: group.start]).fill(before)
    return Template(
        (left, *segments[group.start + 1 : group.stop + 1]), blanks[group.start : group.stop]
    )


def _best_together(groups: Sequence[_Ranked], k: int) -> _Ranked:
    """Return the most probable fillings of all groups, which are taken as independent.

    Args:
        groups: The fillings of each, with log-probabilities up to a constant.
        k: Fillings wanted.

    Returns:
        At most k fillings; the probabilities of all there are would sum to 1.
    """
    best: _Ranked = [((), 0.0)]
    for ranked in groups:
        total = torch.logsumexp(torch.tensor([score for _, score in ranked] or [0.0]), 0).item()
        best = [
            (before + words, math.fsum((already, score, -total)))
            for before, already in best
            for words, score in ranked[:k]
        ]
        best = sorted(best, key=lambda item: (-item[1], item[0]))[:k]
    return best


class _FillSearch:
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

    def run(self) -> tuple[_Ranked, bool]:
        """Return all fillings read to the end, best first, and whether those are all there are."""
        fillings: list[Words] = [()]
        is_whole = True
        ranked: _Ranked = []
        for number in range(len(self._template.blanks)):
            found = [self._candidates(filling, len(fillings)) for filling in fillings]
            grown = [
                (*filling, word)
                for filling, words in zip(fillings, found, strict=True)
                for word in words.words
            ]
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
        is_inside = bool(blank.prefix) and after[:1].isalnum()  # a blank within a word adds letters
        return [
            words
            for words, is_bad in zip(fillings, unknown, strict=True)
            if not is_bad and not (is_inside and words[-1] == blank.prefix)
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

    def _rank(self, count: int, fillings: Sequence[Words], *, keep_all: bool) -> _Ranked:
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
                scores = self._reader.log_probs(variants.choose(kept), reach=reach)
                kept = sorted(kept[row] for row in scores.topk(keep).indices.tolist())
        final = self._reader.log_probs(variants.choose(kept)).tolist()
        ranked = [(fillings[row], score) for row, score in zip(kept, final, strict=True)]
        return sorted(ranked, key=lambda item: (-item[1], item[0]))
