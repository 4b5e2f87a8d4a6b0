"""The page in a real browser: axe, two widths, tab order, zoom, no other host, print. And a page that breaks each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest

from cls_analysis.figures.figure import script
from tests.publishing.browser import launched, opened, violations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def page_file(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page, encoding="utf-8")
    return path


def overflow(page: Any) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1280, 360])
def test_no_axe_violation_no_request_no_error_no_sideways_scroll(browser: Any, page_file: Path, width: int) -> None:
    page, log = opened(browser, page_file, width=width)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert violations(page) == {}
    assert log == []
    assert overflow(page) == 0


@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (1280, 2), (1280, 4)])
def test_the_page_reflows_at_320_pixels_and_at_200_and_400_percent(
    browser: Any, page_file: Path, width: int, zoom: int
) -> None:
    # zooming a window of 1280 px by 2 gives the page 640 CSS px at a pixel ratio of 2
    page, _ = opened(browser, page_file, width=width // zoom, height=900 // zoom, device_scale_factor=zoom)
    assert overflow(page) == 0
    assert page.locator("main h2").first.is_visible()


def test_text_enlarged_to_200_percent_does_not_overflow(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, width=1280)
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    assert overflow(page) == 0


def test_a_table_is_a_stop_only_while_it_scrolls(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, width=1280)
    scrolls = "e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1"
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)
        boxes = [b for b in page.locator(".scroll, .table-scroll, .cards").all() if b.is_visible()]
        assert boxes
        for box in boxes:
            assert (box.get_attribute("tabindex") == "0") == box.evaluate(scrolls)
            assert (box.get_attribute("role") == "region") == box.evaluate(scrolls)


def test_a_map_can_be_read_from_a_plain_list_of_its_areas(browser: Any, tmp_path: Path) -> None:
    areas = "".join(
        f'<path d="M{x} 0h9v9h-9z"><title>{name}\u00a0: {x}</title></path>'
        for x, name in ((30, "Ébreuil"), (10, "Zuydcoote"), (20, "Auberive"))
    )
    path = tmp_path / "map.html"
    path.write_text(
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>t</title></head><body><main><h1>t</h1>'
        f'<figure id="carte"><div class="fig-drawing" data-walk="commune"><svg role="img" aria-label="x"><g class="a">{areas}'
        f"</g></svg></div></figure></main><script>{script()}</script></body></html>",
        encoding="utf-8",
    )
    page, _ = opened(browser, path, width=800)
    box = page.locator(".fig-drawing")
    assert box.locator("option").all_text_contents()[1:] == ["Auberive", "Ébreuil", "Zuydcoote"]
    box.locator("select").select_option(label="Ébreuil")
    assert box.locator("output").text_content() == "Ébreuil\u00a0: 30"
    box.focus()
    page.keyboard.press("ArrowRight")
    assert box.locator("output").text_content() == "Zuydcoote\u00a0: 10"
    assert violations(page) == {}


def test_tab_goes_first_to_the_skip_link_then_through_the_contents_into_the_text(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, width=1280)
    stops = []
    for _ in range(14):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName"))
    assert stops[0] == "#contenu"
    assert stops[1] == "#l-essentiel"
    contents = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href'))")
    assert stops[1 : 1 + len(contents)] == contents
    assert stops[1 + len(contents)] == "#part-65"
    page.keyboard.press("Home")
    page.locator(".skip").focus()
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_the_contents_fold_into_a_button_on_a_phone_and_work_by_keyboard(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, width=360)
    button, links = page.locator(".contents-button"), page.locator("#sommaire-liste")
    assert button.is_visible()
    assert not links.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert links.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not links.is_visible()
    assert page.evaluate("document.activeElement.className") == "contents-button"
    box = button.bounding_box()
    assert min(box["width"], box["height"]) >= 44


def test_without_javascript_everything_is_there(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, width=360, java_script_enabled=False)
    assert page.locator("#sommaire-liste").is_visible()
    assert not page.locator(".contents-button").is_visible()
    assert page.locator("main figure").count() == 3


def test_the_policy_blocks_a_script_a_style_and_an_image_that_get_into_the_page(
    browser: Any, page: str, tmp_path: Path
) -> None:
    path = tmp_path / "attacked.html"
    attack = '<script>document.title = "pris"</script><style>h1 { color: #ff0000 }</style><img alt="" src="https://example.org/a.png">'
    path.write_text(page.replace("</main>", attack + "</main>"), encoding="utf-8")
    opened_page, log = opened(browser, path, width=800)
    assert opened_page.title() != "pris"
    assert opened_page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(255, 0, 0)"
    assert len([line for line in log if "Content Security Policy" in line]) == 3
    assert not [line for line in log if line.startswith("request")]


BREAKS = {
    "color-contrast": ("</main>", '<p style="color:#ccc;background:#fff">pâle</p></main>'),
    "image-alt": ("</main>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>'),
    "html-has-lang": ('<html lang="fr">', "<html>"),
    "document-title": ("<title>Pré-diagnostic local de santé – PETR d’Exemple – 2026</title>", ""),
    "button-name": ("</main>", '<button type="button"></button></main>'),
    "link-name": ("</main>", '<a href="#contenu"></a></main>'),
    "heading-order": ('<h3 id="points-de-vigilance">Points de vigilance</h3>', "<h5>Points de vigilance</h5>"),
    "svg-img-alt": ("</main>", '<svg role="img" width="9" height="9"><path d="M0 0h9v9z"/></svg></main>'),
    "scrollable-region-focusable": (
        "</main>",
        '<div style="overflow-x:auto;width:9rem"><p style="width:60rem">une ligne trop large</p></div></main>',
    ),
    "aria-required-children": ("</main>", '<div role="list"><p role="row">a</p></div></main>'),
    "aria-valid-attr-value": ('aria-expanded="false"', 'aria-expanded="ouvert"'),
    "label": ("</main>", '<input type="text"></main>'),
}


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_a_page_that_breaks_a_rule_is_caught(browser: Any, page: str, tmp_path: Path, rule: str) -> None:
    before, after = BREAKS[rule]
    assert before in page
    path = tmp_path / "broken.html"
    path.write_text(page.replace(before, after), encoding="utf-8")
    opened_page, _ = opened(browser, path, width=360)
    assert rule in violations(opened_page)


def test_a_request_to_another_host_and_a_wide_page_are_caught(browser: Any, page: str, tmp_path: Path) -> None:
    path = tmp_path / "open.html"
    without_policy = page.replace("default-src &#39;none&#39;", "default-src *; img-src *")
    wide = '<img alt="" src="https://example.org/a.png"><div style="width:2000px">large</div></main>'
    path.write_text(without_policy.replace("; img-src data:", "").replace("</main>", wide), encoding="utf-8")
    opened_page, log = opened(browser, path, width=360)
    assert "request https://example.org/a.png" in log
    assert overflow(opened_page) > 0


def test_printing_gives_a4_pages_with_numbers_territory_and_status_and_no_closed_details(
    browser: Any, page_file: Path, tmp_path: Path
) -> None:
    page, _ = opened(browser, page_file, width=1280)
    page.pdf(path=str(tmp_path / "print.pdf"), prefer_css_page_size=True)
    pages = pypdf.PdfReader(tmp_path / "print.pdf").pages
    for number, printed in enumerate(pages, start=1):
        text = printed.extract_text()
        assert f"{number} / {len(pages)}" in text
        assert "PETR d’Exemple" in text
        assert "Données simulées, démonstration" in text
        assert "Voir les données" not in text
        assert [round(float(side)) for side in printed.mediabox[2:]] == [595, 842]
    together = [printed.extract_text() for printed in pages]
    assert all(("Une population plus âgée qu’ailleurs\nPart" in text) == ("part-65" in text) for text in together[1:4])
