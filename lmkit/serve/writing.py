"""Strands that continue prompts: one strand a text."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lmkit.core.json import JsonObject
from lmkit.inference.engine import Output, Request
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sample_text import SampleText
from lmkit.inference.sampling import SamplingConfig
from lmkit.inference.vocabulary import Vocabulary
from lmkit.serve.demands import Draw, More, Read, Strand
from lmkit.serve.registry import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One text to be written.

    Attributes:
        ids: The prompt as it is read; the line end comes first.
        prompt: The prompt as text.
        has_hidden_start: Whether the line end before the prompt is not a part of it.
        config: Words, stop strings and end; `samples`, `banned` and `forced` are not used.
        sampling: Settings of the draw.
        seed: Of this text.
        max_tokens: Tokens written at most.
        logprobs: Most probable tokens beside each; None gives no log-probabilities.
        echo: Whether the prompt is given back too.
    """

    ids: tuple[int, ...]
    prompt: str
    has_hidden_start: bool
    config: GenerateConfig = field(default_factory=GenerateConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    seed: int = 0
    max_tokens: int = 16
    logprobs: int | None = None
    echo: bool = False


@dataclass(slots=True)
class TokenTable:
    """Tokens with their log-probabilities, as `logprobs` of a choice gives them.

    Attributes:
        tokens: The text of each token.
        token_logprobs: The log-probability of each.
        top_logprobs: The most probable tokens in the place of each, itself among them.
        text_offset: Characters of prompt and text before each.
    """

    tokens: list[str] = field(default_factory=list)
    token_logprobs: list[float | None] = field(default_factory=list)
    top_logprobs: list[dict[str, float] | None] = field(default_factory=list)
    text_offset: list[int] = field(default_factory=list)

    def to_dict(self, logprobs: int) -> JsonObject:
        """Return the table; without most probable tokens where none were asked for."""
        return {
            "tokens": self.tokens,
            "token_logprobs": self.token_logprobs,
            "top_logprobs": self.top_logprobs if logprobs else None,
            "text_offset": self.text_offset,
        }


@dataclass(slots=True)
class Delta:
    """Addition to a text.

    Attributes:
        text: Text, the prompt's included where that is echoed.
        table: Tokens of it.
        written: Tokens written.
        finish: "stop" or "length" at the end, else None.
    """

    text: str = ""
    table: TokenTable = field(default_factory=TokenTable)
    written: int = 0
    finish: str | None = None
    nats: float = 0.0  # of the tokens written


def write_text(variant: Variant, writing: Writing, emit: Callable[[Delta], None] | None) -> Strand:
    """Write a text; return it whole, or emit it delta by delta.

    Args:
        variant: The model.
        writing: The text to be written.
        emit: Takes each delta; None returns all of them as one.
    """
    text = _Text(variant.vocabulary, writing)
    if not (writing.echo or writing.max_tokens):
        return Delta(finish="length")
    outputs: list[Output] = yield from _begin(variant, writing)
    while True:
        for output in outputs:
            text.add(output)
            if text.delta.finish:
                break
        if text.delta.finish:
            break
        if emit is not None and (text.delta.text or text.delta.table.tokens):
            emit(text.take())
        outputs = yield More()
    delta = text.take()
    if emit is not None:
        emit(delta)
    return delta


def _begin(variant: Variant, writing: Writing) -> Strand:
    """Read the prompt and draw the first token; return what came."""
    request = Request(
        prompt=writing.ids,
        sampling=writing.sampling,
        seed=writing.seed,
        max_tokens=writing.max_tokens,
        banned=variant.banned,
        accept=variant.writable.accept,
        top=max(
            writing.logprobs or 0, int(writing.echo)
        ),  # of a whole row, as `lmkit score` has them
        echo=writing.echo,
    )
    if not writing.echo:
        context = yield Read(variant, writing.ids)
        request = replace(request, prompt=(), context=context, before=writing.ids)
    return (yield Draw(variant, request))


class _Text:
    """One text as it grows."""

    def __init__(self, vocabulary: Vocabulary, writing: Writing) -> None:
        self._vocabulary = vocabulary
        self._writing = writing
        prompt = writing.ids[writing.has_hidden_start :]
        self._sample = SampleText(vocabulary, prompt, writing.config)
        self._is_first = writing.prompt[-1:].isspace()
        self._echoed = _Offsets(writing.prompt)
        self._places = iter(range(len(writing.ids)))
        self._length = len(writing.prompt)  # characters of prompt and text
        self.delta = Delta(text=writing.prompt if writing.echo else "")

    def take(self) -> Delta:
        """Return what came since it was last taken."""
        delta, self.delta = self.delta, Delta()
        return delta

    def add(self, output: Output) -> None:
        """Add a token of the prompt or of the text."""
        if output.is_prompt:
            self._add_echo(output)
        else:
            self._add_written(output)

    def _add_echo(self, output: Output) -> None:
        is_start = next(self._places) == 0
        if not (is_start and self._writing.has_hidden_start):
            self._note(output, self._echoed.next(self._vocabulary.texts[output.id]))
        if output.finish:
            self.delta.finish = output.finish

    def _add_written(self, output: Output) -> None:
        offset = self._length + self._sample.held
        part = self._sample.write(output.id)
        text = part.text
        if part.is_stopped or not part.is_last:  # else it would begin a word too many
            self._note(output, offset)
            self.delta.written += 1
            self.delta.nats += output.log_prob or 0.0
        if output.finish and not part.is_last:
            part = self._sample.end()
            text += part.text
        if part.is_last:
            self.delta.finish = "stop" if part.is_stopped else "length"
        self._show(text)

    def _show(self, text: str) -> None:
        if text and self._is_first:
            text, self._is_first = text.removeprefix(" "), False
        self.delta.text += text
        self._length += len(text)

    def _note(self, output: Output, offset: int) -> None:
        if self._writing.logprobs is None:
            return
        texts, table = self._vocabulary.texts, self.delta.table
        table.tokens.append(texts[output.id])
        table.token_logprobs.append(output.log_prob)
        table.text_offset.append(offset)
        tops: dict[str, float] = {}
        for number, log_prob in output.top[: self._writing.logprobs]:
            tops.setdefault(texts[number], log_prob)
        if output.log_prob is not None:
            tops.setdefault(texts[output.id], output.log_prob)
        table.top_logprobs.append(None if output.log_prob is None else tops)


class _Offsets:
    """The places of the tokens of a prompt in its text, one after another."""

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt
        self._place = 0

    def next(self, token: str) -> int:
        """Return the place of the next token; of one that reads otherwise, that of its word."""
        begin, bare = self._place, token.strip()
        if not bare:
            found = self._prompt.find(token, begin)
            self._place = begin if found < 0 else found + len(token)
            return begin if found < 0 else found
        start = begin
        while self._prompt[start : start + 1].isspace():
            start += 1
        end = start + len(bare)
        if self._prompt[start:end].casefold() != bare.casefold():
            words = self._prompt[start:].split(maxsplit=1)
            end = start + len(words[0]) if words else start
        self._place = end
        return begin
