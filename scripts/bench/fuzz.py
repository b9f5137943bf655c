"""Feed texts, tables and series made by chance to the commands of lmkit.

    python scripts/bench/fuzz.py --examples 5000 --seed 0 --out fuzzed

Each example is a file made by hypothesis. A text or a table is trained on, scored, and what was
trained is asked; a series is forecast. Allowed is an answer, or one sentence that says what was
wrong, within 2 s of the processor for each 100 KB begun; training has 15 s more, since it fits its
settings on up to 4,000 tokens nine times. Everything else is reported: a traceback, a warning of
Python, an answer that is no JSON or no number, and a command that takes too long. The file of each
finding is kept in `--out` beside the command that repeats it.
"""

import argparse
import contextlib
import io
import json
import math
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import torch
from fuzz_inputs import SENTENCES, InputFile, series, tables, templates, texts
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from lmkit.cli.app import exit_code

SECONDS = 2.0  # of the processor, for each 100 KB begun
KILOBYTES = 100_000
EPOCH_SECONDS = 15.0  # more for an epoch of training and for the fitting after it
STOPPED_AFTER = 60.0  # seconds of the processor after which a command is interrupted
SETTINGS = ("hidden=4", "embedding=4", "batch=2", "time=8", "samples=8", "validations=1")
SERIES_SHARE = 3  # one example in so many is a series

Run = Callable[[Sequence[str]], int]


class TooLongError(BaseException):
    """Interrupt of a command that does not end; no command may catch it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Trouble that a command had with a file."""

    command: tuple[str, ...]
    trouble: str
    file: Path | None


