"""Markup typed anywhere in a participation folder is printed as words."""

from __future__ import annotations

from pathlib import Path

from tests.partage.made_up import partage
from tests.participation.conftest import FILES

EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>"><b>'


def test_no_text_of_any_file_becomes_markup(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {
        "contrat.toml": f"territory = 'pays-imaginaire'\nintitule = '{EVIL}'\nnotes = ['{EVIL}']\n[[signataire]]\norganisation = '{EVIL}'\n",
        "verbatims.csv": FILES["verbatims.csv"].replace("Le car passe trop tôt.", EVIL.replace('"', '')),
        "ressources.csv": FILES["ressources.csv"].replace("Bus santé", "<script>alert(1)</script>"),
        "constats.csv": FILES["constats.csv"].replace("Les délais s’allongent.", "<script>alert(1)</script>"),
        "enjeux.csv": FILES["enjeux.csv"].replace("Premier besoin.", "<script>alert(1)</script>").replace("Se rendre aux soins", "<script>alert(3)</script>"),
        "axes.csv": FILES["axes.csv"].replace("Accéder", "<script>alert(1)</script>"),
        "objectifs.csv": FILES["objectifs.csv"].replace("Maintenir", "<script>alert(1)</script>"),
        "actions.csv": FILES["actions.csv"].replace("Consultations;", "<script>alert(1)</script>;").replace("Une par semaine", "<img src=x onerror=alert(2)>"),
        "avenants.csv": FILES["avenants.csv"].replace("Reprise", "<script>alert(1)</script>"),
        "evaluations.csv": "annee;action;avancement_pct;etat;freins;leviers;suite\n2024;A1;20;en_cours;<script>alert(1)</script>;<b>x;poursuivre\n",
        "afom.csv": "id;theme;case;texte\nF1;acces_soins;menace;<script>alert(1)</script>\n",
        "questionnaires/habitants/codebook.toml": FILES["questionnaires/habitants/codebook.toml"]
        .replace('titre = "Enquête"', "titre = '<script>alert(1)</script>'").replace('libelle = "Renoncement"', "libelle = '<img src=x onerror=alert(2)>'"),
        "questionnaires/habitants/reponses.csv": FILES["questionnaires/habitants/reponses.csv"].replace("Trop loin", "<script>alert(1)</script>"),
    }  # fmt: skip
    d = partage(tmp_path, changes)
    year = d.year()
    shown = [
        d.notice(), d.steps(), d.collections(), d.questionnaires(), d.statements(), d.resources(), d.triangle(), d.afom(), d.findings(),
        d.priorities(), d.identity(), d.contract(), d.sheets(), d.one_page(year), d.progress(year), d.measures(year), d.amendments(year),
    ]  # fmt: skip
    page = "".join(s._repr_html_() for s in shown)
    assert page.count("&lt;script&gt;") > 10
    for forbidden in ("<script", "<img", "onerror=alert(2)>", "<b>"):
        assert forbidden not in page, forbidden
