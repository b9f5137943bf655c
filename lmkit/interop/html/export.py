"""Export of a model folder to a page: one HTML file that holds all of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.locate import locate_model
from lmkit.archive.selection import in_direction, is_backward, network_count, with_network
from lmkit.archive.writing import CARD
from lmkit.core.errors import UsageError
from lmkit.core.files import write_text
from lmkit.interop.html.network import exportable
from lmkit.interop.html.ngram import BYTES
from lmkit.interop.html.pack import (
    PageText,
    ngram_count,
    pack_archive,
    page_archive,
)
from lmkit.interop.html.page import MARK, PageModel, single_page
from lmkit.interop.html.rounding_cost import OWN, RoundingCost, measure_rounding
from lmkit.results.export import ExportedPage

USUAL_BYTES = 5_300_000  # up to which the n-gram fills a page
NGRAM_PART = 0.1  # of a larger page, that its n-gram may take
MOST_MEGABYTES = 40.0
NO_LICENCE = "not stated by who made it"
_PAGE_BYTES = 300_000  # of the page's own files and the single words of an n-gram, about
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Settings of an export.

    Attributes:
        direction: "forward", "backward" or "both"; None exports what there is.
        network: Which network, counted from 1, where several are averaged.
        ngrams: Most n-grams of two words and more; None: as many as fit a usual page.
        most_megabytes: Size of the file beyond which the export is refused.
        licence: Licence of the model, one line.
        check: Name of the text that the cost of rounding is measured on.
        force: Replace a file that is no page of lmkit.
    """

    direction: str | None = None
    network: int = 1
    ngrams: int | None = None
    most_megabytes: float = MOST_MEGABYTES
    licence: str = NO_LICENCE
    check: str = OWN
    force: bool = False


def export_page(
    folder: str | Path,
    out: Path,
    request: PageRequest,
    *,
    lines: Iterable[str] | None = None,
    page_files: Path | None = None,
) -> ExportedPage:
    """Write a model folder as one HTML file.

    Args:
        folder: The model folder, or the name of a bundled model.
        out: The file; written whole or not at all.
        request: Settings.
        lines: Text that the cost of rounding is measured on; one that the model writes, where left
            out.
        page_files: Folder of the page's own files; lmkit's where left out.

    Returns:
        Size and figures of the page.

    Raises:
        UsageError: If the page cannot run the model, it would be too large, the network is not
            there, or another file is in the way.
        ModelError: If the folder is missing or damaged.
    """
    _require_free(out, force=request.force)
    place = locate_model(folder)
    stored = load_archive(place)
    archive = with_network(in_direction(stored, request.direction), request.network)
    exportable(archive.model)
    name = place.resolve().name
    count = _ngrams_that_fit(archive, request)
    page = page_archive(archive, ngrams=count)
    cost = _cost(archive, page, request, lines)
    card = _card(place, cost)
    text = PageText(name=name, card=card, licence=request.licence)
    blob = pack_archive(page, text)
    model = PageModel(name=name, blob=blob, card=card, licence=request.licence)
    html = single_page(model, page_files)
    size = len(html.encode())
    _require_small(size, archive, request)
    write_text(out, html)
    figures = _figures(out, size, page, cost, name=name)
    return replace(figures, network=request.network, networks=network_count(stored))


def _figures(
    out: Path, size: int, page: Archive, cost: RoundingCost | None, *, name: str
) -> ExportedPage:
    direction = "both" if page.backward is not None else page.facts.get("direction", "forward")
    written = ExportedPage(str(out), size, name, direction, ngram_count(page))
    if cost is None:
        return written
    return replace(
        written,
        check=cost.text,
        perplexity=cost.whole,
        perplexity_rounded=cost.rounded,
        perplexity_adapted=cost.adapted,
        perplexity_page=cost.page,
    )


def _require_free(out: Path, *, force: bool) -> None:
    """Refuse to replace what is no page of lmkit."""
    if out.is_dir():
        raise UsageError(f"{out} is a folder; name a file with --out, e.g. page.html")
    if force or not out.exists():
        return
    with out.open(encoding="utf-8", errors="replace") as file:
        if MARK not in file.read(1000):
            raise UsageError(f"{out} exists and is not a page of lmkit; name another file")


def _ngrams_that_fit(archive: Archive, request: PageRequest) -> int:
    """Return how many n-grams are kept, where the usual size of a page leaves room for them."""
    if request.ngrams is not None:
        return request.ngrams
    if archive.ngram is None or is_backward(archive):
        return 0
    bare = pack_archive(page_archive(archive, ngrams=0), PageText(name=""))
    size = len(bare) * 4 / 3
    room = max(USUAL_BYTES - size - _PAGE_BYTES, size * NGRAM_PART)
    return int(room / BYTES)


def _cost(
    archive: Archive, page: Archive, request: PageRequest, lines: Iterable[str] | None
) -> RoundingCost | None:
    """Return what rounding costs; None for a backward model, which writes no text, without one."""
    if lines is None:
        return None if is_backward(archive) else measure_rounding(archive, page)
    return measure_rounding(archive, page, lines, name=request.check)


def _card(folder: Path, cost: RoundingCost | None) -> str:
    card = folder / CARD
    own = card.read_text(encoding="utf-8") if card.is_file() else ""
    return own if cost is None else own + cost.as_markdown()


def _require_small(size: int, archive: Archive, request: PageRequest) -> None:
    if size <= request.most_megabytes * _MEGABYTE:
        return
    remedy = "raise --most-megabytes"
    if archive.backward is not None:
        remedy = f"leave the backward model out with --direction forward, or {remedy}"
    raise UsageError(
        f"the page would have {size / _MEGABYTE:.1f} MB, and the limit is "
        f"{request.most_megabytes:g} MB; {remedy}"
    )
