"""Strands that answer questions: next words, completions, fillings, scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.inference.complete import complete_word, split_begun
from lmkit.inference.context import Context
from lmkit.inference.engine import Output, Request
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.explanation import explain_fill
from lmkit.inference.fill.fill import fill_text
from lmkit.inference.next_words import next_words
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.unknown_words import with_known_variants
from lmkit.inference.vocabulary import ends_in_a_letter
from lmkit.models.base import Model
from lmkit.results import FillExplanation, Guess, NextWords
from lmkit.results import Score as LineScore
from lmkit.serve.candidates import candidate_probabilities
from lmkit.serve.demands import Alone, Draw, More, Read, Score, Strand
from lmkit.serve.filtered import FilteredModel, filtered_context
from lmkit.serve.interruptible import InterruptibleModel, interruptible
from lmkit.serve.options import Limits
from lmkit.serve.registry import ServedModel, Variant, VariantKey
from lmkit.text.blanks import parse_blanks

_NATS = math.log(2)  # of one bit


@dataclass(frozen=True, slots=True)
class Asked:
    """The model that is asked, and how.

    Attributes:
        model: The model.
        key: Options under which it is asked.
        limits: Bounds of requests.
    """

    model: ServedModel
    key: VariantKey
    limits: Limits

    def variant(self) -> Variant:
        """Return the model under its options; to be called in the engine thread."""
        return self.model.variant(self.key)

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text as a line is read: the line end, then its tokens.

        Raises:
            UsageError: If there are too many.
        """
        ids = self.model.tokenizer.encode(text)
        self.check(len(ids))
        return (self.model.tokenizer.line_end_id, *ids)

    def check(self, tokens: int) -> None:
        """Refuse a text that is too long.

        Raises:
            UsageError: If it has more tokens than the limit.
        """
        if tokens > self.limits.prompt_tokens:
            raise UsageError(
                f"the text has {tokens} tokens, and at most {self.limits.prompt_tokens} are read; "
                "send a shorter one"
            )


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """A question for next words: how many, drawn how, or the words asked about."""

    text: str
    k: int
    sampling: SamplingConfig | None
    of: tuple[str, ...] = ()


def answer_next(asked: Asked, question: NextQuestion) -> Strand:
    """Answer with the words that may come next, or with those asked about."""
    variant = asked.variant()
    text = with_known_variants(variant.vocabulary, question.text)
    context = yield Read(variant, asked.encode(text))
    model: Model = variant.forward
    if not variant.vocabulary.is_whole or question.of:
        breathe = yield Alone()
        model = InterruptibleModel(model, breathe)
    if question.sampling is not None:
        model = FilteredModel(model, question.sampling)
        context = filtered_context(context, question.sampling)
    follows = ends_in_a_letter(question.text)
    if question.of:
        words = candidate_probabilities(
            model, variant.vocabulary, context, question.of, follows_letter=follows
        )
        return {"text": question.text, "words": words}
    guesses = next_words(model, variant.vocabulary, context, k=question.k, follows_letter=follows)
    return NextWords(question.text, guesses).to_dict()


def answer_complete(asked: Asked, text: str, k: int) -> Strand:
    """Answer with the words that finish the one a text ends in, or come next."""
    begun = split_begun(text)
    if not begun.prefix:
        return (yield from answer_next(asked, NextQuestion(text, k, None)))
    variant = asked.variant()
    before = with_known_variants(variant.vocabulary, begun.before)
    context: Context = yield Read(variant, asked.encode(before))
    model: Model = variant.forward
    if not variant.vocabulary.is_whole:
        breathe = yield Alone()
        model = InterruptibleModel(model, breathe)
    guesses = complete_word(model, variant.vocabulary, context, begun, k=k)
    return NextWords(text, guesses).to_dict()


