"""What a report says of what it lacks: counted by tier, told by reason, with whom to ask; and how its sources agree."""

from __future__ import annotations

import json
import re
from html import escape

import pytest

from cls_analysis.diagnostic import annex, chapters, controls, coverage
from cls_analysis.diagnostic.unmeasured import UNMEASURED
from cls_analysis.figures import french
from cls_analysis.figures.figure import Figure
from cls_analysis.indicators import load_catalogue
from cls_analysis.indicators.absence import Absence, Code, absence_of, explained
from cls_analysis.sources import Check
from cls_analysis.sources.imports import DECLARED

slow = pytest.mark.slow


def words(said: Absence | None, name: str = "densite-infirmiers") -> tuple[str, str]:
    return coverage.in_words(said, load_catalogue()[name])


def lacking(code: Code, *sources: str) -> Absence:
    """What a build records; the sentence is of no use to what is said in French."""
    return Absence(code, "worded otherwise", sources)


def test_an_open_file_that_is_not_there_is_named_with_its_producer_in_words_for_a_reader():
    reason, todo = words(lacking(Code.NOT_FETCHED, "ans-rpps"))
    assert reason == coverage.WAITING_OPEN
    assert "Annuaire santé" in todo and "Agence du numérique en santé" in todo
    assert todo.startswith("Le fichier «") and todo.endswith("n’a pas été chargé pour cette édition.")
    assert "commande" not in todo and "cls-analysis" not in todo
    _, both = words(lacking(Code.NOT_FETCHED, "ans-rpps", "insee-rp-age-sexe"))
    assert both.startswith("Les fichiers «") and both.endswith("n’ont pas été chargés pour cette édition.")


def test_a_file_that_no_command_fetches_is_said_to_be_calculated():
    reason, todo = words(lacking(Code.NOT_BUILT, "insee-distancier"), "temps-acces-medecin")
    assert reason == coverage.WAITING_COMPUTED == "fichier à calculer"
    assert todo == "Il reste à calculer le fichier « Temps d’accès par la route aux services de santé »."


def test_a_partner_s_file_says_whom_to_ask_and_an_unknown_partner_is_not_made_up():
    assert words(lacking(Code.PARTNER, "import-deces")) == (
        coverage.WAITING_PARTNER, "À demander à l’ARS ou à l’ORS (décès par sexe et âge, CépiDc).",
    )  # fmt: skip
    _, todo = words(lacking(Code.PARTNER, "import-autre"))
    assert "import-autre" in todo


def test_every_code_of_a_build_has_its_words():
    said = {code: words(lacking(code, "ans-rpps"))[0] for code in Code}
    assert said[Code.AGES] == "âges absents du fichier"
    assert said[Code.VINTAGE] == said[Code.VARIABLE] == "année ou variable absente du fichier"
    assert said[Code.NATIONAL] == "référence nationale absente"
    assert said[Code.NOT_BUILT] == said[Code.NOT_FETCHED] == coverage.WAITING_OPEN
    assert words(None)[0] == said[Code.OTHER] == said[Code.LEVEL] == "non disponible"


def test_an_absence_of_sources_is_explained_by_the_lock():
    both = lacking(Code.NOT_BUILT, "import-deces", "inserm-cepidc")
    assert explained(both, {"inserm-cepidc": "not_fetched"}).code is Code.PARTNER
    assert explained(lacking(Code.NOT_BUILT, "ans-rpps"), {"ans-rpps": "not_fetched"}).code is Code.NOT_FETCHED
    assert explained(lacking(Code.NOT_BUILT, "ans-rpps"), {}).code is Code.NOT_BUILT
    assert explained(lacking(Code.AGES, "import-deces"), {}).code is Code.AGES
    again = absence_of(json.loads(json.dumps(Absence(Code.VINTAGE, "t", ("a",), "v", "2023", ("2021",)).told())))
    assert again == Absence(Code.VINTAGE, "t", ("a",), "v", "2023", ("2021",))


