from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.data import held_out
from lmkit.data.corpus import read_blocks, spool_lines
from lmkit.data.parts.layout import PARTS, Counted
from lmkit.data.parts.text_parts import TextParts

LINES = st.lists(
    st.sampled_from(["", "中文", "a", "the cat", "a b c d e f g", "x" * 40, "é" * 30]), max_size=30
)


def in_parts(folder, lines, cuts):
    """The text cut before some lines, and the same in one piece."""
    (folder / PARTS).mkdir(exist_ok=True)
    places = sorted({0, len(lines), *(cut % (len(lines) + 1) for cut in cuts)})
    spools = {}
    for number, (first, last) in enumerate(zip(places, places[1:] or [0], strict=False)):
        spools[number] = spool_lines(lines[first:last], folder / f"{number}")
    counted = tuple(
        Counted(number, spool.marks, spool.digest, 0, ()) for number, spool in spools.items()
    )
    whole = spool_lines(lines, folder / "whole")
    return TextParts(folder, counted, lambda part: spools[part.number]), whole


@settings(max_examples=60)
@given(lines=LINES, cuts=st.lists(st.integers(min_value=0), max_size=6))
def test_parts_have_the_length_and_the_tail_of_the_text_in_one_piece(tmp_path_factory, lines, cuts):
    text, whole = in_parts(tmp_path_factory.mktemp("text"), lines, cuts)
    assert text.total == whole.total
    if whole.total.words > whole.total.lines:
        assert text.split() == held_out.split_tail(whole)


@settings(max_examples=60)
@given(
    lines=LINES,
    cuts=st.lists(st.integers(min_value=0), max_size=6),
    size=st.integers(min_value=8, max_value=64),
    data=st.data(),
)
def test_a_stretch_has_long_words_cut_where_they_would_be_in_one_piece(
    tmp_path_factory, lines, cuts, size, data
):
    text, whole = in_parts(tmp_path_factory.mktemp("text"), lines, cuts)
    content = whole.path.read_bytes()
    begins = [0, *(n for n in range(len(content)) if content[n : n + 1] == b" ")]
    start = data.draw(st.sampled_from(begins))
    kept = read_blocks.__kwdefaults__["size"]
    read_blocks.__kwdefaults__["size"] = size
    try:
        parts = list(text.blocks(start, len(content)))
        one = list(read_blocks(whole, start, len(content)))
    finally:
        read_blocks.__kwdefaults__["size"] = kept
    assert "".join(parts) == "".join(one) == content[start:].decode()
    long_words = [[w for w in cut_words(blocks) if len(w) > 8] for blocks in (parts, one)]
    assert long_words[0] == long_words[1]


def cut_words(blocks):
    """The words of a text, each cut where the blocks cut it."""
    return [word for block in blocks for word in block.replace("\n", " ").split(" ")]


def test_single_bytes_are_found_across_parts(tmp_path):
    text, whole = in_parts(tmp_path, ["ab", "cd", "", "e"], [1, 2, 3])
    content = whole.path.read_bytes()
    found = [text.byte_at(place) for place in range(len(content) + 2)]
    assert b"".join(found) == content
    assert found[-2:] == [b"", b""]
