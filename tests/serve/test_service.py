"""Requests are let in, refused, waited for, and dropped."""

import asyncio
import logging

import pytest

from lmkit.core.errors import UsageError
from lmkit.language_model import LanguageModel
from lmkit.serve.demands import Alone
from lmkit.serve.errors import ApiError
from lmkit.serve.options import Limits, ServeOptions
from lmkit.serve.registry import ModelRegistry
from lmkit.serve.service import Service


class Waiting:
    """A client that waits, or leaves when told."""

    def __init__(self):
        self.left = asyncio.Event()

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}


def run_with(archive, use, **options):
    service = Service(ModelRegistry.open({"m": LanguageModel(archive)}), ServeOptions(**options))
    service.engine.start()
    try:
        return asyncio.run(use(service))
    finally:
        service.engine.stop()


def says(value):
    yield Alone()
    return value


def endless():
    breathe = yield Alone()
    while True:
        breathe()


def test_answers_come_back(words_archive):
    async def use(service):
        return await service.compute(Waiting(), lambda _: [says(1), says(2)])

    assert run_with(words_archive, use) == [1, 2]


def test_a_client_that_leaves_frees_its_place(words_archive):
    async def use(service):
        client = Waiting()
        asked = asyncio.ensure_future(service.compute(client, lambda _: [endless()]))
        await asyncio.sleep(0)
        client.left.set()
        with pytest.raises(ApiError) as error:
            await asked
        assert error.value.status == 499
        return await service.compute(Waiting(), lambda _: [says("free")])

    assert run_with(words_archive, use) == ["free"]


def test_what_takes_too_long_is_ended(words_archive):
    async def use(service):
        with pytest.raises(ApiError) as error:
            await service.compute(Waiting(), lambda _: [endless()])
        assert error.value.status == 408
        with pytest.raises(ApiError) as error:
            [part async for part in service.stream(lambda _: [endless()])]
        assert error.value.status == 408
        return await service.compute(Waiting(), lambda _: [says("free")])

    assert run_with(words_archive, use, limits=Limits(seconds=0.05)) == ["free"]


def test_requests_beyond_the_queue_are_told_to_come_again(words_archive):
    async def use(service):
        clients = [Waiting() for _ in range(3)]
        asked = [
            asyncio.ensure_future(service.compute(client, lambda _: [endless()]))
            for client in clients
        ]
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as error:
            await service.compute(Waiting(), lambda _: [says(1)])
        assert error.value.status == 429
        assert error.value.headers == {"Retry-After": "1"}
        for client in clients:
            client.left.set()
        await asyncio.gather(*asked, return_exceptions=True)
        return await service.compute(Waiting(), lambda _: [says("room")])

    assert run_with(words_archive, use, limits=Limits(rows=1, queue=2)) == ["room"]


def test_a_server_that_ends_takes_nothing_new(words_archive):
    async def use(service):
        service.is_draining = True
        with pytest.raises(ApiError) as error:
            await service.compute(Waiting(), lambda _: [says(1)])
        return error.value.status

    assert run_with(words_archive, use) == 503


def test_errors_are_refusals_and_faults_tell_nothing(words_archive, caplog):
    def wrong():
        yield Alone()
        raise UsageError("send another")

    def broken():
        yield Alone()
        raise ZeroDivisionError("/secret/path")

    async def use(service):
        found = []
        for strand in (wrong, broken):
            with pytest.raises(ApiError) as error:
                await service.compute(Waiting(), lambda _, strand=strand: [strand()])
            found.append((error.value.status, error.value.message))
            with pytest.raises(ApiError):
                [part async for part in service.stream(lambda _, strand=strand: [strand()])]
        return found

    with caplog.at_level(logging.CRITICAL, "lmkit"):
        first, second = run_with(words_archive, use)
    assert first == (400, "send another")
    assert second[0] == 500
    assert "secret" not in second[1]


def test_streams_give_parts_and_leave_no_work_behind(words_archive):
    def emits(emit):
        while True:
            yield Alone()
            emit("part")

    async def use(service):
        parts = service.stream(lambda emit: [emits(emit)])
        found = [await anext(parts), await anext(parts)]
        await parts.aclose()
        return found + await service.compute(Waiting(), lambda _: [says("free")])

    assert run_with(words_archive, use) == ["part", "part", "free"]


def test_a_stream_ends_in_time_also_where_its_parts_are_taken_slowly(words_archive):
    def emits(emit):
        yield Alone()
        for number in range(1000):
            emit(number)

    async def use(service):
        parts = service.stream(lambda emit: [emits(emit)])
        found = [await anext(parts)]
        await asyncio.sleep(0.2)
        with pytest.raises(ApiError) as error:
            found += [part async for part in parts]
        return found, error.value.status

    assert run_with(words_archive, use, limits=Limits(seconds=0.1)) == ([0], 408)


def test_an_unknown_model_is_no_path(words_archive):
    async def use(service):
        for name in ("../m", "/etc/passwd", "m/", "M", "", "m\x00"):
            with pytest.raises(ApiError) as error:
                service.model(name)
            assert error.value.status == 404
            assert error.value.message.endswith("choose from m")
        return service.model(None).name, service.model("m").name

    assert run_with(words_archive, use) == ("m", "m")


def test_texts_are_logged_where_that_was_asked_for_alone(words_archive, caplog):
    async def use(service):
        service.log_text("/v1/next", "my secret")

    with caplog.at_level(logging.INFO, "lmkit.serve"):
        run_with(words_archive, use)
        assert "secret" not in caplog.text
        run_with(words_archive, use, log_text=True)
        assert "my secret" in caplog.text