def test_every_partner_that_the_catalogue_awaits_is_named():
    awaited = {s for e in load_catalogue().values() for s in e.sources() if s.startswith("import-")}
    assert awaited | set(DECLARED) == set(coverage.PARTNERS)
    assert all(who.split()[0] in ("à", "au", "aux") for who in coverage.PARTNERS.values())


def test_what_is_not_measured_names_indicators_that_exist_and_whom_to_ask():
    known = load_catalogue()
    for chapter, items in UNMEASURED.items():
        for item in items:
            assert set(item.indicators) <= set(known), item.what
            assert item.who.split()[0] in ("à", "au", "aux") and not item.why.endswith("."), item.what
            assert all(known[n].chapter == chapter for n in item.indicators), item.what


def test_the_checks_are_counted_and_the_doubtful_ones_named():
    fine = Check("same/a", ("a", "b"), "Populations : A et B", "ok", 0.1, "au plus 0,5 %")
    odd = Check("bounds/c", ("c",), "Parts : C", "doubtful", 3.0, "au plus 0 variable", "part_x")
    assert "Tous sont conformes" in controls.counted([fine]).plain
    said = controls.counted([fine, odd]).plain.replace("\u202f", "\u00a0")
    assert said.startswith("2\u00a0contrôles ont été faits") and "conformes" not in said
    yearly = Check("years/apl", ("drees-apl",), "Même commune (apl_ide)", "doubtful", 3.0, "au plus 2")
    assert "Même commune (infirmiers)" in controls.counted([yearly]).plain
    assert "1\u00a0contrôle est à vérifier\u00a0: «\u00a0Parts\u00a0: C\u00a0»." in said


@slow
def test_indicators_by_tier_and_status_add_up_to_the_catalogue(langres):
    counts = coverage.tier_counts(langres)
    assert counts.loc["total", "total"] == len(langres.catalogue)
    assert (counts.loc[["A", "B", "C"]].sum() == counts.loc["total"]).all()
    shown = [n for n in langres.chapter() if langres.setting.own(n).shown]
    assert counts.loc["total", list(coverage.STATES[:2])].sum() == len(shown)
    assert counts.loc["B", ["observée", "estimée"]].sum() == 0  # a département's figure is never brought down
    figure = langres.tiers_table()
    assert isinstance(figure, Figure) and figure.data.rows[-1][-1] == str(len(langres.catalogue))


@slow
def test_each_absence_is_told_once_in_the_log_and_the_log_is_by_reason(langres):
    figure = annex.missing(langres)
    assert isinstance(figure, Figure)
    named = [label for row in figure.data.rows for label in str(row[2]).replace("\u202f", " ").split(" ; ")]
    lacking = [n for n in langres.chapter() if not langres.setting.own(n).shown]
    assert len(named) == len(lacking) == sum(int(str(row[1])) for row in figure.data.rows)
    assert len(set(figure.data.groups)) == len(coverage_groups(figure.data.groups))  # a reason is one group, not two


def coverage_groups(groups: tuple[str, ...]) -> list[str]:
    return [g for i, g in enumerate(groups) if i == 0 or g != groups[i - 1]]


@slow
def test_the_checks_of_the_report_s_sources_are_folded_under_their_count(langres):
    shown = langres.checks_table()
    assert "contrôles ont été faits" in str(shown)


@slow
def test_the_pyramid_is_drawn_from_the_ages_and_without_them_one_sentence_says_what_is_awaited(langres, monkeypatch):
    figure = langres.pyramid()
    assert figure.id == "pyramide-population-par-age" and len(figure.data.rows) == 20 and figure.simulated
    assert "95 ans ou plus" in [r[0] for r in figure.data.rows]
    langres.drawn.clear()
    monkeypatch.setattr(chapters, "_has_ages", lambda diagnostic, name: False)
    monkeypatch.setattr(coverage, "built_absence", lambda *_: lacking(Code.NOT_FETCHED, "insee-rp-age-sexe"))
    shown = langres.pyramid()
    assert "La pyramide des âges n’est pas dessinée\u00a0: le fichier «" in shown.html
    assert "Recensement de la population 2023" in shown.html and "cls-analysis" not in shown.html
    note = " ".join(annex.missing(langres).notes)
    assert note == "Pour l’analyste\u00a0: cls-analysis data fetch insee-rp-age-sexe"
    assert [f.id for f in langres.drawn] == ["ages-groupes"] and langres.drawn[0].indicators[
        -1
    ] == "part-65-ans-ou-plus"


