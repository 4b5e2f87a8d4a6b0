"""Names, labels and free text are data: markup, formulas and code in them stay inert in what is published."""

from __future__ import annotations

import csv
from html.parser import HTMLParser

import pytest

from cls_analysis.disclosure.artefacts import read_folder
from cls_analysis.disclosure.markup import numbers

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</table><iframe src=//evil.example>",
    '=HYPERLINK("http://evil.example","clic")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "＝1＋1",
    "{{ 7*7 }}",
    "__import__('os').system('true')",
]


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [k for k, _ in attrs]

    def handle_data(self, data):
        self.text += data


def parse(html):
    found = Elements()
    found.feed(html)
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_a_figure_writes_it_as_text(text):
    figure = pytest.importorskip("cls_analysis.figures.figure")
    made = figure.Figure(
        id="essai", kind="table", title=text, subtitle=text, svg="", reading=text, source=text, alt=text,
        data=figure.DataTable((text, "Valeur"), ((text, "12"),), (False, True)), notes=(text,),
    )  # fmt: skip
    found = parse(made.html())
    assert not {"script", "img", "iframe"} & set(found.tags)
    assert not [a for a in found.attributes if a.startswith("on")]
    assert text in found.text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_spreadsheet_sees_no_formula_in_the_csv(tmp_path, text):
    workbook = pytest.importorskip("cls_analysis.publishing.workbook")
    path = tmp_path / "a.csv"
    workbook.write_csv({"name": [text], "value": [-1.5]}, path)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[1][0][0] not in "=+-@\t\r＝＋－＠"
    assert rows[1][0] in {text, f"'{text}"}
    assert rows[1][1] == "-1,5"


def test_every_page_forbids_other_hosts():
    page = pytest.importorskip("cls_analysis.publishing.page")
    from importlib.resources import files

    template = (files("cls_analysis.publishing") / "templates" / "page-head.html.j2").read_text("utf-8")
    assert template.index("Content-Security-Policy") < template.index("<title")
    source = (files("cls_analysis.publishing") / "page.py").read_text("utf-8")
    assert "default-src 'none'" in source
    assert page is not None


@pytest.mark.parametrize("text", HOSTILE)
def test_the_check_reads_hostile_pages_without_running_or_failing(tmp_path, text):
    (tmp_path / "a.html").write_text(f"<p title='{text}'>{text} 12,5</p>", "utf-8")
    found = read_folder(tmp_path)
    assert found.rows.empty
    assert found.files == ("a.html",)
    assert "12.5" in numbers(" ".join(found.texts["a.html"]))
