"""Which health and social services had each commune in 2009 and 2013 (base permanente des équipements)?

Two cross tables, commune x type, headed by labels. The producer lists only the communes that have an equipment, and
leaves a blank where there is none: a blank is a true 0, and a commune of that year's COG absent from the table has 0
of everything (written so here, as it is what the absence means). Because an absent row reads as zero, a file with
fewer rows than published is refused. Paris, Marseille and Lyon are arrondissements (their commune is the sum);
2009 leaves out Mayotte. Professionals are counted by place of practice. Types are re-coded over the years: these two
files are not continued by recent BPE figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import (
    ARRONDISSEMENTS,
    FRANCE,
    Scope,
    check_communes,
    clean_codes,
    communes_within,
    departement_of,
    duplicates,
)
from cls_analysis.sources.drees_apl import XLSX
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import OBSERVED, parse_cells
from cls_analysis.sources.observations import Block, assemble, each_with_plm
from cls_analysis.sources.reading import cell_text, read_sheets
from cls_analysis.sources.text import match_columns
from cls_analysis.sources.wide import broken, refuse

EQUIPMENTS = {
    "medecins_generalistes": "Médecin omnipraticien",
    "cardiologues": "Spécialiste en cardiologie",
    "dermatologues": "Spécialiste en dermatologie vénéréologie",
    "gastro_enterologues": "Spécialiste en gastro-entérologie",
    "psychiatres": "Spécialiste en psychiatrie",
    "ophtalmologues": "Spécialiste en ophtalmologie",
    "orl": "Spécialiste en oto-rhino-laryngologie",
    "pediatres": "Spécialiste en pédiatrie",
    "pneumologues": "Spécialiste en pneumologie",
    "radiologues": "Spécialiste en radiodiagnostic et imagerie médicale",
    "stomatologues": "Spécialiste en stomatologie",
    "gynecologues_medicaux": "Spécialiste en gynécologie médicale",
    "gynecologues_obstetriciens": "Spécialiste en gynécologie obstétrique",
    "chirurgiens_dentistes": "Chirurgien dentiste",
    "sages_femmes": "Sage-femme",
    "infirmiers": "Infirmier",
    "kinesitherapeutes": "Masseur kinésithérapeute",
    "orthophonistes": "Orthophoniste",
    "orthoptistes": "Orthoptiste",
    "pedicures": "Pédicure-podologue",
    "audioprothesistes": "Audio prothésiste",
    "ergotherapeutes": "Ergothérapeute",
    "psychomotriciens": "Psychomotricien",
    "pharmacies": "Pharmacie",
    "laboratoires": "Laboratoire d'analyses médicales",
    "ambulances": "Ambulance",
    "urgences": "Urgences",
    "maternites": "Maternité",
    "centres_sante": "Centre de santé",
    "maisons_sante": "Maison de santé pluridisciplinaire",
    "court_sejour": "Établissement santé court séjour",
    "moyen_sejour": "Établissement santé moyen séjour",
    "long_sejour": "Établissement santé long séjour",
    "psychiatrie_hebergement": "Établissement psychiatrique avec hébergement",
    "psychiatrie_ambulatoire": "Structures psychiatriques en ambulatoire",
    "hospitalisation_domicile": "Hospitalisation à domicile",
    "dialyse": "Dialyse",
    "lutte_alcoolisme": "Établissement lutte contre l'alcoolisme",
    "medecine_preventive": "Centre médecine préventive",
    "personnes_agees_hebergement": "Personnes âgées : hébergement",
    "personnes_agees_soins_domicile": "Personnes âgées : soins à domicile",
    "personnes_agees_aide": "Personnes âgées : services d'aide",
    "personnes_agees_foyer_restaurant": "Personnes âgées : foyer restaurant",
    "personnes_agees_repas_domicile": "Personnes âgées : services de repas à domicile",
    "enfants_handicapes_hebergement": "Enfants handicapés : hébergement",
    "enfants_handicapes_soins_domicile": "Enfants handicapés : soins à domicile",
    "enfants_handicapes_services": "Enfants handicapés : services à domicile ou ambulatoires",
    "adultes_handicapes_hebergement": "Adultes handicapés : hébergement",
    "adultes_handicapes_services": "Adultes handicapés : services",
    "travail_protege": "Travail protégé",
    "aide_enfance_hebergement": "Aide sociale à l'enfance : hébergement",
    "aide_enfance_action_educative": "Aide sociale à l'enfance : action éducative",
    "garde_enfants": "Garde d'enfant d'âge préscolaire",
    "chrs": "CHRS : centre d'hébergement et de réinsertion sociale",
}
ONLY = {"2009": {"enfants_handicapes_soins_domicile"}, "2013": {"enfants_handicapes_services", "maisons_sante"}}
CODE = {"2009": "INSEECOM", "2013": "depcom"}
TOTAL = {"2009": "Total de NB_EQUIP", "2013": "Total de nb_equip"}
UNPUBLISHED = {"2009": frozenset({"976"}), "2013": frozenset()}
FILES = {
    year: File(year, f"insee-bpe/{year}/bpe{year}.xlsx", None, XLSX, None, None, (), rows)
    for year, rows in (("2009", 34689), ("2013", 35190))
}
VARIABLES = tuple(count(f"nb_{key}", label, "équipements") for key, label in EQUIPMENTS.items())
ANY = count("total", "Équipements", "équipements")


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `nb_*` in 2009 (COG 2009) and 2013 (COG 2013) by commune and arrondissement; absence is 0."""
    blocks: list[Block] = []
    problems: list[str] = []
    for year, file in FILES.items():
        made, wrong = _read_table(paths[year], file, year, scope=scope)
        blocks += made
        problems += wrong
    refuse(problems, source_id=SOURCE.id)
    return assemble(blocks)


