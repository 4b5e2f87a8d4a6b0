"""A small right folder on a made-up place, for tests to spoil one thing at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from cls_analysis.participation import Places, Problem, check

PLACES = Places(
    territory="pays-imaginaire",
    name="Pays imaginaire",
    epci={"200000001": "CC du Nord", "200000002": "CC du Sud"},
    communes={"01001": ("Hauteville", "200000001"), "01002": ("Bassecombe", "200000002")},
)
TODAY = dt.date(2025, 6, 1)
FILES = {
    "contrat.toml": 'territory = "pays-imaginaire"\nintitule = "CLS imaginaire"\n',
    "recueils.csv": (
        "id;type;date;lieu;epci;commune;public;participants;operateur\n"
        "R01;atelier;14/03/2024;Salle;200000001;01001;habitants|elus;18;porteur\n"
        "R02;entretien;2024-03-20;Mairie;200000002;;elus;4;msa\n"
    ),
    "verbatims.csv": (
        "id;recueil;theme;nature;epci;commune;public;texte\n"
        "V1;R01;acces_soins;besoin;200000001;01001;habitants;Il faut attendre trop longtemps.\n"
        "V2;R02;mobilite;obstacle;200000002;;;Le car passe trop tôt.\n"
    ),
    "ressources.csv": "id;intitule;structure;type;themes;epci;statut\nS1;Bus santé;CC du Nord;dispositif;acces_soins|mobilite;;en_cours\n",
    "constats.csv": (
        "id;theme;nature;texte;indicateurs;verbatims;statut;instance;date_validation\n"
        "C1;acces_soins;mixte;Les délais s’allongent.;apl-medecins-generalistes;V1;valide;COPIL;20/06/2024\n"
        "C2;mobilite;quali;Peu de cars.;;V2;ecarte;;\n"
    ),
    "enjeux.csv": (
        "id;theme;intitule;constats;decision;rang_copil;instance;date_decision;motif\n"
        "E1;acces_soins;Un premier recours pour tous;C1;retenu;1;COPIL;02/07/2024;Premier besoin.\n"
        "E2;mobilite;Se rendre aux soins;C1;;;;;\n"
    ),
    "votes.csv": "votant;college;enjeu;gravite;importance;frequence;impact;faisabilite\nN1;elus;E1;4;3;2;1;0\nN1;elus;E2;1;1;1;;1\n",
    "hanlon.csv": (
        "evaluateur;enjeu;ampleur;severite;efficacite;pertinence;economie;acceptabilite;ressources;legalite\n"
        "H1;E1;6;7;1,2;oui;oui;oui;oui;oui\n"
    ),
    "axes.csv": "id;type;ordre;intitule\nAX1;thematique;1;Accéder\nAT1;transversal;2;Coordonner\n",
    "objectifs.csv": "id;niveau;axe;parent;intitule;enjeux\nOS1;specifique;AX1;;Maintenir;E1\nOP1;operationnel;;OS1;Installer;\n",
    "actions.csv": (
        "id;numero;intitule;objectif;axes_transversaux;constats;public_cible;description;pilote;debut;fin;budget_eur;financeurs;etat;origine\n"
        "A1;1.1;Consultations;OP1;AT1;C1;Tous;Une par semaine;CC du Nord;01/09/2024;31/12/2026;12 000,50;ARS:8000|CC:4000;a_lancer;signature\n"
        "A2;1.2;Navette;OS1;;C1;Tous;Deux par jour;CC du Sud;01/01/2025;;;;a_lancer;signature\n"
        "A3;1.3;Relais;OS1;;C1;Tous;Un relais;CC du Sud;01/05/2025;;;;a_lancer;AV1\n"
    ),
    "indicateurs_actions.csv": (
        "id;action;nature;libelle;unite;depart;annee_depart;cible;annee_cible;sens;source;indicateur;lent\n"
        "A1-P1;A1;processus;Consultations tenues;par an;0;2024;40;2026;hausse;Registre;;non\n"
    ),
    "avenants.csv": (
        "avenant;date;type;action;champ;ancienne_valeur;nouvelle_valeur;motif\n"
        "AV1;15/04/2025;ajout;A3;;;;Manque\n"
        "AV1;15/04/2025;modification;A1;pilote;CC du Nord;CPTS;Reprise\n"
        "AV1;15/04/2025;suppression;A2;;;;Pas de candidat\n"
    ),
    "evaluations.csv": "annee;action;avancement_pct;etat;freins;leviers;suite\n2024;A1;20;en_cours;;;poursuivre\n",
    "mesures.csv": "annee;indicateur;valeur\n2024;A1-P1;12\n",
    "afom.csv": "id;theme;case;texte\nF1;acces_soins;menace;Départs en retraite.\n",
    "questionnaires/habitants/codebook.toml": (
        'titre = "Enquête"\nrecueil = "R01"\nidentifiant = "num"\n[roles]\nage = "age"\nsexe = "sexe"\n'
        '[[essai]]\ncolonne = "remarque"\nvaleur = "test"\n'
        '[[question]]\nid = "age"\ncolonne = "age"\nlibelle = "Âge"\ntype = "nombre"\nmin = 18\nmax = 110\n'
        '[[question]]\nid = "sexe"\ncolonne = "sexe"\nlibelle = "Sexe"\ntype = "unique"\n'
        'modalites = [{code = "F", libelle = "Une femme"}, {code = "M", libelle = "Un homme"}]\n'
        '[[question]]\nid = "q1"\ncolonne = "renonce"\nlibelle = "Renoncement"\ntype = "unique"\n'
        'modalites = [{code = "oui", libelle = "Oui"}, {code = "non", libelle = "Non"}]\n'
        '[[question]]\nid = "q2"\ncolonne = "remarque"\nlibelle = "Remarque"\ntype = "ouverte"\ncodage = "theme"\n'
    ),
    "questionnaires/habitants/reponses.csv": (
        "num;age;sexe;renonce;remarque;theme\n1;45;Une femme;Oui;Trop loin;mobilite\n2;70;Un homme;Non;;\n"
    ),
    "commentaires/carte.md": "---\nfigure: carte-apl\nempreinte: abcdefabcdef\n---\nTexte.\n",
}


def write_folder(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    """The right folder, with some files replaced (None: left out)."""
    for name, content in {**FILES, **(changes or {})}.items():
        if content is not None:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "pays-imaginaire")


@pytest.fixture
def checked() -> Callable[[Path], list[Problem]]:
    def run(path: Path) -> list[Problem]:
        return check(
            "pays-imaginaire",
            path,
            places=PLACES,
            known_indicators={"apl-medecins-generalistes", "depistage-sein"},
            today=TODAY,
        )

    return run
