"""Amendments replayed, the tree, sheets, evaluation, and two editions compared."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cls_analysis.errors import DataMissing, InvalidInput, UnknownName
from cls_analysis.participation import (
    Participation,
    action_sheet,
    actions_at,
    amendment_log,
    collections_summary,
    compare_editions,
    contract_difference,
    contract_tree,
    grid,
    health_context,
    justification,
    load,
    load_or_blank,
    measures,
    missing_steps,
    progress_by_axis,
    progress_over_years,
    state_at,
    transversal_axes,
    triangle,
    yearly_actions,
    yearly_summary,
)
from cls_analysis.participation.editions import difference_interval

from .conftest import FILES, PLACES, TODAY, write_folder


@pytest.fixture
def p(folder: Path) -> Participation:
    return load("pays-imaginaire", folder, places=PLACES, today=TODAY)


def test_the_contract_on_any_day_is_the_signed_one_and_the_amendments_so_far(p: Participation) -> None:
    before, after = actions_at(p, dt.date(2025, 4, 14)), actions_at(p, dt.date(2025, 4, 15))
    assert before["id"].tolist() == ["A1", "A2"]
    assert after["id"].tolist() == ["A1", "A3"]
    assert before.set_index("id").loc["A1", "pilote"] == "CC du Nord"
    assert after.set_index("id").loc["A1", "pilote"] == "CPTS"
    assert after.set_index("id").loc["A1", "modifie_par"] == ("AV1",)
    assert after["budget_eur"].dtype == np.float64


def test_replaying_does_not_change_what_was_loaded(p: Participation) -> None:
    kept = p.actions.copy(deep=True)
    actions_at(p, dt.date(2030, 1, 1))
    pd.testing.assert_frame_equal(p.actions, kept)


def test_the_difference_of_two_states_names_what_was_added_removed_and_modified(p: Participation) -> None:
    change = contract_difference(actions_at(p, dt.date(2025, 1, 1)), actions_at(p, dt.date(2025, 5, 1)))
    assert change[["action", "change"]].to_numpy().tolist() == [["A1", "modified"], ["A2", "removed"], ["A3", "added"]]
    first = change.iloc[0]
    assert (first["champ"], first["avant"], first["apres"]) == ("pilote", "CC du Nord", "CPTS")
    assert contract_difference(actions_at(p, dt.date(2025, 1, 1)), actions_at(p, dt.date(2025, 1, 1))).empty


def test_a_modification_changed_twice_is_replayed_in_order_of_date(p: Participation) -> None:
    more = p.avenants.iloc[[1]].assign(
        avenant="AV2", date=dt.date(2025, 5, 20), ancienne_valeur="CPTS", nouvelle_valeur="CC du Sud"
    )
    shuffled = pd.concat([more, p.avenants], ignore_index=True)
    assert state_at(p.actions, shuffled, dt.date(2025, 6, 1)).set_index("id").loc["A1", "pilote"] == "CC du Sud"


def test_an_amendment_that_does_not_fit_is_refused(p: Participation) -> None:
    wrong = p.avenants.assign(ancienne_valeur=["", "autre pilote", ""])
    with pytest.raises(InvalidInput, match="la fiche porte"):
        state_at(p.actions, wrong, dt.date(2025, 6, 1))


def test_the_log_carries_date_and_reason(p: Participation) -> None:
    log = amendment_log(p.actions, p.avenants)
    assert log["type"].tolist() == ["ajout", "modification", "suppression"]
    assert log["motif"].tolist() == ["Manque", "Reprise", "Pas de candidat"]


def test_the_tree_goes_from_axis_to_action_through_operational_objectives(p: Participation) -> None:
    tree = contract_tree(p, dt.date(2025, 1, 1))
    assert tree["action"].tolist() == ["A1", "A2"]
    assert tree.loc[0, ["axe", "objectif", "operationnel"]].tolist() == ["AX1", "OS1", "OP1"]
    assert pd.isna(tree.loc[1, "operationnel"])
    assert transversal_axes(p, dt.date(2025, 1, 1)).loc[0, "actions"] == ("A1",)


def test_an_empty_branch_of_the_contract_is_seen(tmp_path: Path) -> None:
    changes = {"objectifs.csv": FILES["objectifs.csv"] + "OS2;specifique;AX1;;Prévenir;\n"}
    tree = contract_tree(
        load("x", write_folder(tmp_path / "pays-imaginaire", changes), places=PLACES, today=TODAY), dt.date(2025, 1, 1)
    )
    assert tree.loc[tree["objectif"] == "OS2", "action"].isna().tolist() == [True]


def test_each_action_leads_back_to_what_justifies_it(p: Participation) -> None:
    thread = justification(p, dt.date(2025, 1, 1)).set_index("action").loc["A1"]
    assert thread["constats"] == ("C1",)
    assert thread["indicateurs"] == ("apl-medecins-generalistes",)
    assert thread["verbatims"] == ("V1",)
    assert thread["enjeux"] == ("E1",) and thread["justified"]


def test_a_sheet_shows_the_action_as_it_stood_that_day(p: Participation) -> None:
    sheet = action_sheet(p, "A1", dt.date(2025, 1, 1))
    assert sheet.fields["pilote"] == "CC du Nord" and sheet.amendments.empty
    assert (sheet.axis, sheet.objective, sheet.operational_objective) == ("Accéder", "Maintenir", "Installer")
    assert sheet.measures.loc[0, "valeur"] == 12
    later = action_sheet(p, "A1", dt.date(2025, 5, 1))
    assert later.fields["pilote"] == "CPTS" and len(later.amendments) == 1
    with pytest.raises(UnknownName, match="not in the contract"):
        action_sheet(p, "A2", dt.date(2025, 5, 1))


def test_an_action_without_evaluation_is_not_at_zero(p: Participation) -> None:
    rows = yearly_actions(p, 2024).set_index("action")
    assert not rows.loc["A2", "evaluated"] and pd.isna(rows.loc["A2", "avancement_pct"])
    whole = progress_by_axis(p, 2024).set_index("axe").loc["all"]
    assert (whole["actions"], whole["not_evaluated"], whole["mean_progress_pct"]) == (2, 1, 20.0)


def test_the_yearly_page_counts_what_it_shows(p: Participation) -> None:
    page = yearly_summary(p, 2024)
    assert page.actions == sum(page.by_state.values()) + len(page.not_evaluated)
    assert page.to_decide["action"].tolist() == ["A2"]
    with pytest.raises(DataMissing, match="2023"):
        yearly_summary(p, 2023)


@pytest.mark.parametrize(
    ("start", "target", "value", "sense", "nature", "verdict", "progress"),
    [
        (
            0,
            40,
            12,
            "hausse",
            "processus",
            "behind",
            30.0,
        ),  # 50 % is expected half way from 2024 to 2026, less 10 points
        (0, 40, 40, "hausse", "processus", "reached", 100.0),
        (0, 40, 17, "hausse", "processus", "on_track", 42.5),
        (26, 6, 19, "baisse", "resultat", "behind", 35.0),
        (26, 6, 30, "baisse", "resultat", "away", -20.0),
        (0, 40, 12, "hausse", "impact", "context", None),
    ],
)
def test_progress_is_read_against_baseline_target_and_time(
    tmp_path: Path, start: int, target: int, value: int, sense: str, nature: str, verdict: str, progress: float | None
) -> None:
    changes = {
        "indicateurs_actions.csv": "id;action;nature;libelle;unite;depart;annee_depart;cible;annee_cible;sens;source\n"
        f"A1-P1;A1;{nature};x;x;{start};2024;{target};2026;{sense};x\n",
        "mesures.csv": f"annee;indicateur;valeur\n2025;A1-P1;{value}\n",
    }
    row = measures(
        load("x", write_folder(tmp_path / "pays-imaginaire", changes), places=PLACES, today=TODAY), 2025
    ).iloc[0]
    assert row["verdict"] == verdict
    assert pd.isna(row["progress_pct"]) if progress is None else row["progress_pct"] == pytest.approx(progress)


def test_a_slow_health_indicator_is_re_read_as_context_and_its_absence_is_told(tmp_path: Path) -> None:
    changes = {
        "indicateurs_actions.csv": FILES["indicateurs_actions.csv"]
        + "A1-I1;A1;impact;Dépistage;%;;;;;hausse;Diagnostic;depistage-sein;oui\nA1-I2;A1;impact;APL;c;;;;;hausse;D;apl-mg;oui\n"
    }
    p = load("x", write_folder(tmp_path / "pays-imaginaire", changes), places=PLACES, today=TODAY)
    table = pd.DataFrame(
        {
            "indicator": "depistage-sein",
            "period": ["2021", "2023"],
            "value": [44.0, 46.5],
            "lower": [43.0, 45.0],
            "upper": [45.0, 48.0],
            "unit": "%",
            "status": "observed",
        }
    )
    context = health_context(p, table, 2024).set_index("indicateur")
    assert context.loc["depistage-sein", ["period", "value", "found"]].tolist() == ["2023", 46.5, True]
    assert not context.loc["apl-mg", "found"]
    assert set(measures(p, 2024).set_index("id").loc[["A1-I1", "A1-I2"], "verdict"]) == {"context"}


def test_a_territory_with_nothing_collected_gets_the_list_of_what_is_to_be_done(tmp_path: Path) -> None:
    folder = tmp_path / "pays-imaginaire"
    folder.mkdir()
    (folder / "contrat.toml").write_text(FILES["contrat.toml"], encoding="utf-8")
    p = load("pays-imaginaire", folder, places=PLACES, today=TODAY)
    assert p.nothing_collected
    steps = missing_steps(p)
    assert len(steps) == 11 and not steps["done"].any()


def test_a_territory_without_any_folder_has_an_empty_participation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLS_PARTICIPATION", str(tmp_path))
    blank = load_or_blank("pays-imaginaire", places=PLACES)
    assert blank.nothing_collected and not missing_steps(blank)["done"].any()
    assert contract_tree(blank, TODAY).empty and collections_summary(blank).empty and grid(blank.votes).empty
    assert amendment_log(blank.actions, blank.avenants).empty and progress_over_years(blank).empty
    assert not triangle(NO_COMPARISON, blank.verbatims, blank.recueils, blank.ressources)["said"].any()


NO_COMPARISON = pd.DataFrame(columns=["indicator", "theme", "significance", "direction"])


def row(**changes: object) -> dict[str, object]:
    return {
        "indicator": "i",
        "territory_type": "perimeter",
        "territory": "t",
        "sex": "all",
        "age": "all",
        "period": "2020",
        "value": 50.0,
        "lower": 46.0,
        "upper": 54.0,
        "unit": "%",
        "method": "proportion",
        "status": "observed",
        "source_ids": "s",
    } | changes


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ({}, {"period": "2023", "value": 56.0, "lower": 53.0, "upper": 59.0}, "rose"),  # 6 +/- hypot(3, 4) = 1 to 11
        ({}, {"period": "2023", "value": 45.0, "lower": 42.0, "upper": 48.0}, "stable"),  # -5 +/- 5: 0 is not excluded
        ({}, {"period": "2023", "value": 44.0, "lower": 41.0, "upper": 47.0}, "fell"),
        ({}, {"period": "2023", "value": 52.0, "lower": 49.0, "upper": 55.0}, "stable"),
        ({}, {"value": 50.0}, "unchanged"),
        ({}, {"value": 50.4}, "revised"),
        ({"period": "2016-2020"}, {"period": "2018-2022", "value": 70.0, "lower": 68.0, "upper": 72.0}, "overlapping"),
        ({}, {"period": "2023", "value": 56.0, "method": "other"}, "definition_changed"),
        ({}, {"period": "2023", "value": 56.0, "unit": "pour 1 000"}, "definition_changed"),
        ({}, {"period": "2023", "value": 56.0, "source_ids": "s;z"}, "definition_changed"),
        ({}, {"period": "2023", "value": None, "lower": None, "upper": None, "status": "suppressed"}, "value_lost"),
        ({"value": None, "lower": None, "upper": None, "status": "missing"}, {"period": "2023"}, "value_gained"),
        ({"lower": None, "upper": None}, {"period": "2023", "value": 56.0}, "not_tested"),
        (
            {"territory": "u"},
            {"territory": "u", "period": "2023", "value": 80.0, "lower": 79.0, "upper": 81.0},
            "perimeter_changed",
        ),
    ],
)
def test_what_moved_is_told_apart_from_what_changed_in_the_data(old: dict, new: dict, verdict: str) -> None:
    result = compare_editions(pd.DataFrame([row(**old)]), pd.DataFrame([row(**new)]), changed_perimeters={"u"})
    assert result["verdict"].tolist() == [verdict]


def test_indicators_that_came_and_went_are_kept() -> None:
    result = compare_editions(pd.DataFrame([row(indicator="a")]), pd.DataFrame([row(indicator="b")]))
    assert dict(zip(result["indicator"], result["verdict"], strict=True)) == {"a": "disappeared", "b": "appeared"}
    assert result["difference"].isna().all()


def test_the_latest_period_of_each_edition_is_compared() -> None:
    old = pd.DataFrame([row(period="2018", value=10.0), row(period="2020")])
    result = compare_editions(old, pd.DataFrame([row(period="2023", value=56.0, lower=53.0, upper=59.0)]))
    assert result.loc[0, ["old_period", "new_period", "difference"]].tolist() == ["2020", "2023", 6.0]


@pytest.mark.parametrize("kind", ["str", pd.CategoricalDtype(["2016", "2023", "2015-2021"])])
def test_the_latest_period_is_the_one_that_ends_last_whatever_the_column_is(kind: object) -> None:
    old = pd.DataFrame([row(period="2015-2021"), row(period="2016", value=10.0)]).astype({"period": kind})
    result = compare_editions(old, pd.DataFrame([row(period="2023", value=56.0, lower=53.0, upper=59.0)]))
    assert result.loc[0, ["old_period", "difference"]].tolist() == ["2015-2021", 6.0]


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # Newcombe 1998 (method 10), example a: 56/70 less 48/80 = 0.2000, 95 % limits 0.0524 to 0.3339.
    from cls_analysis.statistics import wilson_interval

    first, second = (tuple(float(v) for v in wilson_interval(x, n)) for x, n in ((56, 70), (48, 80)))
    d, lower, upper = difference_interval((48 / 80, *second), (56 / 70, *first))
    assert (d, lower, upper) == pytest.approx((0.2000, 0.0524, 0.3339), abs=5e-5)


def test_a_repeated_row_is_refused() -> None:
    with pytest.raises(InvalidInput, match="repeats"):
        compare_editions(pd.DataFrame([row(), row()]), pd.DataFrame([row()]))
