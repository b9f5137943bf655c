"""Continue a prompt: tokens drawn one after another, several samples side by side."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.inference.context import Context, read_context
from lmkit.inference.sampling import SamplingConfig, Step, compose, draw
from lmkit.inference.text_stream import TextStream, begins_word
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import AnyState, Model
from lmkit.results import Generated

ENDS = ("words", "line", "paragraph")
_PIECES_A_WORD = 24  # a character model may never end its word: it is stopped after so many


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfig:
    """How much to write, how freely, and where to stop.

    Attributes:
        words: Most words: tokens between white space (and characters of scripts without spaces).
        samples: Texts written side by side.
        seed: Equal seeds write equal texts.
        sampling: How freely to draw.
        end: Where a text ends before its number of words: "words" nowhere, "line" at the end of a
            line, "paragraph" at an empty line.
        stop: Strings; a text ends before the first of them that it writes.
        banned: Words never written.
        forced: Words the text begins with, after the prompt.
        beam: Search so many ways side by side for the most probable ends of the line, in place of
            drawing; 0: draw. `sampling`, `seed`, `end`, `stop` and `forced` are for drawing alone.
    """

    words: int = 50
    samples: int = 1
    seed: int = 0
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    end: str = "words"
    stop: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    beam: int = 0

    def __post_init__(self) -> None:
        if self.words < 0:
            raise UsageError(f"the number of words cannot be negative, got {self.words}")
        if self.samples < 1:
            raise UsageError(f"the number of samples must be at least 1, got {self.samples}")
        if self.beam < 0:
            raise UsageError(f"the width of a beam cannot be negative, got {self.beam}")
        if self.end not in ENDS:
            raise UsageError(f"no end named {self.end!r}; choose from {', '.join(ENDS)}")
        if not all(self.stop):
            raise UsageError("a stop string cannot be empty; leave it out")


@dataclass(frozen=True, slots=True)
class Part:
    """Some more text of one sample.

    Attributes:
        sample: Which, from 0.
        text: What it adds.
        words: Words the sample has so far.
        is_last: Whether the sample ends here.
    """

    sample: int
    text: str
    words: int
    is_last: bool


def generate(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    prompt: Sequence[int],
    *,
    config: GenerateConfig,
) -> Iterator[Part]:
    """Write on after a prompt.

    Args:
        model: Who read `context`.
        vocabulary: Its tokens.
        context: The prompt, read.
        prompt: The ids of the prompt.
        config: How much, how freely, where to stop.

    Yields:
        Text as it comes; the last part of each sample says so.
    """
    writer = _Writer(vocabulary, prompt, config)
    generator = make_generator(config.seed)
    rows = list(range(config.samples))
    state = model.select(context.state, [0] * len(rows))
    scores = context.log_probs.expand(len(rows), -1)
    while rows:
        tokens = writer.choose(scores, rows, generator)
        going = []
        for place, (row, token) in enumerate(zip(rows, tokens.tolist(), strict=True)):
            part = writer.write(row, token)
            if part.text or part.is_last:
                yield part
            if not part.is_last:
                going.append(place)
        if not going:
            return
        rows = [rows[place] for place in going]
        scores, state = _read(model, tokens, state, going)


def continue_text(
    model: Model, vocabulary: Vocabulary, prompt: str, *, config: GenerateConfig
) -> Iterator[Part]:
    """Do as `generate` after a text; no second space is written after one it ends in."""
    if config.beam:
        raise UsageError("a beam search writes whole texts, none as they come; ask for samples")
    ids = vocabulary.tokenizer.encode(prompt)
    context = read_context(model, ids, line_end_id=vocabulary.line_end_id)
    begun = set() if prompt[-1:].isspace() else set(range(config.samples))
    for part in generate(model, vocabulary, context, ids, config=config):
        is_first = bool(part.text) and part.sample not in begun
        begun.add(part.sample)
        yield replace(part, text=part.text.removeprefix(" ")) if is_first else part


def write_texts(
    model: Model, vocabulary: Vocabulary, prompt: str, *, config: GenerateConfig
) -> tuple[Generated, ...]:
    """Continue a text and return every sample whole; the seconds are those of all together."""
    started = time.perf_counter()
    texts, words = [""] * config.samples, [0] * config.samples
    for part in continue_text(model, vocabulary, prompt, config=config):
        texts[part.sample] += part.text
        words[part.sample] = part.words
    seconds = time.perf_counter() - started
    return tuple(
        Generated(prompt, prompt + text, count, seconds)
        for text, count in zip(texts, words, strict=True)
    )


def banned_tokens(vocabulary: Vocabulary, words: Sequence[str]) -> Tensor:
    """Return which tokens are never written, boolean of shape (vocab,).

    Unknown tokens and control characters are among them, line ends are not. A word of several
    tokens is banned by its first token, a token between words alone excepted.
    """
    banned = torch.from_numpy(vocabulary.hidden.copy())
    banned[vocabulary.line_end_id] = False
    for word in words:
        for ids in (vocabulary.tokenizer.encode(word), vocabulary.tokenizer.encode_inside(word)):
            first = [number for number in ids if not vocabulary.opens[number]][:1]
            banned[first] = True
    return banned


def _read(
    model: Model, tokens: Tensor, state: AnyState, going: Sequence[int]
) -> tuple[Tensor, AnyState]:
    if len(going) < len(tokens):
        state, tokens = model.select(state, going), tokens[list(going)]
    prediction, state = model.read(tokens[:, None], state)
    return prediction.log_probs()[:, 0], state


class _Writer:
    """What each sample has written, and whether it has come to its end."""

    def __init__(
        self, vocabulary: Vocabulary, prompt: Sequence[int], config: GenerateConfig
    ) -> None:
        self._vocabulary = vocabulary
        self._config = config
        self._step: Step = compose(config.sampling, banned=banned_tokens(vocabulary, config.banned))
        self._forced = _forced(vocabulary, prompt, config.forced)
        self._history = [list(prompt) for _ in range(config.samples)]
        self._streams = [TextStream(vocabulary, prompt) for _ in range(config.samples)]
        self._texts = [""] * config.samples
        self._shown = [0] * config.samples
        self._words = [0] * config.samples
        self._pieces = [0] * config.samples
        self._held = max(map(len, config.stop), default=1) - 1

    def choose(self, scores: Tensor, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """Return the next token of each row."""
        written = self._pieces[rows[0]]  # all rows have written equally much
        if written < len(self._forced):
            return torch.full((len(rows),), self._forced[written])
        return draw(self._step(scores, [self._history[row] for row in rows]), generator)

    def write(self, row: int, token: int) -> Part:
        """Add a token to a sample, unless the sample is at its end."""
        if self._is_full(row, token):
            self._texts[row] += self._streams[row].end()
            return self._part(row, len(self._texts[row]), is_last=True)
        self._history[row].append(token)
        self._pieces[row] += 1
        before = len(self._texts[row])
        self._texts[row] += self._streams[row].add(token)
        end = self._end(row, before)
        if end is not None:
            return self._part(row, max(end, self._shown[row]), is_last=True)
        safe = max(self._shown[row], len(self._texts[row]) - self._held)
        return self._part(row, safe, is_last=False)

    def _is_full(self, row: int, token: int) -> bool:
        """Say whether a token would begin one word too many; what sticks to the last word may."""
        config = self._config
        if self._pieces[row] >= max(1, config.words) * _PIECES_A_WORD:
            return True
        text = self._vocabulary.texts[token]
        if begins_word(text) or self._begins_after_space(row, text):
            if self._words[row] >= config.words:
                return True
            self._words[row] += 1
            return False
        return self._words[row] >= config.words and text.isspace()

    def _begins_after_space(self, row: int, text: str) -> bool:
        """Say whether a token without a space begins a word, as in character models."""
        if text.isspace() or begins_word(text):
            return False
        history = self._history[row]
        before = self._vocabulary.texts[history[-1]] if history else "\n"
        return before.isspace()

    def _end(self, row: int, before: int) -> int | None:
        """Return where the text of a row ends, if it does."""
        text = self._texts[row]
        reach = max(0, before - self._held)
        places = [text.find(stop, reach) for stop in self._config.stop]
        if self._config.end == "line":
            places.append(text.find("\n", before))
        if self._config.end == "paragraph":
            places.append(text.find("\n\n", max(0, before - 1)))
        found = [place for place in places if place >= 0]
        return min(found) if found else None

    def _part(self, row: int, end: int, *, is_last: bool) -> Part:
        text = self._texts[row][self._shown[row] : end]
        self._shown[row] = end
        return Part(row, text, self._words[row], is_last)


def _forced(vocabulary: Vocabulary, prompt: Sequence[int], words: Sequence[str]) -> list[int]:
    if not words:
        return []
    text = " ".join(words)
    is_start = not prompt or prompt[-1] == vocabulary.line_end_id
    encode = vocabulary.tokenizer.encode if is_start else vocabulary.tokenizer.encode_inside
    return encode(text if is_start else f" {text}")
