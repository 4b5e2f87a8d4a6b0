"""How does the page become a PDF that a screen reader can follow?

WeasyPrint lays out the same HTML with the page's own print style and writes a tagged PDF/UA-1: language,
title, headings, tables and text alternatives are kept. No date and no random identifier enter the file, so
the same page gives the same bytes on the same machine (fonts are those installed).

Reference: ISO 14289-1 (PDF/UA-1); WeasyPrint documentation, "Generate accessible PDFs".
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from cls_analysis.errors import ReportFailed


def write_pdf(html: str, path: Path) -> None:
    """Write `html` (a page of `render_page`) as a tagged PDF at `path`.

    Raises ReportFailed when the page asks for anything outside itself.
    """
    from weasyprint import HTML  # half a second to import: only who asks for a PDF pays

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of each CSS rule meant for screens
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    document = HTML(string=html, url_fetcher=_refuse, base_url="about:blank")
    document.write_pdf(path, pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=identifier)


def _refuse(url: str, *_args: object, **_options: object) -> dict[str, object]:
    if url.startswith("data:"):
        from weasyprint.urls import default_url_fetcher

        return dict(default_url_fetcher(url))
    raise ReportFailed(f"the page asks for {url[:80]}: a report holds everything it shows")
