"""Completions as OpenAI's clients know them: what a body asks for, and the answer it gets."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.inference.generate import GenerateConfig, sample_seed
from lmkit.inference.sampling import SamplingConfig
from lmkit.serve.asking import Asked
from lmkit.serve.demands import Strand
from lmkit.serve.engine_thread import Emit
from lmkit.serve.errors import ApiError
from lmkit.serve.options import Limits
from lmkit.serve.schemas.completions import CompletionBody
from lmkit.serve.writing import Delta, Writing, write_text

TOKENS = 16  # written where nothing is said, as OpenAI's
_ENDLESS = 10**6  # words; the tokens end first
_LONGEST_STOP = 200  # characters
PromptPart = str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChoiceDelta:
    """A delta of one of the texts.

    Attributes:
        index: Number of the choice.
        delta: What came to it.
        prompt_tokens: Tokens of its prompt.
    """

    index: int
    delta: Delta
    prompt_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionPlan:
    """Checked request of a body.

    Attributes:
        prompts: Texts, or ids.
        drawn: Texts drawn for each prompt.
        given: Texts given for each prompt.
        writing: Settings that all texts share.
        stream: Whether the text is sent as it is written.
        has_usage: Whether a stream ends with the numbers of tokens.
    """

    prompts: tuple[PromptPart, ...]
    drawn: int
    given: int
    writing: Writing
    stream: bool
    has_usage: bool

    def strands(self, asked: Asked, emit: Emit | None) -> list[Strand]:
        """Return a strand for each text, prompt after prompt."""
        return [
            self._strand(asked, number, emit) for number in range(len(self.prompts) * self.drawn)
        ]

    def _strand(self, asked: Asked, number: int, emit: Emit | None) -> Strand:
        variant = asked.variant()
        writing = _of_prompt(asked, self.prompts[number // self.drawn], self.writing)
        writing = replace(writing, seed=sample_seed(writing.seed, number % self.drawn))
        tokens = len(writing.ids) - writing.has_hidden_start
        _check_table(asked.limits, tokens, writing, len(self.prompts) * self.drawn)

        def pass_on(delta: Delta) -> None:
            if emit is not None:
                emit(ChoiceDelta(number, delta, tokens))

        delta = yield from write_text(variant, writing, None if emit is None else pass_on)
        return ChoiceDelta(number, delta, tokens)


def plan_completion(body: CompletionBody, limits: Limits) -> CompletionPlan:
    """Check what a body asks for.

    Raises:
        ApiError: If a field cannot be honoured or is beyond a limit.
    """
    _refuse_unsupported(body)
    prompts = _prompts(body.prompt)
    given = body.n or 1
    drawn = max(given, body.best_of or given)
    if body.best_of is not None and body.best_of < given:
        raise ApiError(400, f"best_of {body.best_of} is less than n {given}", param="best_of")
    if body.stream and drawn > given:
        raise ApiError(400, "best_of cannot be streamed; leave stream out", param="best_of")
    if len(prompts) * drawn > limits.samples:
        raise ApiError(
            400,
            f"{len(prompts)} prompts of {drawn} texts each are more than {limits.samples} texts; "
            "send several requests",
            param="n" if drawn > 1 else "prompt",
        )
    return CompletionPlan(
        prompts=prompts,
        drawn=drawn,
        given=given,
        writing=_writing(body, limits),
        stream=bool(body.stream),
        has_usage=body.stream_options is not None and body.stream_options.include_usage,
    )


def needs_all_digits(body: CompletionBody) -> bool:
    """Tell whether log-probabilities are given, which are to be those of `lmkit score`."""
    return bool(body.echo) or body.logprobs is not None


class CompletionAnswerer:
    """The answer to one completion, whole or in parts."""

    def __init__(self, model: str, plan: CompletionPlan) -> None:
        self._plan = plan
        self._head: JsonObject = {
            "id": f"cmpl-{secrets.token_hex(12)}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": model,
        }
        self._prompt_tokens: dict[int, int] = {}
        self._written = 0

    def whole(self, texts: Sequence[ChoiceDelta]) -> JsonObject:
        """Return the answer to a request that waits for all texts."""
        choices: list[JsonObject] = []
        for number in range(len(self._plan.prompts)):
            drawn = texts[number * self._plan.drawn : (number + 1) * self._plan.drawn]
            best = sorted(drawn, key=_badness)[: self._plan.given] if self._has_choice else drawn
            choices += [self._choice(len(choices) + place, text) for place, text in enumerate(best)]
        for text in texts:
            self._count(text)
        return {**self._head, "choices": choices, "usage": self._usage()}

    def part(self, text: ChoiceDelta) -> JsonObject:
        """Return what is sent of a delta."""
        self._count(text)
        part = {**self._head, "choices": [self._choice(text.index, text)]}
        return {**part, "usage": None} if self._plan.has_usage else part

    def last(self) -> JsonObject:
        """Return the part with the numbers of tokens."""
        return {**self._head, "choices": [], "usage": self._usage()}

    @property
    def _has_choice(self) -> bool:
        return self._plan.drawn > self._plan.given

    def _choice(self, index: int, text: ChoiceDelta) -> JsonObject:
        logprobs, delta = self._plan.writing.logprobs, text.delta
        return {
            "index": index,
            "text": delta.text,
            "finish_reason": delta.finish,
            "logprobs": None if logprobs is None else delta.table.to_dict(logprobs),
        }

    def _count(self, text: ChoiceDelta) -> None:
        self._prompt_tokens[text.index // self._plan.drawn] = text.prompt_tokens
        self._written += text.delta.written

    def _usage(self) -> JsonObject:
        prompt = sum(self._prompt_tokens.values())
        return {
            "prompt_tokens": prompt,
            "completion_tokens": self._written,
            "total_tokens": prompt + self._written,
        }


def _badness(text: ChoiceDelta) -> float:
    """Return the mean surprisal of a text's tokens."""
    return -text.delta.nats / max(1, text.delta.written)


