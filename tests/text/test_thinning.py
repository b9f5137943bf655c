import random

from hypothesis import given
from hypothesis import strategies as st

from lmkit.text.thinning import thinned


@given(st.text(max_size=200), st.integers(1, 50))
def test_a_small_text_passes_as_it_is(text, size):
    blocks = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(thinned(blocks, stage=1 << 20)) == blocks


def test_words_met_early_keep_their_counts():
    text = [" the cat sat"] + [f" word{number} the" for number in range(1000)]
    words = "".join(thinned(text, stage=100)).split()
    assert words.count("the") == 1001
    assert {"cat", "sat"} <= set(words)


def test_what_a_varied_text_leaves_grows_slowly():
    chance = random.Random(1)
    text = "".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(100_000))
    left = ["".join(thinned([text[:size]], stage=3000)) for size in (10_000, 100_000)]
    assert 1000 < len(left[0]) < len(left[1]) < 3 * len(left[0])
    assert left[1] == "".join(thinned([text], stage=3000))
    assert left[1][-10:] in text[50_000:]  # its end was heard too


def test_a_frequent_word_that_comes_late_is_let_in():
    early = [f" early{number}" for number in range(500)]
    words = "".join(thinned([*early, *[" late"] * 2000], stage=500)).split()
    assert words.count("late") > 1000
