"""Measure lmkit on a GPU in one run of less than nine minutes: `python scripts/bench/gpu.py`.

Parts, each in a process of its own with a limit of its own, so that one that fails or hangs costs
its own figures alone:

equality   losses, weights and validation of some steps equal those of the CPU, and a run that is
           cut in two ends with the same bytes
waiting    a training step synchronises nothing (CUDA's own debug mode says so)
product    the card's matrix product, in float32 and bfloat16
rates      words/s of a training step at 2 x 512 and 3 x 1150, lmkit beside `nn.LSTM` by hand
lmkit      validation perplexity over five minutes of `train`
plain      validation perplexity of `nn.LSTM` code after a minute (--plain-minutes 1 5: after both)

Texts: --train and --valid, else Penn Treebank beside the checkout, else a generated one. With
--device cpu --quick everything is tiny and takes about a minute. Prints as it goes; the last line,
and --out, is one JSON object.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any  # figures of any shape, as JSON holds them

import torch
from gpu_parts import PARTS, Sizes, sizes_of

from lmkit.core.devices import choose_device
from lmkit.core.version import __version__

ALL_SECONDS = 530.0
LIMITS = {  # seconds of each part, its start and imports included
    "equality": 70.0,
    "waiting": 40.0,
    "product": 30.0,
    "rates": 100.0,
    "lmkit": 350.0,
    "plain": 400.0,
}
LEAST = 5.0  # seconds that are worth starting a part with


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a part."""

    part: str
    seconds: float
    error: str | None  # a sentence where it has no figures
    figures: Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; return 0 if all of them have figures, else 1."""
    asked = _parser().parse_args(arguments)
    if asked.part:
        return _one_part(asked)
    began = time.monotonic()
    outcomes = []
    for name in asked.parts.split(","):
        left = asked.seconds - (time.monotonic() - began)
        outcomes.append(_in_process(name, asked, min(LIMITS[name], left)))
    answer = {
        "machine": describe(asked.device),
        "seconds": round(time.monotonic() - began, 1),
        "parts": [asdict(outcome) for outcome in outcomes],
    }
    if asked.out:
        asked.out.write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(answer))
    return int(any(outcome.error for outcome in outcomes))


def describe(device: str) -> dict[str, Any]:
    """Return the device, and the versions that its figures depend on."""
    place = choose_device(device)
    name = torch.cuda.get_device_name(place) if place.type == "cuda" else place.type
    return {
        "device": place.type,
        "name": name,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": _cudnn_version() if place.type == "cuda" else None,
        "lmkit": __version__,
    }


def _cudnn_version() -> int | None:
    version: int | None = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    return version


def _in_process(name: str, asked: argparse.Namespace, limit: float) -> Outcome:
    """Run a part in a process of its own, for so many seconds at most."""
    if limit < LEAST:
        print(f"{name}: left out, the time is used up", flush=True)
        return Outcome(part=name, seconds=0.0, error="the time was used up", figures=None)
    print(f"{name}: {limit:.0f} s at most", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        result = Path(made) / "figures.json"
        command = [sys.executable, __file__, *_handed_on(asked), "--part", name]
        command += ["--out", str(result)]
        try:
            code = subprocess.run(command, timeout=limit, check=False).returncode
            error = f"it ended with exit code {code}" if code else None
        except subprocess.TimeoutExpired:
            error = f"it took longer than {limit:.0f} s"
        figures = json.loads(result.read_text("utf-8")) if result.is_file() else None
    took = time.monotonic() - began
    print(f"{name}: {error or 'done'}, {took:.1f} s", flush=True)
    return Outcome(part=name, seconds=round(took, 1), error=error, figures=figures)


def _handed_on(asked: argparse.Namespace) -> list[str]:
    """Return the options that a part needs."""
    options = ["--device", asked.device]
    options += ["--plain-minutes", *map(str, asked.plain_minutes)]
    options += ["--quick"] if asked.quick else []
    texts = (("--train", asked.train), ("--valid", asked.valid))
    return options + [word for name, path in texts if path for word in (name, str(path))]


def _one_part(asked: argparse.Namespace) -> int:
    """Run a part in this process; figures are written as they come, in case it is stopped."""
    sizes: Sizes = sizes_of(
        is_quick=asked.quick,
        plain_minutes=tuple(asked.plain_minutes),
        train=asked.train,
        valid=asked.valid,
    )
    found: dict[str, Any] = {}
    for key, value in PARTS[asked.part](choose_device(asked.device), sizes):
        found[key] = value
        print(f"  {key}: {_shown(value)}", flush=True)
        asked.out.write_text(json.dumps(found), encoding="utf-8")
    return 0


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--quick", action="store_true", help="tiny sizes")
    parser.add_argument("--parts", default=",".join(PARTS), help="which, in this order")
    parser.add_argument("--seconds", type=float, default=ALL_SECONDS, help="of all parts")
    parser.add_argument("--train", type=Path, help="training text, a sentence a line")
    parser.add_argument("--valid", type=Path, help="validation text")
    parser.add_argument("--plain-minutes", type=float, nargs="+", default=[1.0])
    parser.add_argument("--out", type=Path, help="a file for the JSON object")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
