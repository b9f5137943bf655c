"""Progress is a function of the step, goes on where a change of plan finds it, and reaches 1."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lmkit.training.step_plan import StepPlan


@given(
    first=st.integers(1, 500),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 900)), max_size=6),
)
def test_progress_never_falls_and_reaches_the_end(first, changes):
    plan, step, seen = StepPlan.of(first), 0, [0.0]
    for ahead, steps in changes:
        for _ in range(min(ahead, plan.steps - step)):
            step += 1
            seen.append(plan.progress(step))
        before = plan.progress(step)
        plan = plan.changed(step, steps)
        assert abs(plan.progress(step) - before) < 1e-12
    seen += [plan.progress(each) for each in range(step, plan.steps + 1)]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(seen))
    assert plan.progress(plan.steps) == 1.0 or step >= plan.steps
    assert StepPlan.from_json(plan.to_json()) == plan


def test_a_plan_that_does_not_change_adds_no_segment():
    assert StepPlan.of(10).changed(4, 10) == StepPlan.of(10)


@given(
    first=st.integers(2, 500),
    change=st.integers(1, 900),
    at=st.integers(0, 400),
    progress=st.floats(0, 1, allow_subnormal=False),
)
def test_the_step_of_a_progress_has_that_progress(first, change, at, progress):
    plan = StepPlan.of(first).changed(min(at, first - 1), change)
    step = plan.step_at(progress)
    assert plan.segments[-1].start <= step <= plan.steps
    if progress >= plan.segments[-1].progress:
        assert abs(plan.progress(round(step)) - progress) <= 1 / (
            plan.steps - plan.segments[-1].start
        )
