"""The page: self-contained, deterministic, escaped, and refused when it breaks a rule."""

from __future__ import annotations

import base64
import copy
import hashlib
import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from cls_analysis.errors import InvalidInput
from cls_analysis.figures.prose import render_markdown
from cls_analysis.publishing import check
from cls_analysis.publishing.check import MAX_BYTES, check_page, identifiers
from cls_analysis.publishing.glossary import annotate, load_glossary
from cls_analysis.publishing.page import render_page
from cls_analysis.publishing.publication import META_MIME, Publication, read_publication


def with_output(notebook: nbformat.NotebookNode, html: str) -> nbformat.NotebookNode:
    changed = copy.deepcopy(notebook)
    output = new_output("display_data", data={"text/html": html})
    changed.cells.insert(6, new_code_cell("x", outputs=[output]))
    return changed


def test_the_page_passes_its_own_checks(page: str) -> None:
    assert check_page(page) == []
    assert '<html lang="fr">' in page
    assert "<title>Pré-diagnostic local de santé – PETR d’Exemple – 2026</title>" in page


PIECES = [
    "<script",
    "<STYLE",
    "</script",
    "</style",
    "<!--",
    "-->",
    "--!>",
    "->",
    ">",
    " ",
    "\n",
    "-",
    "a",
    "x=1",
    "<p>",
    "<",
    "\u017fcript",
]


@pytest.mark.parametrize("pattern", [check._STYLE, check._SCRIPT, check._NO_TAGS])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_one_search_for_openings_finds_what_a_search_for_each_does(pattern: re.Pattern[str], pieces: list[str]) -> None:
    html = "".join(pieces)
    openings = [match.start() for match in check._OPENING.finditer(html)]
    found = check._begun(pattern, html, openings)
    assert [m.span() for m in found] == [m.span() for m in pattern.finditer(html)]


