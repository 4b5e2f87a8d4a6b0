"""Seen by a real browser: is every figure accessible, readable on a phone, and walkable with the keyboard?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cls_analysis.figures import (
    Breaks,
    age_pyramid,
    bars,
    base_map,
    choropleth,
    comparison_table,
    composition,
    dot_plot,
    essential,
    key_figures_html,
    scorecard,
    script,
    stylesheet,
    time_lines,
)
from tests.figures.made_up import CATALOGUE, EPCI, INSIDE, NAMES, communal, grid, setting, table
from tests.figures.test_charts import ages

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CLS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def page_html(*, broken: str = "") -> str:
    here = setting(table=pd.concat([table(), communal(c99007="suppressed", c99014="missing")], ignore_index=True))
    groups = {code: EPCI[i // 8].territory for i, code in enumerate(INSIDE)}
    ground = base_map(grid(), inside=INSIDE, names=NAMES, groups=groups, towns=[(c, NAMES[c]) for c in INSIDE[:4]])
    figures = [
        composition(here, ground, groups, {p.territory: p.name for p in EPCI}, source="Source, 2026", period="2026"),
        choropleth(here, "part-65-plus", ground, level="commune", breaks=Breaks((20.0, 30.0), "seuils")),
        dot_plot(here, "part-65-plus"), dot_plot(here, "pauvrete"), time_lines(here, "apl"),
        bars(here, ["part-65-plus", "pauvrete"], identifier="parts", title="Deux parts"),
        age_pyramid(setting(table=ages()), "habitants"),
        comparison_table(here, list(CATALOGUE), identifier="reperes", title="Repères"),
        scorecard(here, list(CATALOGUE), chapters={"population": "Population", "offre": "Offre"}),
    ]  # fmt: skip
    links = {f.indicators[0]: f.id for f in figures if f.kind == "chart"}
    first = key_figures_html(here, ["part-65-plus", "apl"], figures=links) + essential(here, links).html()
    traces = "".join(f'<p id="trace-{f.id}">Trace de {f.id}</p>' for f in figures)
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Figures</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>body{{margin:1rem;font:17px/1.55 sans-serif}}{stylesheet()}</style></head><body><main><h1>Figures</h1>"
        f"<h2>Essentiel</h2>{first}{''.join(f.html() for f in figures)}{traces}{broken}</main>"
        f"<script>{script()}</script></body></html>"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: the pages of figures were not looked at by a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


def opened(browser: Any, tmp_path: Path, width: int, *, html: str = "", javascript: bool = True) -> Any:
    file = tmp_path / "page.html"
    file.write_text(html or page_html(), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=javascript)
    page = context.new_page()
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation_and_the_page_never_scrolls_sideways(browser, tmp_path, width):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, tmp_path, width)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_does_find_a_broken_figure(browser, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(
        browser, tmp_path, 1280, html=page_html(broken='<svg role="img"></svg><p style="color:#ccc">pâle</p>')
    )
    found = {v["id"] for v in Axe().run(page).response["violations"]}
    assert {"svg-img-alt", "color-contrast"} <= found


def test_text_stays_readable_on_a_phone(browser, tmp_path):
    page = opened(browser, tmp_path, 360)
    small = page.evaluate(
        """() => [...document.querySelectorAll('svg.drawing text')]
        .filter(t => t.getClientRects().length && getComputedStyle(t).display !== 'none')
        .map(t => { const svg = t.ownerSVGElement; const k = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
                    return [t.textContent, parseFloat(getComputedStyle(t).fontSize) * k]; })
        .filter(([, size]) => size < 11)"""
    )
    assert small == []


@pytest.mark.parametrize("width", [1280, 360])
def test_no_text_of_a_chart_leaves_its_drawing(browser, tmp_path, width):
    page = opened(browser, tmp_path, width)
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.fig-chart svg.drawing text')].filter(t => t.getClientRects().length)
        .filter(t => { const a = t.getBoundingClientRect(), b = t.ownerSVGElement.getBoundingClientRect();
                       return a.left < b.left - 1.5 || a.right > b.right + 1.5; })
        .map(t => [t.textContent, t.getBoundingClientRect().right, t.ownerSVGElement.getBoundingClientRect().right])"""
    )
    assert cut == []


def test_a_map_is_one_tab_stop_that_arrow_keys_walk_through(browser, tmp_path):
    page = opened(browser, tmp_path, 1280)
    boxes = page.locator("[data-walk]")
    assert boxes.count() == 2
    box = boxes.nth(1)
    box.focus()
    assert box.get_attribute("role") == "group"
    page.keyboard.press("Home")
    first = box.locator("output").inner_text()
    page.keyboard.press("ArrowRight")
    second = box.locator("output").inner_text()
    page.keyboard.press("ArrowLeft")
    assert box.locator("output").inner_text() == first != second
    assert "Commune" in first and ("\u00a0%" in first or "secret" in first)
    assert page.locator("[data-walk] [tabindex]").count() == 0


def test_without_javascript_everything_is_still_there(browser, tmp_path):
    page = opened(browser, tmp_path, 1280, javascript=False)
    assert page.locator("svg.drawing g.a > path > title").count() == 2 * len(INSIDE)
    assert page.locator("details.fig-data").count() == 7
    assert page.locator("output").count() == 0