@dataclass(slots=True)
class Fuzzer:
    """Feeder of the commands, with what they did.

    Attributes:
        work: Folder of the files and models; overwritten by each example.
        out: Folder where the files of findings are kept.
        run: Runs a command and returns its exit code.
        train_every: One text of so many is trained on; the others are asked about alone.
        seconds: Allowed of the processor for each 100 KB begun.
    """

    work: Path
    out: Path
    run: Run = exit_code
    train_every: int = 1
    seconds: float = SECONDS
    texts: int = 0
    findings: list[Finding] = field(default_factory=list)
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)

    def text(self, file: InputFile, template: str, *, fallback: str) -> None:
        """Train on a text or a table, and ask the model that came of it, or else another.

        Args:
            file: The text or table.
            template: A text to fill and to go on from.
            fallback: Folder of a model, for a file that nothing can be trained on.
        """
        path, out = self._written(file), str(self.work / "model")
        if self.texts % self.train_every == 0:
            options = [word for one in SETTINGS for word in ("--set", one)]
            self._try("train", path, "--out", out, "--force", "--epochs", "1", "--quiet", *options)
        self.texts += 1
        model = out if (self.work / "model" / "manifest.json").is_file() else fallback
        self._try("score", model, path, "--format", "json", path=path)
        typed = template.replace("\0", " ")  # no argument of a process holds that
        self._try("fill", model, "--json", "--", typed, path=path)
        self._try(
            "generate", model, "--words", "5", "--seed", "0", "--json", "--", typed, path=path
        )

    def series(self, file: InputFile) -> None:
        """Forecast a series."""
        path = self._written(file)
        few = ("--horizon", "2", "--origins", "0", "--set", "steps=2", "--set", "hidden=4")
        self._try("forecast", path, *few, "--json", path=path)

    def _written(self, file: InputFile) -> str:
        shutil.rmtree(self.work / "model", ignore_errors=True)
        path = self.work / file.name
        path.write_bytes(file.content)
        return str(path)

    def _try(self, *command: str, path: str | None = None) -> None:
        """Run a command, and note what should not have happened."""
        source = Path(path or command[1])
        streams = _Streams()
        began = time.process_time()
        with streams.redirected(), _interrupted_after(STOPPED_AFTER):
            try:
                trouble = ""
                code = self.run(command)
            except (Exception, TooLongError, SystemExit) as error:  # noqa: BLE001  # reported
                code, trouble = -1, traceback.format_exc() if code_of(error) else "does not end"
        took = time.process_time() - began
        name = command[0]
        self.codes[name, code] += 1
        self.slowest[name] = max(took, self.slowest.get(name, 0.0))
        allowed = self.seconds * (1 + source.stat().st_size // KILOBYTES)
        allowed += EPOCH_SECONDS if name == "train" else 0.0
        trouble = trouble or streams.trouble(code)
        if not trouble and took > allowed:
            trouble = f"took {took:.1f} s of the processor, {allowed:g} s are allowed"
        if trouble:
            self._note(command, trouble, source)

    def _note(self, command: tuple[str, ...], trouble: str, source: Path) -> None:
        folder = self.out / str(len(self.findings))
        folder.mkdir(parents=True, exist_ok=True)
        kept = Path(shutil.copy(source, folder))
        finding = Finding(command, trouble, kept)
        (folder / "finding.txt").write_text(
            f"{list(command)!r}\n\n{trouble}\n", encoding="utf-8", errors="backslashreplace"
        )
        self.findings.append(finding)
        print(f"finding {len(self.findings)}: {command[0]} {kept}: {last_line(trouble)}")


class _Stream(io.TextIOWrapper):
    """Text stream that is kept in memory."""

    def __init__(self) -> None:
        self._kept = io.BytesIO()
        super().__init__(self._kept, encoding="utf-8", errors="backslashreplace")

    def content(self) -> str:
        """Return what was written."""
        self.flush()
        return self._kept.getvalue().decode("utf-8", "replace")


@dataclass(slots=True)
class _Streams:
    """Standard streams of a command that runs inside this process."""

    out: _Stream = field(default_factory=_Stream)
    err: _Stream = field(default_factory=_Stream)

    @contextlib.contextmanager
    def redirected(self) -> Iterator[None]:
        """Send what is printed here; a warning of Python is an error."""
        with (
            contextlib.redirect_stdout(self.out),
            contextlib.redirect_stderr(self.err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            yield

    def trouble(self, code: int) -> str:
        """Return what is wrong with what was printed; nothing: all is well."""
        out, err = self.out.content(), self.err.content()
        if "Traceback" in err or "the system refused" in err:
            return err
        if code not in (0, 1, 2, 3, 4):
            return f"exit code {code}: {err}"
        if code and not last_line(err).startswith("lmkit: "):
            return f"exit code {code} without a sentence: {err}"
        return "" if code == 1 and not out else _json_trouble(out)


def code_of(error: BaseException) -> bool:
    """Return whether an exception is a bug of a command, not one that was stopped from outside."""
    return not isinstance(error, TooLongError)


def last_line(text: str) -> str:
    """Return the last line of a text that is not empty, short enough to show."""
    rows = [row for row in text.splitlines() if row.strip()]
    return rows[-1].strip()[:200] if rows else ""


def _json_trouble(out: str) -> str:
    """Return what is wrong with lines of JSON: not JSON at all, or a number that is none."""
    for row in filter(None, out.split("\n")):
        try:
            answer = json.loads(row, parse_constant=_no_number)
        except ValueError as error:
            return f"the answer is no JSON ({error}): {row[:200]}"
        for filling in answer.get("fillings", ()) if isinstance(answer, dict) else ():
            if not 0.0 <= filling["probability"] <= 1.0 + 1e-9:
                return f"a probability of {filling['probability']}"
        if not math.isfinite(answer.get("bits", 0.0)):
            return f"{answer['bits']} bits"
    return ""


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


@contextlib.contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds of the processor, where the system can."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def fuzz(fuzzer: Fuzzer, *, examples: int, first: int) -> None:
    """Feed so many examples.

    Args:
        fuzzer: The commands.
        examples: How many.
        first: Seed of the examples.
    """
    fallback = _model(fuzzer)

    @seed(first)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(1, SERIES_SHARE), texts() | tables(), series(), templates())
    def feed(kind: int, file: InputFile, numbers: InputFile, template: str) -> None:
        if kind == SERIES_SHARE:
            fuzzer.series(numbers)
        else:
            fuzzer.text(file, template, fallback=fallback)

    feed()


def _model(fuzzer: Fuzzer) -> str:
    """Train the model that answers where a file has nothing to train on; load what loads once."""
    text = fuzzer.work / "usual.txt"
    text.write_text("\n".join(SENTENCES * 20) + "\n", encoding="utf-8")
    out = fuzzer.work / "usual"
    options = [word for one in SETTINGS for word in ("--set", one)]
    for _ in range(2):
        code = exit_code(
            ["train", str(text), "--out", str(out), "--force", "--epochs", "1", "--quiet", *options]
        )
        if code:
            raise RuntimeError(f"the usual model ends with {code}")
    return str(out)


def main() -> int:
    """Run the fuzzer from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("fuzzed"))
    parser.add_argument("--train-every", type=int, default=1, help="train on one text of so many")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="allowed for each 100 KB")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as work:
        fuzzer = Fuzzer(Path(work), asked.out, train_every=asked.train_every, seconds=asked.seconds)
        fuzz(fuzzer, examples=asked.examples, first=asked.seed)
    for (command, code), count in sorted(fuzzer.codes.items()):
        print(f"{command:10} exit {code}: {count}")
    for command, seconds in sorted(fuzzer.slowest.items()):
        print(f"{command:10} slowest {seconds:.2f} s of the processor")
    print(f"{asked.examples} examples, {time.process_time() - began:.0f} s of the processor")
    print(f"{len(fuzzer.findings)} findings")
    return 1 if fuzzer.findings else 0


if __name__ == "__main__":
    sys.exit(main())
