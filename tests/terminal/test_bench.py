import io

import pytest
from rich.console import Console

from lmkit.results.bench import (
    FillingFigures,
    GenerationFigures,
    Machine,
    NextWordFigures,
    ScoringFigures,
    Subject,
    TrainingFigures,
)
from lmkit.terminal.bench import figures

EVERYTHING = [
    Subject(source="2x512x10000", parameters=9_332_496),
    Machine(
        threads=2,
        gflops=327.4,
        torch_gflops=327.4,
        bfloat16_gflops=702.6,
        copy_gb_per_second=22.14,
        torch="2.13.0+cpu",
    ),
    TrainingFigures(
        words_per_second=2630.4, matrix_product_share=0.678, default_words_per_second=4083.2
    ),
    NextWordFigures(p50_ms=1.804, p95_ms=2.31, bandwidth_share=0.41),
    GenerationFigures(words_per_second=622.1, together_words_per_second=3274.0),
    FillingFigures(p50_ms=168.4),
    ScoringFigures(
        words_per_second=2017.0, lines_words_per_second=5216.0, matrix_product_share=0.17
    ),
]


def drawn(found):
    screen = Console(file=io.StringIO(), width=80)
    screen.print(figures(found))
    return screen.file.getvalue().splitlines()


@pytest.mark.parametrize("found", EVERYTHING, ids=lambda found: found.name)
def test_every_figure_is_one_line_with_its_unit_in_one_column(found):
    lines = drawn(found)
    assert all(line[16:25].strip() for line in lines), "a figure is missing"
    assert all(line[27] != " " for line in lines), "a unit is missing"
    assert all(len(line) <= 80 for line in lines)
    assert lines[0][0] != " "


def test_figures_are_as_exact_as_they_are_worth():
    shown = "\n".join(line for found in EVERYTHING for line in drawn(found))
    for figure in (
        "327  GFLOP/s",
        "703  GFLOP/s",
        "22.1  GB/s",
        "4,083  words/s",
        "68%",
        "1.80  ms",
        "168  ms",
    ):
        assert figure in shown


def test_one_thread_is_not_several():
    machine = Machine(
        threads=1,
        gflops=1.0,
        torch_gflops=1.0,
        bfloat16_gflops=None,
        copy_gb_per_second=1.0,
        torch="2",
    )
    assert "1 thread," in drawn(machine)[0]
    assert "bfloat16" not in "".join(drawn(machine))  # the processor has no instructions for it
