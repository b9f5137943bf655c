"""Measure the server: `python scripts/bench/serving.py [DIR] [--clients 64] [--requests 1000]`.

A server is started on an untrained model of `--size`, or on DIR, and asked over HTTP:

- mixed: many clients, requests of mixed kinds; latencies, requests a second, failures
- batching: texts written for many clients at once against one client at a time, in tokens a second
  by the clock and by the server's processor time
- next: the next word for one client that types on, so that what it typed before is kept
- framework: processor time of the server for a request that asks no model
- limits (`--limits`): memory that a request at every limit takes
- drift (`--minutes M`): memory during so many minutes of mixed load

`--only PART...` measures some of them alone: `--only mixed --requests 10000`, `--only limits`,
`--only drift --minutes 10`.

Prints one JSON object, with the machine's own rate of matrix products. Client and server share the
machine: figures by the clock are of both together.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from http_client import Connection
from server_process import ServerProcess, running_server
from serving_limits import measure_limits
from serving_load import Request, by_kind, failures, latency, mixed_requests, send_all

from lmkit.archive.folder import Archive, load_archive, save_archive
from lmkit.bench.machine import measure_machine
from lmkit.bench.untrained import Size, sample_words, untrained_archive

TOKENS = 32  # written for each client where batching is measured
ALONE = 16  # texts written one at a time
TYPED = 200  # words typed on
PLAIN = 1000  # requests that ask no model
MINUTES = 10.0  # of load, where drift is named without a number of them
QUICK = ("framework", "next", "batching", "mixed")
WATCHED = 5.0  # seconds between looks at the memory


@dataclass(frozen=True, slots=True)
class Rate:
    """Tokens written by the clock and by the server's processor time."""

    tokens: int
    per_second: float
    per_cpu_second: float


async def measure_mixed(
    server: ServerProcess, words: Sequence[str], clients: int, count: int
) -> dict[str, object]:
    """Return what many clients get who send requests of mixed kinds."""
    await send_all(server.url, mixed_requests(words, 2 * clients, seed=1), clients)
    cpu, started = server.cpu_seconds(), time.perf_counter()
    sent = await send_all(server.url, mixed_requests(words, count), clients)
    seconds = time.perf_counter() - started
    return {
        "clients": clients,
        "seconds": round(seconds, 2),
        "requests_per_second": round(len(sent) / seconds, 1),
        "cpu_ms_a_request": round(1000 * (server.cpu_seconds() - cpu) / len(sent), 2),
        "failures": failures(sent),
        **asdict(latency([one.seconds for one in sent])),
        "kinds": by_kind(sent),
    }


async def measure_batching(
    server: ServerProcess, words: Sequence[str], clients: int
) -> dict[str, object]:
    """Compare texts written for many clients at once with those for one client."""
    together = await written(server, words, clients, texts=2 * clients)
    alone = await written(server, words, 1, texts=ALONE)
    return {
        "together": asdict(together),
        "alone": asdict(alone),
        "ratio": round(together.per_second / alone.per_second, 2),
        "cpu_ratio": round(together.per_cpu_second / alone.per_cpu_second, 2),
    }


async def written(server: ServerProcess, words: Sequence[str], clients: int, *, texts: int) -> Rate:
    """Return the rate of writing texts for some clients."""
    requests = writing_requests(words, texts)
    cpu, started = server.cpu_seconds(), time.perf_counter()
    sent = await send_all(server.url, requests, clients)
    seconds, cpu = time.perf_counter() - started, server.cpu_seconds() - cpu
    if failed := failures(sent):
        raise RuntimeError(f"texts were refused: {failed}")
    answers = [json.loads(one.answer.body) for one in sent if one.answer]
    tokens = sum(int(answer["usage"]["completion_tokens"]) for answer in answers)
    return Rate(tokens, round(tokens / seconds, 1), round(tokens / max(cpu, 0.01), 1))


def writing_requests(words: Sequence[str], count: int) -> Iterator[Request]:
    """Yield requests for texts of like length, none with a prompt of another."""
    draw = random.Random(count)
    for number in range(count):
        body = {"prompt": " ".join(draw.choices(words, k=4)), "max_tokens": TOKENS, "seed": number}
        yield Request("write", "/v1/completions", dict(body))


async def measure_next(server: ServerProcess, words: Sequence[str]) -> dict[str, object]:
    """Return the latency of the next word for one client whose text grows by a word."""
    seconds, text = [], ""
    async with Connection(server.url) as connection:
        cpu = server.cpu_seconds()
        for word in words[:TYPED]:
            text = f"{text} {word}".lstrip()
            answer = await connection.post("/v1/next", {"text": text, "k": 5})
            seconds.append(answer.seconds)
    cpu = 1000 * (server.cpu_seconds() - cpu) / len(seconds)
    return {**asdict(latency(seconds[1:])), "cpu_ms": round(cpu, 2)}


