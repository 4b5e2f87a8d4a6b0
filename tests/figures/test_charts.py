"""Do charts and tables print what is published, in the fixed order, and say what is withheld?"""

from __future__ import annotations

import re
from itertools import pairwise

import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.figures import (
    Place,
    age_pyramid,
    bars,
    comparison_table,
    concentration_curve,
    dot_plot,
    french,
    level_sentence,
    members_table,
    reading_note,
    scorecard,
    time_lines,
)
from cls_analysis.figures.charts import ticks
from cls_analysis.figures.series import spread
from tests.figures.made_up import (
    CATALOGUE,
    COMPARATORS,
    DEPARTEMENT,
    EPCI,
    FRANCE,
    OWN,
    REGION,
    cells,
    comparison,
    comparisons,
    indicator,
    record,
    setting,
    table,
)


def test_a_dot_plot_lists_epci_from_the_highest_then_the_territory_then_its_comparators():
    figure = dot_plot(setting(), "part-65-plus")
    assert [r[0] for r in cells(figure)] == [
        "CC des Hauts", "CC de l’Étang", "CA du Gué", "Pays de Brume", "Haute-Rive", "Grand Val", "France",
    ]  # fmt: skip
    assert "26,1\u202f;\u00a027,7" in figure.svg and "26,1\u202f;\u00a027,7" in figure.svg_narrow
    assert figure.alt.count("\u202f;") >= 6 and "26,9\u00a0%" in figure.alt


def test_a_withheld_value_keeps_its_line_without_a_mark():
    figure = dot_plot(setting(), "pauvrete")
    assert cells(figure)[2][1] == "secret" and cells(figure)[2][3] == "secret"
    assert figure.svg.count("<circle") == 2
    assert "secret" in figure.svg and "secret" in figure.alt


def test_marks_stand_where_the_axis_says():
    figure = dot_plot(setting(), "part-65-plus")
    axis = {
        float(label.replace(",", ".")): float(x)
        for x, label in re.findall(r'<text x="([\d.]+)" y="[\d.]+" font-size="13" text-anchor="middle"[^>]*>(\d+)</text>', figure.svg)
    }  # fmt: skip
    low, high = min(axis), max(axis)
    unit = (axis[high] - axis[low]) / (high - low)
    circles = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', figure.svg)]
    for x, value in zip(circles, (31.0, 25.1, 22.4), strict=True):
        assert x == pytest.approx(axis[low] + (value - low) * unit, abs=0.2)


def test_nothing_to_draw_raises_instead_of_an_empty_frame():
    rows = table()
    rows["value"] = None
    rows["status"] = "suppressed"
    with pytest.raises(InvalidInput, match="nothing published"):
        dot_plot(setting(table=rows), "part-65-plus")


def test_bars_refuse_two_units_and_negative_values():
    with pytest.raises(InvalidInput, match="apl is in"):
        bars(setting(), ["part-65-plus", "apl"], identifier="deux", title="Deux")
    rows = pd.concat([table(), pd.DataFrame([record("moins", OWN, -1.0)])])
    entry = type(CATALOGUE["apl"])(**{**vars(CATALOGUE["apl"]), "id": "moins"})
    with pytest.raises(InvalidInput, match="starts at zero"):
        bars(setting(table=rows, catalogue={**CATALOGUE, "moins": entry}), ["moins"], identifier="a", title="A")
    figure = bars(setting(), ["part-65-plus", "pauvrete"], identifier="deux", title="Deux parts")
    assert cells(figure) == [
        ["65 ans ou plus", "26,9", "24,0", "22,0", "21,1"],
        ["Taux de pauvreté", "11,2", "13,9", "14,2", "14,9"],
    ]


def test_the_title_of_lines_does_not_repeat_a_level_that_is_printed_alike():
    rows = table()
    own = (rows["indicator"] == "part-65-plus") & (rows["territory"] == OWN.territory)
    assert " comme " not in time_lines(setting(table=rows), "part-65-plus").title
    rows.loc[own & (rows["period"] == "2012"), "value"] = rows.loc[own & (rows["period"] == "2022"), "value"].item()
    title = time_lines(setting(table=rows), "part-65-plus").title
    assert title.count("26,9") == 1 and "2012 comme en\u00a02022" in title


