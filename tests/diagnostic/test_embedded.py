"""What a notebook opens on a machine without official files: everything there, everything called simulated."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from cls_analysis import geography
from cls_analysis.columns import Column
from cls_analysis.diagnostic import Diagnostic, annex
from cls_analysis.diagnostic.chapters import TITLES
from cls_analysis.diagnostic.drawing import CONTOURS
from cls_analysis.errors import DataMissing, InvalidInput, UnknownName
from cls_analysis.figures import french
from cls_analysis.figures.figure import Figure

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "pre_diagnostic.ipynb"
pytestmark = pytest.mark.slow


def cells() -> list[str]:
    """The code cells of the notebook after the one that opens the territory."""
    sources = [c.source for c in nbformat.read(NOTEBOOK, as_version=4).cells if c.cell_type == "code"]
    start = next(i for i, s in enumerate(sources) if "Diagnostic.open" in s)
    return sources[start + 1 :]


def html_of(shown: object) -> str:
    return shown._repr_html_() if hasattr(shown, "_repr_html_") else ""


def run_notebook(d: Diagnostic) -> list[object]:
    return [eval(compile(source.strip(), "cell", "eval"), {"d": d}) for source in cells()]


def test_an_unknown_territory_is_named_with_its_neighbours(embedded) -> None:
    with pytest.raises(UnknownName, match="petr-langres"):
        Diagnostic.open("petr-langre", data="embedded")


@pytest.mark.parametrize("code", ["52", "region:44", "52269"])
def test_a_report_is_for_a_perimeter_or_an_epci_only(embedded, code) -> None:
    with pytest.raises((InvalidInput, UnknownName)):
        Diagnostic.open(code, data="embedded")


def test_official_data_that_are_not_built_are_asked_for_by_name(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("CLS_DATA_MIRROR", raising=False)
    with pytest.raises(DataMissing, match="official") as caught:
        Diagnostic.open("petr-langres", data="official", processed=tmp_path)
    assert "data build" in str(caught.value.hint)


def test_the_notebook_is_committed_without_outputs_and_with_one_parameters_cell() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])] == [notebook.cells[0]]
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")
    assert all(len(c.source.splitlines()) <= 6 for c in notebook.cells if c.cell_type == "code")


def test_every_cell_shows_something_and_every_link_has_its_anchor(langres) -> None:
    shown = run_notebook(langres)
    page = "".join(map(html_of, shown))
    anchors = set(re.findall(r'id="([^"]+)"', page))
    targets = {t for t in re.findall(r'href="#([^"]+)"', page) if not t.startswith("trace-")}
    assert targets and targets <= anchors
    declared = shown[-1].data
    assert [f["id"] for f in declared["figures"]] == [f.id for f in langres.drawn]
    assert {f"trace-{f.id}" for f in langres.drawn} == set(re.findall(r'href="#(trace-[^"]+)"', page))


def test_simulated_values_are_called_simulated_and_never_share_a_figure_with_real_ones(langres) -> None:
    run_notebook(langres)
    table = langres.setting.table
    shown = table[table["value"].notna()]
    made_up = shown.groupby("indicator")["simulated"].agg(["min", "max"]).astype(bool)
    assert made_up["max"].any() and not made_up["min"].all()
    for figure in langres.drawn:
        kinds = {bool(made_up.loc[name, "max"]) for name in figure.indicators if name in made_up.index}
        assert len(kinds) <= 1, figure.id
        if kinds == {True}:
            assert figure.simulated and "Données simulées" in figure.html(), figure.id
    declared = langres.publication().data
    assert declared["statuses"] == ["simulated"]
    real = {s["id"] for s in declared["sources"] if not s["simulated"]}
    assert real <= {"etalab-decoupage", "insee-appartenance", CONTOURS.id}  # places and their outlines, never a value


def test_only_published_rows_are_held(langres) -> None:
    table = pd.concat([langres.setting.table, *map(langres.setting.rows, langres.catalogue)])
    withheld = ~table["status"].isin(["observed", "estimated"])
    assert withheld.any()
    assert table.loc[withheld, ["value", "lower", "upper", "numerator", "denominator"]].isna().all().all()


def test_the_composition_is_that_of_the_commune_list(langres) -> None:
    communes = geography.communes().set_index("code_commune")
    inside = communes.loc[list(langres.territory.communes)]
    figure = langres.composition_table()
    assert len(inside) == 168
    assert figure.data.rows[-1][2] == french.format_number(168)
    assert figure.data.rows[-1][3] == french.format_number(float(inside["population"].sum()))
    assert "Ouge" in figure.html() and "La Quarte" in figure.html()


def test_indicators_with_and_without_a_value_add_up_to_the_catalogue(langres) -> None:
    lacking = sum(map(len, annex.reasons(langres).values()))
    having = sum(langres.setting.own(name).shown for name in langres.chapter())
    assert lacking + having == len(langres.catalogue)
    assert f"Sur les {len(langres.catalogue)} indicateurs" in annex.missing_summary(langres).plain


@pytest.mark.parametrize("chapter", TITLES)
def test_each_chapter_tells_how_much_of_the_population_it_stands_on(langres, chapter) -> None:
    said = langres.limits(chapter).plain
    if any(langres.setting.own(n).shown for n in langres.chapter(chapter)):
        assert "population" in said
    else:
        assert "Sans valeur pour le territoire" in said


def test_an_indicator_known_at_the_departement_only_is_named_so_with_the_communes_it_ignores(langres) -> None:
    said = langres.limits("sante").plain
    assert "Connus au département seulement" in said
    assert all(name in said for name in ("La Quarte", "La Rochelle", "Ouge"))


def test_two_territories_of_an_edition_have_the_same_classes(langres) -> None:
    other = Diagnostic.open("pays-chaumont", data="embedded")
    assert other.breaks == langres.breaks
    assert all(len(b.bounds) <= 4 for b in langres.breaks.values())


def test_a_figure_is_remembered_once_and_two_of_one_name_are_refused(langres) -> None:
    first = langres.dots("taux-chomage")
    assert langres.dots("taux-chomage") == first and langres.drawn == [first]
    with pytest.raises(InvalidInput, match="two figures"):
        langres.dots("taux-chomage", title="Un autre titre")


def test_a_figure_that_cannot_be_drawn_says_why_in_its_place(langres) -> None:
    shown = langres.dots("depistage-sein")
    assert not isinstance(shown, Figure)
    assert "pas de graphique" in shown.plain and "non disponible" in shown.plain


def test_rows_of_an_unknown_indicator_are_an_error(langres) -> None:
    with pytest.raises(UnknownName, match="taux-inconnu"):
        langres.rows("taux-inconnu")


def test_an_epci_has_its_report_too(embedded) -> None:
    d = Diagnostic.open("200072999", data="embedded")
    assert d.setting.members == ()
    assert isinstance(d.composition_table(), Figure)
    assert d.publication().data["territory_type"] == "epci"


def test_published_rows_of_the_workbook_belong_to_the_report(langres) -> None:
    declared = langres.publication().data["rows"]
    frame = pd.DataFrame({name: Column.read(told) for name, told in declared.items()})
    communes = set(frame.loc[frame["territory_type"] == "commune", "territory"])
    assert communes == set(langres.territory.communes)
    assert set(frame.loc[frame["territory_type"] == "perimeter", "territory"]) == {"petr-langres"}


def test_a_wrong_level_is_refused_and_never_called_data_that_are_missing(langres) -> None:
    with pytest.raises(UnknownName, match="level is one of commune, epci, bassin_de_vie"):
        langres.map("taux-chomage", level="communes")


def test_an_indicator_half_remembered_is_suggested(langres) -> None:
    with pytest.raises(UnknownName, match="near: taux-chomage"):
        langres.rows("chomage")


def test_a_diagnostic_shows_itself_in_one_line(langres) -> None:
    assert repr(langres).startswith("<Diagnostic PETR du Pays de Langres, ") and len(repr(langres)) < 160
