"""Tables on paper: columns of words stand apart, every rule is whole, no row and no heading is left alone on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest

import cls_analysis
from cls_analysis.diagnostic.annex import legend
from tests.publishing.browser import launched, opened

pytestmark = pytest.mark.browser

ROOM = Path(cls_analysis.__file__).parent
STYLES = ("figures/static/figures.css", "figures/static/participation.css", "publishing/static/report.css")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


def shown(browser: Any, folder: Path, body: str) -> Any:
    style = "\n".join((ROOM / name).read_text(encoding="utf-8") for name in STYLES)
    path = folder / "page.html"
    path.write_text(
        f'<!doctype html><html lang="fr"><meta charset="utf-8"><style>{style}</style><main>{body}</main>',
        encoding="utf-8",
    )
    page, _ = opened(browser, path, width=1280)
    page.emulate_media(media="print")
    return page


def printed(page: Any, folder: Path) -> list[str]:
    page.pdf(path=str(folder / "page.pdf"), prefer_css_page_size=True)
    return [sheet.extract_text() for sheet in pypdf.PdfReader(folder / "page.pdf").pages]


def table(rows: int, *, before: int = 0) -> str:
    lines = "".join(f"<tr><th scope='row'>row{n:02d}</th><td class='num'>{n}</td></tr>" for n in range(rows))
    return (
        "<p>before</p>"
        * before
        + "<figure class='fig fig-table'><figcaption><h3 class='fig-title'>Headed</h3></figcaption><p class='ribbon'>Ribbon</p>"
        "<div class='scroll'><table class='data'><thead><tr><th scope='col'>Place</th><th scope='col'>N</th></tr></thead>"
        f"<tbody>{lines}</tbody></table></div></figure>"
    )


def test_the_marks_and_their_meanings_do_not_touch_on_paper(browser: Any, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, legend().html)
    gaps = page.evaluate(
        """() => {
          const ends = (cell) => { const r = document.createRange(); r.selectNodeContents(cell); return r.getBoundingClientRect(); };
          return [...document.querySelectorAll("tr")].map((row) => ends(row.cells[1]).left - ends(row.cells[0]).right);
        }"""
    )
    assert len(gaps) > 4
    assert min(gaps) > 8  # CSS pixels, at 8.5 pt: a blank and more


def test_no_cell_sticks_on_paper_where_it_would_hide_its_rules(browser: Any, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, legend().html)
    positions = "() => [...document.querySelectorAll('th')].map((cell) => getComputedStyle(cell).position)"
    assert set(page.evaluate(positions)) == {"static"}
    page.emulate_media(media="screen")
    assert "sticky" in page.evaluate(positions)


def test_no_row_is_alone_on_the_last_page_of_its_table(browser: Any, tmp_path: Path) -> None:
    last = []
    for rows in range(30, 38):
        pages = printed(shown(browser, tmp_path, table(rows)), tmp_path)
        last.append(len(re.findall(r"row\d\d", pages[-1])) if len(pages) > 1 else 0)
    assert 0 in last and max(last) > 1, f"no table of these begins a second page: {last}"
    assert 1 not in last


def test_a_heading_and_its_ribbon_stay_with_their_table(browser: Any, tmp_path: Path) -> None:
    where = []
    for before in range(18, 26):
        pages = printed(shown(browser, tmp_path, table(4, before=before)), tmp_path)
        heading, ribbon, row = (
            next(n for n, t in enumerate(pages) if word in t) for word in ("Headed", "Ribbon", "row01")
        )
        assert heading == ribbon == row, before
        where.append(heading)
    assert set(where) == {0, 1}


def test_a_table_of_eight_rows_is_on_one_page_and_a_longer_one_goes_on(browser: Any, tmp_path: Path) -> None:
    cut = {}
    for rows in (8, 12):
        cut[rows] = []
        for before in range(16, 26):
            pages = printed(shown(browser, tmp_path, table(rows, before=before)), tmp_path)
            cut[rows].append(sum("row" in text for text in pages) > 1)
    assert not any(cut[8]) and any(cut[12]), cut


def test_the_marks_stay_with_what_announces_them(browser: Any, tmp_path: Path) -> None:
    first = set()
    for before in range(18, 30):
        pages = printed(shown(browser, tmp_path, "<p>before</p>" * before + legend().html), tmp_path)
        (where,) = {next(n for n, t in enumerate(pages) if word in t) for word in ("Ce que veulent", "vrai zéro")}
        first.add(where)
    assert first == {0, 1}


def test_the_first_three_chapters_follow_each_other_and_each_later_one_begins_a_page(
    browser: Any, tmp_path: Path
) -> None:
    chapters = "".join(f"<section class='chapter'><h2>Title{n}</h2><p>Text</p></section>" for n in range(1, 6))
    pages = printed(shown(browser, tmp_path, chapters), tmp_path)
    assert [re.findall(r"Title\d", text) for text in pages] == [["Title1", "Title2", "Title3"], ["Title4"], ["Title5"]]


def test_the_shadow_that_says_a_table_scrolls_is_not_printed(browser: Any, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, table(3).replace("class='scroll'", "class='scroll scrolls'"))
    shadow = "() => getComputedStyle(document.querySelector('.scrolls')).boxShadow"
    assert page.evaluate(shadow) == "none"
    page.emulate_media(media="screen")
    assert page.evaluate(shadow) != "none"