def test_lines_break_where_a_period_is_withheld_and_need_two_points():
    rows = table()
    rows = rows[~((rows["territory"] == REGION.territory) & (rows["period"] == "2017"))]
    figure = time_lines(setting(table=rows), "part-65-plus")
    assert [r[0] for r in cells(figure)] == ["2012", "2017", "2022"]
    assert cells(figure)[1][3] == french.STATUS_WORDS["missing"].short
    lines = re.findall(r'<path d="(M[^"]+)" fill="none" stroke="#565656"', figure.svg)
    assert sorted(d.count("L") for d in lines) == [0, 0]
    with pytest.raises(InvalidInput, match="needs two"):
        time_lines(setting(table=rows[rows["period"] == "2022"]), "part-65-plus")


def test_labels_pushed_apart_keep_their_order_and_their_gap():
    placed = spread([100, 101, 99, 300, 102], 17)
    assert sorted(range(5), key=lambda i: placed[i]) == [2, 0, 1, 4, 3]
    ordered = sorted(placed)
    assert min(b - a for a, b in pairwise(ordered)) >= 17 - 1e-9


def ages(drop=""):
    bands = ["0-19", "20-64", "65-94", "95+"]
    shares = {OWN: (200, 500, 290, 10), REGION: (2400, 5600, 1900, 100)}
    return pd.DataFrame(
        [
            record("habitants", place, None if (place is OWN and band == drop) else n / 2, sex=sex, age=band)
            for place, counts in shares.items()
            for sex in "FM"
            for band, n in zip(bands, counts, strict=True)
        ]
    )


def test_a_pyramid_shows_shares_of_all_inhabitants_and_refuses_a_hole():
    figure = age_pyramid(setting(table=ages()), "habitants")
    assert cells(figure)[1] == ["65 à 94 ans", "14,5", "14,5", "9,5", "9,5"]
    assert figure.title.startswith("65 ans ou plus\u00a0: 30,0\u00a0%")
    with pytest.raises(InvalidInput, match="65-94"):
        age_pyramid(setting(table=ages(drop="65-94")), "habitants")


def test_a_concentration_curve_of_equal_areas_is_the_diagonal():
    places = tuple(Place("commune", f"9900{i}", f"C{i}") for i in range(4))
    rows = [record("apl", p, 2.0, denominator=100.0) for p in places] + [record("apl", OWN, 2.0)]
    figure = concentration_curve(setting(table=pd.DataFrame(rows)), "apl", places=places)
    assert [r[1] for r in cells(figure)] == [f"{10 * i},0" for i in range(1, 11)]
    assert "indice de Gini 0" in figure.alt


def test_the_comparison_table_says_significance_in_words_and_by_a_sign():
    figure = comparison_table(setting(), list(CATALOGUE), identifier="tableau", title="Repères")
    gaps = {str(line[0].text): line[-1] for line in figure.data.rows}
    assert {name: gap.note or gap.text for name, gap in gaps.items()} == {
        "65 ans ou plus": "▲ supérieur", "APL aux généralistes": "▼ inférieur, défavorable",
        "Taux de pauvreté": "▼ inférieur, favorable", "Mortalité générale": "non significatif",
        "Espérance de vie": "▼ inférieur, défavorable", "Population": "non comparé",
    }  # fmt: skip
    assert gaps["65 ans ou plus"].text == "+4,9\u00a0points"  # what a reader gets from 26,9 and 22,0


def test_the_comparison_table_gives_the_gap_of_the_departement_where_only_it_has_the_figure():
    rows, tests = table(), comparisons()
    own = (rows["indicator"] == "esperance") & (rows["territory"] == OWN.territory)
    tests = pd.concat([tests, pd.DataFrame([comparison("esperance", 81.0, 82.1, "not_tested", place=DEPARTEMENT)])])
    here = setting(table=rows[~own], comparisons=tests)
    gap = comparison_table(here, ["esperance"], identifier="tableau", title="Repères").data.rows[0][-1]
    assert (gap.text, gap.note) == ("\u22121,1\u00a0an", "Haute-Rive, non testé")


CHAPTERS = {"population": "Population", "social": "Situation sociale", "sante": "État de santé", "offre": "Offre"}