async def measure_framework(server: ServerProcess) -> dict[str, float]:
    """Return the server's processor time of requests that ask no model, in milliseconds."""
    found = {}
    async with Connection(server.url) as connection:
        for name in ("health", "tokenize"):
            cpu = server.cpu_seconds()
            for _ in range(PLAIN):
                if name == "health":
                    await connection.get("/health")
                else:
                    await connection.post("/tokenize", {"prompt": "the cat"})
            found[f"{name}_cpu_ms"] = round(1000 * (server.cpu_seconds() - cpu) / PLAIN, 3)
    return found


async def measure_drift(
    server: ServerProcess, words: Sequence[str], clients: int, minutes: float
) -> dict[str, object]:
    """Return the memory during minutes of mixed load, in megabytes.

    The drift is the median of the last fifth of the time over that of the second fifth, since
    in the first the server still fills the memory that it keeps for texts read before (`kept`).
    Where it is slow, `kept` still grows later; the drift without it is given too.
    """
    end = time.monotonic() + 60 * minutes
    load = asyncio.create_task(
        send_all(server.url, mixed_requests(words, 10**9, seed=2), clients, until=end)
    )
    watched, kept = [], []
    while not load.done():
        kept.append(await kept_states(server))
        watched.append(server.memory())
        await asyncio.wait([load], timeout=min(WATCHED, 6 * minutes))
    sent = load.result()
    fifth = max(1, len(watched) // 5)
    before, kept_before = (_middle(each[fifth : 2 * fifth] or each) for each in (watched, kept))
    after, kept_after = (_middle(each[-fifth:]) for each in (watched, kept))
    return {
        "minutes": minutes,
        "requests": len(sent),
        "failures": failures(sent),
        "before_mb": round(before, 1),
        "after_mb": round(after, 1),
        "kept_before_mb": round(kept_before, 1),
        "kept_after_mb": round(kept_after, 1),
        "drift": round(after / before - 1, 4),
        "drift_without_kept": round((after - kept_after) / (before - kept_before) - 1, 4),
    }


async def kept_states(server: ServerProcess) -> float:
    """Return the memory of the states of texts read before, in megabytes."""
    async with Connection(server.url) as connection:
        answer = await connection.get("/metrics")
    lines = answer.body.decode().splitlines()
    (size,) = (line.split()[1] for line in lines if line.startswith("lmkit_prefix_bytes "))
    return float(size) / (1 << 20)


_middle = statistics.median


async def measure(
    server: ServerProcess, words: Sequence[str], asked: argparse.Namespace
) -> dict[str, object]:
    """Measure what was asked for, one after the other."""
    parts: dict[str, Callable[[], Awaitable[object]]] = {
        "framework": lambda: measure_framework(server),
        "next": lambda: measure_next(server, words),
        "batching": lambda: measure_batching(server, words, asked.clients),
        "mixed": lambda: measure_mixed(server, words, asked.clients, asked.requests),
        "limits": lambda: measure_limits(server, words),
        "drift": lambda: measure_drift(server, words, asked.clients, asked.minutes or MINUTES),
    }
    return {name: await parts[name]() for name in parts if name in _wanted(asked)}


def _wanted(asked: argparse.Namespace) -> Sequence[str]:
    """Return the parts that are measured: those named, or the quick ones and what options add."""
    if asked.only:
        named: list[str] = asked.only
        return named
    return (*QUICK, *(["limits"] if asked.limits else ()), *(["drift"] if asked.minutes else ()))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="a trained model")
    parser.add_argument("--size", default="2x512x10000", help="of an untrained model instead")
    parser.add_argument("--clients", type=int, default=64, help="at a time (default 64)")
    parser.add_argument("--requests", type=int, default=1000, help="of mixed kinds (default 1000)")
    parser.add_argument("--minutes", type=float, default=0, help="of load to watch the memory in")
    parser.add_argument("--limits", action="store_true", help="a request at every limit")
    parser.add_argument(
        "--only", nargs="+", choices=(*QUICK, "limits", "drift"), metavar="PART", help="some parts"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder, archive = _model(asked, Path(made))
        words = sample_words(archive, (), 20_000)
        machine = asdict(measure_machine(1))
        with running_server([folder], log=Path(made) / "log") as server:
            figures = asyncio.run(measure(server, words, asked))
    size = asked.size if asked.folder is None else str(asked.folder)
    print(json.dumps({"machine": machine, "model": size, **figures}, indent=2))


_AsWritten = argparse.RawDescriptionHelpFormatter


def _model(asked: argparse.Namespace, made: Path) -> tuple[Path, Archive]:
    """Return the folder that was given, or one of an untrained model."""
    if asked.folder is not None:
        return asked.folder, load_archive(asked.folder)
    archive = untrained_archive(Size.parse(asked.size))
    save_archive(made / "model", archive)
    return made / "model", archive


if __name__ == "__main__":
    main()
