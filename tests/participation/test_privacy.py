"""A person's traces are refused; ordinary sentences of a diagnostic are not."""

from __future__ import annotations

import pytest

from cls_analysis.participation.privacy import control_characters, findings


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("écrire à prenom.nom+cls@exemple.fr", "une adresse électronique"),
        ("prenom.nom (at) exemple.fr", "une adresse électronique"),
        ("au 0325000000", "un numéro de téléphone"),
        ("au 03 25 00 00 00.", "un numéro de téléphone"),
        ("au +33 6 00 00 00 00", "un numéro de téléphone"),
        ("au 0033 600000000", "un numéro de téléphone"),
        ("n° 2 85 05 78 006 084", "un numéro de sécurité sociale"),
        ("Mme Dupont nous a dit", "le nom d’une personne"),
        ("le Dr Martin part en retraite", "le nom d’une personne"),
        ("M Durand", "le nom d’une personne"),
        ("monsieur d'Artagnan puis Madame LEFÈVRE", "le nom d’une personne"),
        ("le docteur O’Brien", "le nom d’une personne"),
        ("Mon voisin est alcoolique", "l’état de santé d’une personne"),
        ("ma mère, qui a 80 ans, souffre d’Alzheimer", "l’état de santé d’une personne"),
        ("je suis diabétique", "l’état de santé de celui qui parle"),
        ("J’ai eu un cancer", "l’état de santé de celui qui parle"),
    ],
)
def test_a_trace_of_a_person_is_found(text: str, what: str) -> None:
    assert what in [f.what for f in findings(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Le médecin part en retraite, le maire cherche.",
        "M. le maire et Mme la présidente de la communauté de communes",
        "Dr en retraite depuis 2019 ; le docteur ne répond plus",
        "12 000 habitants, 03/02/2014, 84 450 € sur 3 ans, 0,5 point",
        "SIREN 200072999, code 52269",
        "Les personnes diabétiques et leurs aidants attendent trop",
        "le dépistage du cancer du sein",
        "La dépression des agriculteurs est un sujet",
        "Je suis inquiète pour le cancer et la dépression en général",
    ],
)
def test_an_ordinary_sentence_is_left_alone(text: str) -> None:
    assert findings(text) == []


def test_invisible_and_reversing_characters_are_named_and_ordinary_ones_are_not() -> None:
    assert control_characters("a\x07b\u200bc\u202ed") == ["U+0007", "U+200B", "U+202E"]
    assert control_characters("Ligne 1\nLigne 2\t« l’été » \u00a0\u202f10\u202f%") == []