def answer_fill(asked: Asked, text: str, config: FillConfig, *, explain: bool) -> Strand:
    """Answer with the best ways to fill the blanks of a text."""
    variant = asked.variant()
    _check_fill(asked, text, config)
    breathe = yield Alone()
    directions = interruptible(variant.directions, breathe)
    filling = fill_text(directions, variant.vocabulary, text, config)
    answer: JsonObject = filling.to_dict()
    if explain:
        reasons = explain_fill(directions, variant.vocabulary, filling)
        for filled, reason in zip(answer["fillings"], reasons, strict=True):
            filled["why"] = _why(asked, reason, filled["words"])
    return answer


def answer_score(asked: Asked, lines: Sequence[str], *, context: str, expected: int) -> Strand:
    """Answer with the surprisal of each word of lines, and the words expected instead."""
    variant = asked.variant()
    asked.check(sum(len(asked.model.tokenizer.encode(line)) + 1 for line in lines) - 1)
    scores: list[LineScore] = yield Score(variant, tuple(lines), context)
    answers: list[JsonObject] = [score.to_dict() for score in scores]
    if expected:
        if context == "document":
            raise UsageError("words expected are given line by line; send context line")
        for answer, line in zip(answers, lines, strict=True):
            tops = yield from _expected(asked, variant, line, expected)
            for word, top in zip(answer["words"], tops, strict=True):
                word["expected"] = top
    return {"scores": answers}


def _check_fill(asked: Asked, text: str, config: FillConfig) -> None:
    """Refuse a filling that would be read for too long."""
    template = parse_blanks(text)
    tokens = len(asked.model.tokenizer.encode(" ".join(template.segments)))
    asked.check(tokens)
    tried = len(config.choices or ()) or (asked.model.tokenizer.vocab_size if config.exact else 0)
    right = len(asked.model.tokenizer.encode(template.segments[-1])) + 1
    if tried * min(right, config.reach) > asked.limits.fill_tokens:
        raise UsageError(
            f"{tried} words before {right} tokens are too many to try them all; send a shorter "
            "text, fewer choices, or leave exact out"
        )


def _why(asked: Asked, reason: FillExplanation, words: Sequence[str]) -> JsonObject:
    """Return what each side contributed, as natural logarithms."""
    left = -_NATS * math.fsum(word.bits for word in reason.blanks)
    right = -_NATS * math.fsum(word.bits for word in reason.right)
    return {"left": left, "right": right, "frequency": _frequency(asked, words)}


def _frequency(asked: Asked, words: Sequence[str]) -> float | None:
    """Return the natural logarithm of how frequent words are by themselves, if that was counted."""
    ngram = asked.model.archive.ngram
    if ngram is None:
        return None
    unigrams = ngram.tables.levels[0].log_probs
    encode = asked.model.tokenizer.encode_inside
    ids = [number for word in words for number in encode(f" {word}")]
    return math.fsum(float(unigrams[number]) for number in ids)


def _expected(asked: Asked, variant: Variant, line: str, count: int) -> Strand:
    """Return the tokens expected in the place of each word of a line, best first."""
    words = asked.model.tokenizer.encode_words(line)
    ids = (asked.model.tokenizer.line_end_id, *(number for word in words for number in word))
    hidden = asked.model.vocabulary.hidden
    most = min(count + int(hidden.sum()), count + 16)
    request = Request(prompt=ids, max_tokens=0, echo=True, top=most)
    outputs: list[Output] = yield Draw(variant, request)
    while not outputs[-1].finish:
        outputs += yield More()
    starts, place = [], 1
    for word in words:
        starts.append(place)
        place += len(word)
    return [_best(asked, outputs[start], count) for start in starts]


def _best(asked: Asked, output: Output, count: int) -> list[JsonObject]:
    vocabulary = asked.model.vocabulary
    shown = ((n, p) for n, p in output.top if vocabulary.shown[n])
    return [
        Guess(vocabulary.words[number].strip(), min(1.0, math.exp(log_prob))).to_dict()
        for number, log_prob in islice(shown, count)
    ]
