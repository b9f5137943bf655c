"""Generation: texts that continue a prompt, several samples side by side.

The engine writes tokens; `sample_text` makes text of them.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import Context, read_context
from lmkit.inference.engine import Engine, Request
from lmkit.inference.sample_text import GenerateConfig, Part, SampleText, most_tokens
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.writable import WritableTokens
from lmkit.models.base import Model
from lmkit.results import Generated

__all__ = ["GenerateConfig", "Part", "continue_text", "generate", "stream_text", "write_texts"]


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
        raise UsageError("a beam search cannot stream; it returns whole texts")
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
            max_tokens=most_tokens(config) + 1,  # the text ends before a token too many
            banned=banned,
            accept=writable.accept,
            forced=tuple(forced),
        )


def _forced(vocabulary: Vocabulary, prompt: Sequence[int], words: Sequence[str]) -> list[int]:
    if not words:
        return []
    text = " ".join(words)
    is_start = not prompt or prompt[-1] == vocabulary.line_end_id
    encode = vocabulary.tokenizer.encode if is_start else vocabulary.tokenizer.encode_inside
    return encode(text if is_start else f" {text}")
