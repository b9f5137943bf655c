"""Free cores by counters of processor time, read from files made here."""

import os
import subprocess
import sys
import time

import pytest

from lmkit.core.free_cores import PROC_STAT, FreeCores, busy_seconds, usable_cores

TICKS = os.sysconf("SC_CLK_TCK")


def stat_text(busy):
    """Return counters in which each core has worked for so many seconds in user programs."""
    rows = [f"cpu{core} {int(busy * TICKS)} 0 0 500 0 0 0 0 0 0" for core in cores()]
    return "\n".join(["cpu  1 2 3 4 5 6 7 8 9 10", *rows, "intr 5", "ctxt 7"]) + "\n"


def cores():
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(2)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def machine(tmp_path):
    stat, clock = tmp_path / "stat", Clock()
    stat.write_text(stat_text(1000))
    return stat, clock, FreeCores(stat, clock)


def test_before_anything_was_measured_every_core_is_free(machine):
    _stat, _clock, free = machine
    assert free.count() == usable_cores()


def test_cores_that_others_keep_busy_are_not_free(machine):
    stat, clock, free = machine
    clock.now += 10
    stat.write_text(stat_text(1000 + 9.5))  # all of them, of which one is always ours to use
    assert free.count() == 1


@pytest.mark.parametrize(("share", "taken"), [(0.0, 0), (0.2, 0), (0.5, 1), (1.0, 1)])
def test_a_core_counts_as_taken_from_a_share_of_it_on(machine, share, taken):
    stat, clock, free = machine
    clock.now += 100
    stat.write_text(stat_text(1000 + 100 * share / usable_cores()))
    assert free.count() == max(1, usable_cores() - taken)


def test_the_answer_is_kept_for_a_moment(machine):
    stat, clock, free = machine
    clock.now += 0.1
    stat.write_text(stat_text(5000))
    assert free.count() == usable_cores()


def test_load_that_ends_gives_the_cores_back(machine):
    stat, clock, free = machine
    clock.now += 10
    stat.write_text(stat_text(1010))
    assert free.count() == 1
    clock.now += 10
    assert free.count() == usable_cores()


def test_where_there_are_no_counters_every_core_is_free(tmp_path):
    assert FreeCores(tmp_path / "missing").count() == usable_cores()


def test_other_columns_than_work_do_not_count():
    first = cores()[0]
    line = f"cpu{first} 1 20 2 1000 5000 3 4 5 100 100"  # user nice system idle disk irq soft steal
    expected = 1 + 2 + 3 + 4 + 5 + (20 if os.nice(0) > 0 else 0)
    assert busy_seconds(line) == expected / TICKS


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
def test_the_counters_of_this_machine_see_a_busy_process():
    before = busy_seconds(PROC_STAT.read_text("ascii"))
    loop = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", loop], check=True)
    time.sleep(0.02)
    assert busy_seconds(PROC_STAT.read_text("ascii")) - before >= 0.25