def test_a_page_is_weighed_in_bytes_not_in_characters(page: str) -> None:
    def weighing(size: int) -> str:
        left = size - len(page.encode())
        return page.replace("</main>", "\U0001f3e5" * (left // 4) + "a" * (left % 4) + "</main>")

    within, beyond = weighing(MAX_BYTES), weighing(MAX_BYTES + 1)
    assert len(within.encode()) == MAX_BYTES
    assert check_page(within) == []
    assert check_page(beyond) == ["the page weighs 3.0 MB: at most 3 MB"]


def test_half_a_character_is_refused_by_its_name(page: str) -> None:
    assert check_page(page.replace("</main>", "\ud83c</main>")) == [
        "the page holds '\\ud83c', half a character: its text was cut or read wrong"
    ]


@pytest.mark.parametrize("source", ["", " \n", "[a]: https://x.fr"])
def test_a_text_that_says_nothing_is_an_empty_one(source: str) -> None:
    assert render_markdown(source) == ("", ())


def test_code_never_reaches_the_page(page: str) -> None:
    for trace in ("import os, time", "UnknownName", "injected-parameters", "execution_count"):
        assert trace not in page


def test_the_cover_says_kind_territory_edition_and_that_data_are_simulated(page: str) -> None:
    cover = page[page.index('<header class="cover">') : page.index("</header>")]
    for words in ("Pré-diagnostic local de santé", "PETR d’Exemple", "Édition 2026", "Données simulées, démonstration"):
        assert words in cover
    assert "locator" in cover
    assert "Données simulées" in page[page.index("@page { @top-left") :].splitlines()[0].replace("\\e9 ", "é")


def test_two_runs_of_the_same_notebook_give_the_same_bytes(
    executed: nbformat.NotebookNode, publication: Publication, page: str
) -> None:
    again = copy.deepcopy(executed)
    for cell in again.cells:
        cell["id"] = "other"
        cell.metadata["papermill"] = {"start_time": "2031-01-01"}
        if cell.cell_type == "code":
            cell["execution_count"] = 99
    assert render_page(again, publication) == page


def test_every_second_and_third_level_heading_is_in_the_contents(page: str) -> None:
    contents = page[page.index("<nav") : page.index("</nav>")]
    for anchor in ("l-essentiel", "points-de-vigilance", "population-et-territoire", "tableau-de-bord-2", "glossaire"):
        assert f'href="#{anchor}"' in contents
        assert f'id="{anchor}"' in page


def test_html_typed_in_prose_stays_text() -> None:
    html, _ = render_markdown("a <img src=x onerror=alert(1)> b\n\n<script>1</script>")
    assert "<img" not in html
    assert "<script" not in html


def test_a_territory_name_cannot_write_html_or_style(executed: nbformat.NotebookNode, publication: Publication) -> None:
    named = publication.model_copy(update={"territory_name": 'A</style><script>x</script>"} b'})
    html = render_page(executed, named)
    assert "<script>x" not in html
    assert html.count("</style>") == 1


@pytest.mark.parametrize("tag", ["script", "style"])
def test_the_policy_names_the_hash_of_the_one_script_and_of_the_one_style(page: str, tag: str) -> None:
    inside = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    assert len(inside) == 1
    digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]


@pytest.mark.parametrize(
    ("fragment", "problem"),
    [
        ('<img src="https://example.org/a.png" alt="a">', "calls no other host"),
        ('<svg role="img"><image xlink:href="//example.org/a.png"/></svg>', "calls no other host"),
        ('<p style="background:url(http://example.org/a)">a</p>', "calls no other host"),
        ("<style>@import 'http://example.org/a.css';</style>", "calls no other host"),
        ("<style>p {}</style ><img alt='a' src='//example.org/a.png'><style>p {}</style>", "calls no other host"),
        ("<!-- <style> --><img alt='a' src='//example.org/a.png'><style>p {}</style>", "calls no other host"),
        ("<!--><style>@import 'http://example.org/a.css';</style>-->", "calls no other host"),
        ("<style><script></style><img alt='a' src='//example.org/a.png'><p>", "calls no other host"),
        ('<p title="<!--">x</p><script>1</script><p title="-->">', "its own <script>"),
        ("""<p title="<!--">x</p><style>@import 'http://example.org';</style><p title="-->">""", "calls no other host"),
        ("<textarea><!--</textarea><style>p{background:url(//example.org/x)}</style>-->", "calls no other host"),
        ("<?x <!-- ><style>@import 'http://example.org';</style><p>--></p>", "calls no other host"),
        ("<svg><![CDATA[<!--]]></svg><style>@import 'http://example.org';</style>-->", "calls no other host"),
        ('<p title="<style>">x</p><script>1</script><p title="</style>">', "its own <script>"),
        (
            "<p title='<style>'><img alt='a' src='//example.org/a.png'></p><style>p {}</style>",
            "a style sheet holds a tag",
        ),
        ("<svg><style/><script>1</script></svg><style></style>", "its own <script>"),
        ("<style\xa0><img alt='a' src='//example.org/a.png'></style\xa0>", "calls no other host"),
        ("<style\x0b><script>1</script></style\x0b>", "its own <script>"),
        ("<\u017ftyle><script>1</script></\u017ftyle>", "its own <script>"),
        ("<img/alt='a'/src='//example.org/a.png'>", "calls no other host"),
        ("<style>@import 'http://example.org/a.css';", "calls no other host"),
        ("<script src='//example.org/a.js'>", "its own <script>"),
        ("<script>1</script>", "its own <script>"),
        ('<p onclick="x()">a</p>', "blocks scripts in attributes"),
        ('<p class="a" title="b>c" ONCLICK="x()">a</p>', "blocks scripts in attributes"),
        ("<path class='a' d=\"M0 0\" onclick=x() />", "blocks scripts in attributes"),
        ('<image class="a"\n href = "//example.org/a.png"/>', "calls no other host"),
        ('<a href="javascript:x()">a</a>', "runs a script"),
        ('<iframe src="data:text/html,a"></iframe>', "no place"),
        ('<img src="data:image/png;base64,AA">', "no text alternative"),
        ('<p id="part-65">a</p>', "'part-65' is used 2 times"),
        ('<a href="#nulle-part">a</a>', "leads nowhere"),
        ('<p aria-labelledby="absent">a</p>', "'absent', which is not in the page"),
        ("<h5>a</h5>", "a level is missing"),
        ("<h1>a</h1>", "2 first level headings"),
    ],
)
def test_a_fragment_that_breaks_a_rule_stops_the_page(
    executed: nbformat.NotebookNode, publication: Publication, fragment: str, problem: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        render_page(with_output(executed, fragment), publication)
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_identifiers_are_those_of_tags_however_spelled() -> None:
    fragment = """<p class="a" id="b">id="c" <i data-id="d"\nid = 'e' >a < b id="f" <path d="M0 id" id="g">"""
    assert identifiers(fragment) == ["b", "e", "f", "g"]


def test_a_page_too_heavy_or_without_language_or_title_is_refused() -> None:
    heavy = f'<html lang="fr"><title>t</title><h1>a</h1>{"x" * MAX_BYTES}</html>'
    assert any("MB" in problem for problem in check_page(heavy))
    assert len(check_page("<html><title> </title><h1>a</h1></html>")) == 2


def test_an_image_without_text_alternative_is_named_by_its_cell(
    executed: nbformat.NotebookNode, publication: Publication
) -> None:
    changed = copy.deepcopy(executed)
    output = new_output("display_data", data={"image/png": "AAAA", "text/plain": "<Figure>"})
    changed.cells.append(new_code_cell("plot()", outputs=[output]))
    with pytest.raises(InvalidInput, match=f"cell {len(changed.cells)}: displays image/png without a text alternative"):
        render_page(changed, publication)


def test_a_declared_figure_that_is_not_shown_is_an_error(
    executed: nbformat.NotebookNode, publication: Publication
) -> None:
    figures = (*publication.figures, publication.figures[0].model_copy(update={"id": "absente"}))
    with pytest.raises(InvalidInput, match="'absente' is declared but not shown"):
        render_page(executed, publication.model_copy(update={"figures": figures}))


def test_a_cell_tagged_remove_cell_is_left_out(executed: nbformat.NotebookNode, publication: Publication) -> None:
    changed = copy.deepcopy(executed)
    changed.cells.insert(5, new_markdown_cell("PHRASE-À-TAIRE", metadata={"tags": ["remove-cell"]}))
    assert "PHRASE-À-TAIRE" not in render_page(changed, publication)


def test_a_notebook_without_declaration_or_with_two_is_refused(executed: nbformat.NotebookNode) -> None:
    none = copy.deepcopy(executed)
    none.cells.pop()
    with pytest.raises(InvalidInput, match="no output of type"):
        read_publication(none)
    twice = copy.deepcopy(executed)
    twice.cells.append(twice.cells[-1])
    with pytest.raises(InvalidInput, match="2 outputs of type"):
        read_publication(twice)


def test_every_wrong_field_of_the_declaration_is_listed(executed: nbformat.NotebookNode) -> None:
    changed = copy.deepcopy(executed)
    data = changed.cells[-1].outputs[0]["data"][META_MIME]
    data.update({"title": "", "territory": "../../etc", "statuses": ["simulé"], "edition": "20/26"})
    with pytest.raises(InvalidInput) as caught:
        read_publication(changed)
    text = str(caught.value)
    for name in ("title", "territory", "statuses", "edition"):
        assert f"publication field {name}" in text


def test_acronyms_are_expanded_once_per_chapter_and_never_in_drawings_links_or_headings() -> None:
    fragment = '<h2>CLS</h2><p><a href="#x">CLS</a> <svg><text>CLS</text></svg> le CLS, un CLS, CLSM</p>'
    pieces, met = annotate(fragment, load_glossary())
    html = "".join(pieces)
    assert html.count('<abbr title="Contrat local de santé">CLS</abbr>') == 1
    assert " le <abbr" in html
    assert met == {"CLS", "CLSM"}


def test_a_drawing_closed_at_once_does_not_take_the_text_after_it_for_a_drawing() -> None:
    pieces, _ = annotate('<p><svg class="i"/> ARS</p><svg><text>ARS</text><g/></svg><p>ARS</p>', {"ARS": "Agence"})
    assert "".join(pieces) == (
        '<p><svg class="i"/> <abbr title="Agence">ARS</abbr></p><svg><text>ARS</text><g/></svg><p>ARS</p>'
    )