@slow
def test_ages_have_no_line_in_the_tables_of_the_chapter(langres):
    assert "population-par-age" in langres.available("population")
    assert "population-par-age" not in langres.shown_in
    assert all("population-par-age" not in f.indicators for f in (langres.table("population"), *langres.drawn) if isinstance(f, Figure))  # fmt: skip


@slow
def test_the_one_page_scorecard_holds_the_mandatory_indicators_and_names_those_it_leaves_out(langres):
    langres.scorecard()
    wanted = {n for n, e in langres.catalogue.items() if e.mandatory}
    held = {n for f in langres.drawn for n in f.indicators}
    assert 20 <= len(wanted) <= 30 and held <= wanted and len(held) >= 20
    assert {f.kind for f in langres.drawn} == {"scorecard"} and {f.simulated for f in langres.drawn} == {True, False}
    notes = " ".join(max(langres.drawn, key=lambda f: len(f.indicators)).notes)
    assert "la liste complète" in notes
    for name in wanted - held:
        assert str(langres.catalogue[name].short_label) in notes


@slow
def test_a_funnel_names_the_limits_of_what_it_counts(langres):
    births = langres.funnel("taux-natalite")
    assert births.data.header[2] == "Habitants" and "âge" in " ".join(births.notes)
    deaths = langres.funnel("icm-mortalite-generale")
    assert "la France (100)" in deaths.reading


@slow
def test_what_has_no_chart_is_told_in_one_sentence(langres):
    shown = langres.several("taux-chomage", "depistage-sein", "sans-medecin-traitant")
    assert [f.indicators for f in langres.drawn] == [("taux-chomage",)]
    assert shown.html.count("fig-absent") == 1 and "fichier d’un partenaire attendu" in shown.html


@slow
def test_what_a_chapter_does_not_measure_leaves_it_once_it_is_measured(langres, monkeypatch):
    assert "dépistages organisés" in langres.unmeasured("prevention").plain
    assert "À demander au centre régional" in langres.unmeasured("prevention").plain
    monkeypatch.setattr(type(langres), "has_own", lambda self, name: name == "depistage-sein")
    assert "dépistages organisés" not in langres.unmeasured("prevention").plain
    assert langres.unmeasured("social").html == ""


@slow
def test_the_one_page_scorecard_prints_on_one_page(langres):
    from importlib.resources import files

    from weasyprint import HTML

    from cls_analysis.figures import stylesheet

    langres.scorecard()
    longest = max(langres.drawn, key=lambda f: len(f.data.rows))
    page = (files("cls_analysis.publishing") / "static" / "report.css").read_text(encoding="utf-8")
    html = (
        f'<html lang="fr"><head><title>Une page</title><style>{stylesheet()}{page}</style></head><body><main>'
        f'<section class="chapter"><h2>Le territoire en une page</h2>{longest.html()}</section></main></body></html>'
    )
    assert len(longest.data.rows) >= 20
    assert len(HTML(string=html).render().pages) == 1
    body = re.search(r"<tbody.*</tbody>", html, re.DOTALL)
    assert body is not None
    longer = html.replace(body[0], body[0] * 3)
    assert len(HTML(string=longer).render().pages) > 1  # the test can fail


@slow
def test_every_line_of_a_table_tells_its_tier_its_level_and_its_caveat_beside_it(langres):
    names = langres._tabled("offre")
    html = langres.table("offre").html
    for name in names:
        entry = langres.catalogue[name]
        assert f"{coverage.TIER_NAMES[entry.tier]}, connu {chapters.LEVELS[entry.geography]}" in html
        if entry.caveat:
            assert escape(french.punctuate(entry.caveat)) in html
    assert html.count("<summary>Étage") == len(langres.kinds(names))
