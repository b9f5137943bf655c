"""The last validation of a run, and what its exact part is expected to take."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from lmkit.training.exact_part import final_tokens, time_exact_part
from lmkit.training.world import Decision, SingleProcess


@dataclass
class Budget:
    """The parts of a time budget that are looked at here."""

    due: int = 7
    times: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(validation_tokens=0, exact_extra=0.0)
    )

    def is_exact_due(self, step):
        return step == self.due


class Other(SingleProcess):
    """A process that another one leads."""

    def agree(self, decision):
        return Decision(validate=decision.validate // 2)


def test_the_last_validation_reads_what_was_planned_or_the_whole_text():
    budget, validator = Budget(), SimpleNamespace(tokens=500)
    assert final_tokens(budget, validator, SingleProcess()) == 500
    budget.times.validation_tokens = 80
    assert final_tokens(budget, validator, SingleProcess()) == 80


def test_all_processes_read_as_much_as_the_one_that_leads():
    budget = Budget()
    assert final_tokens(budget, SimpleNamespace(tokens=500), Other()) == 250
    assert budget.times.validation_tokens == 250


def test_the_exact_part_is_timed_when_it_is_due_and_not_before():
    budget, timed = Budget(), []

    def extra(step, clock):
        timed.append((step, clock()))
        return 2.5

    step = SimpleNamespace(exact_extra=extra)
    time_exact_part(budget, step, 6, lambda: 3.0)
    assert (budget.times.exact_extra, timed) == (0.0, [])
    time_exact_part(budget, step, 7, lambda: 3.0)
    assert (budget.times.exact_extra, timed) == (2.5, [(7, 3.0)])
