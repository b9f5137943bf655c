"""Tokens: `/tokenize`, `/detokenize` and `/tokenizer_info` at the root, as lm-eval wants them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from lmkit.serve.errors import ApiError
from lmkit.serve.routes.answers import ERRORS, ServiceOf, leads_to
from lmkit.serve.schemas.tokens import (
    DetokenizeAnswer,
    DetokenizeBody,
    TokenizeAnswer,
    TokenizeBody,
    TokenizerInfoAnswer,
)
from lmkit.serve.tokens import (
    SHORT,
    detokenize_ids,
    detokenize_strand,
    tokenize_strand,
    tokenize_text,
)

router = APIRouter(tags=["tokens"], responses=ERRORS)


@router.post(
    "/tokenize",
    response_model=TokenizeAnswer,
    responses=leads_to("detokenize", requestBody={"tokens": "$response.body#/tokens"}),
)
async def tokenize(body: TokenizeBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The ids of a text, read as at the beginning of a line."""
    model = service.model(body.model)
    service.log_text("/tokenize", body.prompt)
    text, is_opened = body.prompt, body.add_special_tokens
    if len(text) <= SHORT:
        service.check_open()
        ids = tokenize_text(model, text, is_opened=is_opened)
    else:
        [ids] = await service.compute(
            request, lambda _: [tokenize_strand(model, text, is_opened=is_opened)]
        )
    most = service.options.limits.prompt_tokens
    return JSONResponse({"tokens": ids, "count": len(ids), "max_model_len": most})


@router.post("/detokenize", operation_id="detokenize", response_model=DetokenizeAnswer)
async def detokenize(body: DetokenizeBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The text of ids."""
    model = service.model(body.model)
    size = model.tokenizer.vocab_size
    if wrong := [number for number in body.tokens if not 0 <= number < size]:
        raise ApiError(
            400, f"there is no token {wrong[0]}: ids are 0 to {size - 1}", param="tokens"
        )
    if len(body.tokens) <= SHORT:
        service.check_open()
        text = detokenize_ids(model, body.tokens)
    else:
        [text] = await service.compute(request, lambda _: [detokenize_strand(model, body.tokens)])
    return JSONResponse({"prompt": text})


@router.get("/tokenizer_info", response_model=TokenizerInfoAnswer)
async def tokenizer_info(
    service: ServiceOf, model: Annotated[str | None, Query(max_length=200)] = None
) -> JSONResponse:
    """The special tokens of a model: its line end begins and ends a text."""
    tokenizer = service.model(model).tokenizer
    unknown = tokenizer.unknown_id
    return JSONResponse(
        {
            "eos_token": "\n",
            "bos_token": "\n",
            "pad_token": "\n",
            "unk_token": None if unknown is None else tokenizer.tokens.texts[unknown].strip(),
            "vocab_size": tokenizer.vocab_size,
            "unit": tokenizer.config.unit,
        }
    )