def _read_table(path: Path, file: File, year: str, *, scope: Scope) -> tuple[list[Block], list[str]]:
    name, rows = next(iter(read_sheets(path, file).items()))
    where = f"{file.path}, sheet {name!r}"
    others = set().union(*(keys for other, keys in ONLY.items() if other != year))
    wanted = {key: label for key, label in EQUIPMENTS.items() if key not in others}
    positions, problems = match_columns(
        rows[0] if rows else [], {"code": CODE[year], "total": TOTAL[year], **wanted}, where=where
    )
    if problems:
        return [], problems
    body = rows[1:]
    if not body:
        return [], [f"{where}: holds no row under its header; likely a file cut short"]
    index = pd.RangeIndex(2, 2 + len(body))
    raw = pd.Series([cell_text(row[positions["code"]]) for row in body], index=index, dtype="str")
    codes, wrong = clean_codes(raw, "commune", where=where, column=CODE[year])
    problems += wrong + duplicates(codes, where=where, what="communes")
    if scope.whole and len(body) < file.min_rows:
        problems.append(
            f"{where}: {len(body)} rows, {file.min_rows} expected; an absent commune would read as 0 equipment"
        )
    problems += check_communes(codes, int(year), where=where, scope=scope, absent=lambda _code: True, together=False)
    problems += _totals(body, positions, index, where=where)
    zeros = sorted(
        code
        for code in communes_within(int(year), scope)
        - set(codes)
        - {ARRONDISSEMENTS[c] for c in codes if c in ARRONDISSEMENTS}
        if departement_of(code) not in UNPUBLISHED[year]
    )
    note(f"{where}: {len(zeros)} communes of COG {year} have no equipment at all (absent from the table); read as 0")
    keys = pd.Categorical([*codes, *zeros])
    blocks = []
    for key, label in wanted.items():
        values, status, wrong = parse_cells(
            [0.0 if row[positions[key]] == "" else row[positions[key]] for row in body], index,
            SOURCE.names[f"nb_{key}"], marks={}, where=where, column=label,
        )  # fmt: skip
        problems += wrong
        values = np.concatenate([values, np.zeros(len(zeros))])
        status = np.concatenate([status, np.full(len(zeros), OBSERVED, dtype=np.int8)])
        blocks.append(Block("commune", keys, f"nb_{key}", year, values, status, int(year)))
    return each_with_plm(blocks), problems


def _totals(body: list[list[object]], positions: Mapping[str, int], index: pd.Index, *, where: str) -> list[str]:
    """Each row's total is the sum of its types: a cell shifted, dropped or changed shows."""
    first, second = sorted((positions["code"], positions["total"]))
    types = [[*row[:first], *row[first + 1 : second], *row[second + 1 :]] for row in body]
    sums = np.array(
        [sum([cell for cell in row if type(cell) is float or type(cell) is int]) for row in types],
        dtype="float64",
    )
    totals, _, problems = parse_cells(
        [row[positions["total"]] for row in body], index, ANY, marks={}, where=where, column="total"
    )
    return [*problems, *broken(index, sums != totals, where=where, rule="the total is the sum of the types")]


SOURCE = Source(
    "insee-bpe",
    "Insee",
    "Base permanente des équipements 2009 et 2013",
    "2013",
    LICENCE_OUVERTE,
    "COG 2009, COG 2013",
    tuple(FILES.values()),
    VARIABLES,
    read,
    caveats=(
        "Seules les communes dotées d’un équipement sont listées : une absence vaut zéro. Mayotte est absente en 2009.",
        "Un professionnel est compté à chacun de ses lieux d’exercice.",
        "Les types d’équipement ont changé depuis : ne pas prolonger ces séries avec les BPE récentes.",
    ),
)
