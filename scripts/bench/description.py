"""Check that a server answers as it is described: `python scripts/bench/description.py [DIR]`.

schemathesis makes requests from the server's own OpenAPI description, valid and invalid, in all its
phases (examples, coverage, fuzzing, stateful), and reports answers with 5xx and those that the
description does not have. `--max-examples 2000` is the long form. One check is left out: that
whatever fits the description is accepted; rules between fields, and words and layers that one model
has and another lacks, are not in it.

Prints one JSON object: requests by operation and by status, and failures. The exit code is 1 where
there are failures.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from server_process import ServerProcess, running_server

from lmkit.archive.folder import save_archive
from lmkit.bench.untrained import Size, untrained_archive

PHASES = "examples,coverage,fuzzing,stateful"
LEFT_OUT = "positive_data_acceptance"


def command(url: str, report: Path, asked: argparse.Namespace) -> list[str]:
    """Return the command line of schemathesis."""
    return [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
        *("--phases", PHASES, "--exclude-checks", LEFT_OUT, "--continue-on-failure"),
        *("--max-examples", str(asked.max_examples), "--seed", str(asked.seed)),
        *("--report", "ndjson", "--report-ndjson-path", str(report), "--no-color"),
        *("--generation-database", "none", "--request-timeout", "150", "--no-shrink"),
    ]


def tried(server: ServerProcess, folder: Path, asked: argparse.Namespace) -> dict[str, object]:
    """Run schemathesis against a server; what it says goes to stderr."""
    report = folder / "report.ndjson"
    started, cpu = time.monotonic(), server.cpu_seconds()
    done = subprocess.run(
        command(server.url, report, asked), stdout=sys.stderr, cwd=folder, check=False
    )
    return {
        "max_examples": asked.max_examples,
        "seed": asked.seed,
        "phases": PHASES,
        "seconds": round(time.monotonic() - started),
        "server_cpu_seconds": round(server.cpu_seconds() - cpu),
        "memory_mb": round(server.memory()),
        "exit_code": done.returncode,
        **summary(report.read_text(encoding="utf-8").splitlines()),
    }


def summary(lines: Sequence[str]) -> dict[str, object]:
    """Count requests and failures in a report of schemathesis, one event a line."""
    operations: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    failures: Counter[str] = Counter()
    for line in lines:
        event = json.loads(line).get("ScenarioFinished")
        if event is None:
            continue
        recorder = event["recorder"]
        for number, interaction in recorder.get("interactions", {}).items():
            operations[recorder["label"]] += 1
            response = interaction.get("response")
            statuses[response["status_code"] if response else 0] += 1
            for check in recorder.get("checks", {}).get(number, ()):
                if check["status"] == "failure":
                    failures[f"{recorder['label']}: {check['name']}"] += 1
    return {
        "requests": sum(operations.values()),
        "operations": dict(sorted(operations.items())),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "failures": dict(sorted(failures.items())),
    }


def main() -> int:
    """Print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="a trained model")
    parser.add_argument("--max-examples", type=int, default=200, help="of an operation (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the requests (default 1)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made) / "model"
        if asked.folder is None:
            save_archive(folder, untrained_archive(Size(1, 32, 200)))
        log = Path(made) / "log"
        with running_server([folder], log=log) as server:
            found = tried(server, Path(made), asked)
        found["tracebacks"] = log.read_text(encoding="utf-8").count("Traceback")
    print(json.dumps(found, indent=2))
    return int(bool(found["failures"] or found["exit_code"] or found["tracebacks"]))


_AsWritten = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    sys.exit(main())
