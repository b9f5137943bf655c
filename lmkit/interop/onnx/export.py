"""Export of a model folder to a folder of ONNX graphs, which lmkit and others ask."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch

from lmkit.archive.folder import Archive, archive_files, load_archive
from lmkit.archive.layout import BACKWARD, MODEL, OWN_TOKENIZER, TOKENIZER, is_model_folder
from lmkit.archive.locate import locate_model
from lmkit.archive.onnx import GraphFiles, OnnxKind
from lmkit.archive.selection import in_direction, network_count, with_network
from lmkit.archive.writing import CARD, Write, rehearse, write_folder
from lmkit.core.errors import Hint, MissingExtraError, UsageError
from lmkit.core.files import encoded
from lmkit.models.base import Model
from lmkit.models.onnx_lm import OnnxLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.results.export import ExportedOnnx
from lmkit.text.library_file import document_library
from lmkit.text.tokenizer import Tokenizer

NEEDS_WEIGHTS = ("dynamic",)  # adapters that train the network
COMPARED = 64  # tokens that the graphs are compared with the model on


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxRequest:
    """Settings of an export.

    Attributes:
        direction: "forward", "backward" or "both"; None exports what there is.
        network: Which network, counted from 1, where several are averaged.
        force: Replace a model that is there.
    """

    direction: str | None = None
    network: int = 1
    force: bool = False


def export_onnx(folder: str | Path, out: Path, request: OnnxRequest) -> ExportedOnnx:
    """Write a model folder as a folder of ONNX graphs.

    Args:
        folder: The model folder, or the name of a bundled model.
        out: The folder to write; files of others in it stay.
        request: Settings.

    Returns:
        Size and figures of the folder.

    Raises:
        UsageError: If no graphs can be written for the model, or something is in the way.
        ModelError: If the folder is missing or damaged.
        MissingExtraError: If onnx or onnxruntime is not installed.
        LmkitError: If the folder cannot be written.
    """
    place = locate_model(folder)
    _require_free(out, place, force=request.force)
    stored = load_archive(place)
    chosen = with_network(in_direction(stored, request.direction), request.network)
    card = place / CARD
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    with tempfile.TemporaryDirectory() as workplace:
        archive = onnx_archive(chosen, Path(workplace))
        files = {**archive_files(archive, card=text), **_tokenizer_files(archive.tokenizer)}
        size = sum(path.stat().st_size for path in Path(workplace).iterdir())
        rehearse(out, files, size=size)
        write_folder(out, files)
        difference = max(_differences(chosen, archive))
    return ExportedOnnx(
        out=str(out),
        bytes=sum((out / name).stat().st_size for name in files),
        model=place.resolve().name,
        direction=str(archive.facts["direction"]),
        adapters=tuple(entry.name for entry in archive.stack),
        left_out=tuple(entry.name for entry in chosen.stack if entry.name in NEEDS_WEIGHTS),
        difference=difference,
        network=request.network,
        networks=network_count(stored),
    )


def onnx_archive(archive: Archive, workplace: Path) -> Archive:
    """Return a model folder's contents with graphs in the place of its networks.

    Args:
        archive: Contents of a model folder; they are not changed.
        workplace: An empty folder for the graphs, there for as long as the answer is used.

    Returns:
        The same tokenizer, facts and adapters, but for those that need weights.

    Raises:
        UsageError: If no graphs can be written for a network.
        MissingExtraError: If onnx or onnxruntime is not installed.
    """
    facts = {key: value for key, value in archive.facts.items() if key != "contrast"}
    facts["direction"] = (
        "both" if archive.backward is not None else facts.get("direction", "forward")
    )
    back = archive.backward
    return replace(
        archive,
        model=open_graphs(archive.model, workplace, MODEL),
        backward=None if back is None else open_graphs(back, workplace, BACKWARD),
        facts=facts,
        stack=tuple(entry for entry in archive.stack if entry.name not in NEEDS_WEIGHTS),
    )


def open_graphs(model: Model, workplace: Path, stem: str) -> OnnxLM:
    """Write the graphs of a network and open them.

    Args:
        model: The network.
        workplace: Folder for the graphs, there for as long as the answer is used.
        stem: "model", or "backward".

    Raises:
        UsageError: If no graphs can be written for it.
        MissingExtraError: If onnx or onnxruntime is not installed.
    """
    try:
        from lmkit.interop.onnx.graphs import write_graphs
    except ImportError as error:
        if error.name is None or not error.name.startswith("onnx"):
            raise
        raise MissingExtraError(
            "the export to ONNX needs onnx, which is not installed", hint=Hint.INSTALL_ONNX
        ) from error
    if not isinstance(model, RecurrentLM):
        raise UsageError(
            f"ONNX graphs are written for recurrent models alone, and this is a "
            f"{type(model).__name__}; train one with lmkit train"
        )
    names, kind = GraphFiles.of(stem), OnnxKind()
    write_graphs(model, workplace, names)
    files = {name: workplace / name for name in names.all}
    return kind.read(files, stem, asdict(model.config.shape))


def _tokenizer_files(tokenizer: Tokenizer) -> Mapping[str, Write]:
    """Return the tokenizer for the `tokenizers` library, and as lmkit reads it."""
    library = document_library(tokenizer).to_str()
    return {
        TOKENIZER: partial(_write, encoded(library)),
        OWN_TOKENIZER: partial(_write, encoded(tokenizer.to_json())),
    }


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _differences(one: Archive, other: Archive) -> list[float]:
    """Return how far the log-probabilities of two archives lie apart, for each direction."""
    pairs = [(one.model, other.model)]
    if one.backward is not None and other.backward is not None:
        pairs.append((one.backward, other.backward))
    return [_difference(*pair) for pair in pairs]


def _difference(one: Model, other: Model) -> float:
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(one.vocab_size, (1, COMPARED), generator=generator)
    first, second = (model.read(ids, model.start(1))[0].log_probs() for model in (one, other))
    return float((first - second).abs().max())


def _require_free(out: Path, source: Path, *, force: bool) -> None:
    """Refuse to write over a model that nobody said may go, or over the one that is exported."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the graphs")
    if out.exists() and source.exists() and out.samefile(source):
        raise UsageError(f"{out} is the model itself; name another folder for the graphs")
    if not force and is_model_folder(out):
        raise UsageError(f"{out} holds a model; replace it with --force, or name another folder")
