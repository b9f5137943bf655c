"""A text prepared in parts has the ids of the same text read in one piece."""

import json
import random
import shutil

import pytest

from lmkit.core.errors import DataError, LmkitError, UsageError
from lmkit.data import corpus
from lmkit.data import prepare as in_one_piece
from lmkit.data.parts import parts_plan, prepare
from lmkit.data.parts.layout import PARTS
from lmkit.data.parts.parts_plan import PreparationRequest
from lmkit.data.parts.prepare import PartsDone, prepare_parts
from lmkit.data.prepared_text import FACTS, PREPARED, TOKENIZER, TRAIN, VALID
from lmkit.data.sources import open_source
from lmkit.text import count_runs, token_counter
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

WORDS = [
    "the",
    "a",
    "cat",
    "dog",
    "sat",
    "ran",
    "on",
    "mat,",
    "rug.",
    "it's",
    "“so”",
    "café",
    "中文",
]


@pytest.fixture(autouse=True)
def many_small_parts(monkeypatch):
    """Parts of a few lines, and counts that go to the disk at once."""
    monkeypatch.setattr(parts_plan, "LARGEST_PART", 4_000)
    monkeypatch.setattr(parts_plan, "SMALLEST_PART", 2_500)
    monkeypatch.setattr("lmkit.data.sources.text_file._SMALL", 500)
    monkeypatch.setattr(token_counter, "MOST_WORDS", 20)
    monkeypatch.setattr(count_runs, "ENTRIES_AT_ONCE", 10)
    monkeypatch.setattr("lmkit.core.files.sync", lambda path: None)  # no test cuts the power


def made_up(lines, seed=0):
    draw = random.Random(seed)
    rows = []
    for number in range(lines):
        words = draw.choices(WORDS, k=draw.randrange(1, 9))
        rows.append(" ".join([*words, f"rare{draw.randrange(lines)}"] if number % 3 else words))
    return "\n".join(rows) + "\n"


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "my.txt"
    path.write_text(made_up(450), encoding="utf-8")
    return path


def run(out, *sources, **options):
    request = PreparationRequest(sources=tuple(map(str, sources)), out=out, **options)
    *events, result = prepare_parts(request)
    assert all(isinstance(event, PartsDone) for event in events)
    return result


def direct(tmp_path, *sources, valid=None, config=None, **options):
    """The same read in one piece."""
    opened = [open_source(str(source)) for source in sources]
    held = open_source(str(valid)) if valid else None
    cache = tmp_path / "cache"
    config = config or TokenizerConfig()
    return in_one_piece.prepare(opened, held, config, cache=cache, **options)


def same_ids(out, found):
    for name in (TRAIN, VALID, TOKENIZER):
        assert (out / name).read_bytes() == (found.folder / name).read_bytes(), name
    mine, theirs = (json.loads((f / FACTS).read_text()) for f in (out, found.folder))
    assert {**mine, "key": ""} == {**theirs, "key": ""}


@pytest.mark.parametrize("unit", UNITS)
def test_parts_have_the_ids_of_the_text_in_one_piece(text, tmp_path, unit):
    config = TokenizerConfig(unit=unit)
    found = run(tmp_path / "ids", text, config=config)
    assert found.parts == 5
    assert found.counted == found.encoded == found.parts
    same_ids(tmp_path / "ids", direct(tmp_path, text, config=config))
    assert not (tmp_path / "ids" / PARTS).exists()


