import http.server
import json
import socket
import threading
import time

import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.data.sources.hub import HubSet, parse_hub_name
from lmkit.data.sources.source import SourceConfig

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def source(spec):
    return HubSet(spec, SourceConfig())


@pytest.fixture
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def test_the_parts_of_a_name():
    assert parse_hub_name("hf:imdb") == ("imdb", None, "train")
    assert parse_hub_name("hf:owner/name") == ("owner/name", None, "train")
    assert parse_hub_name("hf:owner/name/sub:test") == ("owner/name", "sub", "test")
    with pytest.raises(UsageError, match="names no data set"):
        parse_hub_name("hf:")


def test_a_folder_laid_out_as_a_data_set_is_read_by_the_real_loader(tmp_path):
    (tmp_path / "train.csv").write_text("text\nhello\nworld\n")
    (tmp_path / "test.csv").write_text("text\nlast\n")
    assert list(source(f"hf:{tmp_path}").lines()) == ["hello", "world"]
    assert list(source(f"hf:{tmp_path}:test").lines()) == ["last"]
    with pytest.raises(DataError, match="cannot read"):
        list(source(f"hf:{tmp_path}:valid").lines())


def test_a_column_of_a_data_set_is_chosen_and_what_is_no_text_becomes_it(tmp_path):
    rows = [{"message": {"text": "hello"}, "n": 1}, {"message": {"text": "two\\nlines"}, "n": 2}]
    content = "".join(json.dumps(row) + "\n" for row in rows).replace("\\\\n", "\\n")
    (tmp_path / "train.jsonl").write_text(content)
    spec = f"hf:{tmp_path}"
    assert list(HubSet(spec, SourceConfig(column="n")).lines()) == ["1", "2"]
    found = source(spec)
    assert list(found.lines()) == ["hello", "two", "lines"]
    assert found.notices == [f"{spec}: the column 'text' was read at message.text"]
    with pytest.raises(DataError, match=r"choose one with --column: message\.text, n"):
        list(HubSet(spec, SourceConfig(column="body")).lines())


def test_without_a_network_one_sentence_comes_quickly(monkeypatch, no_proxy):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    started = time.monotonic()
    with pytest.raises(
        DataError, match=r"cannot reach 127\.0\.0\.1 .*connect to the network"
    ) as caught:
        list(source("hf:owner/name").lines())
    assert "\n" not in str(caught.value)
    assert time.monotonic() - started < 6


def test_a_proxy_that_is_not_there_is_no_network(monkeypatch, no_proxy):
    monkeypatch.setenv("https_proxy", "http://localhost:9")
    with pytest.raises(DataError, match="cannot reach localhost"):
        list(source("hf:owner/name").lines())


def test_a_hub_that_answers_and_has_nothing(tmp_path):
    """The address of the hub is read when its client is loaded, so this runs in a new Python."""
    import os
    import subprocess
    import sys

    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(404)

        do_GET = do_HEAD  # noqa: N815  # the name the server calls

        def log_message(self, *args):
            pass

    code = (
        "from lmkit.data.sources import open_source\n"
        "from lmkit.core.errors import DataError\n"
        "try: list(open_source('hf:owner/name').lines())\n"
        "except DataError as error: print(error)\n"
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        environment = {**kept, "HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0"}
        environment |= {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()
    assert done.stdout == "cannot find the data set 'owner/name' on the hub; check its name\n"
    assert done.stderr == ""


def test_the_files_of_a_data_set_are_shared_out(tmp_path):
    for number in range(5):
        rows = "".join(json.dumps({"text": f"{number} {row}"}) + "\n" for row in range(3))
        (tmp_path / f"train-0000{number}.jsonl").write_text(rows)
    whole = list(source(f"hf:{tmp_path}").lines())
    assert len(whole) == 15
    for count, expected in ((1, 1), (2, 2), (5, 5), (4096, 5)):
        parts = source(f"hf:{tmp_path}").shards(count)
        assert len(parts) == expected
        assert [line for part in parts for line in part.lines()] == whole


def test_a_part_of_a_data_set_says_what_it_passed_over(tmp_path):
    for number in range(2):
        rows = [{"text": "hello"}] * 20 + ([{"text": None}] if number else [])
        content = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"train-0000{number}.jsonl").write_text(content)
    first, second = source(f"hf:{tmp_path}").shards(2)
    assert len(list(first.lines())) == 20
    assert first.notices == []
    assert len(list(second.lines())) == 20
    whole = source(f"hf:{tmp_path}")
    list(whole.lines())
    assert bool(second.notices) == bool(whole.notices)


def test_a_data_set_that_is_prepared_has_the_ids_of_its_lines(tmp_path):
    from lmkit.data.parts.parts_plan import PreparationRequest
    from lmkit.data.parts.prepare import prepare_parts
    from lmkit.data.sources.prepared_folder import PreparedFolder

    folder = tmp_path / "set"
    folder.mkdir()
    for number in range(3):
        rows = "".join(json.dumps({"text": f"the cat {number} sat"}) + "\n" for row in range(30))
        (folder / f"train-0000{number}.jsonl").write_text(rows)
    request = PreparationRequest(sources=(f"hf:{folder}",), out=tmp_path / "ids", workers=2)
    *_, result = prepare_parts(request)
    assert result.parts == 3
    prepared = PreparedFolder(str(tmp_path / "ids"), SourceConfig())
    assert list(prepared.lines()) == list(source(f"hf:{folder}").lines())
