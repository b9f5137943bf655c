"""Candidates for a blank, proposed before the other side of it is read.

Without a backward model the left side proposes; with one, both directions do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lmkit.inference.context import BidirectionalScorer, Context, extend
from lmkit.inference.fill.after_sign import gains_after_space, has_met, sign_before
from lmkit.inference.fill.blank_variants import joined_words, template_for
from lmkit.inference.fill.config import FillConfig, Words
from lmkit.inference.product_prediction import ProductPrediction
from lmkit.inference.search import FoundWord, WordQuery, search_words
from lmkit.inference.vocabulary import Place, Vocabulary, place_after
from lmkit.models.base import Model
from lmkit.text.blanks import Blank, Template
from lmkit.text.scripts import UNSPACED

_FEWEST = 32  # words proposed after each filling that is carried on
_TOKENS = 3  # a word of several tokens costs so much more to find


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Number of candidates to look for.

    Attributes:
        shortlist: Candidates of one word.
        beam: Beginnings that are carried on, where a blank takes several words.
        avoid: Words never proposed, in lower case.
    """

    shortlist: int = 400
    beam: int = 24
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates for a blank.

    Attributes:
        words: The candidates.
        is_all: Whether no other word may go in.
        gains: Nats that a candidate is more probable than it reads where it stands.
    """

    words: Words
    is_all: bool
    gains: Mapping[str, float] = field(default_factory=dict)


class CandidateFinder:
    """Finder of the candidates for the blanks of one text."""

    def __init__(
        self,
        reader: BidirectionalScorer,
        vocabulary: Vocabulary,
        template: Template,
        config: FillConfig,
    ) -> None:
        """Prepare the finder.

        Args:
            reader: The models that read, and what they have read so far.
            vocabulary: Their tokens.
            template: The text with its blanks, in words that the models know.
            config: The words allowed, and bounds of the search.
        """
        self._reader = reader
        self._vocabulary = vocabulary
        self._template = template_for(vocabulary.tokenizer, template)
        self._blanks = template.blanks
        self._config = config

    def find(self, filling: Words, beam: int) -> Candidates:
        """Return the candidates for the next blank after a filling of those before it.

        Args:
            filling: A word for each blank before.
            beam: Number of fillings that are carried on.
        """
        number = len(filling)
        segments, blank = self._template.segments, self._blanks[number]
        before = Template(segments[: number + 1], self._blanks[:number]).fill(filling)
        if (left := self._without_sign(before)) is not None:
            return self._find_after_sign(left, before, blank, beam)
        model, context = self._view(before, segments[number + 1], blank)
        proposal = self._proposal(beam, blank)
        found = propose(model, self._vocabulary, context, blank, before=before, proposal=proposal)
        is_all = self._found_all(len(found), blank, proposal)
        if self._vocabulary.is_whole and blank.max_words == 1:
            found = self._with_joined(found, context, blank, before, segments[number + 1])
        return Candidates(tuple(found), is_all=is_all)

    def _without_sign(self, before: str) -> str | None:
        """Return the text before a blank without the sign it ends in, where the sign says nothing.

        None where no sign is right before the blank, or the model knows what begins after it.
        """
        sign, forward = sign_before(before), self._reader.directions.forward
        if not sign or forward is None or self._vocabulary.is_whole:
            return None
        encode = self._vocabulary.tokenizer.encode
        left, ids = before.removesuffix(sign), encode(before)
        places = [self._reader.context(part, is_backward=False) for part in (encode(left), ())]
        sign_ids = ids[len(encode(left)) :]
        return None if has_met(forward, self._vocabulary, places, sign_ids) else left

    def _find_after_sign(self, left: str, before: str, blank: Blank, beam: int) -> Candidates:
        """Return the words that may stand after a space in place of the sign, and their gains."""
        model, spaced = self._view(left, "", blank)
        _, context = self._view(before, "", blank)
        proposal = self._proposal(beam, blank)
        found = propose(
            model, self._vocabulary, spaced, blank, before=f"{left} ", proposal=proposal
        )
        gains = gains_after_space(model, self._vocabulary, context, found)
        is_all = self._found_all(len(found), blank, proposal)
        return Candidates(tuple(found), is_all=is_all, gains=gains)

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
        tokenizer = self._vocabulary.tokenizer
        left = tokenizer.encode(before)
        right = tokenizer.encode_inside(after)[: self._config.reach][::-1]
        forward, backward = self._reader.directions.forward, self._reader.directions.backward
        if forward is None:
            return self._reader.directions.only(), self._reader.context(right, is_backward=True)
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


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words begun for a blank, their ids and the log-probability of the text so far."""

    text: str
    log_prob: float
    ids: tuple[int, ...]


