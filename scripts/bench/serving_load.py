"""Requests of mixed kinds, as an editor, a keyboard and a harness send them, and many clients.

Each kind makes the body of a request from words; equal seeds make equal requests.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from http_client import Answer, Connection

Words = Sequence[str]
Make = Callable[[random.Random, Words], tuple[str, dict[str, object]]]
BOUND = 120.0  # seconds that one request may take


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request, and its fraction of the mix."""

    name: str
    weight: float
    make: Make


@dataclass(frozen=True, slots=True)
class Request:
    """A request to send."""

    kind: str
    path: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was sent: its kind, its status (0: the connection broke), its seconds."""

    kind: str
    status: int
    seconds: float
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Latencies of some requests, in milliseconds."""

    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def _text(draw: random.Random, words: Words, count: int) -> str:
    return " ".join(draw.choices(words, k=count))


def _next(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    return "/v1/next", {"text": _text(draw, words, draw.randint(1, 12)), "k": 5}


def _complete(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    return "/v1/complete", {"text": _text(draw, words, 6)[:-1], "k": 5}


def _score(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    return "/v1/score", {"text": _text(draw, words, 20)}


def _fill(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    text = f"{_text(draw, words, 4)} ___ {_text(draw, words, 3)}"
    return "/v1/fill", {"text": text, "choices": sorted(set(draw.choices(words, k=4)))}


def _write(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    body = {"prompt": _text(draw, words, 5), "max_tokens": 12, "seed": draw.randrange(1000)}
    return "/v1/completions", body


def _stream(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    path, body = _write(draw, words)
    return path, {**body, "stream": True}


def _echo(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    body = {"prompt": _text(draw, words, 16), "max_tokens": 1, "logprobs": 1, "echo": True}
    return "/v1/completions", {**body, "temperature": 0}


def _tokenize(draw: random.Random, words: Words) -> tuple[str, dict[str, object]]:
    return "/tokenize", {"prompt": _text(draw, words, 10)}


KINDS = (
    Kind("next", 0.36, _next),
    Kind("complete", 0.14, _complete),
    Kind("score", 0.14, _score),
    Kind("write", 0.14, _write),
    Kind("stream", 0.06, _stream),
    Kind("echo", 0.08, _echo),
    Kind("fill", 0.03, _fill),
    Kind("tokenize", 0.05, _tokenize),
)


def mixed_requests(words: Words, count: int, *, seed: int = 0) -> Iterator[Request]:
    """Yield requests of all kinds, drawn by their weights."""
    draw = random.Random(seed)
    weights = [kind.weight for kind in KINDS]
    for _ in range(count):
        (kind,) = draw.choices(KINDS, weights)
        path, body = kind.make(draw, words)
        yield Request(kind.name, path, body)


async def send_all(
    url: str, requests: Iterator[Request], clients: int, *, until: float | None = None
) -> list[Sent]:
    """Send requests, each client one after the other on a connection of its own.

    Args:
        url: The server.
        requests: What to send; the clients take from it in turn.
        clients: How many at a time.
        until: Time of `time.monotonic` after which none is begun.

    Returns:
        What was sent, in the order in which it was answered.
    """
    sent: list[Sent] = []

    async def client() -> None:
        async with Connection(url) as connection:
            for request in requests:
                if until is not None and time.monotonic() >= until:
                    return
                sent.append(await _send(connection, request))

    await asyncio.gather(*(client() for _ in range(clients)))
    return sent


async def _send(connection: Connection, request: Request) -> Sent:
    try:
        answer = await _bounded(connection.post(request.path, request.body))
    except (OSError, TimeoutError):
        connection.close()
        return Sent(request.kind, 0, BOUND)
    return Sent(request.kind, answer.status, answer.seconds, answer)


async def _bounded(answer: Awaitable[Answer]) -> Answer:
    return await asyncio.wait_for(answer, BOUND)


def latency(seconds: Sequence[float]) -> Latency:
    """Return the percentiles of some latencies.

    Args:
        seconds: At least one.
    """
    if len(seconds) == 1:
        seconds = [*seconds, *seconds]
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    p50, p95, p99 = (round(1000 * cuts[place - 1], 2) for place in (50, 95, 99))
    return Latency(len(seconds), p50, p95, p99)


def by_kind(sent: Sequence[Sent]) -> dict[str, dict[str, float]]:
    """Return the latencies of each kind of request."""
    names = sorted({one.kind for one in sent})
    return {
        name: asdict(latency([one.seconds for one in sent if one.kind == name])) for name in names
    }


def failures(sent: Sequence[Sent]) -> dict[str, int]:
    """Count what was not answered with 200, by kind and status."""
    found: dict[str, int] = {}
    for one in sent:
        if one.status != 200:
            name = f"{one.kind} {one.status}"
            found[name] = found.get(name, 0) + 1
    return found
