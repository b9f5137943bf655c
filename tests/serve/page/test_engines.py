"""The page with real tiny models, by both engines: the server's, and that of an exported file."""

import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch
import uvicorn

from lmkit.archive.folder import Archive
from lmkit.interop.html.pack import PageText, pack_archive, page_archive
from lmkit.interop.html.page import PageModel, single_page
from lmkit.language_model import LanguageModel
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.serve.app import create_app
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
LINES = [
    "the cat sat on the mat .",
    "the dog sat on the log .",
    "a cat saw the dog , and the dog saw a cat .",
    "an apple a day , said the cat .",
] * 4
TEXT = "the cat sat on the mat , and the dog"
STATES = {
    "lstm": ["cell state", "hidden state"],
    "gru": ["hidden state"],
    "elman": ["hidden state"],
}
STEPS = {
    "lstm": ["read", "forget", "input", "candidate", "cell state", "output", "hidden state"],
    "gru": ["read", "reset", "update", "candidate", "hidden state"],
    "elman": ["read", "hidden state"],
}


def made_archive(cell: str) -> Archive:
    """An untrained model with an n-gram, its weights large enough to say different things."""
    tokenizer = Tokenizer.train(LINES, TokenizerConfig(unit="word", min_frequency=1))
    vocab = tokenizer.vocab_size
    config = RecurrentLMConfig(vocab_size=vocab, hidden=12, embedding=12, layers=2, cell=cell)
    ids = [i for line in LINES for i in (*tokenizer.encode(line), tokenizer.line_end_id)]
    ngram = NGram.fit(np.array(ids), vocab_size=vocab, line_end_id=tokenizer.line_end_id, order=2)

    def network(seed: int) -> RecurrentLM:
        model = RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()
        with torch.no_grad():
            for weights in model.parameters():
                weights.mul_(3)
        return model

    return Archive(
        model=network(0),
        tokenizer=tokenizer,
        facts={"direction": "both", "backward_weight": 0.5, "training": {"words": len(ids)}},
        backward=network(1),
        stack=(StackEntry("ngram", NGramConfig(weights={"": (0.3, 0.6)}), ngram),),
    )


@pytest.fixture(scope="session")
def archives() -> dict[str, Archive]:
    return {cell: made_archive(cell) for cell in STEPS}


@pytest.fixture(scope="session")
def all_archives(archives) -> dict[str, Archive]:
    """The same, and a cell without a drawing."""
    return {**archives, "mingru": made_archive("mingru")}


@pytest.fixture(scope="session")
def served(all_archives) -> Iterator[str]:
    """The address of a server with a model of each cell."""
    app = create_app({name: LanguageModel(one) for name, one in all_archives.items()})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_level="warning", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def exported(archives, tmp_path_factory) -> dict[str, str]:
    """The addresses of files on the disk, one for each cell."""
    folder = tmp_path_factory.mktemp("exported")
    found = {}
    for name, archive in archives.items():
        blob = pack_archive(page_archive(archive, ngrams=500), PageText(name=name))
        model = PageModel(name=name, blob=blob, card="# A card", licence="none")
        path = folder / f"{name}.html"
        path.write_text(single_page(model), encoding="utf-8")
        found[name] = path.as_uri()
    return found


@pytest.fixture(params=["http", "browser"])
def tab(request, opened, served, exported):
    """A function that opens a link with a model of a cell, by one engine or the other."""

    def go(view: str, cell: str = "lstm", **state: object):
        if request.param == "http":
            opened.site = served
            return opened.go(view, state.pop("text", TEXT), model=cell, **state)
        opened.site = exported[cell]
        opened.context.set_offline(True)
        return opened.go(view, state.pop("text", TEXT), **state)

    return go


def shown(page, host):
    return page.eval_on_selector_all(
        f"{host} [data-word]",
        "all => all.map(one => [one.dataset.word, Number(one.dataset.probability)])",
    )


def test_next_words_are_those_of_the_model(tab, archives):
    found = shown(tab("write"), "#next")
    answer = LanguageModel(archives["lstm"]).next(TEXT, k=50)
    probabilities = {one.word: one.probability for one in answer.words}
    assert len(found) == 10
    for word, probability in found:  # the file has 8 bits a weight
        assert probability == pytest.approx(probabilities[word], rel=0.1, abs=0.002)


