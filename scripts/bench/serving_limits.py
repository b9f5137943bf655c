"""Memory that a request at each limit of the server takes while it is answered."""

import asyncio
from collections.abc import Sequence

from http_client import Connection
from server_process import ServerProcess
from serving_load import BOUND

from lmkit.serve.options import Limits

LOOK = 0.01  # seconds between looks at the memory
LIMITS = Limits()


def requests_at_limits(words: Sequence[str]) -> dict[str, tuple[str, dict[str, object]]]:
    """Return a request at each limit, by its name."""
    limits = LIMITS
    text = " ".join(words[: limits.prompt_tokens - 1])
    texts = [" ".join(words[place : place + 8]) for place in range(limits.samples)]
    entries = limits.table // (1 + limits.logprobs)
    return {
        "prompt_tokens": ("/v1/next", {"text": text}),
        "score": ("/v1/score", {"text": text}),
        "output_tokens": ("/v1/completions", {"max_tokens": limits.output_tokens, "seed": 1}),
        "samples": ("/v1/completions", {"prompt": texts, "max_tokens": 8, "seed": 1}),
        "table": (
            "/v1/completions",
            {
                "prompt": " ".join(words[: min(entries, limits.prompt_tokens) - 2]),
                "max_tokens": 1,
                "echo": True,
                "logprobs": limits.logprobs,
            },
        ),
        "answers": ("/v1/next", {"text": "", "k": limits.answers}),
        "choices": ("/v1/fill", {"text": "___", "choices": sorted(set(words))[: limits.texts]}),
        "trace_tokens": ("/v1/trace", {"text": " ".join(words[: limits.trace_tokens - 1])}),
        "body_bytes": ("/tokenize", {"prompt": "a " * (limits.body_bytes // 2 - 32)}),
    }


async def measure_limits(server: ServerProcess, words: Sequence[str]) -> dict[str, object]:
    """Return status, growth at the peak and growth kept of a request at each limit, megabytes.

    A request of each is sent first and not counted: what is loaded once is no growth.
    """
    found: dict[str, object] = {}
    for name, (path, body) in requests_at_limits(words).items():
        await watched(server, path, body)
        status, peak, kept = await watched(server, path, body)
        found[name] = {"status": status, "peak_mb": round(peak, 1), "kept_mb": round(kept, 1)}
    return found


async def watched(
    server: ServerProcess, path: str, body: dict[str, object]
) -> tuple[int, float, float]:
    """Return the status of an answer, and the memory more at its peak and after it."""
    before = peak = server.memory()
    async with Connection(server.url) as connection:
        answering = asyncio.create_task(connection.post(path, body))
        end = asyncio.get_running_loop().time() + BOUND
        while not answering.done() and asyncio.get_running_loop().time() < end:
            peak = max(peak, server.memory())
            await asyncio.wait([answering], timeout=LOOK)
        answer = await asyncio.wait_for(answering, 1)
    return answer.status, peak - before, server.memory() - before
