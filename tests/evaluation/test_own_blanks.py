"""Blanks from the end of a text: their words recur before, and no line before the end is asked."""

from lmkit.evaluation.own_blanks import END, own_blanks

BEFORE = [f"the crew sailed the ship over water number {n} again ." for n in range(40)]
LAST = [
    "we saw the crew before the old ship sank .",
    "they said that nobody sailed there .",
    "so .",
]


def test_a_word_that_recurs_is_taken_out_of_a_sentence_of_the_end():
    (blank,) = own_blanks([*BEFORE, *LAST], 1)
    assert blank.word == "crew"
    assert blank.text == "we saw the ___ before the old ship sank ."


def test_each_word_is_asked_for_once_and_the_sentences_are_in_order():
    end = [LAST[0], "then the crew left the ship .", LAST[1]]
    blanks = own_blanks([*BEFORE, *end], 5)
    words = [blank.word for blank in blanks]
    assert len(words) == len(set(words))
    assert words[-1] == "sailed"
    places = [next(n for n, line in enumerate(end) if line in put_back(blank)) for blank in blanks]
    assert places == sorted(places)


def put_back(blank):
    return blank.text.replace("___", blank.word)


def test_nothing_that_training_reads_is_asked():
    lines = [*BEFORE, *LAST]
    blanks = own_blanks(lines, 50)
    words = sum(len(line.split()) for line in lines)
    tail = [line for line in lines if line not in BEFORE[:-4]]
    assert sum(len(line.split()) for line in tail) > END * words
    assert all(put_back(blank) in tail for blank in blanks)


def test_a_text_without_such_words_gives_none():
    assert own_blanks([], 3) == []
    assert own_blanks(["a b c"], 3) == []
    assert own_blanks([f"w{n} x{n} y{n} z{n} v{n}" for n in range(50)], 3) == []


def test_they_are_spread_over_the_end():
    words = [f"word{chr(97 + n)}" for n in range(20)]
    before = [f"one two three four {word} six" for word in words for _ in range(20)]
    end = [f"now a b c {word} d" for word in words]
    found = [blank.word for blank in own_blanks([*before, *end], 4)]
    assert len(found) == 4
    assert words.index(found[-1]) - words.index(found[0]) >= 9


def test_a_name_keeps_the_mark_behind_it():
    before = [f"then Cousin Simmons went home with number {n} ." for n in range(20)]
    (blank,) = own_blanks(
        [*before, "I went off with old Simmons, who was there ."], 1, common={"went", "with"}
    )
    assert (blank.text, blank.word) == ("I went off with old ___, who was there .", "Simmons")


def test_common_words_are_never_taken_out():
    blanks = own_blanks([*BEFORE, *LAST], 5, common={"crew"})
    assert "crew" not in [blank.word for blank in blanks]
    assert blanks