def test_what_sampling_leaves_is_shown(tab):
    page = tab("write", top_k=3)
    expect(page.locator("#next .is-cut").first).to_be_visible()
    assert page.locator("#next [data-word]:not(.is-cut)").count() <= 3


def test_a_blank_is_filled_with_reasons(tab):
    page = tab("write", text="the ___ sat on the mat .")
    expect(page.locator("#fill .filling")).to_have_count(3)
    expect(page.locator("#fill li").first.locator("dt")).to_have_text(
        ["words before", "words after", "frequency"]
    )
    expect(page.locator(".blank")).to_have_attribute("data-filling", shown(page, "#fill")[0][0])


def test_ghost_text_and_completions(tab):
    page = tab("write", text="the c")
    expect(page.locator("#complete [data-word=cat]")).to_be_visible()
    page.locator("#text").fill("the cat ")
    expect(page.locator(".ghost")).to_be_attached()


def test_the_text_has_heat_and_what_was_expected(tab, archives):
    page = tab("surprise")
    expect(page.locator(".heat-word")).to_have_count(10)
    expect(page.locator(".details .bars li")).to_have_count(5)
    answer = LanguageModel(archives["lstm"]).score(TEXT)
    numbers = [float(one.split()[0]) for one in page.locator(".heat-number").all_inner_texts()]
    assert numbers == pytest.approx([one.surprisal for one in answer.words], abs=0.15)


@pytest.mark.parametrize("cell", STEPS)
def test_each_kind_of_cell_has_a_drawing_whose_numbers_hold(tab, cell):
    page = tab("cell", cell, unit=3, word=2)
    steps = page.get_by_role("group", name="Steps of the computation").get_by_role("button")
    expect(steps).to_have_text(STEPS[cell])
    steps.last.click()
    expect(page.locator(".equation .symbols")).to_contain_text("h = ")


@pytest.mark.parametrize("cell", STEPS)
def test_each_kind_of_cell_has_maps_of_its_gates(tab, cell):
    page = tab("gates", cell)
    expect(page.locator(".thumb canvas").first).to_be_visible()
    names = page.locator(".thumb-name").all_inner_texts()
    assert names[names.index("candidate") + 1 :] == STATES[cell]
    page.locator("#text").press_sequentially(" saw")
    expect(page.locator(".readout")).to_contain_text("saw")


def test_a_forced_gate_changes_the_next_words(tab):
    page = tab("gates", force="1.gate.forget=0;2.gate.output[3,4]=mean")
    expect(page.locator("#next .is-pair").first).to_be_visible()
    both = page.eval_on_selector_all(
        "#next .is-pair", "all => all.map(one => [one.dataset.probability, one.dataset.unforced])"
    )
    assert any(forced != unforced for forced, unforced in both)


def test_places_and_words_are_found(tab):
    page = tab("match", word=1)
    page.get_by_label("High means above").fill("50")
    expect(page.locator(".places li").first).to_be_visible()
    page.locator("#tab-words").click()
    expect(page.locator("ol[aria-labelledby=neighbours-title] li").first).to_be_visible()
    for name, word in (("First", "cat"), ("Second", "dog"), ("Third", "mat")):
        page.get_by_label(f"{name} word").fill(word)
    page.keyboard.press("Enter")
    expect(page.locator("ol[aria-label=Analogy] li").first).to_be_visible()


def test_a_cell_without_a_drawing_says_so_and_has_its_gates(opened, served):
    opened.site = served
    page = opened.go("cell", TEXT, model="mingru")
    expect(page.locator("#panel .empty")).to_contain_text("draws LSTM, GRU and Elman cells only")
    page.locator("#tab-gates").click()
    expect(page.locator(".thumb-name").first).to_have_text("update gate")


def test_two_models_of_a_server_stand_above_each_other(opened, served):
    opened.site = served
    page = opened.go("surprise", TEXT)
    page.get_by_label("Compare with").select_option("gru")
    expect(page.locator(".heat-cell")).to_have_count(20)


def test_the_file_keeps_its_state_in_its_address_and_says_what_it_is(opened, exported):
    opened.site = exported["lstm"]
    opened.context.set_offline(True)
    page = opened.go("gates", TEXT)
    page.get_by_role("button", name="input gate open").click()
    assert "force=1.gate.input%3D1" in page.url
    expect(page.locator(".foot")).to_contain_text("sends nothing that you type")
    expect(page.locator(".about-file")).to_contain_text("language model")
    page.reload()
    expect(page.locator(".force-list")).to_contain_text("input gate open")
