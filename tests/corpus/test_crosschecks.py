"""Sources that disagree stop a build or say so; sources that agree pass, with the figure and its tolerance."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cls_analysis import sources
from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.sources import crosschecks as cc
from cls_analysis.sources.codes import known_communes
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.observations import Block, assemble

CODES = sorted(code for code in known_communes(2024) if code.startswith("90"))


def people(step: float = 1.0) -> pd.Series:
    return pd.Series([2500.0 * step + 10 * place for place in range(len(CODES))], index=CODES)


def observations(source_id: str, variable: str, period: str, values: pd.Series, cog: int = 2024) -> pd.DataFrame:
    status = pd.Series(OBSERVED, index=values.index, dtype="int8").to_numpy()
    codes = pd.Categorical(values.index.to_numpy())
    return assemble([Block("commune", codes, variable, period, values.to_numpy(), status, cog)])


def test_one_figure_published_twice_is_ok_when_equal_doubtful_when_a_few_differ_broken_when_many_do() -> None:
    one = people()
    for changed, status in ((0, "ok"), (2, "doubtful"), (20, "broken")):
        other = one.copy()
        other.iloc[:changed] += 1
        check = cc.same_figures("k", "Population", one, other, ["a", "b"])
        assert check.status == status, (changed, check)
        assert check.value == pytest.approx(100 * changed / len(CODES), abs=1e-3)
        assert (CODES[0] in check.detail) is (changed > 0)


def test_populations_of_near_years_may_move_but_not_by_a_fifth() -> None:
    one = people()
    assert cc.near_figures("k", "Population", one, one * 1.1, ["a", "b"]).status == "ok"
    assert cc.near_figures("k", "Population", one, one * 1.3, ["a", "b"]).status == "broken"


def test_codes_moved_to_other_rows_break_the_comparison_of_two_populations() -> None:
    one = people()
    moved = pd.Series(one.to_numpy()[::-1], index=one.index)
    assert cc.same_figures("k", "Population", one, moved, ["a", "b"]).status == "broken"


def test_a_sum_a_hundred_times_its_published_total_is_broken_and_a_small_gap_is_ok() -> None:
    total = pd.Series([100_000.0, 200_000.0], index=["90", "52"])
    assert cc.same_totals("k", "Sommes", total * 1.02, total, ["a", "b"], ok=6, broken=20).status == "ok"
    assert cc.same_totals("k", "Sommes", total * 1.1, total, ["a", "b"], ok=6, broken=20).status == "doubtful"
    check = cc.same_totals("k", "Sommes", total * 100, total, ["a", "b"], ok=6, broken=20)
    assert (check.status, check.value) == ("broken", 9900.0)


def test_an_apl_that_jumps_everywhere_is_broken_and_so_is_one_whose_unit_changed() -> None:
    before = pd.Series([2.0 + place / 50 for place in range(100)])
    assert cc.jumps("k", "APL", before, before * 1.05, ["drees-apl"]).status == "ok"
    some = before.where(before.index >= 6, before * 2)
    assert cc.jumps("k", "APL", before, some, ["drees-apl"]).status == "doubtful"
    assert cc.jumps("k", "APL", before, before * 10, ["drees-apl"]).status == "broken"
    shifted = cc.jumps("k", "APL", before, before * 1.4, ["drees-apl"])
    assert shifted.status == "broken" and "médiane déplacée de 40 %" in shifted.detail


def test_a_swap_of_two_tables_without_common_codes_is_broken() -> None:
    one, other = people(), people().rename(lambda code: "52" + code[2:])
    assert cc.same_figures("k", "Population", one, other, ["a", "b"]).status == "broken"


def test_a_share_over_one_hundred_or_written_as_a_fraction_is_broken() -> None:
    source = sources.get_source("insee-filosofi")
    share = pd.Series([12.0 + place / 20 for place in range(len(CODES))], index=CODES)
    for values, status in ((share, "ok"), (share * 30, "broken"), (share / 100, "broken")):
        frame = observations("insee-filosofi", "taux_pauvrete", "2021", values)
        check = cc.within_bounds(source, frame)
        assert check.status == status and ("taux_pauvrete" in check.detail) is (status == "broken")


def test_a_departement_with_holes_is_named_and_a_departement_that_is_wholly_absent_is_only_said() -> None:
    source = sources.get_source("insee-filosofi")
    whole = cc.communes_known(source, observations("insee-filosofi", "taux_pauvrete", "2021", people() / 1000))
    assert [check.status for check in whole] == ["ok"] and "sans donnée" in whole[0].detail
    holed = people().drop(CODES[5:60]) / 1000
    (check,) = cc.communes_known(source, observations("insee-filosofi", "taux_pauvrete", "2021", holed))
    assert check.status == "doubtful" and CODES[5] in check.detail


def test_a_broken_check_stops_the_build_and_is_written_for_who_looks(tmp_path: Path) -> None:
    reference = observations("insee-populations-reference", "pmun", "2023", people(), cog=2025)
    embedded = observations("etalab-decoupage", "pmun", "2023", people() + 1, cog=2026)
    for source_id, frame in (("insee-populations-reference", reference), ("etalab-decoupage", embedded)):
        sources.write_observations(source_id, frame, mode="official", processed=tmp_path)
    with pytest.raises(InvalidInput) as caught:
        cc.run_checks("official", tmp_path)
    assert "insee-populations-reference, etalab-decoupage" in str(caught.value)
    assert "Population municipale 2023" in str(caught.value) and "100" in str(caught.value)
    written = cc.load_checks("official", processed=tmp_path)
    assert [check.key for check in written if check.status == "broken"] == [
        "same/insee-populations-reference/pmun/2023/etalab-decoupage/pmun/2023"
    ]


def test_ages_and_sexes_are_added_up_before_they_meet_a_population_published_whole(tmp_path: Path) -> None:
    whole = observations("insee-populations-reference", "pmun", "2023", people(), cog=2025)
    status = pd.Series(OBSERVED, index=CODES, dtype="int8").to_numpy()
    for factor, expected in ((0.25, "ok"), (25.0, "broken")):
        parts = assemble(
            [
                Block(
                    "commune",
                    pd.Categorical(CODES),
                    "population",
                    "2023",
                    (people() * factor).to_numpy(),
                    status,
                    2024,
                    sex,
                    age,
                )
                for sex in "FM"
                for age in ("0-0", "1-4")
            ]
        )
        for source_id, frame in (("insee-populations-reference", whole), ("insee-rp-age-sexe", parts)):
            sources.write_observations(source_id, frame, mode="official", processed=tmp_path)
        if expected == "broken":
            with pytest.raises(InvalidInput, match="âges additionnés"):
                cc.run_checks("official", tmp_path)
        checks = (
            cc.load_checks("official", processed=tmp_path)
            if expected == "broken"
            else cc.run_checks("official", tmp_path)
        )
        (check,) = [check for check in checks if "âges additionnés" in check.label]
        assert check.status == expected


def test_simulated_tables_are_not_held_against_real_ones(tmp_path: Path) -> None:
    reference = observations("insee-populations-reference", "pmun", "2023", people(), cog=2025)
    embedded = observations("etalab-decoupage", "pmun", "2023", people() + 1, cog=2026)
    sources.write_observations(
        "insee-populations-reference", reference, mode="embedded", processed=tmp_path, simulated=True
    )
    sources.write_observations("etalab-decoupage", embedded, mode="embedded", processed=tmp_path)
    checks = cc.run_checks("embedded", tmp_path)
    assert {check.status for check in checks} <= {"ok", "doubtful"}
    assert not [check for check in checks if check.key.startswith(("same", "near"))]
    assert cc.load_checks("embedded", processed=tmp_path) == checks


def test_checks_that_were_never_made_are_asked_for_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="data build"):
        cc.load_checks("official", processed=tmp_path)


def test_the_tables_of_checks_name_declared_sources_and_variables() -> None:
    declared = sources.all_sources()
    pairs = [*cc.SAME, *cc.NEAR, *(row[:3] for row in (*cc.SUMS, *cc.TOTALS, *cc.MEDIANS))]
    for one, other, label in pairs:
        for cell in (one, other):
            assert cell.variable in declared[cell.source].names, cell
        assert label
