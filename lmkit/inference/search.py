"""Search for the most probable whole words: one look for word units, best-first for the others.

In a subword or character model a word is a run of tokens. Its probability is that of its tokens
times that of the word ending after them; where a word can be spelled in several ways, the most
probable spelling counts. A begun word is never less probable than any word it grows into, so once
the best begun word is less probable than the k-th finished one, the k best words are known exactly.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch

from lmkit.inference.context import Context, continuation_log_probs
from lmkit.inference.vocabulary import Place, Vocabulary, is_punctuation
from lmkit.models.base import Model

Row = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordQuery:
    """Kind and number of the words searched, and bounds of the search."""

    k: int = 5  # words wanted
    prefix: str = ""  # what they begin with
    place: Place = Place.ANYWHERE
    has_marks: bool = True  # whether punctuation alone counts as a word
    follows_letter: bool = False  # whether a letter stands before: no token may carry on its word
    rows: int = 32  # begun words read side by side
    reads: int = 4000  # begun words read at most
    branches: int = 256  # ways a begun word is carried on at most
    tokens: int = 40  # of a word at most


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A word, its most probable spelling and the log-probability (nats) of it standing here."""

    word: str
    ids: tuple[int, ...]
    log_prob: float


@dataclass(frozen=True, slots=True)
class FoundWords:
    """Words found by a search, and how sure they are.

    Attributes:
        words: Best first.
        prefix_log_prob: Of any word that begins with the prefix.
        bound: No word left out is more probable than this (nats); where it is at most the last
            word's log-probability the answer is exact.
    """

    words: tuple[FoundWord, ...]
    prefix_log_prob: float
    bound: float


def search_words(
    model: Model, vocabulary: Vocabulary, context: Context, query: WordQuery
) -> FoundWords:
    """Find the most probable whole words.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The text before.
        query: Kind and number of the words.

    Returns:
        At most `query.k` words.
    """
    query = replace(query, prefix=vocabulary.tokenizer.requoted(query.prefix))
    row = context.log_probs.double().numpy()
    if vocabulary.is_whole:
        return _whole_words(vocabulary, row, query)
    search = _Search(model, vocabulary, context, query)
    search.begin(row)
    while search.go_on():
        pass
    return search.result()


def _whole_words(vocabulary: Vocabulary, row: Row, query: WordQuery) -> FoundWords:
    resolved, _ = _first_tokens(vocabulary, query)
    ids = resolved[vocabulary.shown[resolved]]
    total = _log_sum(row[ids])
    if not query.has_marks:
        ids = ids[~vocabulary.punctuation[ids]]
    scores = row[ids]
    if query.place is Place.ANYWHERE and vocabulary.word_numbers is not None:
        ids, scores = _merged(ids, scores, vocabulary.word_numbers[0])
    best = _best(scores, query.k)
    words = tuple(
        FoundWord(vocabulary.words[ids[place]], (int(ids[place]),), float(scores[place]))
        for place in best
    )
    return FoundWords(words, total, words[-1].log_prob if len(words) == query.k else -math.inf)


def _merged(
    ids: npt.NDArray[np.int64], scores: Row, numbers: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Row]:
    """Add up the tokens that read the same; the most probable one speaks for them."""
    order = np.lexsort((-scores, numbers[ids]))
    ids, scores = ids[order], scores[order]
    starts = np.flatnonzero(np.diff(numbers[ids], prepend=-1))
    if not len(starts):
        return ids, scores
    with np.errstate(divide="ignore"):
        return ids[starts], np.log(np.add.reduceat(np.exp(scores), starts))