def test_the_scorecard_gives_value_interval_gaps_what_the_test_says_and_rank():
    figure = scorecard(setting(peers=(*EPCI, OWN), members=()), ["apl", "part-65-plus", "pauvrete"], chapters=CHAPTERS)
    first, second, third = cells(figure)
    assert figure.title.endswith(
        "3\u00a0indicateurs\u202f; sur cette page, 3\u00a0écarts se prêtent à un test avec le Grand Val\u00a0: tous sont significatifs"
    )
    assert figure.data.groups == (
        "Population",
        "Situation sociale",
        "Offre",
    )  # the order of the chapters, not the given one
    assert first[1:5] == ["26,9\u00a0%", "+2,9\u00a0points", "+4,9\u00a0points", "+5,8\u00a0points"]
    assert first[5:] == ["▲ supérieur", "2e sur 4"]
    assert third[2:5] == [
        "\u22120,4",
        "\u22120,8",
        "\u22120,9",
    ]  # 2,1 with 2,5, 2,9 and 3,0: too few digits for a percentage
    assert third[5] == "▼ inférieur, défavorable" and second[5] == "▼ inférieur, favorable"
    gap = figure.data.rows[2][3]
    assert (gap.note, gap.tone) == ("significatif", "bad")
    assert figure.data.rows[0][1].note.startswith("[26,1")  # the interval under the value


def test_a_gap_of_the_scorecard_that_chance_explains_or_that_is_withheld_says_so():
    rows = table()
    hidden = (rows["indicator"] == "mortalite") & (rows["territory"] == FRANCE.territory)
    rows.loc[hidden, ["value", "status"]] = [None, "suppressed"]
    figure = scorecard(setting(table=rows), ["mortalite"], chapters=CHAPTERS)
    line = figure.data.rows[0]
    assert figure.title.endswith("un seul écart se prête à un test avec le Grand Val, et il n’est pas significatif")
    assert line[3].note == "non significatif" and line[3].tone == ""
    assert line[4].text == "secret" and line[4].tone == "withheld"


def test_what_only_the_departement_has_is_told_as_its_own_in_the_scorecard():
    rows = table()
    own = rows["territory"].isin([OWN.territory, *(p.territory for p in EPCI)])
    rows = rows[~((rows["indicator"] == "mortalite") & own)]
    catalogue = {**CATALOGUE, "mortalite": indicator("mortalite", label="Mortalité", short_label="Mortalité", tier="B", chapter="sante", unit="décès pour 100 000 hab.", decimals=0, direction="low")}  # fmt: skip
    there = setting(table=rows, catalogue=catalogue, peers=(*EPCI, OWN), members=())
    line = scorecard(there, ["mortalite"], chapters=CHAPTERS).data.rows[0]
    assert line[0].note.endswith("(Haute-Rive)") and line[1].text == "850"
    assert line[2].text == line[6].text == "sans\u00a0objet"  # no gap with itself, no rank


def test_an_indicator_without_any_value_is_refused_by_the_scorecard():
    rows = table()
    rows = rows[rows["indicator"] != "apl"]
    with pytest.raises(InvalidInput, match="apl"):
        scorecard(setting(table=rows), ["apl", "part-65-plus"], chapters=CHAPTERS)


def test_a_line_of_the_scorecard_stays_a_table_when_it_is_shown_as_a_card():
    page = scorecard(setting(peers=(*EPCI, OWN), members=()), ["part-65-plus", "apl"], chapters=CHAPTERS).html()
    assert page.count('role="row"') == 1 + 2 + 2  # header, two groups, two lines
    assert page.count('role="cell"') == 2 * 6 and page.count('role="rowheader"') == 2 + 2
    assert 'data-label="Écart\u202f: Grand Val"' in page or 'data-label="Écart\u00a0: Grand Val"' in page
    assert 'class="cards"' in page and 'class="scroll"' not in page


def test_the_table_of_members_writes_the_status_and_explains_it():
    figure = members_table(setting(), ["part-65-plus", "pauvrete"], identifier="epci", title="Les EPCI")
    assert cells(figure)[2] == ["CA du Gué", "22,4", "secret"]
    assert figure.data.header == ("Territoire", "65 ans ou plus (%)", "Taux de pauvreté (%)")
    assert any("secret statistique" in note for note in figure.notes)


def test_every_chart_is_the_same_whatever_the_order_of_rows():
    one, other = setting(), setting(table=table().sample(frac=1, random_state=5))
    for draw in (dot_plot, time_lines):
        assert draw(one, "part-65-plus").html() == draw(other, "part-65-plus").html()
    assert scorecard(one, ["apl"], chapters=CHAPTERS).html() == scorecard(other, ["apl"], chapters=CHAPTERS).html()


