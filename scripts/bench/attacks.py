"""Attack a server of lmkit: `python scripts/bench/attacks.py [DIR] [--connections 1000]`.

A server is started with a key and attacked in many ways, one after the other: hosts of other
names, fuzzed model names, routes without the key, bodies that are huge, slow, broken, or nested
deep, texts that are none, many connections at once, clients that leave. Every attack must end in a
refusal (4xx) or a closed connection, and the next honest request must be answered. Prints one JSON
object; the exit code is 1 where an attack got through.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from http_client import Answer, Connection
from raw_requests import CLOSED, REFUSED, Target, ask, head_of, posted, statuses
from server_process import running_server

from lmkit.archive.folder import save_archive
from lmkit.bench.untrained import Size, untrained_archive

KEY = "a key of this bench"
HONEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of each attack.

    Attributes:
        connections: Connections at a time.
        names: Names of models that are no names.
        slow: Connections that send a head byte by byte.
        patience: Seconds to wait until a slow connection is closed; 0: not awaited.
        leaving: Clients that leave in the middle of a stream.
        nesting: Brackets within brackets.
        megabytes: Size of a body.
    """

    connections: int = 1000
    names: int = 2000
    slow: int = 50
    patience: float = 20.0
    leaving: int = 50
    nesting: int = 100_000
    megabytes: int = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attack.

    Attributes:
        requests: Requests sent.
        wrong: Those that were neither refused nor closed, as sentences.
        is_alive: Whether an honest request was answered afterwards.
        seconds: Time of the attack.
    """

    requests: int
    wrong: list[str]
    is_alive: bool
    seconds: float


Found = dict[str, int]  # what was sent, in short, and the status that came; 0: closed
Attack = Callable[[Target, Effort], Awaitable[Found]]


async def other_hosts(target: Target, effort: Effort) -> Found:
    """Ask by names that are not the server's, as a page does that rebinds its name."""
    del effort
    hosts = [
        "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80",
        f"evil.example:{target.port}", "", " ", "localhost:99999", "localhost:x", "127.0.0.1@evil",
        "evil@127.0.0.1", "localhost evil.example", "localhost/evil", "localhost#evil", "[::1",
        "[::1]evil", "[evil.example]", "10.0.0.1", "localhost%00.evil.example", "l" * 5000,
        "127.0.0.1,evil.example", "xn--lcalhost-42a", "2130706433", "0x7f000001",
        "0.0.0.0",  # noqa: S104  # named, not bound to
    ]  # fmt: skip
    heads = {repr(host)[:40]: [f"Host: {host}"] for host in hosts}
    for origin in ("http://evil.example", "null", "http://[::1", "\xff", "//localhost"):
        heads[f"origin {origin!r}"] = [target.host_line, f"Origin: {origin}"]
    heads["no host"] = []
    heads["two hosts"] = [f"Host: {target.host}", "Host: evil.example"]
    return await statuses(
        target,
        {
            name: head_of("GET", "/v1/models", [*own, target.key_line])
            for name, own in heads.items()
        },
    )


async def fuzzed_names(target: Target, effort: Effort) -> Found:
    """Ask for models by paths and noise, in a body and in a path."""
    draw = random.Random(0)
    letters = "./\\%~\0\n\r\t :*?\"<>|'`$(){}[];&=+,^#@!-_aZ09é漢\u202e\ud800😀"
    fixed = ["../..", "/etc/passwd", "C:\\", "~", ".", "", "file:///etc", "hf:gpt2", "%2e%2e%2f"]
    names: list[object] = [*fixed, "x" * 100_000, 1, True, [], {}, ["a"], 1e308]
    while len(names) < effort.names:
        names.append("".join(draw.choices(letters, k=draw.randint(1, 40))))
    found: Found = {}
    async with Connection(target.url, key=target.key) as connection:
        for number, name in enumerate(names[: effort.names]):
            asked = connection.post("/v1/next", {"model": name, "text": "a"})
            found[f"{number} {name!r:.40}"] = await _status(asked)
            quoted = "".join(f"%{byte:02X}" for byte in str(name)[:200].encode("utf-8", "replace"))
            if quoted:
                asked = connection.get(f"/v1/models/{quoted}")
                found[f"{number} {quoted:.40}"] = await _status(asked)
    return found