def _refuse_unsupported(body: CompletionBody) -> None:
    for name, remedy in (
        ("frequency_penalty", "leave it out, or see repetition"),
        ("presence_penalty", "leave it out, or see repetition"),
        ("logit_bias", "leave it out"),
        ("suffix", "leave it out, or ask /v1/fill"),
    ):
        if getattr(body, name):
            raise ApiError(
                400, f"{name} is not supported; {remedy}", param=name, code="unsupported_field"
            )
    if body.stream_options is not None and not body.stream:
        raise ApiError(400, "stream_options go with stream", param="stream_options")
    if body.stream_options is not None and body.stream_options.include_obfuscation:
        raise ApiError(
            400,
            "include_obfuscation is not supported; leave it out",
            param="stream_options.include_obfuscation",
            code="unsupported_field",
        )


def _prompts(given: object) -> tuple[PromptPart, ...]:
    """Return each prompt as a text or ids."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list) or not given:
        raise ApiError(400, "prompt is an empty list; send a text or ids", param="prompt")
    if isinstance(given[0], int):
        return (tuple(given),)
    return tuple(one if isinstance(one, str) else tuple(one) for one in given)


def _writing(body: CompletionBody, limits: Limits) -> Writing:
    words = _ENDLESS if body.words is None else body.words
    stops = [body.stop] if isinstance(body.stop, str) else body.stop or []
    tokens = body.max_tokens
    if tokens is None:
        tokens = TOKENS if body.words is None else limits.output_tokens
    _at_most("max_tokens", tokens, limits.output_tokens)
    _at_most("logprobs", body.logprobs or 0, limits.logprobs)
    _at_most("stop", len(stops), 16)
    if not all(0 < len(stop) <= _LONGEST_STOP for stop in stops):
        raise ApiError(400, f"a stop text has from 1 to {_LONGEST_STOP} characters", param="stop")
    return Writing(
        ids=(),
        prompt="",
        has_hidden_start=True,
        config=GenerateConfig(words=words, stop=tuple(stops), end=body.end),
        sampling=body.sampling() or SamplingConfig(),
        seed=secrets.randbits(63) if body.seed is None else body.seed,
        max_tokens=tokens,
        logprobs=body.logprobs,
        echo=bool(body.echo),
    )


def _at_most(name: str, value: int, most: int) -> None:
    if value > most:
        raise ApiError(400, f"{name} is at most {most} here, got {value}", param=name)


def _of_prompt(asked: Asked, prompt: PromptPart, writing: Writing) -> Writing:
    """Return the settings of a text with its prompt: a text begins a line, and so do ids."""
    tokenizer = asked.model.tokenizer
    if isinstance(prompt, str):
        return replace(writing, ids=asked.encode(prompt), prompt=prompt)
    wrong = [number for number in prompt if number >= tokenizer.vocab_size]
    if wrong:
        raise UsageError(f"there is no token {wrong[0]}: ids are 0 to {tokenizer.vocab_size - 1}")
    asked.check(len(prompt))
    begins = prompt[:1] == (tokenizer.line_end_id,)
    ids = prompt if begins else (tokenizer.line_end_id, *prompt)
    text = tokenizer.decode(prompt)
    return replace(writing, ids=ids, prompt=text, has_hidden_start=not begins)


def _check_table(limits: Limits, tokens: int, writing: Writing, texts: int) -> None:
    """Refuse more log-probabilities than an answer holds."""
    if writing.logprobs is None:
        return
    entries = texts * (tokens * writing.echo + writing.max_tokens) * (1 + writing.logprobs)
    if entries > limits.table:
        raise UsageError(
            f"{entries} log-probabilities are more than {limits.table}; ask for fewer texts, "
            "tokens or logprobs"
        )