def test_two_rows_with_one_key_an_unknown_source_or_indicator_are_refused():
    rows = table()
    with pytest.raises(InvalidInput, match="two rows"):
        dot_plot(setting(table=pd.concat([rows, rows.head(1)])), "part-65-plus")
    with pytest.raises(UnknownName, match="made-up"):
        dot_plot(setting(sources={}), "part-65-plus")
    with pytest.raises(UnknownName, match="rien"):
        dot_plot(setting(), "rien")
    with pytest.raises(InvalidInput, match="two comparisons"):
        twice = pd.DataFrame([comparison("apl", 2.0, 2.9, "lower"), comparison("apl", 2.0, 2.9, "higher")])
        dot_plot(setting(comparisons=twice), "apl")
    with pytest.raises(InvalidInput, match="lack the columns coverage"):
        setting(table=rows.drop(columns="coverage"))


def test_a_comparator_of_another_period_is_not_shown_in_place():
    rows = table()
    rows.loc[(rows["territory"] == REGION.territory) & (rows["period"] == "2022"), "period"] = "2021"
    found = setting(table=rows).select("part-65-plus", COMPARATORS, period="2022")
    assert [r.status for r in found] == ["observed", "missing", "observed"]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.2, 4.1), (99.7, 100.4), (5, 5), (0, 0), (1e-4, 2e-4), (0, 7e6)])
def test_ticks_enclose_the_values(low, high):
    found = ticks(low, high)
    assert found[0] <= low and found[-1] >= high and 2 <= len(found) <= 9
    assert found == sorted(found)


def test_a_departmental_indicator_is_a_frame_and_never_brought_down_to_the_territory():
    entry = type(CATALOGUE["apl"])(**{**vars(CATALOGUE["esperance"]), "id": "vie", "tier": "B"})
    rows = [record("vie", place, v) for place, v in zip(COMPARATORS, (80.5, 82.1, 82.4), strict=True)]
    tests = [comparison("vie", 80.5, 82.1, "lower", place=COMPARATORS[0])]
    here = setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue={"vie": entry})
    figure = dot_plot(here, "vie")
    assert [r[0] for r in cells(figure)] == ["Haute-Rive", "Grand Val", "France"]
    assert figure.notes[0].startswith("Cadrage départemental")
    assert level_sentence(here, "vie").startswith(
        "En Haute-Rive, l’espérance de vie à la naissance est de 80,5\u00a0ans"
    )
    assert "Brume" not in figure.html()
    table_ = comparison_table(here, ["vie"], identifier="cadre", title="Cadre")
    assert cells(table_)[0][1] == french.STATUS_WORDS["missing"].short


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("En {period}, {value} % des habitants de {territory}, contre {comparator_value} % pour {comparator}.",
         "En~2022, 26,9~% des habitants du Pays de Brume, contre 22,0~% dans le Grand Val."),
        ("{territory} compte {value} cas pour 100 000 habitants.", "Le Pays de Brume compte 26,9~cas pour 100_000 habitants."),
        ("Dans {territory}, {value} {unit}.", "Dans le Pays de Brume, 26,9~%."),
        ("Intervalle de {lower} à {upper} : {territory}.", "Intervalle de 26,1 à 27,7~: le Pays de Brume."),
    ],
)  # fmt: skip
def test_a_reading_template_is_filled_in_correct_french(template, expected):
    entry = type(CATALOGUE["apl"])(**{**vars(CATALOGUE["part-65-plus"]), "reading": template})
    found = reading_note(setting(catalogue={"part-65-plus": entry}), "part-65-plus")
    assert found == expected.replace("~", french.NBSP).replace("_", french.NNBSP)


@pytest.mark.parametrize(("value", "kept"), [(0.0, False), (1.94, False), (1.96, True), (12.0, True)])
def test_a_reading_note_never_sets_a_plural_after_nothing_or_one(value, kept):
    entry = indicator("compte", label="Densité de centres", short_label="centres", reading="{territory} comptait {value} centres pour 100 000 habitants.")  # fmt: skip
    rows = pd.DataFrame([record("compte", OWN, value), record("compte", REGION, 14.0)])
    here = setting(table=rows, catalogue={"compte": entry}, comparisons=comparisons().head(0))
    assert ("comptait" in reading_note(here, "compte")) is kept


def test_a_reading_template_of_a_pooled_period_does_not_call_it_a_year():
    entry = type(CATALOGUE["apl"])(
        **{**vars(CATALOGUE["part-65-plus"]), "reading": "En {period}, {value} %, {territory}."}
    )
    rows = pd.DataFrame([record("part-65-plus", OWN, 26.94, period="2018-2022")])
    found = reading_note(setting(table=rows, catalogue={"part-65-plus": entry}), "part-65-plus")
    assert found.startswith("Sur la période\u00a02018-2022, 26,9")
