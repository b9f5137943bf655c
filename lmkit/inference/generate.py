"""Generation: texts that continue a prompt, several samples side by side.

The engine writes tokens; here they become text, and here a text ends.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import Context, read_context
from lmkit.inference.engine import Engine, Request
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.text_stream import TextStream, begins_word
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.models.base import Model
from lmkit.results import Generated

ENDS = ("words", "line", "paragraph")
_TOKENS_A_WORD = 24  # a character model may never end its word: it is stopped after so many


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateConfig:
    """Settings of generation: how much to write, how freely, and where to stop.

    Attributes:
        words: Most words: tokens between white space (and characters of scripts without spaces).
        samples: Texts written side by side.
        seed: Equal seeds write equal texts.
        sampling: Settings of the draw.
        end: Place of the end before the number of words: "words" nowhere, "line" at the end of a
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
    """The next text of one sample.

    Attributes:
        sample: Number of the sample, from 0.
        text: The text that comes to it; may be empty.
        words: Words of the sample so far.
        is_last: Whether the sample ends here.
        is_stopped: Whether it ends here because of what it says, not because it is long enough.
    """

    sample: int
    text: str
    words: int
    is_last: bool
    is_stopped: bool = False


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
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The prompt, read.
        prompt: The ids of the prompt.
        config: Length, settings of the draw, and end.

    Yields:
        Text as it comes; the last part of each sample says so. A sample is the same whatever the
        number of samples.
    """
    engine = Engine(model)
    requests = _requests(vocabulary, context, prompt, config)
    samples = {
        engine.add(request): SampleText(vocabulary, prompt, config, sample=number)
        for number, request in enumerate(requests)
    }
    for output in engine.run():
        part = samples[output.handle].write(output.id)
        if part.is_last:
            engine.cancel(output.handle)
        if part.text or part.is_last:
            yield part


def continue_text(
    model: Model, vocabulary: Vocabulary, prompt: str, *, config: GenerateConfig
) -> Iterator[Part]:
    """Write on after a text.

    Args:
        model: The model.
        vocabulary: Its tokens.
        prompt: The text; no second space is written after one it ends in.
        config: Length, settings of the draw, and end; no beam.

    Yields:
        As `generate`.

    Raises:
        UsageError: If a beam is asked for, which writes whole texts.
    """
    if config.beam:
        raise UsageError("a beam search writes whole texts, none as they come; ask for samples")
    ids = vocabulary.tokenizer.encode(prompt)
    context = read_context(model, ids, line_end_id=vocabulary.line_end_id)
    begun = set() if prompt[-1:].isspace() else set(range(config.samples))
    for part in generate(model, vocabulary, context, ids, config=config):
        is_first = bool(part.text) and part.sample not in begun
        begun.add(part.sample)
        yield replace(part, text=part.text.removeprefix(" ")) if is_first else part


def stream_text(
    model: Model, vocabulary: Vocabulary, prompt: str, *, config: GenerateConfig
) -> Iterator[str]:
    """Yield the text of the first sample alone as it comes, see `continue_text`."""
    config = replace(config, samples=1)
    for part in continue_text(model, vocabulary, prompt, config=config):
        if part.text:
            yield part.text


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
    """Return the tokens that are never written, boolean of shape (vocab,).

    Unknown tokens, control characters and blanks are among them, line ends are not. A word of
    several tokens is banned by its first token, a token between words alone excepted.
    """
    banned = torch.from_numpy(vocabulary.hidden.copy())
    banned[vocabulary.line_end_id] = False
    for word in words:
        for ids in (vocabulary.tokenizer.encode(word), vocabulary.tokenizer.encode_inside(word)):
            first = [number for number in ids if not vocabulary.opens[number]][:1]
            banned[first] = True
    return banned


def sample_seed(seed: int, sample: int) -> int:
    """Return the seed of one of several samples; the first has the seed itself."""
    if not sample:
        return seed
    digest = hashlib.blake2b(f"{seed} {sample}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big")


def _requests(
    vocabulary: Vocabulary, context: Context, prompt: Sequence[int], config: GenerateConfig
) -> Iterator[Request]:
    """Yield what is asked of the engine, sample after sample."""
    banned = banned_tokens(vocabulary, config.banned)
    writable = WritableTokens(vocabulary)
    forced = _forced(vocabulary, prompt, config.forced)
    for sample in range(config.samples):
        yield Request(
            context=context,
            before=tuple(prompt),
            sampling=config.sampling,
            seed=sample_seed(config.seed, sample),
            max_tokens=_most_tokens(config) + 1,  # the text ends before a token too many
            banned=banned,
            accept=writable.accept,
            forced=tuple(forced),
        )


def _most_tokens(config: GenerateConfig) -> int:
    return max(1, config.words) * _TOKENS_A_WORD


class SampleText:
    """Text of one sample: how much of it is shown, and where it ends."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        prompt: Sequence[int],
        config: GenerateConfig,
        *,
        sample: int = 0,
    ) -> None:
        self._vocabulary = vocabulary
        self._config = config
        self._sample = sample
        self._stream = TextStream(vocabulary, prompt)
        self._last = prompt[-1] if prompt else vocabulary.line_end_id
        self._text = ""
        self._shown = 0
        self._words = 0
        self._tokens = 0
        self._stops = tuple(map(vocabulary.tokenizer.requoted, config.stop))
        self._kept_back = max(map(len, config.stop), default=1) - 1

    @property
    def held(self) -> int:
        """Number of characters that are not shown yet: they may be the beginning of a stop."""
        return len(self._text) - self._shown

    def write(self, token: int) -> Part:
        """Add a token, unless the text is at its end; return what is shown more."""
        if self._is_full(token):
            return self.end()
        self._last = token
        self._tokens += 1
        before = len(self._text)
        self._text += self._stream.add(token)
        end = self._end(before)
        if end is not None:
            return replace(self._part(max(end, self._shown), is_last=True), is_stopped=True)
        return self._part(max(self._shown, len(self._text) - self._kept_back), is_last=False)

    def end(self) -> Part:
        """End the text here; return what was held back of it."""
        before = len(self._text)
        self._text += self._stream.end()
        end = self._end(before)
        stop = len(self._text) if end is None else max(end, self._shown)
        return replace(self._part(stop, is_last=True), is_stopped=end is not None)

    def _is_full(self, token: int) -> bool:
        """Return whether a token would begin one word too many; what sticks to the last may not."""
        if self._tokens >= _most_tokens(self._config):
            return True
        text = self._vocabulary.texts[token]
        if begins_word(text) or self._begins_after_space(text):
            if self._words >= self._config.words:
                return True
            self._words += 1
            return False
        return self._words >= self._config.words and text.isspace()

    def _begins_after_space(self, text: str) -> bool:
        """Return whether a token without a space begins a word, as in character models."""
        if text.isspace() or begins_word(text):
            return False
        return self._vocabulary.texts[self._last].isspace()

    def _end(self, before: int) -> int | None:
        """Return where the text ends, if it does, of which the part from `before` on is new."""
        reach = max(0, before - self._kept_back)
        places = [self._text.find(stop, reach) for stop in self._stops]
        if self._config.end == "line":
            places.append(self._text.find("\n", before))
        if self._config.end == "paragraph":
            places.append(self._text.find("\n\n", max(0, before - 1)))
        found = [place for place in places if place >= 0]
        return min(found) if found else None

    def _part(self, end: int, *, is_last: bool) -> Part:
        text = self._text[self._shown : end]
        self._shown = end
        return Part(self._sample, text, self._words, is_last)


def _forced(vocabulary: Vocabulary, prompt: Sequence[int], words: Sequence[str]) -> list[int]:
    if not words:
        return []
    text = " ".join(words)
    is_start = not prompt or prompt[-1] == vocabulary.line_end_id
    encode = vocabulary.tokenizer.encode if is_start else vocabulary.tokenizer.encode_inside
    return encode(text if is_start else f" {text}")
