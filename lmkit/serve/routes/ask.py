"""Questions: `/v1/next`, `/v1/complete`, `/v1/fill`, `/v1/score`."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from lmkit.core.errors import UsageError
from lmkit.inference.fill.config import FillConfig
from lmkit.serve.asking import (
    NextQuestion,
    answer_complete,
    answer_fill,
    answer_next,
    answer_score,
)
from lmkit.serve.errors import ApiError
from lmkit.serve.routes.answers import ERRORS, ServiceOf
from lmkit.serve.schemas.ask import (
    CompleteBody,
    FillAnswer,
    FillBody,
    NextAnswer,
    NextBody,
    ScoreAnswer,
    ScoreBody,
    ScoresAnswer,
)
from lmkit.serve.service import Service
from lmkit.serve.variants import asked

router = APIRouter(prefix="/v1", tags=["questions"], responses=ERRORS)


@router.post("/next", response_model=NextAnswer)
async def next_words(body: NextBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The words that may come next, or the probability of those in `of`."""
    at_most(service, "k", body.k)
    of = texts_of(service, "of", body.of)
    service.log_text("/v1/next", body.text)
    question = NextQuestion(body.text, body.k, body.sampling(), of)
    model = asked(service, body, has_numbers=True)
    answers = await service.compute(request, lambda _: [answer_next(model, question)])
    return JSONResponse(answers[0])


@router.post("/complete", response_model=NextAnswer)
async def complete(body: CompleteBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The words that finish a begun one."""
    at_most(service, "k", body.k)
    service.log_text("/v1/complete", body.text)
    model = asked(service, body, has_numbers=True)
    answers = await service.compute(request, lambda _: [answer_complete(model, body.text, body.k)])
    return JSONResponse(answers[0])


@router.post("/fill", response_model=FillAnswer)
async def fill(body: FillBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The best ways to fill the blanks of a text."""
    at_most(service, "k", body.k)
    service.log_text("/v1/fill", body.text)
    config = FillConfig(
        k=body.k,
        choices=texts_of(service, "choices", body.choices) or None,
        exact=body.exact,
        avoid=frozenset(texts_of(service, "avoid", body.avoid)),
        words=_lengths(body.words),
    )
    model = asked(service, body, has_numbers=True, direction=body.direction)
    answers = await service.compute(
        request, lambda _: [answer_fill(model, body.text, config, explain=body.explain)]
    )
    return JSONResponse(answers[0])


@router.post("/score", response_model=ScoreAnswer | ScoresAnswer)
async def score(body: ScoreBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The surprisal of each word of a line, or of several lines."""
    at_most(service, "expected", body.expected)
    lines = [body.text] if isinstance(body.text, str) else texts_of(service, "text", body.text)
    service.log_text("/v1/score", body.text)
    model = asked(service, body, has_numbers=True)
    answers = await service.compute(
        request,
        lambda _: [answer_score(model, lines, context=body.context, expected=body.expected)],
    )
    scores = answers[0]["scores"]
    return JSONResponse(scores[0] if isinstance(body.text, str) else answers[0])


def at_most(service: Service, name: str, count: int) -> None:
    """Refuse more answers than the limit.

    Raises:
        ApiError: If there are.
    """
    most = service.options.limits.answers
    if count > most:
        raise ApiError(400, f"{name} is at most {most} here, got {count}", param=name)


def texts_of(service: Service, name: str, texts: list[str] | None) -> tuple[str, ...]:
    """Return the texts of a field.

    Raises:
        ApiError: If there are more than the limit.
    """
    most = service.options.limits.texts
    if texts is not None and len(texts) > most:
        raise ApiError(400, f"{name} holds at most {most} texts, got {len(texts)}", param=name)
    return tuple(texts or ())


def _lengths(words: int | str | None) -> tuple[int, int] | None:
    """Return the fewest and the most words of a blank."""
    if words is None:
        return None
    fewest, _, most = str(words).partition("-")
    try:
        return int(fewest), int(most or fewest)
    except ValueError:
        raise UsageError("words is a number or a range; send e.g. 2 or 1-3") from None
