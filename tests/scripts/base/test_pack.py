"""The folder that ships: small, whole, and close to what was trained."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from lmkit.archive.describe import describe_folder
from lmkit.archive.folder import Archive, load_archive, save_archive
from lmkit.data.prepare import prepare
from lmkit.data.prepared_text import PreparedText
from lmkit.data.sources import open_source
from lmkit.language_model import LanguageModel
from lmkit.models.ngram.counts import count_ngrams
from lmkit.models.ngram.ngram import NGram
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig
from lmkit.training.direction_pair import DirectionPair

CATS = "the cat sat on the mat .\nthe dog ran to the house .\na cat saw the dog .\n"


@pytest.fixture
def pack(base: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(base("train"), "VALID_PARTS", 2)
    return base("pack")


@pytest.fixture
def text(tmp_path: Path) -> PreparedText:
    for name, times in (("train.txt", 8), ("valid.txt", 30)):
        (tmp_path / name).write_text(CATS * times, encoding="utf-8")
    train, valid = (open_source(str(tmp_path / name)) for name in ("train.txt", "valid.txt"))
    return prepare([train], valid, TokenizerConfig(min_frequency=1), cache=tmp_path / "ids")


@pytest.fixture
def ngram_file(pack: ModuleType, text: PreparedText, tmp_path: Path) -> Path:
    pack.fit_pruned(text).save(tmp_path / "counted.safetensors")
    return tmp_path / "counted.safetensors"


@pytest.fixture
def trained(base: Callable[[str], ModuleType], text: PreparedText, tmp_path: Path) -> Path:
    config = replace(
        base("train").MODEL,
        vocab_size=text.tokenizer.vocab_size,
        hidden=8,
        last_hidden=6,
        embedding=40,
    )
    pair = DirectionPair(config, torch.Generator().manual_seed(1)).eval()
    archive = Archive(
        model=pair.ahead,
        backward=pair.back,
        tokenizer=text.tokenizer,
        facts={"direction": "both", "training": {"step": 7, "tokens": 200, "reason": "budget"}},
    )
    save_archive(tmp_path / "trained", archive)
    return tmp_path / "trained"


def test_a_packed_folder_is_smaller_and_answers_nearly_alike(
    pack: ModuleType, text: PreparedText, trained: Path, ngram_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "packed"
    pack.pack(pack.read_trained(trained), text, out, ngram_file=ngram_file)
    for name in ("model.safetensors", "backward.safetensors"):
        assert (out / name).stat().st_size < 0.6 * (trained / name).stat().st_size
    assert (out / "ngram.safetensors").read_bytes() == ngram_file.read_bytes()
    first, second = load_archive(trained), load_archive(out)
    assert torch.equal(second.model.embedding.weight, second.backward.embedding.weight)
    ids = torch.tensor([[1, 2, 3, 4]])
    for one, other in ((first.model, second.model), (first.backward, second.backward)):
        other.head.temperature.fill_(1.0)
        expected = one.read(ids, one.start(1))[0].log_probs()
        found = other.read(ids, other.start(1))[0].log_probs()
        torch.testing.assert_close(found, expected, atol=0.03, rtol=0)
    assert {"ngram", "cache"} <= {entry.name for entry in second.stack}
    assert 0 <= second.facts["backward_weight"] <= 1


def test_a_packed_folder_fills_a_blank_from_both_sides(
    pack: ModuleType, text: PreparedText, trained: Path, ngram_file: Path, tmp_path: Path
) -> None:
    pack.pack(pack.read_trained(trained), text, tmp_path / "packed", ngram_file=ngram_file)
    model = LanguageModel.load(tmp_path / "packed")
    assert model.fill("the ___ sat on the mat .").fillings


def test_a_folder_of_one_direction_is_refused(
    pack: ModuleType, trained: Path, tmp_path: Path
) -> None:
    archive = replace(load_archive(trained), backward=None)
    save_archive(tmp_path / "one", archive)
    with pytest.raises(SystemExit, match="no backward model"):
        pack.read_trained(tmp_path / "one")


def test_so_many_ngrams_are_kept_at_most(pack: ModuleType, text: PreparedText) -> None:
    end, vocab_size = text.tokenizer.line_end_id, text.tokenizer.vocab_size
    counts = list(count_ngrams(text.train.ids, vocab_size=vocab_size, order=4, line_end_id=end))
    times = np.concatenate([each.times for each in counts[1:]])
    assert pack.threshold(counts, len(times)) == 0
    for most in (3, 10):
        assert (times > pack.threshold(counts, most)).sum() <= most
    small, whole = pack.fit_pruned(text, 10), pack.fit_pruned(text, 10**6)
    kept = [sum(len(level.keys) for level in ngram.tables.levels[1:]) for ngram in (small, whole)]
    assert kept[0] <= 10 < kept[1]


def test_a_pruned_ngram_comes_back_from_its_file_as_a_distribution(
    pack: ModuleType, text: PreparedText, tmp_path: Path
) -> None:
    pack.fit_pruned(text, 20).save(tmp_path / "n.safetensors")
    ngram = NGram.load(tmp_path / "n.safetensors")
    total = ngram.read(torch.tensor([[1, 2, 3]]), ngram.start(1))[0].log_probs().exp().sum(-1)
    torch.testing.assert_close(total, torch.ones_like(total), atol=0.005, rtol=0)


def test_the_facts_are_those_of_any_model(
    pack: ModuleType, text: PreparedText, trained: Path, ngram_file: Path, tmp_path: Path
) -> None:
    packed = pack.pack(pack.read_trained(trained), text, tmp_path / "packed", ngram_file=ngram_file)
    found = describe_folder(tmp_path / "packed")
    assert found["format_version"] == 2
    training = found["training"]
    assert training["words"] == text.train.words
    assert training["steps"] == 7
    assert training["epochs"] == pytest.approx(100 / len(text.train.ids))
    assert training["perplexity"] > 1
    assert training["perplexity_backward"] > 1
    table = packed.model.embedding.weight.numel()
    assert training["parameters"] == 2 * packed.model.parameter_count() - table


def test_the_card_is_written_beside_and_changes_nothing_else(
    pack: ModuleType, text: PreparedText, trained: Path, ngram_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "packed"
    packed = pack.pack(pack.read_trained(trained), text, out, ngram_file=ngram_file)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    pack.write_card(out, packed, titles=["Emma", "Emma", "Dracula"], cloze=0.614)
    changed = {p.name for p in out.iterdir() if p.read_bytes() != before[p.name]}
    assert changed == {"README.md", "manifest.json"}
    card = (out / "README.md").read_text("utf-8")
    assert "| 61.4% |" in card
    assert "Emma; Dracula." in card
    assert pack.size_of(out) == sum(path.stat().st_size for path in out.iterdir())
    load_archive(out)


def test_the_contrast_is_fitted_on_questions(
    pack: ModuleType, text: PreparedText, trained: Path, ngram_file: Path, tmp_path: Path
) -> None:
    packed = pack.pack(pack.read_trained(trained), text, tmp_path / "packed", ngram_file=ngram_file)
    path = tmp_path / "cloze.csv"
    rows = "the ___ sat on the mat,cat,house,dog,mat,to,a\n" * 6
    path.write_text(f"question,a,b,c,d,e,answer\n{rows}", encoding="utf-8")
    fitted, accuracy = pack.fit_cloze(tmp_path / "packed", packed, path)
    assert 0 <= accuracy <= 1
    assert set(fitted.facts["contrast"]) == {"own", "others", "ngram", "similarity"}
    pack.write_card(tmp_path / "packed", fitted, titles=[], cloze=accuracy)
    model = LanguageModel.load(tmp_path / "packed")
    assert model.evaluate_cloze(path).questions == 6


def test_the_text_is_read_with_the_vocabulary_of_the_model(
    pack: ModuleType, text: PreparedText, trained: Path, tmp_path: Path
) -> None:
    other = replace(load_archive(trained), tokenizer=_reordered(text.tokenizer))
    save_archive(tmp_path / "other", other)
    archive = pack.read_trained(tmp_path / "other")
    found = pack.read_text(tmp_path, archive.tokenizer)
    assert found.tokenizer.decode(found.train.ids[:7]) == text.tokenizer.decode(text.train.ids[:7])
    assert not np.array_equal(found.train.ids, text.train.ids)


def test_curly_quotes_are_read_as_straight_ones(pack: ModuleType, trained: Path) -> None:
    tokenizer = pack.read_trained(trained).tokenizer
    assert tokenizer.normalise("\u201cwell\u201d") == '"well"'


def _reordered(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer of the same words, two of them with each other's id."""
    stored = json.loads(tokenizer.to_json())
    words = stored["tokenizer"]["model"]["vocab"]
    words[" the"], words[" cat"] = words[" cat"], words[" the"]
    return Tokenizer.from_json(json.dumps(stored))
