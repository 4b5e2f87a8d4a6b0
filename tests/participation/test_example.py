"""What is shipped: the made-up example is complete, right and labelled; the skeletons hold known facts only."""

from __future__ import annotations

import datetime as dt
import re
import runpy
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.participation import (
    Participation,
    actions_at,
    agreement,
    check,
    cleaning_summary,
    contract_tree,
    cross,
    evaluated_years,
    grid,
    hanlon,
    is_stale,
    justification,
    list_folders,
    load,
    load_comments,
    nonresponse,
    open_answers,
    participation_dir,
    statements_summary,
    values_hash,
    yearly_summary,
)

EXAMPLE = "exemple-fictif-petr-langres"
ROOT = Path(__file__).resolve().parents[2] / "data" / "raw" / "participation"
SKELETONS = [
    "pays-chaumont",
    "petr-coeur-de-lorraine",
    "petr-langres",
    "petr-vosges-saonoises",
    "saint-dizier-der-vallees",
]


@pytest.fixture(scope="module")
def p() -> Participation:
    return load(EXAMPLE)


@pytest.mark.parametrize("folder", [EXAMPLE, *SKELETONS])
def test_every_shipped_folder_is_right(folder: str) -> None:
    assert [str(x) for x in check(folder, ROOT / folder) if x.severity == "error"] == []


def test_the_example_is_labelled_and_never_stands_for_the_territory(p: Participation) -> None:
    assert p.fictional and p.territory == "petr-langres" and p.folder_id == EXAMPLE
    assert "fictif" in p.contract.intitule
    real = load("petr-langres")
    assert not real.fictional and real.nothing_collected
    assert EXAMPLE in list_folders()


def test_the_example_has_the_announced_size(p: Participation) -> None:
    assert len(p.recueils) >= 12
    assert len(p.verbatims) >= 60
    assert len(p.questionnaires["habitants"].answers) >= 280
    assert len(p.enjeux) == 9
    assert p.votes["votant"].nunique() == 7
    assert (p.axes["type"] == "thematique").sum() == 5
    assert len(actions_at(p, dt.date(2023, 6, 1))) == 39
    assert evaluated_years(p) == [2023, 2024]
    assert set(p.avenants["type"]) == {"ajout", "suppression", "modification"}


def test_the_answers_have_the_faults_of_real_life(p: Participation) -> None:
    made = cleaning_summary(p.questionnaires["habitants"]).set_index("step")["count"]
    assert (
        made[["test", "repeat", "empty", "recoded", "rounded_down", "out_of_codebook", "out_of_range", "not_a_number"]]
        > 0
    ).all()
    assert (
        nonresponse(p.questionnaires["habitants"])
        .set_index("question")
        .loc[["age", "sexe", "epci", "sante"], "missing"]
        > 0
    ).all()


def test_texts_are_varied(p: Participation) -> None:
    assert p.verbatims["texte"].is_unique
    assert p.actions["description"].is_unique and p.actions["intitule"].is_unique
    assert set(statements_summary(p)["total"] > 0) == {True}


def test_every_action_of_the_example_is_justified_and_has_an_indicator(p: Participation) -> None:
    assert justification(p, dt.date(2025, 6, 1))["justified"].all()
    without = set(p.actions["id"]) - set(p.indicateurs_actions["action"])
    assert without == {"A23"}  # removed by the first amendment before any measure


def test_the_example_runs_through_every_analysis(p: Participation) -> None:
    answers = p.questionnaires["habitants"]
    assert not cross(answers, "renoncement", "epci").empty and not open_answers(answers, "remarque").empty
    assert grid(p.votes, p.contract.poids).loc[0, "enjeu"] == "E1"
    assert hanlon(p.hanlon).set_index("enjeu").loc["E7", "pearl_no"] == ("economie",)
    assert 0 < agreement(p.votes, p.contract.poids).w < 1
    assert len(contract_tree(p, dt.date(2024, 12, 31))) == yearly_summary(p, 2024).actions == 39


def test_no_shown_crossing_gives_back_a_small_cell(p: Participation) -> None:
    q = p.questionnaires["habitants"]
    for question in ("sante", "medecin", "renoncement", "raisons", "transport", "priorites"):
        for by in ("epci", "age", "sexe"):
            shown = cross(q, question, by)["count"].dropna()
            assert not ((shown > 0) & (shown < 5)).any()


