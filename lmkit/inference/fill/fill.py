"""Fill the blanks of a text with both sides in view.

Candidates are proposed, then each is read together with the right-hand words, many side by side.
Several blanks are filled by beam, left to right. Nothing here knows which model answers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from lmkit.core.errors import UsageError
from lmkit.inference.bidirectional import BidirectionalScorer
from lmkit.inference.context import Context
from lmkit.inference.fill.blank_variants import (
    encode_variants,
    joined_text,
    joined_words,
    known_choices,
    template_for,
    unknown_joined,
    with_lengths,
)
from lmkit.inference.fill.candidates import Proposal, propose
from lmkit.inference.fill.config import FillConfig, Words
from lmkit.inference.product_prediction import ProductPrediction
from lmkit.inference.unknown_words import with_known_variants
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Model
from lmkit.models.directions import Directions
from lmkit.results import Filled, Filling
from lmkit.text.blanks import Blank, Template, parse_blanks
from lmkit.text.tokenizer import Tokenizer

_FEWEST = 32  # words proposed after each filling that is carried on
_FEW_CARRIED = 8  # fillings carried on to a blank of several words
_FAR = 50  # tokens after which candidates are chosen that are read further
_TOKENS = 3  # a word of several tokens costs so much more to find


def fill_text(
    directions: Directions, vocabulary: Vocabulary, text: str, config: FillConfig
) -> Filling:
    """Fill every blank of a text.

    The probabilities are in proportion to those of the completed texts (the end of the line not
    counted), among the candidates that were read with the whole right-hand side. At the very end
    of a text, words of several tokens are looked for with their ending counted. Punctuation alone
    is no filling, unless it is among the choices. Where a blank touches other characters, the word
    they make together has to be known.

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
    search = _FillSearch(directions, vocabulary, read, config, choices)
    ranked, is_whole = search.run()
    total = torch.logsumexp(torch.tensor([score for _, score in ranked] or [0.0]), 0).item()
    best = tuple(
        Filled(words, template.fill(words), min(1.0, math.exp(score - total)))
        for words, score in ranked[: config.k]
    )
    return Filling(text=text, fillings=best, candidates=len(ranked), exact=is_whole)


@dataclass(frozen=True, slots=True)
class _Words:
    """Candidates for a blank.

    Attributes:
        words: The candidates.
        is_all: Whether no other word may go in.
    """

    words: Words
    is_all: bool


class _FillSearch:
    """Search for the fillings of one text, blank by blank."""

    def __init__(
        self,
        directions: Directions,
        vocabulary: Vocabulary,
        template: Template,
        config: FillConfig,
        choices: Words | None,
    ) -> None:
        self._directions = directions
        self._vocabulary = vocabulary
        self._template = template
        self._config = config
        self._choices = choices
        self._reader = BidirectionalScorer(directions, line_end_id=vocabulary.line_end_id)
        self._token_template = template_for(vocabulary.tokenizer, template)

    def run(self) -> tuple[list[tuple[Words, float]], bool]:
        """Return all fillings read to the end, best first, and whether those are all there are."""
        fillings: list[Words] = [()]
        is_whole = True
        ranked: list[tuple[Words, float]] = []
        for number in range(len(self._template.blanks)):
            found = [self._words(filling, len(fillings)) for filling in fillings]
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

    def _words(self, filling: Words, beam: int) -> "_Words":
        """Return the candidates for the next blank after a filling of those before it."""
        if self._choices is not None:
            return _Words(self._choices, is_all=True)
        number = len(filling)
        segments, blank = self._token_template.segments, self._template.blanks[number]
        before = Template(segments[: number + 1], self._template.blanks[:number]).fill(filling)
        model, context = self._view(before, segments[number + 1], blank)
        proposal = self._proposal(beam, blank)
        found = propose(model, self._vocabulary, context, blank, before=before, proposal=proposal)
        is_all = self._found_all(len(found), blank, proposal)
        if self._vocabulary.is_whole and blank.max_words == 1:
            found = self._with_joined(found, context, blank, before, segments[number + 1])
        return _Words(tuple(found), is_all=is_all)

    def _with_joined(
        self, found: dict[str, float], context: Context, blank: Blank, before: str, after: str
    ) -> dict[str, float]:
        """Return candidates and the best of those that make a known word with their neighbours."""
        log_probs = context.log_probs
        joined = joined_words(self._vocabulary, log_probs, blank, before=before, after=after)
        most = len(joined) if self._config.exact else self._config.shortlist
        best = sorted(joined, key=lambda word: (-joined[word], word))[:most]
        avoid = {word.casefold() for word in self._config.avoid}
        added = {word: joined[word] for word in best if word.casefold() not in avoid}
        return {**added, **found}

    def _found_all(self, count: int, blank: Blank, proposal: Proposal) -> bool:
        """Return whether a proposal must hold every word that fits into a blank."""
        if self._config.exact or blank.max_words > 1:
            return self._config.exact and (blank.max_words == 1 or self._takes_all(blank))
        wanted = min(proposal.shortlist, len(self._vocabulary))
        return self._vocabulary.is_whole and (
            wanted == len(self._vocabulary) or count + len(proposal.avoid) < wanted
        )

    def _view(self, before: str, after: str, blank: Blank) -> tuple[Model, Context]:
        """Return the model that proposes words for a blank, and the context it has read.

        Both directions propose where one token is one word; else the forward model alone, or the
        backward one where there is no forward model.
        """
        tokenizer = self._tokenizer
        left = tokenizer.encode(before)
        right = tokenizer.encode_inside(after)[: self._config.reach][::-1]
        forward, backward = self._directions.forward, self._directions.backward
        if forward is None:
            return self._directions.only(), self._reader.context(right, is_backward=True)
        here = self._reader.context(left, is_backward=False)
        if backward is None or blank.max_words > 1 or not self._vocabulary.is_whole:
            return forward, here
        there = self._reader.context(right, is_backward=True)
        return forward, Context(ProductPrediction(here.prediction, there.prediction), here.state)

    def _takes_all(self, blank: Blank) -> bool:
        """Return whether all runs of words for a blank are few enough to read every one."""
        size = len(self._vocabulary)
        runs = sum(size**length for length in range(blank.min_words, blank.max_words + 1))
        return self._vocabulary.is_whole and runs <= self._config.whole

    def _proposal(self, beam: int, blank: Blank) -> Proposal:
        avoid = frozenset(word.casefold() for word in self._config.avoid)
        if self._config.exact and blank.max_words > 1 and self._takes_all(blank):
            most = self._config.whole
            return Proposal(shortlist=most * len(self._vocabulary), beam=most, avoid=avoid)
        tokens = 1 if self._vocabulary.is_whole else _TOKENS
        size = max(self._config.shortlist // (beam * tokens), _FEWEST, self._config.k)
        if self._config.exact:
            size = max(size, len(self._vocabulary))
        per_filling = self._config.searches // beam  # the first search, and one for each beginning
        carried = max(1, (per_filling - 1) // max(1, blank.max_words - 1))
        return Proposal(shortlist=size, beam=min(self._config.beam, carried), avoid=avoid)

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

    def _rank(
        self, count: int, fillings: Sequence[Words], *, keep_all: bool
    ) -> list[tuple[Words, float]]:
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
