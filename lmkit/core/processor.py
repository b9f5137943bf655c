"""Properties of the processor that decide in which number format training is quicker."""

import platform
from functools import cache
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})  # as Linux names the instructions


def has_fast_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Return whether the processor multiplies bfloat16 numbers by instructions of its own.

    With AVX512_BF16 or AMX such a product is about twice as quick as one in float32; without them
    it is slower. The answer follows from the processor alone, never from a clock.

    Args:
        cpuinfo: Description of the processor as Linux gives it; where it is missing, as on other
            systems, the answer is no.
    """
    if cpuinfo == CPUINFO:
        return _found_here()
    return _is_listed(cpuinfo)


def processor_name(cpuinfo: Path = CPUINFO) -> str:
    """Return the name of the processor, as Linux or else Python gives it."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@cache
def _found_here() -> bool:
    return _is_listed(CPUINFO)


def _is_listed(cpuinfo: Path) -> bool:
    if not cpuinfo.is_file():
        return False
    for line in cpuinfo.read_text("utf-8").splitlines():
        if line.startswith("flags"):
            return not BFLOAT16_FLAGS.isdisjoint(line.partition(":")[2].split())
    return False
