"""Fabrique les réponses et les votes de l'exemple fictif (graine fixée) : rien n'y est une donnée.

Deux fois la même commande donnent les mêmes octets :
    python data/raw/participation/exemple-fictif-petr-langres/fabriquer.py
Les défauts de la vraie vie y sont mis exprès : blancs, valeurs hors codebook, doublons, lignes d'essai, majuscules,
âges décimaux ou impossibles.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
EPCI = {"200072999": "Grand Langres", "200070332": "Savoir-Faire", "200027308": "Auberive Vingeanne et Montsaugeonnais"}
HEADER = [
    "N° de réponse",
    "Mode",
    "Quel est votre âge ?",
    "Vous êtes…",
    "Communauté de communes",
    "Comment est votre santé en général ?",
    "Avez-vous un médecin traitant ?",
    "Avez-vous renoncé à des soins depuis un an ?",
    "Si oui, pourquoi ? (plusieurs réponses)",
    "Comment allez-vous chez le médecin ?",
    "Vos priorités pour la santé (trois au plus)",
    "Autre remarque",
    "Thème codé",
]
HEALTH = ["Très bonne", "Bonne", "Assez bonne", "Mauvaise", "Très mauvaise"]
REASONS = [
    "Délai trop long",
    "Trop loin ou pas de transport",
    "Trop cher",
    "Le praticien ne prend plus de patients",
    "Pas le temps",
]
TRANSPORT = ["Ma voiture", "Quelqu’un me conduit", "À pied ou à vélo", "Car, train ou transport à la demande"]
WISHES = [
    "Plus de médecins",
    "Dentistes et spécialistes",
    "Bien vieillir chez soi",
    "Santé mentale",
    "Transports",
    "Prévention et sport",
    "Environnement et logement",
]
REMARKS = [
    ("Un médecin qui se déplace encore à domicile, cela n’existe plus chez nous.", "acces_soins"),
    ("Merci pour ce questionnaire, en espérant qu’il serve.", ""),
    ("Le car du matin arrive après l’heure du laboratoire.", "mobilite"),
    ("Ouvrir la salle de sport aux retraités en journée.", "nutrition_activite"),
    ("Il faudrait un psychologue au collège.", "sante_mentale|enfance_jeunesse"),
    ("Les aides à domicile changent sans cesse.", "vieillissement_handicap"),
    ("Qui contrôle l’eau des sources privées ?", "sante_environnement"),
    ("J’ai attendu quatorze mois pour un rendez-vous d’ophtalmologie.", "acces_soins"),
    ("Je ne savais pas que j’avais droit à une complémentaire.", "precarite_droits"),
    ("Mettre des bancs sur les chemins pour pouvoir marcher.", "nutrition_activite|vieillissement_handicap"),
    ("La pharmacie nous sauve, il faut la garder.", "acces_soins"),
    ("Trop de sigles, on s’y perd.", "coordination"),
    ("Personne ne parle de l’alcool, et pourtant.", "prevention_addictions"),
    ("=SOMME de petites choses : un banc, un car, un médecin.", "mobilite|acces_soins"),
    ("Rien à ajouter.", ""),
]
#: Profil de chaque votant : biais général et critère qu'il note plus haut.
VOTERS = {
    "N1": ("elus", 0.0, "gravite"),
    "N2": ("elus", -0.4, "faisabilite"),
    "N3": ("elus", 0.2, "importance"),
    "N4": ("elus", 0.0, "impact"),
    "N5": ("professionnels", 0.3, "gravite"),
    "N6": ("institutions", -0.2, "frequence"),
    "N7": ("associations", 0.2, "importance"),
}
#: Note moyenne visée de chaque enjeu : gravité, importance, fréquence, impact, faisabilité.
ISSUES = {
    "E1": (3.6, 3.9, 3.5, 3.2, 2.2),
    "E2": (2.4, 3.2, 3.0, 3.0, 2.8),
    "E3": (3.5, 3.0, 2.8, 2.8, 2.3),
    "E4": (2.8, 2.9, 3.2, 2.6, 2.6),
    "E5": (3.4, 1.8, 2.6, 2.8, 2.9),
    "E6": (2.6, 2.0, 2.0, 2.8, 2.9),
    "E7": (2.4, 3.1, 2.9, 1.9, 1.6),
    "E8": (1.9, 2.0, 2.2, 1.6, 1.8),
    "E9": (1.8, 1.9, 2.8, 1.9, 3.1),
}
CRITERIA = ["gravite", "importance", "frequence", "impact", "faisabilite"]


def one_answer(rng: np.random.Generator, number: int) -> list[str]:
    """Une réponse sans défaut."""
    siren = rng.choice(list(EPCI), p=[0.47, 0.33, 0.20])
    sex = rng.choice(["Une femme", "Un homme"], p=[0.64, 0.36])
    age = int(np.clip(rng.normal(56, 17), 18, 97))
    old = age >= 65
    health = rng.choice(HEALTH, p=[0.10, 0.38, 0.32, 0.16, 0.04] if old else [0.26, 0.45, 0.20, 0.07, 0.02])
    doctor = rng.choice(
        ["Oui", "Non, j’en cherche un", "Non, je n’en cherche pas"], p=[0.90, 0.08, 0.02] if old else [0.80, 0.14, 0.06]
    )
    gave_up = rng.choice(["Oui", "Non", "Je ne sais pas"], p=[0.36, 0.58, 0.06])
    reasons = [r for r, p in zip(REASONS, [0.6, 0.3, 0.25, 0.45, 0.15], strict=True) if rng.random() < p] or [
        REASONS[0]
    ]
    transport = rng.choice(TRANSPORT, p=[0.72, 0.17, 0.08, 0.03] if old else [0.87, 0.05, 0.06, 0.02])
    wishes = rng.choice(
        WISHES, size=int(rng.integers(1, 4)), replace=False, p=[0.30, 0.19, 0.15, 0.12, 0.12, 0.07, 0.05]
    )
    remark, theme = REMARKS[int(rng.integers(len(REMARKS)))] if rng.random() < 0.3 else ("", "")
    return [
        f"Q{number:03d}",
        rng.choice(["en ligne", "papier"], p=[0.6, 0.4]),
        str(age),
        sex,
        EPCI[siren],
        health,
        doctor,
        gave_up,
        ",".join(reasons) if gave_up == "Oui" else "",
        transport,
        ",".join(wishes),
        remark,
        theme,
    ]


def with_faults(rng: np.random.Generator, rows: list[list[str]]) -> list[list[str]]:
    """Les mêmes, avec des défauts placés au hasard mais en nombre fixé."""
    rows = [list(r) for r in rows]
    order = iter(rng.permutation(len(rows)))
    for column, count in ((2, 9), (3, 6), (4, 7), (5, 5), (6, 4), (7, 6), (9, 8), (10, 11)):
        for _ in range(count):
            rows[next(order)][column] = ""
    for fault, column, count in (
        (str.upper, 5, 6),
        (str.lower, 3, 5),
        (lambda v: f" {v} ", 4, 3),
        (lambda v: v.replace("è", "e"), 5, 6),
        (lambda v: f"{v},5", 2, 3),
        (lambda v: f"{v} ans", 2, 3),
        (lambda _: "Ça dépend", 7, 3),
        (lambda _: "Dijon", 4, 2),
        (lambda _: "1958", 2, 2),
        (lambda _: "7", 2, 1),
        (lambda _: "soixante", 2, 1),
        (lambda v: f"{v},Un hélicoptère", 10, 1),
    ):
        for _ in range(count):
            target = rows[next(order)]
            target[column] = fault(target[column])
    repeated = [list(rows[i]) for i in rng.choice(len(rows), size=5, replace=False)]
    tests = [
        ["T1", "en ligne", "99", *[""] * 8, "test", ""],
        ["T2", "en ligne", "33", "Une femme", "Grand Langres", *[""] * 6, "TEST", ""],
    ]
    empty = [["Q900", "papier", "70", "Une femme", "Grand Langres", *[""] * 8]]
    return [*tests[:1], *rows[:150], *repeated, *rows[150:], *tests[1:], *empty]


def votes(rng: np.random.Generator) -> list[list[str]]:
    """Une ligne par votant et par enjeu ; un votant laisse deux critères en blanc."""
    rows = []
    for voter, (college, bias, loved) in VOTERS.items():
        for issue, means in ISSUES.items():
            notes = [
                str(int(np.clip(round(m + bias + (0.5 if c == loved else 0) + rng.normal(0, 0.55)), 0, 4)))
                for c, m in zip(CRITERIA, means, strict=True)
            ]
            if voter == "N6" and issue in ("E7", "E8"):
                notes[4] = ""
            rows.append([voter, college, issue, *notes])
    return rows


def hanlon(rng: np.random.Generator) -> list[list[str]]:
    """Trois évaluateurs techniques ; une faisabilité économique refusée pour un enjeu."""
    rows = []
    for assessor in ("H1", "H2", "H3"):
        for issue, (gravity, _, frequency, _, feasible) in ISSUES.items():
            size, serious = (int(np.clip(round(2.4 * v + rng.normal(0, 0.8)), 0, 10)) for v in (frequency, gravity))
            effect = round(float(np.clip(0.5 + feasible / 4 + rng.normal(0, 0.08), 0.5, 1.5)), 1)
            pearl = ["oui", "non" if issue == "E7" and assessor == "H2" else "oui", "oui", "oui", "oui"]
            rows.append([assessor, issue, str(size), str(serious), f"{effect:.1f}".replace(".", ","), *pearl])
    return rows


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """CSV avec points-virgules, UTF-8 avec marque, comme l'écrit un tableur."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(folder: Path = HERE) -> None:
    """Écrit reponses.csv, votes.csv et hanlon.csv dans `folder`."""
    rng = np.random.default_rng(20220401)
    answers = with_faults(rng, [one_answer(rng, i) for i in range(1, 282)])
    write(folder / "questionnaires" / "habitants" / "reponses.csv", HEADER, answers)
    write(folder / "votes.csv", ["votant", "college", "enjeu", *CRITERIA], votes(rng))
    write(
        folder / "hanlon.csv",
        [
            "evaluateur",
            "enjeu",
            "ampleur",
            "severite",
            "efficacite",
            "pertinence",
            "economie",
            "acceptabilite",
            "ressources",
            "legalite",
        ],
        hanlon(rng),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
