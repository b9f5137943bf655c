"""The bench of starting: what it counts, and that both commands run."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


def test_the_figures_are_medians_of_the_pairs(bench: Callable[[str], ModuleType]) -> None:
    start = bench("start")
    pairs = [
        (start.Run(cpu, 2 * cpu), start.Run(1.0, clock))
        for cpu, clock in ((1.5, 4.0), (1.0, 9.0), (3.0, 5.0))
    ]
    found = start.summary(pairs)
    assert found.ratios == (1.5, 1.0, 3.0)
    assert found.ratio == found.next_cpu == 1.5
    assert found.next_clock == 3.0
    assert (found.torch_cpu, found.torch_clock) == (1.0, 5.0)


def test_the_time_of_a_command_is_that_of_its_own_process(
    bench: Callable[[str], ModuleType],
) -> None:
    start = bench("start")
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    assert start.timed([sys.executable, "-c", busy]).cpu >= 0.2
    waiting = start.timed([sys.executable, "-c", "import time; time.sleep(0.2)"])
    assert waiting.clock >= 0.2


@pytest.mark.slow
def test_both_commands_are_measured(bench: Callable[[str], ModuleType], model_folder: Path) -> None:
    found = bench("start").measure(model_folder, 1)
    assert len(found.ratios) == 1
    assert min(found.next_cpu, found.torch_cpu) > 0