async def without_key(target: Target, effort: Effort) -> Found:
    """Ask every route that the server describes, and the page, without the key or with others."""
    del effort
    async with Connection(target.url, key=target.key) as connection:
        described = json.loads((await connection.get("/openapi.json")).body)
    routes = {(path, name.upper()) for path, own in described["paths"].items() for name in own}
    pages = ("/", "/docs", "/openapi.json", "/page.js", "/none", "/redoc", "//", "/v1", "/health/")
    routes |= {(path, "GET") for path in pages}
    routes |= {(path, "OPTIONS") for path, _ in routes} | {(path, "HEAD") for path, _ in routes}
    keys = (
        "",
        "Bearer ",
        "Bearer x",
        f"bearer {target.key}x",
        f"Basic {target.key}",
        "Bearer \xff",
    )
    return await statuses(
        target,
        {
            f"{method} {path} {key}": head_of(
                method, path, [target.host_line, *([f"Authorization: {key}"] if key else [])]
            )
            for path, method in sorted(routes)
            for key in keys
            if path != "/health"
        },
    )


async def broken_requests(target: Target, effort: Effort) -> Found:
    """Send what is no request, or none that agrees with itself."""
    del effort
    own = [target.host_line, target.key_line]
    sized = [*own, "Content-Type: application/json"]
    return await statuses(
        target,
        {
            "noise": bytes(random.Random(0).randbytes(2000)) + b"\r\n\r\n",
            "no version": b"GET /\r\n\r\n",
            "version 3": b"GET / HTTP/3.0\r\n\r\n",
            "long line": head_of("GET", "/" + "a" * 200_000, own),
            "long header": head_of("GET", "/health", [*own, "X: " + "a" * 200_000]),
            "many headers": head_of("GET", "/v1/none", [*own, *(f"X{n}: a" for n in range(5000))]),
            "negative length": head_of("POST", "/v1/next", [*sized, "Content-Length: -1"]),
            "length is a word": head_of("POST", "/v1/next", [*sized, "Content-Length: ten"]),
            "two lengths": head_of(
                "POST", "/v1/next", [*sized, "Content-Length: 1", "Content-Length: 2"]
            )
            + b"ab",
            "chunk is no size": head_of("POST", "/v1/next", [*sized, "Transfer-Encoding: chunked"])
            + b"zz\r\n",
            "unknown method": head_of("STEAL", "/v1/next", own),
            "path upwards": head_of("GET", "/../../etc/passwd", own),
            "path upwards, quoted": head_of("GET", "/%2e%2e/%2e%2e/etc/passwd", own),
            "path with a zero": head_of("GET", "/%00", own),
        },
    )


