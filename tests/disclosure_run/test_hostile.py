"""Code in a parameter, a formula in a name, markup in a text: carried as data through a run, never executed."""

from __future__ import annotations

import json
import re

import nbformat
import openpyxl
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cls_analysis.errors import UnknownName
from cls_analysis.figures import prose
from cls_analysis.publishing.publication import Publication
from cls_analysis.publishing.report import plan_report
from cls_analysis.publishing.run import run_notebook
from cls_analysis.publishing.workbook import COLUMNS, write_workbook

CODE = [
    'x"; open("{flag}", "w").close(); y = "',
    "x'\nopen('{flag}', 'w').close()\n'",
    '{{open("{flag}", "w").close()}}',
    '"""\nopen("{flag}", "w").close()\n"""',
    "$(touch {flag})`touch {flag}`\\",
]
FORMULAS = ['=HYPERLINK("http://evil.example","clic")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1"]


def test_code_in_a_parameter_of_a_notebook_stays_a_text(tmp_path):
    flag = tmp_path / "executed"
    given = {f"p{i}": text.replace("{flag}", str(flag)) for i, text in enumerate(CODE)}
    cells = [
        new_code_cell("\n".join(f'{name} = ""' for name in given), metadata={"tags": ["parameters"]}),
        new_code_cell(f"import json\nprint(json.dumps([{', '.join(given)}]))"),
    ]
    path = tmp_path / "carnet.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "p"}}), path)
    executed = run_notebook(path, given, timeout=120)
    assert not flag.exists()
    printed = executed.cells[-1].outputs[0]["text"]
    assert json.loads(printed) == list(given.values())


@pytest.mark.parametrize("text", CODE)
def test_code_as_a_territory_is_an_unknown_name_before_anything_runs(tmp_path, text):
    flag = tmp_path / "executed"
    with pytest.raises(UnknownName):
        plan_report(text.replace("{flag}", str(flag)), data="embedded", processed=tmp_path, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_any_name_is_a_text_in_the_workbook(tmp_path, text):
    filled = dict.fromkeys(COLUMNS, text) | {
        "value": -1.5, "lower": None, "upper": None, "numerator": 3, "denominator": 200, "coverage": 1.0, "simulated": True,
        "status": "observed", "reliability": "ok",
    }  # fmt: skip
    publication = Publication(
        title=text, kind="essai", territory="x", territory_name=text, edition="2026", statuses=("simulated",),
        indicators=({"id": "i", "label": text, "definition": text},), sources=({"id": "s", "title": text, "url": text},),
    )  # fmt: skip
    path = tmp_path / "a.xlsx"
    write_workbook({name: [value] for name, value in filled.items()}, publication, path)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "inlineStr"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert any(str(cell.value).startswith("'") for cell in cells)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "[x](javascript:alert(1))", "<iframe src=//e.example></iframe>",
     "<a href='data:text/html,<script>1</script>'>x</a>"],
)  # fmt: skip
def test_markup_in_markdown_stays_inert(text):
    html, _ = prose.render_markdown(text)
    assert not re.search(r"<(script|img|iframe)|<a [^>]*href=.(javascript|data):| onerror=.[^&]*>", html, re.IGNORECASE)
