"""One whole run, from a small made-up country to its files: no artefact tells what the door withheld, and a leak is found.

The report is made as any report is (notebook, page, workbook, CSV, manifest), its executed notebook kept beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cls_analysis import geography
from cls_analysis.disclosure import audit, check_folder, publish
from cls_analysis.disclosure import door as door_module
from cls_analysis.disclosure.markup import numbers
from cls_analysis.disclosure.rules import KEY, SHOWN, WITHHELD_COLUMNS
from cls_analysis.indicators import load_catalogue
from cls_analysis.publishing import making
from cls_analysis.publishing.report import make_report
from cls_analysis.publishing.run import run_notebook
from tests.disclosure_run import country

SECRET = ("taux-mortalite-standardise", "epci")  # a withheld value that the page speaks of


@dataclass(frozen=True)
class Run:
    folder: Path
    processed: Path
    private: pd.DataFrame
    published: pd.DataFrame
    members: pd.DataFrame

    def check(self, folder: Path | None = None):
        return check_folder(
            folder or self.folder, catalogue=load_catalogue(), members=self.members, private=self.private
        )

    def one(self, suffix: str) -> Path:
        return next(self.folder.glob(f"*{suffix}"))

    @property
    def secret(self) -> pd.Series:
        """The withheld row of an EPCI of the perimeter, with its value."""
        inside = geography.territory(country.TERRITORY).epci
        rows = self.private[~self.published["status"].isin(SHOWN)]
        found = rows[(rows["indicator"] == SECRET[0]) & rows["territory"].isin(inside) & (rows["value"] > 0)]
        return found.iloc[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    home = tmp_path_factory.mktemp("run")
    private, published, members = country.write(home / "processed")
    kept = home / "executed.ipynb"

    def keeping(notebook, parameters, **options):
        return run_notebook(notebook, parameters, **(options | {"output": kept}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "run_notebook", keeping)
        made = make_report(
            country.TERRITORY, data="embedded", processed=home / "processed", out=home / "reports", edition="2026"
        )
    shutil.copy(kept, made.folder / "executed.ipynb")
    return Run(made.folder, home / "processed", private, published, members)


def test_every_artefact_of_the_run_is_read_and_tells_nothing_withheld(run):
    found = run.check()
    assert {p.suffix for p in run.folder.iterdir()} == {".html", ".xlsx", ".csv", ".json", ".ipynb"}
    assert found.breaches == ()
    assert found.tagged > 100
    assert found.searched > 5000
    assert found.audit is not None
    assert found.audit.attacked > 100


def test_a_plain_search_through_the_bytes_finds_no_withheld_value(run):
    """Without any code of the check: values, limits, and counts as rate times denominator, exact or rounded."""
    shown = run.published["status"].isin(SHOWN)
    told = {text for row in run.private.loc[shown, WITHHELD_COLUMNS].to_numpy() for v in row for text in writings(v)}
    secret = {
        text for row in run.private.loc[~shown, WITHHELD_COLUMNS[:3]].to_numpy() for v in row for text in writings(v)
    }
    assert len(secret - told) > 500
    for path in run.folder.iterdir():
        texts = [path.read_text("utf-8")] if path.suffix != ".xlsx" else sheets(path)
        written = {number for text in texts for number in numbers(text)}
        assert not (secret - told) & written, path.name
    rows = pd.read_csv(run.one(".csv"), sep=";", decimal=",", dtype={"territory": str}, encoding="utf-8-sig")
    withheld = rows[~rows["status"].isin(SHOWN)]
    assert len(withheld) > 500
    assert withheld[WITHHELD_COLUMNS].isna().all(axis=None)


def writings(value: float) -> set[str]:
    """Ways to write a number that chance does not produce: five digits, some of them decimal."""
    if not np.isfinite(value) or value == round(value):
        return set()
    texts = {repr(float(value)), *(f"{value:.{d}f}" for d in (1, 2, 3, 4, 6))}
    return {t for t in texts if len(t.replace(".", "").lstrip("0")) >= 5}


def sheets(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        return [
            re.sub(r"<[^>]+>", " ", book.read(name).decode("utf-8"))
            for name in book.namelist()
            if name.endswith(".xml")
        ]


def test_no_difference_of_published_totals_is_a_withheld_count(run):
    here = geography.territory(country.TERRITORY)
    for _, rows in run.published.groupby(["indicator", "period", "sex", "age"]):
        whole = rows[(rows["territory_type"] == "perimeter") & (rows["territory"] == here.territory)]
        parts = rows[(rows["territory_type"] == "epci") & rows["territory"].isin(here.epci)]
        hidden = pd.concat([whole, parts])["status"].isin(SHOWN).eq(False).sum()
        assert hidden != 1, f"{rows['indicator'].iloc[0]}: one count is withheld in a sum whose other terms are shown"


def french(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def tags(row: pd.Series) -> str:
    return (
        f'data-indicator="{row.indicator}" data-period="{row.period}" data-territory-type="{row.territory_type}" '
        f'data-territory="{row.territory}"'
    )


def leak_text_alternative(run, folder, row):
    named = 'role="img" aria-label="'
    edit(folder / run.one(".html").name, named, f"{named}Langres {french(row.value, 4)} ; ")


def leak_tooltip(run, folder, row):
    shape = f"<path {tags(row)}><title>Langres : {french(row.value, 1)}</title></path></svg>"
    edit(folder / run.one(".html").name, "</svg>", shape)


def leak_data_attribute(run, folder, row):
    edit(folder / run.one(".html").name, '<figure class="fig', f'<figure data-exact="{row.value:.6f}" class="fig')


def leak_tagged_cell(run, folder, row):
    page = folder / run.one(".html").name
    cell = rf'(<td[^>]*data-territory="{row.territory}"[^>]*>)(secret|eff\.[^<]*)(?=[ <])'
    lines = re.split(r"(?=<tr)", page.read_text("utf-8"))
    at = next(i for i, line in enumerate(lines) if row.indicator in line.split(">")[0] and re.search(cell, line))
    lines[at] = re.sub(cell, rf"\g<1>{french(row.value, 1)}", lines[at], count=1)
    page.write_text("".join(lines), "utf-8")


def leak_page_script(run, folder, row):
    edit(folder / run.one(".html").name, "</body>", f'<script type="application/json">[{row.value!r}]</script></body>')


def leak_hidden_column(run, folder, row):
    path = folder / run.one(".xlsx").name
    book = openpyxl.load_workbook(path)
    sheet = next(s for s in book if s.title.startswith("Valeurs"))
    column = sheet.max_column + 1
    heads = [c.value for c in sheet[1]]
    code, name = heads.index("Territoire (code)"), heads.index("Indicateur (code)")
    for line in sheet.iter_rows(min_row=2):
        if line[code].value == row.territory and line[name].value == row.indicator:
            sheet.cell(line[0].row, column, int(row.numerator))
    sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].hidden = True
    book.save(path)


def leak_hidden_sheet(run, folder, row):
    path = folder / run.one(".xlsx").name
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("brouillon")
    sheet["A1"] = float(row.value)
    sheet.sheet_state = "hidden"
    book.save(path)


def leak_csv(run, folder, row):
    path = folder / run.one(".csv").name
    rows = pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig")
    at = (rows["indicator"] == row.indicator) & (rows["territory"] == row.territory)
    rows.loc[at, "numerator"] = str(int(row.numerator))
    rows.to_csv(path, sep=";", index=False, encoding="utf-8-sig")


def leak_rate_with_its_denominator(run, folder, row):
    shown = row.to_frame().T.assign(numerator=np.nan)
    shown.to_csv(folder / "autre.csv", sep=";", decimal=",", index=False)


def leak_notebook_output(run, folder, row):
    path = folder / "executed.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    cell = next(c for c in notebook["cells"] if c["cell_type"] == "code")
    cell["outputs"].append({"output_type": "stream", "name": "stdout", "text": ["densité ", f"{row.value:.5f}\n"]})
    path.write_text(json.dumps(notebook), "utf-8")


def leak_manifest(run, folder, row):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["figures"][0]["trace"] = {"value": float(row.value)}
    path.write_text(json.dumps(manifest), "utf-8")


LEAKS = [value for name, value in sorted(globals().items()) if name.startswith("leak_")]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__.removeprefix("leak_"))
def test_one_leak_in_one_place_is_found_there(run, tmp_path, leak):
    shutil.copy(run.one(".csv"), tmp_path)
    wanted = {"page": ".html", "text": ".html", "tooltip": ".html", "data": ".html", "tagged": ".html", "hidden": ".xlsx",
              "notebook": ".ipynb", "manifest": ".json"}  # fmt: skip
    suffix = wanted.get(leak.__name__.split("_")[1])
    if suffix:
        shutil.copy(run.one(suffix), tmp_path)
    assert run.check(tmp_path).breaches == ()
    leak(run, tmp_path, run.secret)
    breaches = run.check(tmp_path).breaches
    assert breaches
    assert any(run.secret.indicator in b for b in breaches)


def test_a_door_that_protects_nothing_besides_is_caught_on_this_country(run, monkeypatch):
    monkeypatch.setattr(
        door_module, "protect",
        lambda _cells, *, hidden, **_: door_module.Protection(hidden, {}, 0, np.empty(0, dtype=np.intp)),
    )  # fmt: skip
    nothing = pd.DataFrame(columns=country.comparisons(run.private).columns)
    weak, _, _ = publish(run.private, nothing, catalogue=load_catalogue(), members=run.members)
    found = audit(weak, catalogue=load_catalogue(), members=run.members)
    assert any("computed back" in breach for breach in found.breaches)


def test_the_page_forbids_other_hosts_and_explains_every_mark(run):
    page = run.one(".html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert "default-src 'none'" in policy.replace("&#39;", "'")
    assert "http" not in policy
    words = (
        "secret statistique",
        "effectif trop faible",
        "non publié par le producteur",
        "non disponible",
        "sans objet",
        "un vrai zéro",
    )
    legend = page[page.index("à la place d’un nombre") :].split("</table>")[0].replace("\u00a0", " ")
    assert [w for w in words if w not in legend] == []
    assert len(page) < 3_000_000


def test_the_manifest_tells_the_communes_of_every_territory_with_published_rows(run):
    told = {
        (t["territory_type"], t["territory"]): t
        for t in json.loads((run.folder / "manifest.json").read_text("utf-8"))["composition"]["territories"]
    }
    rows = pd.read_csv(run.one(".csv"), sep=";", dtype=str, encoding="utf-8-sig")
    places = set(map(tuple, rows.loc[rows["territory_type"] != "commune", ["territory_type", "territory"]].to_numpy()))
    assert places == set(told)
    assert set(told["perimeter", country.TERRITORY]["communes"]) == set(geography.territory(country.TERRITORY).communes)
    assert KEY[1:3] == ["territory_type", "territory"]


def test_each_chapter_says_on_how_much_of_the_population_its_figures_stand(run):
    from dataclasses import replace

    from cls_analysis.diagnostic import Diagnostic
    from cls_analysis.diagnostic.chapters import TITLES

    notebook = json.loads((Path(making.__file__).parents[2] / "notebooks" / "pre_diagnostic.ipynb").read_text("utf-8"))
    source = "\n".join("".join(c["source"]) for c in notebook["cells"])
    told = [c for c in TITLES if f'd.limits("{c}")' in source]
    assert told == [c for c in TITLES if f'd.table("{c}")' in source] == list(TITLES)

    opened = Diagnostic.open(country.TERRITORY, data="embedded", processed=run.processed, edition="2026")
    assert "portent sur toute la population" in opened.limits("offre").html
    table = opened.setting.table
    part = table.assign(coverage=table["coverage"].where(table["indicator"] != "densite-infirmiers", 0.85))
    own = (part["indicator"] == SECRET[0]) & (part["territory"] == country.TERRITORY) & (part["sex"] == "all")
    assert own.sum() == 1
    part = part.assign(
        status=part["status"].mask(own, "suppressed"), **{c: part[c].mask(own) for c in WITHHELD_COLUMNS}
    )
    opened.setting = replace(opened.setting, table=part)
    said = opened.limits("offre").html.replace("\u00a0", " ")
    assert "Population couverte : au moins 85 % de celle du territoire" in said
    assert "secret statistique" in opened.limits("sante").html  # and what is withheld from it
