"""A server of lmkit as a process of its own: started, watched for time and memory, and ended."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")  # processor time is counted in these, to the second
START_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server.

    Attributes:
        url: Where it answers, without a path.
        pid: Its process.
    """

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads so far."""
        content = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        fields = content.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Return the memory it holds now, in megabytes."""
        return self._status("VmRSS")

    def _status(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        (kilobytes,) = (int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
        return kilobytes / 1024


@contextmanager
def running_server(
    folders: Sequence[str | Path], *options: str, log: Path | None = None
) -> Iterator[ServerProcess]:
    """Run `lmkit serve` on a free port of this machine, until the block ends.

    Args:
        folders: Model folders.
        options: Further options of the command.
        log: File for what the server says; its stderr is passed on where left out.

    Raises:
        RuntimeError: If it ends, or answers nothing for 90 seconds.
    """
    port = free_port()
    command = [sys.executable, "-m", "lmkit", "serve", *map(str, folders), "--port", str(port)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path}
    said = None if log is None else log.open("w", encoding="utf-8")
    process = subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.DEVNULL, stderr=said
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}/health")
        yield ServerProcess(f"http://127.0.0.1:{port}", process.pid)
    finally:
        end_process(process)
        if said is not None:
            said.close()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def end_process(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and end it where it does not within 15 seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # of this machine
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer within {START_SECONDS:.0f} seconds")