def test_two_workers_write_the_bytes_of_one(text, tmp_path):
    run(tmp_path / "one", text, workers=1)
    run(tmp_path / "two", text, workers=2)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted([TRAIN, VALID, TOKENIZER, FACTS, PREPARED])
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_shards_on_one_folder_write_the_bytes_of_one_run(text, tmp_path):
    run(tmp_path / "whole", text)
    out = tmp_path / "shards"
    first = run(out, text, shard=(1, 2))
    assert 0 < first.counted < first.parts
    assert not (out / TOKENIZER).exists()
    second = run(out, text, shard=(2, 2))
    assert second.counted == second.parts
    assert 0 < second.encoded < second.parts
    again = run(out, text, shard=(1, 2))
    assert again.encoded == again.parts
    assert again.finished is None
    assert run(out, text).finished is not None
    for name in (TRAIN, VALID, TOKENIZER, FACTS, PREPARED):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_shards_on_machines_of_their_own_are_merged_by_copying(text, tmp_path):
    run(tmp_path / "whole", text)
    here, there = tmp_path / "here", tmp_path / "there"

    def copy_both_ways():
        for source, target in ((here, there), (there, here)):
            shutil.copytree(
                source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.text")
            )

    for _ in range(2):
        run(here, text, shard=(1, 2))
        run(there, text, shard=(2, 2))
        copy_both_ways()
    run(here, text)
    for name in (TRAIN, VALID, TOKENIZER, FACTS, PREPARED):
        assert (here / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_shards_of_a_vocabulary_that_is_given_agree_at_once(text, tmp_path):
    tokenizer = Tokenizer.train(["the cat sat on a mat"], TokenizerConfig(min_frequency=1))
    found = [
        run(tmp_path / "ids", text, tokenizer=tokenizer, shard=(number, 2)) for number in (1, 2, 1)
    ]
    assert found[-1].encoded == found[-1].parts
    run(tmp_path / "ids", text, tokenizer=tokenizer)
    same_ids(tmp_path / "ids", direct(tmp_path, text, tokenizer=tokenizer))


@pytest.mark.parametrize("stopped", [1, 2, 5, 6, 8])
def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_bytes(text, tmp_path, stopped):
    assert run(tmp_path / "whole", text).parts == 5
    out = tmp_path / "ids"
    events = prepare_parts(PreparationRequest(sources=(str(text),), out=out))
    done = [next(events) for _ in range(stopped)][-1]
    events.close()
    left = out / PARTS / ".00003.train.abcd"
    left.mkdir()
    (left / "00003.train").write_bytes(b"half")
    markers = {path: path.stat().st_mtime_ns for path in (out / PARTS).glob("*.json")}
    again = prepare_parts(PreparationRequest(sources=(str(text),), out=out))
    following = next(again)
    assert (following.stage, following.done) in {(done.stage, done.done + 1), ("encode", 1)}
    assert all(path.stat().st_mtime_ns == when for path, when in markers.items())
    assert not left.exists()
    list(again)
    for name in (TRAIN, VALID, TOKENIZER, FACTS, PREPARED):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_finished_folder_is_not_done_again(text, tmp_path):
    out = tmp_path / "ids"
    first = run(out, text)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    again = run(out, text)
    assert again.finished == first.finished
    assert again.worked == 0
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_a_validation_text_of_its_own_is_not_in_the_vocabulary(text, tmp_path):
    valid = tmp_path / "valid.txt"
    valid.write_text("zebra zebra zebra\n" * 300, encoding="utf-8")
    found = run(tmp_path / "ids", text, valid=str(valid))
    assert found.finished.valid.unknown == 900
    same_ids(tmp_path / "ids", direct(tmp_path, text, valid=valid))


def test_several_sources_of_several_kinds_are_one_text(text, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text(made_up(120, seed=1), encoding="utf-8")
    rows = [json.dumps({"text": line}) for line in made_up(120, seed=2).splitlines()]
    (folder / "b.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run(tmp_path / "ids", folder, text, workers=2)
    same_ids(tmp_path / "ids", direct(tmp_path, folder, text))


@pytest.mark.parametrize(
    "content",
    [
        "word",
        "a b",
        "one line of some words " * 300,
        "the cat sat\n" + "\n" * 3000 + "on the mat\n",
        "猫坐在垫子上" * 2000,
        "a b c\n" * 10 + "one line that is most of the text " * 2000,
        f"a {'x' * 700} b\n" + "c d e\n" * 2000,
        "c d e\n" * 1700 + f"a {'x' * 1300} {'é' * 300} b\n{'x' * 300}\n" + "c d\n" * 500,
    ],
)
@pytest.mark.parametrize("unit", ["word", "char", "bpe"])
def test_odd_texts_are_the_same_in_parts(tmp_path, monkeypatch, content, unit):
    monkeypatch.setitem(corpus.read_blocks.__kwdefaults__, "size", 256)  # longer words are cut
    path = tmp_path / "odd.txt"
    path.write_text(content, encoding="utf-8")
    config = TokenizerConfig(unit=unit)
    run(tmp_path / "ids", path, config=config)
    same_ids(tmp_path / "ids", direct(tmp_path, path, config=config))


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_a_text_whose_words_are_all_held_out_is_refused(tmp_path, unit):
    path = tmp_path / "odd.txt"
    path.write_text("\n" * 3000 + "the cat\nsat\n", encoding="utf-8")
    config = TokenizerConfig(unit=unit)
    for prepared in (direct, run):
        with pytest.raises(DataError, match="no words to learn from"):
            prepared(tmp_path / prepared.__name__, path, config=config)
    assert not (tmp_path / "run").exists()


def test_settings_are_chosen_by_the_beginning_of_a_long_text(tmp_path, monkeypatch):
    monkeypatch.setitem(corpus.read_blocks.__kwdefaults__, "size", 100)
    monkeypatch.setattr("lmkit.text.tokenizer.SAMPLE", 2_000)
    spaced, attached = "the cat , it sat .\n" * 400, "the cat, it sat.\n" * 400
    for beginning, end in ((spaced, attached), (attached, spaced)):
        path = tmp_path / "long.txt"
        path.write_text(beginning + end, encoding="utf-8")
        run(tmp_path / "ids", path, force=True)
        same_ids(tmp_path / "ids", direct(tmp_path, path))


def test_a_source_that_changed_is_refused(text, tmp_path):
    out = tmp_path / "ids"
    run(out, text, shard=(1, 2))
    content = text.read_bytes()
    for changed in (content + b"one more line\n", content.replace(b"cat", b"cow")):
        text.write_bytes(changed)
        with pytest.raises(UsageError, match="begun from other sources or settings"):
            run(out, text)
    text.write_bytes(content)
    run(out, text)
    same_ids(out, direct(tmp_path, text))


def test_a_file_of_a_folder_that_changed_behind_its_size_is_refused(tmp_path):
    folder, out = tmp_path / "texts", tmp_path / "ids"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.txt").write_text(made_up(120, seed=number), encoding="utf-8")
    run(out, folder, shard=(1, 2))
    content = (folder / "0.txt").read_text(encoding="utf-8")
    (folder / "0.txt").write_text(content.replace("cat", "cow"), encoding="utf-8")
    for path in (out / PARTS).glob("*.text"):
        path.unlink()
    with pytest.raises(DataError, match="has changed since it was counted"):
        run(out, folder)


def test_a_preparation_into_the_folder_it_reads_does_not_read_itself(text, tmp_path):
    out = tmp_path / "ids"
    run(out, tmp_path, shard=(1, 2))
    run(out, tmp_path)
    run(tmp_path.parent / f"{tmp_path.name}-whole", text)
    expected = (tmp_path.parent / f"{tmp_path.name}-whole" / TRAIN).read_bytes()
    assert (out / TRAIN).read_bytes() == expected


def test_other_settings_need_another_folder_or_force(text, tmp_path):
    out = tmp_path / "ids"
    run(out, text)
    bpe = TokenizerConfig(unit="bpe")
    with pytest.raises(UsageError, match="--force"):
        run(out, text, config=bpe)
    run(out, text, config=bpe, force=True)
    same_ids(out, direct(tmp_path, text, config=bpe))


def test_files_of_others_stay_and_keep_a_new_preparation_away(text, tmp_path):
    out = tmp_path / "ids"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds files and no prepared text"):
        run(out, text)
    assert [path.name for path in out.iterdir()] == ["letter.txt"]
    (out / "letter.txt").unlink()
    run(out, text, shard=(1, 2))
    (out / PARTS / "notes.txt").write_text("mine too")
    (out / "letter.txt").write_text("mine")
    run(out, text)
    run(out, text, config=TokenizerConfig(unit="char"), force=True)
    assert (out / "letter.txt").read_text() == "mine"
    assert [path.name for path in (out / PARTS).iterdir()] == ["notes.txt"]
    with pytest.raises(UsageError, match="is a file; name a folder"):
        run(out / "letter.txt", text)


@pytest.mark.parametrize("kind", ["train", "valid"])
def test_a_damaged_part_is_refused_and_named(text, tmp_path, kind):
    out = tmp_path / "ids"
    for number in (1, 2, 1):
        run(out, text, shard=(number, 2))
    sized = [path for path in (out / PARTS).glob(f"*.{kind}") if path.stat().st_size]
    sized[0].write_bytes(b"\xff" * sized[0].stat().st_size)
    with pytest.raises(DataError, match=rf"{sized[0].name} is damaged; delete the files 000.."):
        run(out, text)
    assert not (out / TRAIN).exists() or not (out / FACTS).exists()
    sized[0].unlink()
    with pytest.raises(DataError, match=rf"{sized[0].name} is gone"):
        run(out, text)
    for path in (out / PARTS).glob(f"{sized[0].stem}.*"):
        path.unlink()
    run(out, text)
    same_ids(out, direct(tmp_path, text))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"number": 3, "marks": [[1]]}', "\xff"])
@pytest.mark.parametrize("name", ["00003.counted.json", "00003.done.json"])
def test_a_damaged_marker_is_one_sentence(text, tmp_path, name, content):
    out = tmp_path / "ids"
    for number in (1, 2, 1):
        run(out, text, shard=(number, 2))
    (out / PARTS / name).write_text(content, encoding="latin-1")
    with pytest.raises(DataError, match=rf"{name} is damaged; delete it and run"):
        run(out, text)
    (out / PARTS / name).unlink()
    run(out, text)
    same_ids(out, direct(tmp_path, text))


def test_damaged_counts_are_refused_and_made_again(text, tmp_path):
    out = tmp_path / "ids"
    run(out, text, shard=(1, 2))
    run_file = next((out / PARTS).glob("*.counts-0"))
    run_file.write_bytes(b"nonsense")
    with pytest.raises(DataError, match="are damaged"):
        run(out, text)
    for path in (out / PARTS).glob(f"{run_file.name[:5]}.*"):
        path.unlink()
    run(out, text)
    same_ids(out, direct(tmp_path, text))


@pytest.mark.parametrize("content", ["nonsense", "[]", "{}", '{"format": 1}', '{"format": 99}'])
def test_a_damaged_plan_is_one_sentence(text, tmp_path, content):
    out = tmp_path / "ids"
    run(out, text, shard=(1, 2))
    (out / PREPARED).write_text(content)
    with pytest.raises(DataError, match=r"is damaged|was prepared by another lmkit"):
        run(out, text)
    run(out, text, force=True)
    same_ids(out, direct(tmp_path, text))


def test_a_disk_that_is_full_loses_nothing(text, tmp_path, monkeypatch):
    out = tmp_path / "ids"
    run(tmp_path / "whole", text)
    original = prepare.encode_part
    calls = []

    def full(work):
        calls.append(work)
        if len(calls) == 3:
            raise LmkitError("cannot write: No space left on device")
        return original(work)

    monkeypatch.setattr(prepare, "encode_part", full)
    with pytest.raises(LmkitError, match="No space left"):
        run(out, text)
    assert len(list((out / PARTS).glob("*.done.json"))) == 2
    monkeypatch.setattr(prepare, "encode_part", original)
    run(out, text)
    for name in (TRAIN, VALID, TOKENIZER, FACTS, PREPARED):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("valid", [False, True])
def test_a_text_without_words_is_refused_and_leaves_nothing(tmp_path, valid):
    path, empty = tmp_path / "a.txt", tmp_path / "v.txt"
    path.write_text("a b c\n" if valid else "\n \n")
    empty.write_text("\n\n")
    with pytest.raises(DataError, match=r"not one word in .*[av]\.txt"):
        run(tmp_path / "ids", path, valid=str(empty) if valid else None)
    assert not (tmp_path / "ids").exists()


def test_a_source_that_is_missing_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        run(tmp_path / "ids", tmp_path / "none.txt")
    assert not (tmp_path / "ids").exists()


def test_the_ids_of_a_shuffled_order_of_work_are_the_same(text, tmp_path, monkeypatch):
    run(tmp_path / "whole", text)

    class Backwards(prepare.WorkerPool):
        def run(self, work, tasks):
            yield from map(work, reversed(tasks))

    monkeypatch.setattr(prepare, "WorkerPool", Backwards)
    run(tmp_path / "ids", text)
    for name in (TRAIN, VALID, TOKENIZER, FACTS, PREPARED):
        assert (tmp_path / "ids" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
