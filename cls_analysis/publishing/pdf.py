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

from cls_analysis.errors import ReportFailed


def write_pdf(html: str, path: Path) -> None:
    """Write `html` (a page of `render_page`) as a tagged PDF at `path`.

    Raises ReportFailed when the page asks for anything outside itself.
    """
    from weasyprint import HTML  # half a second to import: only who asks for a PDF pays

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of each CSS rule meant for screens
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    document = HTML(string=paper(html), url_fetcher=_refuse, base_url="about:blank")
    document.write_pdf(path, pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=identifier)


def paper(page: str) -> str:
    """The page as it goes to paper: the same words, without what only a screen shows.

    >>> paper('<svg class="drawing" role="img" aria-label="Trois &amp; quatre"><path/></svg>')
    '<svg class="drawing" role="img" aria-label="Trois &amp; quatre"><title>Trois &amp; quatre</title><path/></svg>'
    """
    page = re.sub(r'<details class="fig-data">.*?</details>', "", page, flags=re.DOTALL)
    page = re.sub(r'<svg [^>]*class="drawing drawing-narrow".*?</svg>', "", page, flags=re.DOTALL)
    page = page.replace('<details class="annex">', '<details class="annex" open>')
    page = re.sub(r'<svg class="swatch".*?</svg>', _background, page, flags=re.DOTALL)
    return re.sub(r'<svg [^>]*?role="img"[^>]*?aria-label="([^"]*)"[^>]*>', r"\g<0><title>\1</title>", page)


def _background(swatch: re.Match[str]) -> str:
    """A swatch as the background of an empty box: a reader of the PDF has nothing to meet there."""
    drawing = swatch.group().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    size = {name: entities.escape(v) for name, v in re.findall(r'\b(width|height)="([^"]+)"', drawing)[:2]}
    data = base64.b64encode(drawing.encode()).decode()
    return (
        f'<span class="swatch" style="display:block;width:{size.get("width", "28")}px;'
        f'height:{size.get("height", "18")}px;background:url(data:image/svg+xml;base64,{data})"></span>'
    )


def _refuse(url: str, *_args: object, **_options: object) -> dict[str, object]:
    if url.startswith("data:"):
        from weasyprint.urls import default_url_fetcher

        return dict(default_url_fetcher(url))
    raise ReportFailed(f"the page asks for {url[:80]}: a report holds everything it shows")