def test_the_script_makes_the_committed_answers_again(tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / EXAMPLE / "fabriquer.py"))["main"](tmp_path)
    for name in ("questionnaires/habitants/reponses.csv", "votes.csv", "hanlon.csv"):
        assert (tmp_path / name).read_bytes() == (ROOT / EXAMPLE / name).read_bytes()


def test_a_comment_is_flagged_when_the_values_beneath_have_changed() -> None:
    values = [["Grand Langres", 12.5], ["Savoir-Faire", None]]
    by_figure = {c.figure: c for c in load_comments(EXAMPLE)}
    assert is_stale(by_figure["questionnaire-repondants"], values_hash(values)) is True
    assert is_stale(by_figure["triangle-acces-soins"], values_hash(values)) is None
    assert values_hash(values) != values_hash([["Grand Langres", 12.6], ["Savoir-Faire", None]])


@pytest.mark.parametrize(
    ("folder", "number", "facts"),
    [
        ("petr-coeur-de-lorraine", 1, {"axes": 5, "axes_transversaux": 2, "date_signature": dt.date(2014, 12, 22)}),
        ("petr-coeur-de-lorraine", 2, {"objectifs_specifiques": 7, "axes": None}),
        ("petr-vosges-saonoises", 3, {"axes": 4, "debut": "2023", "fin": "2027"}),
        ("saint-dizier-der-vallees", 1, {"axes": 5, "actions": 39, "date_signature": dt.date(2024, 3, 22)}),
    ],
)
def test_a_skeleton_holds_what_the_territory_says(folder: str, number: int, facts: dict[str, object]) -> None:
    generation = next(g for g in load(folder).contract.generation if g.numero == number)
    assert {k: getattr(generation, k) for k in facts} == facts


def test_langres_has_four_phases_and_its_bodies_meet_as_told() -> None:
    contract = load("petr-langres").contract
    assert len(contract.phase) == 4
    assert {b.id: b.frequence_mois for b in contract.instance}["COPIL"] == 4
    assert {b.id: b.frequence_mois for b in contract.instance}["COTECH"] == 1


def test_the_command_line_shows_checks_and_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from cls_analysis.cli.participation import app

    run = CliRunner().invoke
    shown = run(app, ["show", EXAMPLE, "--date", "2025-06-01"])
    assert shown.exit_code == 0 and "EXEMPLE FICTIF" in shown.output
    checked = run(app, ["check", EXAMPLE, "--warnings"])
    assert checked.exit_code == 0 and "reponses.csv, ligne" in checked.output
    monkeypatch.setenv("CLS_PARTICIPATION", str(tmp_path))
    assert isinstance(run(app, ["template", "petr-langre"]).exception, UnknownName)
    assert not (tmp_path / "petr-langre").exists()
    assert participation_dir() == tmp_path


def test_the_guide_followed_literally_goes_from_a_blank_folder_to_a_checked_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every `cls-analysis participation` command of the guide, in order, with the files it says to write."""
    from cls_analysis.cli.participation import app

    guide = (ROOT.parents[2] / "docs" / "guide-coordination.md").read_text(encoding="utf-8")
    monkeypatch.setenv("CLS_PARTICIPATION", str(tmp_path))
    shutil.copytree(ROOT / EXAMPLE, tmp_path / EXAMPLE)
    commands = 0
    for fence in re.finditer(r"^```(\S+) ?(\S*)\n(.*?)^```", guide, re.DOTALL | re.MULTILINE):
        kind, name, text = fence.groups()
        if name:
            target = tmp_path / "petr-langres" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        for line in text.splitlines() if kind == "console" else []:
            words, _, remark = line.removeprefix("$ ").partition("#")
            if words.split()[:2] != ["cls-analysis", "participation"]:
                continue
            commands += 1
            result = CliRunner().invoke(app, words.split()[2:])
            if "erreur attendue" in remark:
                assert isinstance(result.exception, InvalidInput), line
            else:
                assert result.exit_code == 0, f"{line}\n{result.exception}"
    assert commands >= 6
    p = load("petr-langres")
    filled = (
        "recueils",
        "verbatims",
        "ressources",
        "constats",
        "enjeux",
        "votes",
        "axes",
        "objectifs",
        "actions",
        "avenants",
        "evaluations",
    )
    assert all(len(getattr(p, name)) for name in filled) and p.questionnaires and p.comments