async def broken_bodies(target: Target, effort: Effort) -> Found:
    """Send JSON that is none, too deep, too large, or with numbers that are none."""
    deep = effort.nesting
    large = effort.megabytes * 1_000_000
    bodies = {
        "nothing": b"",
        "no JSON": b"{",
        "bytes": b"\xff\xfe\x00",
        "a list": b"[]",
        "a text": b'"x"',
        "lists in lists": b"[" * deep,
        "whole lists in lists": b'{"text": ' + b"[" * deep + b"]" * deep + b"}",
        "objects in objects": b'{"text":' * deep,
        "open string with escapes": b"[" * 40 + b'"' + b'\\"' * 400_000,
        "open strings": b"[" * 40 + b'"\\' * 400_000,
        "large": b'{"text": "' + b"a" * large + b'"}',
        "not a number": b'{"text": "a", "temperature": NaN}',
        "endless": b'{"text": "a", "temperature": Infinity}',
        "too large a number": b'{"text": "a", "k": 1e400}',
        "a number of many digits": b'{"text": "a", "k": ' + b"9" * 100_000 + b"}",
        "below zero": b'{"text": "a", "k": -1}',
        "unknown field": b'{"text": "a", "shell": "ls"}',
    }
    requests = {name: posted(target, "/v1/next", body) for name, body in bodies.items()}
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    head = [target.host_line, target.key_line, "Transfer-Encoding: chunked"]
    requests["large, in chunks"] = head_of("POST", "/v1/next", head) + chunk * (large // 65536)
    return await statuses(target, requests)


async def texts_that_are_none(target: Target, effort: Effort) -> Found:
    """Send zeros, halves of characters and controls; they may be answered, never with 5xx."""
    del effort
    texts = [
        "\0",
        "a\0b",
        "\ud800",
        "a \udfff b",
        "\u202e\u200b",
        "\x1b[31m",
        "\r\n" * 50,
        "_" * 99,
    ]
    found: Found = {}
    async with Connection(target.url, key=target.key) as connection:
        for text in texts:
            for path, body in _bodies_of(text).items():
                status = await _status(connection.post(path, body))
                refused = 400 if status == 200 else status  # an answer is as good
                found[f"{path} {text!r:.20}"] = refused
    return found


async def _status(answer: Awaitable[Answer]) -> int:
    """Return the status of an answer, or `CLOSED`."""
    try:
        return (await answer).status
    except ConnectionError:
        return CLOSED


def _bodies_of(text: str) -> dict[str, dict[str, object]]:
    return {
        "/v1/completions": {"prompt": text, "max_tokens": 1, "stop": text[:100], "logprobs": 1},
        "/v1/next": {"text": text, "of": [text]},
        "/v1/complete": {"text": text},
        "/v1/fill": {"text": f"{text} ___", "choices": [text, "a"]},
        "/v1/score": {"text": [text]},
        "/v1/trace": {"text": text},
        "/tokenize": {"prompt": text},
    }


async def slow_heads(target: Target, effort: Effort) -> Found:
    """Send heads byte by byte, while honest requests are answered."""
    streams = [
        await asyncio.open_connection(target.address, target.port) for _ in range(effort.slow)
    ]
    for _, writer in streams:
        writer.write(b"GET /health HTTP/1.1\r\nX: ")
    end = time.monotonic() + effort.patience
    found: Found = {}
    while True:
        status = await _honest(target)
        if status != 200:
            found["honest beside slow ones"] = status
        if all(reader.at_eof() for reader, _ in streams) or time.monotonic() >= end:
            break
        for _, writer in streams:
            writer.write(b"a")
        await asyncio.sleep(0.5)
    for number, (reader, writer) in enumerate(streams):
        found[f"slow {number}"] = CLOSED if reader.at_eof() or not effort.patience else 200
        writer.close()
    return found


async def many_connections(target: Target, effort: Effort) -> Found:
    """Open connections all at once; each asks without the key."""
    request = head_of("GET", "/v1/models", [target.host_line])
    asked = (ask(target, request) for _ in range(effort.connections))
    return {str(number): status for number, status in enumerate(await asyncio.gather(*asked))}


async def leaving_clients(target: Target, effort: Effort) -> Found:
    """Begin streams of the longest text and leave after the first bytes."""
    body = json.dumps({"prompt": "a", "max_tokens": 4096, "stream": True}).encode()
    streams = []
    for _ in range(effort.leaving):
        reader, writer = await asyncio.open_connection(target.address, target.port)
        writer.write(posted(target, "/v1/completions", body))
        streams.append((reader, writer))
    for reader, writer in streams:
        await asyncio.wait_for(reader.read(1), HONEST_SECONDS)
        writer.close()
    return dict.fromkeys(map(str, range(effort.leaving)), CLOSED)


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        other_hosts,
        fuzzed_names,
        without_key,
        broken_requests,
        broken_bodies,
        texts_that_are_none,
        slow_heads,
        many_connections,
        leaving_clients,
    )
}


async def attacked(target: Target, attack: Attack, effort: Effort) -> Outcome:
    """Attack a server and ask it honestly afterwards."""
    started = time.perf_counter()
    found = await attack(target, effort)
    seconds = time.perf_counter() - started
    wrong = [f"{name}: {status}" for name, status in found.items() if status not in REFUSED]
    return Outcome(len(found), wrong, await _honest(target) == 200, round(seconds, 2))


async def _honest(target: Target) -> int:
    """Return the status of a request that has all it needs."""
    async with Connection(target.url, key=target.key) as connection:
        try:
            answer = connection.post("/v1/next", {"text": "a"})
            return (await asyncio.wait_for(answer, HONEST_SECONDS)).status
        except (OSError, TimeoutError):
            return CLOSED


async def attack_all(target: Target, effort: Effort) -> dict[str, Outcome]:
    """Attack in every way, one after the other; stderr says where it is."""
    found = {}
    for name, attack in ATTACKS.items():
        print(name, file=sys.stderr, flush=True)
        found[name] = await attacked(target, attack, effort)
    return found


def main() -> int:
    """Print what came of every attack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="a trained model")
    parser.add_argument("--connections", type=int, default=1000, help="at a time (default 1000)")
    parser.add_argument("--names", type=int, default=2000, help="of models (default 2000)")
    asked = parser.parse_args()
    effort = Effort(connections=asked.connections, names=asked.names)
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made) / "model"
        if asked.folder is None:
            save_archive(folder, untrained_archive(Size(1, 32, 200)))
        with running_server([folder], "--api-key", KEY, log=Path(made) / "log") as server:
            found = asyncio.run(attack_all(Target(server.url, KEY), effort))
    print(json.dumps({name: asdict(outcome) for name, outcome in found.items()}, indent=2))
    return int(any(outcome.wrong or not outcome.is_alive for outcome in found.values()))


_AsWritten = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    sys.exit(main())
