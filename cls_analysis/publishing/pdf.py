"""How does the page become a PDF that a screen reader can follow?

WeasyPrint lays out the same HTML with the page's own print style and writes a tagged PDF in the PDF/UA-1 variant:
language, title, headings, tables and text alternatives are kept. Before that, the page is turned into what paper needs:
drawings made for phones and folded data tables go, folded annexes open, a drawing's `aria-label` becomes the `<title>`
that WeasyPrint reads, and the swatches of a legend, which say nothing, become backgrounds. No date and no random identifier enter the file, so
the same page gives the same bytes on the same machine (fonts are those installed).

Reference: ISO 14289-1 (PDF/UA-1); WeasyPrint documentation, "Generate accessible PDFs".
"""

from __future__ import annotations

import base64
import hashlib
import html as entities
import logging
import re
from pathlib import Path
from typing import Any

from cls_analysis.errors import ReportFailed


def write_pdf(html: str, path: Path) -> None:
    """Write `html` (a page of `render_page`) as a tagged PDF at `path`.

    Raises ReportFailed when the page asks for anything outside itself.
    """
    from weasyprint import HTML  # half a second to import: only who asks for a PDF pays
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of each CSS rule meant for screens
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    nothing_outside = URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)
    document = HTML(string=paper(html), url_fetcher=nothing_outside, base_url="about:blank")
    try:
        document.write_pdf(path, finisher=_one_table, pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=identifier)
    except FatalURLFetchingError as error:
        raise ReportFailed(f"{str(error)[:120]}: a report holds everything it shows") from error


def paper(page: str) -> str:
    """The page as it goes to paper: the same words, without what only a screen shows.

    >>> paper('<svg class="drawing" role="img" aria-label="Trois &amp; quatre"><path/></svg>')
    '<svg class="drawing" role="img" aria-label="Trois &amp; quatre"><title>Trois &amp; quatre</title><path/></svg>'
    """
    page = re.sub(r'<details class="fig-data">.*?</details>', "", page, flags=re.DOTALL)
    page = re.sub(r'<svg [^>]*class="drawing drawing-narrow".*?</svg>', "", page, flags=re.DOTALL)
    page = page.replace('<details class="annex">', '<details class="annex" open>')
    page = re.sub(r'(<a href="(#[^"]+)"[^>]*>Voir la [^<]*</a>)', r'\1<span class="page-of" data-to="\2"></span>', page)
    page = re.sub(
        r'(<a href="(https?://[^"]+)"[^>]*>.*?</a>)',
        r'\1<span class="printed-address"> (\2)</span>',
        page,
        flags=re.DOTALL,
    )
    page = re.sub(r'<nav class="contents".*?</nav>', _numbered, page, flags=re.DOTALL)
    page = re.sub(r'<svg class="swatch".*?</svg>', _background, page, flags=re.DOTALL)
    return re.sub(r'<svg [^>]*?role="img"[^>]*?aria-label="([^"]*)"[^>]*>', r"\g<0><title>\1</title>", page)


def _numbered(contents: re.Match[str]) -> str:
    """The list of contents with a page number beside each link (inside it, a reader would meet two links)."""
    return re.sub(
        r'(<a href="(#[^"]+)"[^>]*>.*?</a>)', r'\1<span class="page-number" data-to="\2"></span>', contents.group(),
        flags=re.DOTALL,
    )  # fmt: skip


def _one_table(_document: Any, pdf: Any) -> None:
    """A table laid out inside its wrapper is tagged twice: the inner tag is made neutral, the cells stay."""
    for entry in pdf.objects:
        if isinstance(entry, dict) and entry.get("S") == "/Table":
            around = entry
            while "P" in around:
                around = pdf.objects[int(around["P"].split()[0])]
                if around.get("S") != "/NonStruct":
                    break
            if around.get("S") == "/Table":
                entry["S"] = "/NonStruct"


def _background(swatch: re.Match[str]) -> str:
    """A swatch as the background of an empty box: a reader of the PDF has nothing to meet there."""
    drawing = swatch.group().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    size = {name: entities.escape(v) for name, v in re.findall(r'\b(width|height)="([^"]+)"', drawing)[:2]}
    data = base64.b64encode(drawing.encode()).decode()
    return (
        f'<span class="swatch" style="display:block;width:{size.get("width", "28")}px;'
        f'height:{size.get("height", "18")}px;background:url(data:image/svg+xml;base64,{data})"></span>'
    )
