"""Options of the server and its limits."""

from dataclasses import dataclass, field, fields

from lmkit.core.errors import UsageError, unknown_name

CHOICES = ("auto", "float32", "int8")  # of a precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of requests; what is beyond them is refused with a sentence.

    Attributes:
        body_bytes: Bytes of a request's body.
        nesting: Brackets within brackets of its JSON.
        prompt_tokens: Tokens of a prompt or text.
        output_tokens: Tokens written for each sample.
        samples: Sequences of one request: prompts times the larger of `n` and `best_of`.
        logprobs: Most probable tokens given beside each token.
        table: Tokens of all sequences of a request, times 1 + `logprobs`, where these are given.
        answers: Words or fillings of an answer.
        texts: Words, choices, stop strings and the like in one field.
        fill_tokens: Tokens read at most where a filling with `exact` or choices tries all of them.
        trace_tokens: Tokens of a trace in JSON; one in bytes may have eight times as many.
        rows: Sequences read side by side.
        queue: Requests that wait beyond those; more are refused with 429.
        seconds: Time of one request.
        header_seconds: Time until the head of a request has come.
        body_seconds: Time until its body has come.
        reading_seconds: Time in which a client takes at least 16 KiB of an answer that waits.
        shutdown_seconds: Time that running requests have to end once the server is told to stop.
        prefix_bytes: Memory for the states of texts read before.
    """

    body_bytes: int = 1 << 20
    nesting: int = 32
    prompt_tokens: int = 4096
    output_tokens: int = 4096
    samples: int = 128
    logprobs: int = 20
    table: int = 1 << 17
    answers: int = 1000
    texts: int = 1000
    fill_tokens: int = 500_000
    trace_tokens: int = 128
    rows: int = 64
    queue: int = 512
    seconds: float = 120.0
    header_seconds: float = 10.0
    body_seconds: float = 10.0
    reading_seconds: float = 30.0
    shutdown_seconds: float = 8.0
    prefix_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) <= 0 and each.name not in ("queue", "prefix_bytes"):
                raise UsageError(f"the limit {each.name} must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Options of the server.

    Attributes:
        host: Address that the server is bound to; it decides which `Host` headers are taken.
        api_key: Key that every route but `/health` asks for; empty: none.
        hosts: Further names that the server is reached by, as behind a proxy.
        origins: Origins whose pages may ask too (CORS); none: pages of the server alone.
        log_text: Whether texts of users are logged.
        precision: "auto", "float32" or "int8": of requests that leave it open.
        limits: Bounds of requests.
    """

    host: str = "127.0.0.1"
    api_key: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    log_text: bool = False
    precision: str = "auto"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.precision not in CHOICES:
            raise unknown_name("precision", self.precision, CHOICES)
