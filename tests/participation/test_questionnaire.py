"""Answers: cleaned as declared, counted, crossed, weighted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.participation import (
    Codebook,
    Questionnaire,
    cleaning_summary,
    compare_with_census,
    cross,
    nonresponse,
    open_answers,
    poststratify,
    rake,
    tally,
)
from cls_analysis.participation.cleaning import clean
from cls_analysis.participation.reading import Sheet
from cls_analysis.participation.weighting import effective_size

YESNO = [{"code": "oui", "libelle": "Oui"}, {"code": "non", "libelle": "Non"}]
BOOK = Codebook.model_validate(
    {
        "titre": "t",
        "recueil": "R1",
        "identifiant": "num",
        "roles": {"age": "age", "sexe": "sexe"},
        "tranches_age": [18, 60],
        "essai": [{"colonne": "rem", "valeur": "test"}],
        "question": [
            {"id": "age", "colonne": "age", "libelle": "Âge", "type": "nombre", "min": 18, "max": 110},
            {
                "id": "sexe",
                "colonne": "sexe",
                "libelle": "Sexe",
                "type": "unique",
                "modalites": [
                    {"code": "F", "libelle": "Une femme"},
                    {"code": "M", "libelle": "Un homme", "alias": ["H"]},
                ],
            },
            {"id": "q", "colonne": "q", "libelle": "Renonce", "type": "unique", "modalites": YESNO},
            {
                "id": "pourquoi",
                "colonne": "pourquoi",
                "libelle": "Pourquoi",
                "type": "multiple",
                "separateur": ",",
                "si": {"question": "q", "valeurs": ["oui"]},
                "modalites": [{"code": "a", "libelle": "Délai"}, {"code": "b", "libelle": "Coût"}],
            },
            {"id": "rem", "colonne": "rem", "libelle": "Remarque", "type": "ouverte", "codage": "theme"},
        ],
    }
)
HEADER = ("num", "age", "sexe", "q", "pourquoi", "rem", "theme")


def cleaned(*rows: tuple[str, ...]) -> Questionnaire:
    sheet = Sheet("reponses.csv", HEADER, rows, tuple(range(2, 2 + len(rows))))
    questionnaire, problems = clean(sheet, BOOK, name="essai")
    assert questionnaire is not None, problems
    return questionnaire


def many(groups: dict[tuple[str, str, str], int]) -> Questionnaire:
    """Respondents by (age, sex, answer)."""
    rows = [(age, sex, answer) for (age, sex, answer), n in groups.items() for _ in range(n)]
    return cleaned(*((str(i), age, sex, answer, "", "", "") for i, (age, sex, answer) in enumerate(rows)))


def test_real_life_faults_are_each_handled_as_declared() -> None:
    q = cleaned(
        ("1", "45,5", "UNE FEMME", "oui", "délai,Cout", "", ""),
        ("1", "45,5", "UNE FEMME", "oui", "délai", "", ""),
        ("2", "1958", "H", "Peut-être", "", "", ""),
        ("3", "quarante", "Un homme", "NON", "", "", ""),
        ("4", "50", "Une femme", "", "", "TEST", ""),
        ("5", "50", "Une femme", "", "", "", ""),
    )
    assert q.answers["row"].tolist() == [2, 4, 5]
    assert q.answers["age"].tolist()[0] == 45.0
    assert q.answers["age"].isna().tolist() == [False, True, True]
    assert q.answers["sexe"].tolist() == ["F", "M", "M"]
    assert q.answers["q"].fillna("-").tolist() == ["oui", "-", "non"]
    assert q.answers["pourquoi"][0] == ("a", "b")
    assert q.answers["age_band"].notna().tolist() == [True, False, False]
    made = dict(zip(cleaning_summary(q)["step"], cleaning_summary(q)["count"], strict=True))
    assert {k: made[k] for k in ("received", "test", "repeat", "empty", "kept")} == {
        "received": 6,
        "test": 1,
        "repeat": 1,
        "empty": 1,
        "kept": 3,
    }
    assert {k: made[k] for k in ("rounded_down", "out_of_codebook", "out_of_range", "not_a_number")} == {
        "rounded_down": 1,
        "out_of_codebook": 1,
        "out_of_range": 1,
        "not_a_number": 1,
    }


def test_received_rows_are_all_accounted_for() -> None:
    q = cleaned(
        ("1", "20", "H", "oui", "", "", ""), ("1", "20", "H", "oui", "", "", ""), ("2", "", "", "", "", "test", "")
    )
    made = dict(zip(cleaning_summary(q)["step"], cleaning_summary(q)["count"], strict=True))
    assert made["received"] == made["test"] + made["repeat"] + made["empty"] + made["kept"]


def test_a_share_has_its_wilson_interval_and_its_base() -> None:
    # 65 of 100: Wilson 55.25 to 73.64 (Newcombe 1998 gives the formula).
    q = many({("30", "H", "oui"): 65, ("30", "H", "non"): 35, ("30", "H", ""): 0})
    row = tally(q, "q").set_index("code").loc["oui"]
    assert (row["count"], row["base"], row["share_pct"]) == (65, 100, 65.0)
    assert (row["lower_pct"], row["upper_pct"]) == pytest.approx((55.25, 73.64), abs=0.01)


def test_a_small_count_is_withheld_with_another() -> None:
    rows = tally(many({("30", "H", "oui"): 3, ("30", "H", "non"): 97}), "q")
    assert rows["status"].tolist() == ["suppressed", "suppressed_secondary"]
    assert rows[["share_pct", "lower_pct", "upper_pct"]].isna().all(axis=None) and rows["count"].isna().all()


def test_a_crossing_hides_no_more_than_it_must_and_its_shown_lines_add_up() -> None:
    q = many({("30", "F", "oui"): 20, ("30", "F", "non"): 30, ("30", "H", "oui"): 25, ("30", "H", "non"): 15})
    table = cross(q, "q", "sexe")
    assert (table["status"] == "observed").all()
    assert table.groupby("group")["count"].sum().to_dict() == {"F": 50, "M": 40}
    assert table.groupby("group")["share_pct"].sum().tolist() == pytest.approx([100.0, 100.0])


def test_a_group_of_four_is_withheld_whole() -> None:
    q = many({("30", "F", "oui"): 30, ("30", "F", "non"): 30, ("30", "H", "oui"): 4})
    men = cross(q, "q", "sexe").query("group == 'M'")
    assert (men["status"] != "observed").all()


def test_a_question_asked_to_some_is_counted_among_them() -> None:
    asked = [(str(i), "30", "H", "oui", "Délai" if i < 5 else "", "", "") for i in range(10)]
    others = [(str(i), "30", "H", "non", "", "", "") for i in range(10, 20)]
    row = nonresponse(cleaned(*asked, *others)).set_index("question").loc["pourquoi"]
    assert (row["asked"], row["answered"], row["missing"], row["nonresponse_pct"]) == (10, 5, 5, 50.0)


def test_an_unusable_value_is_a_nonresponse_that_is_told_apart() -> None:
    q = cleaned(
        ("1", "30", "H", "bof", "", "x", ""), ("2", "30", "H", "", "", "x", ""), ("3", "30", "H", "oui", "", "", "")
    )
    row = nonresponse(q).set_index("question").loc["q"]
    assert (row["missing"], row["out_of_codebook"]) == (2, 1)


def test_open_answers_are_grouped_by_the_code_a_person_gave_and_the_rest_is_not_coded() -> None:
    q = cleaned(
        ("1", "30", "H", "oui", "", "Le car", "mobilite"),
        ("2", "30", "H", "oui", "", "Car et médecin", "mobilite|acces_soins"),
        ("3", "30", "H", "oui", "", "Bof", ""),
    )
    groups = open_answers(q, "rem")
    assert groups["label"].tolist() == ["Mobilité", "Accès aux soins et démographie médicale", "Non codé"]
    assert groups["count"].tolist() == [2, 1, 1]


def test_an_unknown_question_and_an_unfit_one_are_refused() -> None:
    q = many({("30", "H", "oui"): 1})
    with pytest.raises(UnknownName, match="'qq'"):
        tally(q, "qq")
    with pytest.raises(InvalidInput, match="only closed"):
        tally(q, "rem")
    with pytest.raises(UnknownName, match="epci"):
        cross(q, "q", "epci")


def test_a_separator_inside_an_answer_is_refused_by_the_codebook() -> None:
    with pytest.raises(ValueError, match="séparateur"):
        Codebook.model_validate(
            {
                "titre": "t",
                "recueil": "R",
                "identifiant": "n",
                "question": [
                    {
                        "id": "q",
                        "colonne": "q",
                        "libelle": "q",
                        "type": "multiple",
                        "separateur": ",",
                        "modalites": [{"code": "a", "libelle": "Eau, air"}, {"code": "b", "libelle": "Bruit"}],
                    }
                ],
            }
        )


CENSUS = pd.DataFrame(
    {"sex": ["F", "M", "F", "M"], "band": ["18-59", "18-59", "60+", "60+"], "population": [300, 300, 250, 150]}
)
DIMENSIONS = {"sexe": "sex", "age_band": "band"}


def sample() -> Questionnaire:
    return many(
        {
            ("30", "F", "oui"): 20,
            ("30", "F", "non"): 10,
            ("30", "H", "oui"): 5,
            ("30", "H", "non"): 5,
            ("70", "F", "oui"): 10,
            ("70", "F", "non"): 30,
            ("70", "H", "oui"): 8,
            ("70", "H", "non"): 12,
        }
    )


def test_poststratification_worked_by_hand() -> None:
    # Cells (sample n = 100, population 1000): F18-59 30 for 300, M18-59 10 for 300, F60+ 40 for 250, M60+ 20 for 150.
    # Weights 1, 3, 0.625, 0.75; share of "oui" = (20x1 + 5x3 + 10x0.625 + 8x0.75) / 100 = 47.25 %.
    # Kish: sum w2 = 30 + 90 + 15.625 + 11.25 = 146.875; effective size 10000 / 146.875 = 68.085.
    q = sample()
    w = poststratify(q.answers, CENSUS, DIMENSIONS)
    assert sorted(w.weights.round(6).unique()) == [0.625, 0.75, 1.0, 3.0]
    assert w.effective_n == pytest.approx(10000 / 146.875)
    assert w.design_effect == pytest.approx(1.46875)
    row = tally(q, "q", weights=w.weights).set_index("code").loc["oui"]
    assert row["share_pct"] == pytest.approx(47.25)
    assert row["count"] == 43  # counts stay those of real people
    assert row["lower_pct"] == pytest.approx(35.86, abs=0.1)
    margins = w.margins.set_index(["dimension", "category"])
    assert margins["weighted_pct"].to_dict() == pytest.approx(margins["target_pct"].to_dict())


def test_raking_meets_both_margins() -> None:
    q = sample()
    w = rake(q.answers, CENSUS, DIMENSIONS)
    assert w.margins["weighted_pct"].to_numpy() == pytest.approx(w.margins["target_pct"].to_numpy(), abs=1e-6)
    assert w.weights.mean() == pytest.approx(1.0)


def test_a_respondent_of_unknown_age_has_no_weight_and_is_counted() -> None:
    q = cleaned(
        *(
            (str(i), age, sex, "oui", "", "", "")
            for i, (age, sex) in enumerate([("30", "F"), ("30", "H"), ("70", "F"), ("70", "H"), ("", "F")])
        )
    )
    w = poststratify(q.answers, CENSUS, DIMENSIONS)
    assert w.left_out == 1 and w.n == 4 and w.weights.isna().sum() == 1


def test_a_cell_where_nobody_answered_is_named() -> None:
    q = many({("30", "F", "oui"): 5, ("70", "F", "oui"): 5, ("70", "H", "oui"): 5})
    with pytest.raises(InvalidInput, match="M x 18-59: inhabitants and no respondent"):
        poststratify(q.answers, CENSUS, DIMENSIONS)


def test_who_answered_is_told_beside_the_census() -> None:
    table = compare_with_census(sample().answers, CENSUS, DIMENSIONS).set_index(["dimension", "category"])
    women = table.loc[("sexe", "F")]
    assert (women["respondents"], women["share_pct"], women["population_pct"]) == (70, 70.0, 55.0)
    assert women["gap_points"] == pytest.approx(15.0) and women["verdict"] == "over"
    assert table.loc[("sexe", "M"), "verdict"] == "under"


def test_equal_weights_lose_nothing_and_one_heavy_respondent_loses_much() -> None:
    assert effective_size(np.ones(50)) == pytest.approx(50)
    assert effective_size([1] * 9 + [91]) == pytest.approx(100**2 / (9 + 91**2))
