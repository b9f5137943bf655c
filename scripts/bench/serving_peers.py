"""Ask servers the same questions: `python scripts/bench/serving_peers.py MODEL=URL [...]`.

Each question is one that an evaluation harness or a client of OpenAI's completions puts; the answer
is summed up in a word: yes, or what is missing, or the status that refused it. Prints a table in
Markdown, a column for each server. The servers are started by whoever asks.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from http_client import Answer, Connection

TEXT = "the cat sat on the mat ."
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the check of an answer to it.

    Attributes:
        name: The row of the table.
        path: Where it is asked.
        body: What is posted; None asks with GET.
        check: Returns what an answer with 200 is worth, given its body as text.
    """

    name: str
    path: str
    body: dict[str, object] | None
    check: Callable[[str], str]


def _choice(text: str) -> dict[str, Any]:  # Any: JSON
    """Return the first choice of a completion."""
    found: dict[str, Any] = json.loads(text)["choices"][0]
    return found


def _written(text: str) -> str:
    return "yes" if isinstance(_choice(text).get("text"), str) else "no text"


def _logprobs(text: str) -> str:
    logprobs = _choice(text).get("logprobs")
    return "yes" if logprobs and logprobs.get("token_logprobs") else "ignored"


def _echo(text: str) -> str:
    return "yes" if _choice(text).get("text", "").startswith(TEXT) else "ignored"


def _echo_logprobs(text: str) -> str:
    choice = _choice(text)
    values = (choice.get("logprobs") or {}).get("token_logprobs") or []
    if _echo(text) != "yes":
        return "ignored"
    return "yes" if sum(value is not None for value in values) > 2 else "no log-probabilities"


def _several(text: str) -> str:
    return "yes" if len(json.loads(text)["choices"]) == 2 else "one text"


def _streamed(text: str) -> str:
    return "yes" if text.rstrip().endswith("data: [DONE]") else "no end"


def _tokenizer(text: str) -> str:
    return "yes" if "eos_token" in json.loads(text) else "no eos_token"


def _tokens(text: str) -> str:
    return "yes" if isinstance(json.loads(text).get("tokens"), list) else "no tokens"


def questions(model: str) -> list[Question]:
    """Return the questions to the server of a model."""

    def ask(**fields: object) -> dict[str, object]:
        return {"model": model, "prompt": TEXT, "max_tokens": 4, "temperature": 0, **fields}

    path = "/v1/completions"
    return [
        Question("completion", path, ask(), _written),
        Question("streamed", path, ask(stream=True), _streamed),
        Question("two prompts", path, ask(prompt=[TEXT, TEXT]), _several),
        Question("prompt as ids", path, ask(prompt=[5, 6, 7]), _written),
        Question("`n` 2", path, ask(n=2, temperature=1.0), _several),
        Question("`logprobs` 1", path, ask(logprobs=1), _logprobs),
        Question("`echo`", path, ask(echo=True), _echo),
        Question("`echo`, `logprobs` 1", path, ask(echo=True, logprobs=1), _echo_logprobs),
        Question(
            "`echo`, `logprobs` 1, `max_tokens` 0",
            path,
            ask(echo=True, logprobs=1, max_tokens=0),
            _echo_logprobs,
        ),
        Question("`/tokenizer_info`", "/tokenizer_info", None, _tokenizer),
        Question("`/tokenize`", "/tokenize", {"model": model, "prompt": TEXT}, _tokens),
    ]


async def answers(url: str, model: str) -> dict[str, str]:
    """Return what a server makes of each question."""
    found = {}
    for question in questions(model):
        async with Connection(url) as connection:
            found[question.name] = await _asked(connection, question)
    return found


async def _asked(connection: Connection, question: Question) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            answer = await _answer(connection, question)
    except (OSError, TimeoutError):
        return "no answer"
    if answer.status != 200:
        return f"refused ({answer.status})"
    try:
        return question.check(answer.body.decode("utf-8", "replace"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return "another answer"


async def _answer(connection: Connection, question: Question) -> Answer:
    if question.body is None:
        return await connection.get(question.path)
    return await connection.post(question.path, question.body)


def table(found: dict[str, dict[str, str]]) -> str:
    """Return the answers of servers as a table in Markdown."""
    rows: list[Sequence[str]] = [["", *found], ["---"] * (len(found) + 1)]
    names = next(iter(found.values()))
    rows += [[name, *(own[name] for own in found.values())] for name in names]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("servers", metavar="MODEL=URL", nargs="+")
    asked = parser.parse_args()
    found = {}
    for server in asked.servers:
        model, _, url = server.rpartition("=")
        found[server] = asyncio.run(answers(url, model))
    print(table(found))


_AsWritten = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    main()
