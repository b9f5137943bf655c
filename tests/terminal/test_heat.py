import io

from rich.console import Console

from lmkit.results import GateTrace, LayerTrace
from lmkit.terminal import heat


def drawn(answer):
    stream = io.StringIO()
    Console(file=stream, width=80, color_system=None).print(heat.trace(answer))
    return stream.getvalue()


def traced(words):
    rows = tuple((0.25, 0.95) for _ in words)
    layer = LayerTrace({"forget": rows}, rows, tuple((-2.0, 2.0) for _ in words), rows)
    return GateTrace(" ".join(words), "lstm", tuple(words), (layer,))


def test_means_and_shares_stand_beside_their_gate():
    lines = drawn(traced(["the", "cat"])).splitlines()
    assert lines[1].split() == ["the", "cat"]
    assert lines[2].split() == ["forget", "▅▅", "0.60", "▅▅", "0.60"]
    assert lines[4].split() == ["cell", "██", "2.00", "██", "2.00"]
    assert lines[-1].strip() == "forget: open (> 0.9) 50%, closed (< 0.1) 0%"


def test_many_and_long_words_stay_in_eighty_columns():
    lines = drawn(traced([f"word{number:09}" for number in range(20)])).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("forget " in line for line in lines) == 3


def test_no_words_are_said():
    assert "no word" in drawn(traced([]))
