"""Candidates for a blank, proposed before the other side of it is read.

Without a backward model the left side proposes; with one, both directions do.
"""

from dataclasses import dataclass, replace

from lmkit.inference.context import Context, extend
from lmkit.inference.search import FoundWord, WordQuery, search_words
from lmkit.inference.vocabulary import Place, Vocabulary, place_after
from lmkit.models.base import Model
from lmkit.text.blanks import Blank
from lmkit.text.scripts import UNSPACED


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
