"""Does the shared diagnostic say what was gathered, measured and decided, and hide what must be hidden?"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.diagnostic import census, needs
from cls_analysis.diagnostic.partage import Partage, read_participation
from cls_analysis.errors import InvalidInput
from cls_analysis.participation import actions_at
from tests.figures.made_up import record
from tests.partage.made_up import OWN, VALUES, partage


@pytest.fixture
def d(tmp_path: Path) -> Partage:
    return partage(tmp_path)


def blank(tmp_path: Path) -> Partage:
    names = ("recueils", "verbatims", "ressources", "constats", "enjeux", "votes", "hanlon", "axes", "objectifs", "actions",
             "indicateurs_actions", "avenants", "evaluations", "mesures", "afom")  # fmt: skip
    empty: dict[str, str | None] = {f"{n}.csv": None for n in names}
    empty |= {"questionnaires/habitants/codebook.toml": None, "questionnaires/habitants/reponses.csv": None}
    return partage(tmp_path, empty)


def test_only_values_of_the_territory_itself_enter_the_measured_side(d: Partage) -> None:
    frame = needs.comparisons(d)
    assert "densite-psychiatres-departement" not in set(frame["indicator"])
    assert "population-municipale" not in set(frame["indicator"])  # context
    assert dict(zip(frame["indicator"], frame["significance"], strict=True))["recours-ophtalmologue"] == "not_tested"


def test_afom_takes_significant_gaps_with_a_favourable_direction_only(d: Partage) -> None:
    html = d.afom().html
    weak = html.split('id="afom-faiblesse"')[1].split('id="afom-opportunite"')[0]
    strong = html.split('id="afom-atout"')[1].split('id="afom-faiblesse"')[0]
    assert "2,1" in weak and "8,0" in strong
    for absent in ("9,0", "30,0", "55,0"):
        assert absent not in strong and absent not in weak
    assert "Départs en retraite." in html


def test_values_without_a_test_are_not_called_unmeasured(tmp_path: Path) -> None:
    said = "id;recueil;theme;nature;epci;commune;public;texte\n" + "".join(
        f"V{i};R0{1 + i % 2};mobilite;besoin;;;;Besoin {i}.\n" for i in range(1, 4)
    )
    d = partage(tmp_path, {"verbatims.csv": said, "constats.csv": None, "enjeux.csv": None, "votes.csv": None, "hanlon.csv": None,
                           "axes.csv": None, "objectifs.csv": None, "actions.csv": None, "indicateurs_actions.csv": None,
                           "avenants.csv": None, "evaluations.csv": None, "mesures.csv": None})  # fmt: skip
    html = d.triangle().html
    assert "Mobilité\u00a0: dit, mais non mesuré" in html  # nothing at all
    assert "aucun indicateur testé" in html


def test_the_theme_with_untested_values_shows_them(d: Partage) -> None:
    html = d.triangle().html
    own = html.split('id="triangle-acces-soins"')[1].split("</figure>")[0]
    assert "30,0" in own and "non testé" in own


def test_many_untested_values_are_named_and_only_a_few_told(d: Partage) -> None:
    names = [n for n, e in d.catalogue.items() if e.chapter == "offre" and not n.startswith("histoire")][:9]
    rows = [record(n, OWN, 12.3) for n in names if n not in VALUES]
    d.setting = replace(d.setting, table=pd.concat([d.setting.table, pd.DataFrame(rows)], ignore_index=True))
    own = d.triangle().html.split('id="triangle-acces-soins"')[1].split("</figure>")[0]
    assert own.count("non testé") == needs.MOST_UNTESTED + 1 and "Aussi connus" in own


def test_small_cells_of_the_questionnaire_are_withheld(d: Partage) -> None:
    html = d.questionnaires().html
    question = html.split('id="questionnaire-q1"')[1].split("</figure>")[0]
    assert "secret" in question and "50" not in re.sub(
        r"<[^>]+>", "", question.split("fig-reading")[0].split("</svg>")[-1]
    )
    assert "Aucun redressement n’est déclaré" in html


def test_the_census_margin_is_the_published_population_of_each_epci(d: Partage) -> None:
    assert census.epci_margin(d).to_dict("list") == {
        "epci": ["200000001", "200000002"],
        "population": [30000.0, 10000.0],
    }


def test_the_margin_is_empty_when_an_epci_has_no_published_population(d: Partage) -> None:
    table = d.setting.table
    hidden = table[~((table["indicator"] == "population-municipale") & (table["territory"] == "200000002"))]
    d.setting = replace(d.setting, table=hidden)
    assert census.epci_margin(d).empty


def test_statements_are_escaped_and_carry_no_commune(tmp_path: Path) -> None:
    said = "id;recueil;theme;nature;epci;commune;public;texte\nV1;R01;acces_soins;besoin;200000001;01001;habitants;<b>Trop</b> loin & cher\n"
    changes: dict[str, str | None] = {"verbatims.csv": said}
    d = partage(tmp_path, {**changes, "constats.csv": "id;theme;nature;texte;indicateurs;verbatims;statut;instance;date_validation\n"
                           "C1;acces_soins;mixte;Les délais s’allongent.;apl-medecins-generalistes;V1;valide;COPIL;20/06/2024\n"})  # fmt: skip
    html = d.statements().html
    assert "&lt;b&gt;Trop&lt;/b&gt; loin &amp; cher" in html
    assert "01001" not in html and "Hauteville" not in html and "CC du Nord" in html


def test_each_sheet_in_force_is_printed_once_with_links_to_what_justifies_it(d: Partage) -> None:
    html = d.sheets().html
    live = actions_at(d.p, d.day)["id"].tolist()
    assert re.findall(r'class="sheet" id="fiche-([^"]+)"', html) == [a.lower() for a in live]
    assert 'href="#constat-c1"' in html and 'id="constat-c1"' in d.findings().html
    assert "CPTS" in html  # the pilot after the amendment
    assert "12\u202f001" in html or "12\u202f000" in html


def test_priorities_show_weights_agreement_and_the_reason_of_the_decision(d: Partage) -> None:
    html = d.priorities().html
    for wanted in (
        "priorites-poids",
        "priorites-grille",
        "priorites-sensibilite",
        "priorites-hanlon",
        "priorites-decisions",
    ):
        assert f'id="{wanted}"' in html
    assert (
        "accord entre votants ne peut pas être mesuré" in html
        and "Premier besoin." in html
        and "pas encore décidé" in html
    )


def test_an_action_without_evaluation_is_never_read_as_zero(d: Partage) -> None:
    year = d.year()
    html = d.progress(year).html
    assert year == 2024 and "non évaluée" in html
    page = d.one_page(year).html
    assert "20\u00a0%" in page and "1.2 Navette\u00a0: à évaluer" in page


def test_a_year_that_was_not_evaluated_is_refused(d: Partage) -> None:
    with pytest.raises(InvalidInput, match="2019"):
        d.year(2019)


def test_with_nothing_collected_the_report_says_what_is_to_be_gathered(tmp_path: Path) -> None:
    d = blank(tmp_path)
    assert d.blank and d.year() == 0
    assert "Rien n’est encore recueilli" in d.notice().html and "Recenser ce qui existe" in d.how_to().html
    assert (
        "cls-analysis" not in d.how_to().html and "guide de la coordination" in d.how_to().html
    )  # no command before elected members
    for empty in (
        d.collections(),
        d.questionnaires(),
        d.statements(),
        d.resources(),
        d.triangle(),
        d.priorities(),
        d.contract(),
        d.sheets(),
        d.findings(),
    ):
        assert empty.html == ""
    assert "pas encore de bilan" in d.one_page(0).html


def test_a_made_up_set_is_marked_on_every_figure(d: Partage) -> None:
    d.gathered_here = replace(d.p, fictional=True)
    for html in (
        d.collections().html,
        d.questionnaires().html,
        d.priorities().html,
        d.triangle().html,
        d.contract().html,
    ):
        figures = html.count("<figure ")
        assert figures and html.count('<p class="ribbon">Exemple fictif</p>') >= figures
    assert d.sheets().html.count("Exemple fictif") == d.sheets().html.count("<article")


def test_a_folder_about_another_territory_is_refused() -> None:
    with pytest.raises(InvalidInput, match="petr-langres"):
        read_participation("pays-chaumont", "exemple-fictif-petr-langres")


def test_the_same_edition_twice_moves_nothing(d: Partage, tmp_path: Path) -> None:
    folder = tmp_path / "avant" / "official" / "published"
    folder.mkdir(parents=True)
    d.setting.table.to_parquet(folder / "indicators.parquet")
    html = d.editions(str(tmp_path / "avant")).html
    assert "0\u00a0indicateur a bougé" in html and "même période, même valeur" in html


def test_a_change_of_method_between_editions_is_not_a_change_of_the_territory(d: Partage, tmp_path: Path) -> None:
    folder = tmp_path / "avant" / "official" / "published"
    folder.mkdir(parents=True)
    old = d.setting.table.assign(method="ancienne", value=d.setting.table["value"] * 2, period="2012")
    old.to_parquet(folder / "indicators.parquet")
    html = d.editions(str(tmp_path / "avant")).html
    assert "non comparable" in html and "0\u00a0indicateur a bougé" in html


def test_health_indicators_of_actions_are_context_without_verdict(tmp_path: Path) -> None:
    measures = (
        "id;action;nature;libelle;unite;depart;annee_depart;cible;annee_cible;sens;source;indicateur;lent\n"
        "A1-I1;A1;impact;Accessibilité;consultations;;;;;hausse;Diagnostic;apl-medecins-generalistes;oui\n"
    )
    d = partage(tmp_path, {"indicateurs_actions.csv": measures, "mesures.csv": None})
    html = d.health_context(2024).html
    assert "2,1" in html and "ne juge aucune action" in html and OWN.label in html
    assert "dans le rythme" not in d.measures(2024).html
