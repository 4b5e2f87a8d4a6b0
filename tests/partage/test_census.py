"""Are respondents set beside the inhabitants of their ages, sex and EPCI, and is what lacks said?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.diagnostic import census
from cls_analysis.diagnostic.partage import Partage
from tests.figures.made_up import record
from tests.partage.made_up import EPCI, partage

BANDS = (*(f"{a}-{a + 4}" for a in range(0, 95, 5)), "95+")
ANSWERS = "num;age;sexe;renonce;remarque;theme\n"


def with_ages(d: Partage, per_band: dict[str, float] | None = None) -> Partage:
    """The diagnostic with 100 people per EPCI, sex and band (more where said), in 2022."""
    rows = [
        record("population-par-age", place, (per_band or {}).get(f"{sex}{band}", 100.0), sex=sex, age=band)
        for place in EPCI
        for sex in ("F", "M")
        for band in BANDS
    ]
    d.setting = replace(d.setting, table=pd.concat([d.setting.table, pd.DataFrame(rows)], ignore_index=True))
    return d


def answered(folder: Path, *groups: tuple[int, str, int], declared: str = "") -> Partage:
    """A diagnostic whose questionnaire was answered by (age, sex, how many)."""
    from tests.participation.conftest import FILES

    people = [(age, sex) for age, sex, n in groups for _ in range(n)]
    lines = "".join(f"{i};{age};{sex};{'Oui' if i % 2 else 'Non'};;\n" for i, (age, sex) in enumerate(people, start=1))
    book = FILES["questionnaires/habitants/codebook.toml"].replace(
        'identifiant = "num"\n', f'identifiant = "num"\n{declared}'
    )
    return partage(
        folder,
        {"questionnaires/habitants/reponses.csv": ANSWERS + lines, "questionnaires/habitants/codebook.toml": book},
    )


def table(d: Partage) -> dict[str, tuple[str, ...]]:
    d.questionnaires()
    figure = next(f for f in d.drawn if f.id == "questionnaire-repondants")
    return {str(r[0].text): tuple(c.text if hasattr(c, "text") else str(c) for c in r[1:]) for r in figure.data.rows}


def test_a_band_that_is_cut_counts_year_for_year_and_children_are_left_out(tmp_path: Path) -> None:
    d = with_ages(partage(tmp_path))
    people = census.census(d, d.p.questionnaires["habitants"])
    by_age = people.frame.groupby("age")["population"].sum()
    # 2 EPCI x 2 sexes x 100 a band: 18 and 19 are two fifths of 15-19, then 20-24 and 25-29 whole
    assert by_age["18-29"] == pytest.approx(4 * (0.4 * 100 + 200))
    assert by_age["75+"] == pytest.approx(4 * 500)
    assert people.frame["population"].sum() == pytest.approx(4 * (40 + 100 * 16))
    assert people.split == ("15-19",) and people.scope == "18 ans ou plus"
    assert not people.reasons


def test_respondents_are_told_over_and_under_represented_by_age_and_sex(tmp_path: Path) -> None:
    d = with_ages(answered(tmp_path, (70, "Une femme", 80), (25, "Un homme", 20)))
    rows = table(d)
    assert rows["Une femme"][1:] == ("80,0\u00a0%", "50,0\u00a0%", "surreprésenté")
    assert rows["Un homme"][3] == "sous-représenté"
    assert rows["60 à 74 ans"][3] == "surreprésenté" and rows["18 à 29 ans"][3] == "sans écart net"
    assert "surreprésentés" in next(f for f in d.drawn if f.id == "questionnaire-repondants").title


def test_without_ages_in_the_data_the_report_says_so_and_compares_nothing(tmp_path: Path) -> None:
    d = answered(tmp_path, (70, "Une femme", 80), (25, "Un homme", 20))
    rows = table(d)
    assert rows["Une femme"][2:] == ("non connue", "non comparé")
    notes = next(f for f in d.drawn if f.id == "questionnaire-repondants").notes
    assert sum("n’est pas dans les données" in n for n in notes) == 2


def test_one_missing_value_of_one_epci_leaves_the_whole_margin_unknown(tmp_path: Path) -> None:
    d = with_ages(partage(tmp_path))
    table_ = d.setting.table.copy()
    one = table_.index[(table_["indicator"] == "population-par-age")][0]
    table_.loc[one, "value"] = None
    d.setting = replace(d.setting, table=table_)
    assert census.by_age(d).empty


def test_declared_weights_bring_age_and_sex_to_the_population(tmp_path: Path) -> None:
    groups = [
        (a, s, n) for a, n in ((25, 30), (40, 20), (50, 20), (70, 60), (80, 20)) for s in ("Une femme", "Un homme")
    ]
    d = with_ages(answered(tmp_path, *groups, declared='redressement = ["age", "sexe"]\n'))
    (a,) = d.asked
    assert a.weights is not None and a.weights.dimensions == ("age", "sexe")
    assert (a.weights.margins["weighted_pct"] - a.weights.margins["target_pct"]).abs().max() < 1e-6
    assert "Part redressée" in d.questionnaires().html


def test_a_declared_weighting_that_cannot_be_done_says_why(tmp_path: Path) -> None:
    d = answered(tmp_path, (70, "Une femme", 80), (25, "Un homme", 20), declared='redressement = ["sexe"]\n')
    assert "déclaré mais non fait" in d.questionnaires().html and "recensement" in d.questionnaires().html


def test_a_weighted_share_is_withheld_where_a_cell_it_mixes_is(tmp_path: Path) -> None:
    d = with_ages(answered(tmp_path, (70, "Une femme", 80), (25, "Un homme", 20), declared='redressement = ["sexe"]\n'))
    from cls_analysis.diagnostic.questionnaire import weighted_shares

    (a,) = d.asked
    assert set(weighted_shares(a, "q1")) == {"oui", "non"}
    hidden = {k: ("suppressed" if k == ("q1", "sexe", "M", "oui") else w) for k, w in a.secrecy.crossings.items()}
    b = replace(a, secrecy=replace(a.secrecy, crossings=hidden))
    assert set(weighted_shares(b, "q1")) == {"non"}


def test_a_group_of_three_is_not_given_back_by_shares_nor_by_the_weighting(tmp_path: Path) -> None:
    d = with_ages(answered(tmp_path, (70, "Une femme", 80), (25, "Un homme", 3), declared='redressement = ["sexe"]\n'))
    rows = table(d)
    assert (
        rows["Un homme"][:2] == ("secret", "secret") and rows["Une femme"][0] == "secret"
    )  # 83 kept: one tells the other
    assert "trop petit pour être montré" in d.questionnaires().html
