"""Text of French Windows is read; text of the Mac, of MS-DOS or of ISO-8859-15 is refused rather than damaged."""

from __future__ import annotations

import pytest

from cls_analysis.participation.decoding import decoded


@pytest.mark.parametrize(
    ("text", "encoding", "damaged"),
    [
        ("Hôpital local", "mac_roman", "H™pital local"),
        ("l’hôpital", "mac_roman", "lÕh™pital"),
        ("contrat à signer", "cp850", "contrat … signer"),
        ("contrat à signer", "cp437", "contrat … signer"),
        ("cœur, 10 €", "iso8859_15", "c½ur, 10 ¤"),
        ("médecin à 10 €", "iso8859_15", "médecin à 10 ¤"),
        ("un cœur soigné", "iso8859_15", "un c½ur soigné"),
        ("sœur,œuvre,été", "iso8859_15", "s½ur,½uvre,été"),
        ("gîte", "mac_roman", "g”te"),
        ("l’eau", "mac_roman", "lÕeau"),
        ("côte", "cp850", "c“te"),
        ("août", "cp850", "ao–t"),
        ("à signer", "cp850", "… signer"),
    ],
)
def test_text_of_another_encoding_is_refused_with_its_row(text: str, encoding: str, damaged: str) -> None:
    raw = text.encode(encoding)
    assert raw.decode("cp1252") == damaged
    read, (problem,) = decoded(b"id;nom\n" + raw + b"\n", "axes.csv")
    assert read is None
    assert (problem.row, problem.severity) == (2, "error")
    assert "ni en UTF-8 ni en texte Windows" in problem.cause


@pytest.mark.parametrize(
    "text",
    [
        "médecin traitant",
        "à l’hôpital",
        "10 €",
        "l’œuvre",
        "« Aller vers »",
        "18\xa0° dans la salle n°\xa03",
        "Œuvrer pour 10\xa0€",
        "un soir d’été… puis – peut-être – l’hiver",
        "il a dit “très bien” à ½ voix",
        "École, ÉTÉ, à Noël",
    ],
)
def test_plain_french_of_windows_is_read_as_it_was_written(text: str) -> None:
    read, (problem,) = decoded(f"id;nom\n{text}\n".encode("cp1252"), "axes.csv")
    assert read == f"id;nom\n{text}\n"
    assert (problem.row, problem.severity) == (2, "warning")