def propose(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    blank: Blank,
    *,
    before: str,
    proposal: Proposal,
) -> dict[str, float]:
    """Return candidates for a blank with their log-probabilities after the left side.

    Punctuation alone is no candidate.

    Args:
        model: The model, which reads from left to right.
        vocabulary: Its tokens.
        context: The state and prediction after the text before the blank.
        blank: Beginning and number of the words.
        before: The text before the blank.
        proposal: Number of candidates to look for.

    Returns:
        Log-probability (nats) of each candidate, best first.
    """
    found: dict[str, float] = {}
    begun = [_Phrase("", 0.0, ())]
    for length in range(1, blank.max_words + 1):
        grown = _grow_all(
            model, vocabulary, context, begun, blank=blank, before=before, proposal=proposal
        )
        if length >= blank.min_words:
            found.update({phrase.text: phrase.log_prob for phrase in grown})
        begun = grown[: proposal.beam]
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _grow_all(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    begun: list[_Phrase],
    *,
    blank: Blank,
    before: str,
    proposal: Proposal,
) -> list[_Phrase]:
    """Carry every phrase on by one word; the best first."""
    grown: list[_Phrase] = []
    for phrase in begun:
        query = _query(phrase, blank=blank, before=before, proposal=proposal)
        here = extend(model, context, phrase.ids)
        grown += [
            _Phrase(
                _joined(phrase.text, word.word),
                phrase.log_prob + word.log_prob,
                (*phrase.ids, *word.ids),
            )
            for word in _search(model, vocabulary, here, query)
            if word.word.casefold() not in proposal.avoid
        ]
    grown.sort(key=lambda phrase: (-phrase.log_prob, phrase.text))
    return grown[: proposal.shortlist]


def _query(phrase: _Phrase, *, blank: Blank, before: str, proposal: Proposal) -> WordQuery:
    if not phrase.text:
        count, place, prefix = proposal.shortlist, place_after(before), blank.prefix
    else:
        count, prefix = max(32, proposal.shortlist // proposal.beam), ""
        place = Place.GLUED if UNSPACED.match(phrase.text[-1]) else Place.SPACED
    return WordQuery(
        k=count,
        prefix=prefix,
        place=place,
        has_marks=False,
        rows=128,
        reads=2 * count + 50,
        branches=64,
    )


def _search(
    model: Model, vocabulary: Vocabulary, context: Context, query: WordQuery
) -> tuple[FoundWord, ...]:
    """Search; a prefix that no word has is tried in lower case."""
    found = search_words(model, vocabulary, context, query).words
    lower = query.prefix.lower()
    if found or lower == query.prefix:
        return found
    words = search_words(model, vocabulary, context, replace(query, prefix=lower)).words
    return tuple(_capitalised(vocabulary, word, query.prefix) for word in words)


def _capitalised(vocabulary: Vocabulary, word: FoundWord, prefix: str) -> FoundWord:
    """Write a word as its prefix was typed, if the model knows it so."""
    text = prefix + word.word[len(prefix) :]
    return FoundWord(text, word.ids, word.log_prob) if vocabulary.known(text) else word


def _joined(text: str, word: str) -> str:
    return word if not text else f"{text}{'' if UNSPACED.match(text[-1]) else ' '}{word}"
