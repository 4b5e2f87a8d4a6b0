"""What may someone type in a file, on purpose or not, that must reach no reader?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.participation import check, load, load_comments, load_or_blank, write_templates
from cls_analysis.participation.locating import HIDDEN
from cls_analysis.participation.privacy import doubts
from tests.participation.conftest import FILES, PLACES, TODAY, write_folder

STATEMENTS = "id;recueil;theme;nature;epci;commune;public;texte\n"


def said(text: str) -> dict[str, str | None]:
    """Changes that make one statement of the large collection say this (the other of the small one)."""
    return {"verbatims.csv": f"{STATEMENTS}V1;R01;acces_soins;besoin;;;;{text}\nV2;R02;mobilite;obstacle;;;;Le car.\n"}


@pytest.mark.parametrize(
    "text",
    [
        "écrire à jean.martin arobase orange.fr", "jean.martin (a) orange point fr", "mon voisin Gérard B. est alcoolique",
        "06.12.34.56.78", "0033612345678", "M. DUPONT le sait", "Docteur Petit part", "Ma mère est atteinte d’un cancer",
    ],
)  # fmt: skip
def test_a_person_is_refused(checked, tmp_path: Path, text: str) -> None:
    problems = checked(write_folder(tmp_path / "pays-imaginaire", said(text)))
    assert [p.severity for p in problems if (p.file, p.row) == ("verbatims.csv", 2)] == ["error"]


@pytest.mark.parametrize(
    "text", ["madame martin ne vient plus", "JEAN MARTIN est venu", "Le maire, Jean Martin, l’a dit"]
)
def test_what_may_be_a_person_is_pointed_at(checked, tmp_path: Path, text: str) -> None:
    (problem,) = checked(write_folder(tmp_path / "pays-imaginaire", said(text)))
    assert problem.severity == "warning" and "peut-être le nom" in problem.cause


@pytest.mark.parametrize(
    "text",
    [
        "rue Jean Moulin",
        "le lycée Louis Pasteur",
        "Le Dr est parti",
        "madame le maire",
        "Saint-Jean Baptiste",
        "Paul est mon voisin.",
    ],
)
def test_a_street_or_a_title_without_a_name_is_not_a_person(text: str) -> None:
    assert doubts(text) == []


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("evaluations.csv", "annee;action;avancement_pct;etat;freins;leviers;suite\n2024;A1;20;en_cours;Mme Durand absente;;poursuivre\n", "freins"),
        ("actions.csv", FILES["actions.csv"].replace(";CC du Sud;01/01/2025", ";Mme Durand;01/01/2025"), "pilote"),
        ("avenants.csv", FILES["avenants.csv"].replace("Pas de candidat", "Voir Mme Durand"), "motif"),
        ("questionnaires/habitants/reponses.csv", "num;age;sexe;renonce;remarque;theme\n1;45;Une femme;Oui;a@b.fr;mobilite\n", "remarque"),
    ],
)  # fmt: skip
def test_every_free_text_is_searched(checked, tmp_path: Path, name: str, content: str, where: str) -> None:
    problems = checked(write_folder(tmp_path / "pays-imaginaire", {name: content}))
    assert (name, where) in {(p.file, p.column) for p in problems if p.severity == "error" and "personnelle" in p.cause}


@pytest.mark.parametrize("changed", ['titre = "Enquête de Mme Durand"', None])
def test_what_a_codebook_prints_is_searched(checked, tmp_path: Path, changed: str | None) -> None:
    book = FILES["questionnaires/habitants/codebook.toml"]
    book = (
        book.replace('titre = "Enquête"', changed)
        if changed
        else book.replace('libelle = "Oui"', 'libelle = "Oui, Mme Durand"')
    )
    problems = checked(write_folder(tmp_path / "pays-imaginaire", {"questionnaires/habitants/codebook.toml": book}))
    assert [p.file for p in problems if "personnelle" in p.cause] == ["questionnaires/habitants/codebook.toml"]


def test_a_commune_named_by_a_small_collection_is_warned_about_and_never_printed(tmp_path: Path) -> None:
    text = "V2;R02;mobilite;obstacle;200000002;;;À Bassecombe comme à BASSECOMBE, le car passe trop tôt.\n"
    loud = "V1;R01;acces_soins;besoin;200000001;;;À Hauteville aussi.\n"
    folder = write_folder(tmp_path / "pays-imaginaire", {"verbatims.csv": STATEMENTS + loud + text})
    problems = check("pays-imaginaire", folder, places=PLACES, today=TODAY)
    assert [(p.severity, p.row) for p in problems] == [("warning", 3)]
    texts = load("pays-imaginaire", folder, places=PLACES, today=TODAY).verbatims["texte"].tolist()
    assert texts == ["À Hauteville aussi.", f"À {HIDDEN} comme à {HIDDEN}, le car passe trop tôt."]


def test_two_participants_are_not_located_in_a_commune(checked, tmp_path: Path) -> None:
    recueils = FILES["recueils.csv"].replace(";elus;4;msa", ";elus;2;msa")
    located = f"{STATEMENTS}V1;R01;acces_soins;besoin;;;;x\nV2;R02;mobilite;obstacle;200000002;01002;;Le car.\n"
    (problem,) = checked(
        write_folder(tmp_path / "pays-imaginaire", {"recueils.csv": recueils, "verbatims.csv": located})
    )
    assert (problem.severity, problem.row, problem.column) == (
        "error",
        3,
        "commune",
    ) and "2 participants" in problem.cause


def test_a_voter_is_one_person_and_a_code(checked, tmp_path: Path) -> None:
    twice = FILES["votes.csv"] + "N1;elus;E1;1;1;1;1;1\n"
    problems = checked(write_folder(tmp_path / "a" / "pays-imaginaire", {"votes.csv": twice}))
    assert [(p.row, p.cause) for p in problems] == [(4, "doublon de la ligne 2")]
    named = FILES["votes.csv"].replace("N1;", "Durand;")
    problems = checked(write_folder(tmp_path / "b" / "pays-imaginaire", {"votes.csv": named}))
    assert [(p.row, p.value) for p in problems] == [(2, "Durand")] and "sans chiffre" in problems[0].cause


def test_an_amendment_names_a_known_action_and_follows_the_signature(checked, tmp_path: Path) -> None:
    unknown = FILES["avenants.csv"] + "AV1;15/04/2025;suppression;A9;;;;x\n"
    problems = checked(write_folder(tmp_path / "a" / "pays-imaginaire", {"avenants.csv": unknown}))
    assert [(p.row, p.column, p.value) for p in problems] == [(5, "action", "A9")]
    signed = '[[generation]]\nnumero = 1\nintitule = "x"\nstatut = "signe"\ndate_signature = 2025-05-01\nsource = "s"\n'
    problems = checked(
        write_folder(tmp_path / "b" / "pays-imaginaire", {"contrat.toml": FILES["contrat.toml"] + signed})
    )
    assert {p.row for p in problems if "avant la signature" in p.cause} == {2, 3, 4}
    later = FILES["avenants.csv"].replace("15/04/2025", "15/04/2035")
    problems = checked(write_folder(tmp_path / "c" / "pays-imaginaire", {"avenants.csv": later}))
    assert {p.cause for p in problems} == {"date à venir"}


@pytest.mark.parametrize("name", ["../../etc", "/etc", "petr-langres/../pays-chaumont", "a;b", ".", ""])
def test_a_name_that_leaves_the_folder_is_refused_everywhere(name: str) -> None:
    for ask in (check, load, load_or_blank, load_comments, write_templates):
        with pytest.raises(InvalidInput, match="pas un nom de dossier de territoire"):
            ask(name)


def test_ten_thousand_answers_are_checked_in_seconds(checked, tmp_path: Path) -> None:
    rows = "".join(f"{i};{18 + i % 70};Une femme;Oui;Trop loin de tout, tôt le matin;mobilite\n" for i in range(10_000))
    content = f"num;age;sexe;renonce;remarque;theme\n{rows}"
    folder = write_folder(tmp_path / "pays-imaginaire", {"questionnaires/habitants/reponses.csv": content})
    began = time.process_time()
    assert checked(folder) == []
    assert time.process_time() - began < 20