def _first_tokens(
    vocabulary: Vocabulary, query: WordQuery
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the tokens that begin with the whole prefix, and those that begin it alone."""
    allowed = vocabulary.starting(query.place)
    if query.follows_letter and vocabulary.is_whole:
        allowed = allowed & ~vocabulary.joins_letters
    if not query.prefix:
        return np.flatnonzero(allowed), np.zeros(0, dtype=np.int64)
    spaces = {Place.SPACED: (" ",), Place.GLUED: ("",)}.get(query.place, (" ", ""))
    resolved = np.concatenate([vocabulary.beginning_with(s + query.prefix) for s in spaces])
    partial = np.concatenate([vocabulary.begun_by(s + query.prefix) for s in spaces])
    return resolved[allowed[resolved]], partial[allowed[partial]]


@dataclass(slots=True)
class _Search:
    """State of a search: begun words still to be read, best first, and the words found."""

    model: Model
    vocabulary: Vocabulary
    context: Context
    query: WordQuery
    begun: list[tuple[float, tuple[int, ...], str]] = field(default_factory=list)
    found: dict[str, FoundWord] = field(default_factory=dict)
    resolved: list[float] = field(default_factory=list)  # log-probabilities that sum to the prefix
    left_out: float = -math.inf
    least: float = -math.inf  # what a word must beat to be among the k best
    reads: int = 0

    def begin(self, row: Row) -> None:
        """Take the first tokens."""
        resolved, partial = _first_tokens(self.vocabulary, self.query)
        self._push((), row, 0.0, resolved=resolved, partial=partial, todo=self.query.prefix)
        self._begin_in_bytes()

    def _begin_in_bytes(self) -> None:
        """Take the tokenizer's own spelling of a prefix that needs parts of characters."""
        tokenizer, prefix = self.vocabulary.tokenizer, self.query.prefix
        encode = tokenizer.encode_inside if self.query.place is Place.GLUED else tokenizer.encode
        tokens = encode(prefix) if prefix else []
        if any("\ufffd" in self.vocabulary.texts[number] for number in tokens):
            if tokenizer.unknown_id in tokens:
                return
            total = continuation_log_probs(self.model, self.context, [tokens])
            self.resolved.append(float(total[0]))
            self._add(tuple(tokens), float(total[0]), "")

    def go_on(self) -> bool:
        """Read the best begun words and carry them on; return whether any were worth it."""
        self.least = self._least_wanted()
        by_length: dict[int, list[tuple[float, tuple[int, ...], str]]] = defaultdict(list)
        taken = 0
        while self.begun and taken < self.query.rows and self.reads < self.query.reads:
            if -self.begun[0][0] <= self.least:
                break
            word = heapq.heappop(self.begun)
            by_length[len(word[1])].append(word)
            taken += 1
            self.reads += 1
        for words in by_length.values():
            self._carry_on(words)
        return taken > 0

    def result(self) -> FoundWords:
        """Return the best words and how sure they are."""
        words = sorted(self.found.values(), key=lambda word: (-word.log_prob, word.word))
        waiting = -self.begun[0][0] if self.begun else -math.inf
        total = _log_sum(np.array(self.resolved))
        return FoundWords(tuple(words[: self.query.k]), total, max(waiting, self.left_out))

    def _least_wanted(self) -> float:
        """Return what a word must beat to be among the k best."""
        if len(self.found) < self.query.k:
            return -math.inf
        scores = np.array([word.log_prob for word in self.found.values()])
        return float(np.partition(scores, -self.query.k)[-self.query.k])

    def _carry_on(self, words: Sequence[tuple[float, tuple[int, ...], str]]) -> None:
        state = self.model.select(self.context.state, [0] * len(words))
        ids = torch.tensor([tokens for _, tokens, _ in words])
        prediction, _ = self.model.read(ids, state)
        rows = prediction.last().log_probs()[:, 0].double().numpy()
        for (cost, tokens, todo), row in zip(words, rows, strict=True):
            self._carry_on_one(tokens, row, -cost, todo=todo)

    def _carry_on_one(
        self, tokens: tuple[int, ...], row: Row, log_prob: float, *, todo: str
    ) -> None:
        if todo:
            resolved, partial = self._spelling(todo)
            self._push(tokens, row, log_prob, resolved=resolved, partial=partial, todo=todo)
            return
        if not self.vocabulary.opens[list(tokens)].all():
            end = _log_sum(row[~self.vocabulary.continues])
            self._finish(tokens, log_prob + end)
        self._push(tokens, row, log_prob, resolved=np.flatnonzero(self._following(tokens)))

    def _following(self, tokens: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        """Return whether each token may carry on a begun word; after a space, any without one."""
        if self.vocabulary.opens[list(tokens)].all():
            return ~self.vocabulary.hidden & ~self.vocabulary.spaced
        return self.vocabulary.continues & ~self.vocabulary.hidden

    def _spelling(self, todo: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the tokens that finish the prefix, and those that carry it on.

        "well-k" has a dash between its letters, so any token without a space may do either.
        """
        usable = ~self.vocabulary.hidden & ~self.vocabulary.spaced
        resolved = self.vocabulary.beginning_with(todo)
        partial = self.vocabulary.begun_by(todo)
        return resolved[usable[resolved]], partial[usable[partial]]

    def _push(
        self,
        tokens: tuple[int, ...],
        row: Row,
        log_prob: float,
        *,
        resolved: npt.NDArray[np.int64],
        partial: npt.NDArray[np.int64] | None = None,
        todo: str = "",
    ) -> None:
        if todo or not tokens:
            self.resolved.append(log_prob + _log_sum(row[resolved]))
        scores = log_prob + row[resolved]
        best = _best(scores, self.query.branches)
        for place in best:
            self._add((*tokens, int(resolved[place])), float(scores[place]), "")
        if 0 < len(best) < len(scores):
            self.left_out = max(self.left_out, float(scores[best[-1]]))
        for number in [] if partial is None else partial.tolist():
            text = self.vocabulary.texts[number]
            rest = todo[len(text if tokens else text.removeprefix(" ")) :]
            self._add((*tokens, number), log_prob + float(row[number]), rest)

    def _add(self, tokens: tuple[int, ...], log_prob: float, todo: str) -> None:
        if log_prob <= self.least:
            return
        if len(tokens) > self.query.tokens:
            self.left_out = max(self.left_out, log_prob)
            return
        heapq.heappush(self.begun, (-log_prob, tokens, todo))

    def _finish(self, tokens: tuple[int, ...], log_prob: float) -> None:
        word = self.vocabulary.tokenizer.decode(tokens).strip()
        if not word or "\ufffd" in word or not word.startswith(self.query.prefix):
            return
        if "___" in word:  # a blank, whatever the training text took it for
            return
        if not self.query.has_marks and is_punctuation(word):
            return
        known = self.found.get(word)
        if known is None or log_prob > known.log_prob:
            self.found[word] = FoundWord(word, tokens, log_prob)


def _best(scores: Row, k: int) -> list[int]:
    """Return the places of the k largest scores, largest first; equal ones by place."""
    if k < len(scores):
        edge = np.partition(scores, -k)[-k]
        candidates = np.flatnonzero(scores >= edge)
    else:
        candidates = np.arange(len(scores))
    order = np.lexsort((candidates, -scores[candidates]))
    return [int(place) for place in candidates[order][:k] if scores[place] > -math.inf]


def _log_sum(values: Row) -> float:
    if not len(values):
        return -math.inf
    top = float(values.max())
    return top if top == -math.inf else top + math.log(float(np.exp(values - top).sum()))
