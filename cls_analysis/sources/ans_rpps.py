"""How many health professionals work in each commune, by profession and mode of practice (Annuaire santé, RPPS)?

Open extraction of the ANS (`|`, UTF-8, no quoting, an empty last column): one row per person and activity, a million rows and
more. It is scanned with capped memory; names, addresses and telephone numbers are never selected, and nothing about a
person is kept or shown, in messages either. Persons are counted once: a person with sites in n communes counts 1/n in each,
so that sums over communes are persons. Civilian practitioners only (students and military staff left out, noted);
teleconsultation platforms left out. General practitioners: savoir-faire SM26, SM53 or SM54.
https://www.data.gouv.fr/datasets/annuaire-sante-extractions-des-donnees-en-libre-acces-des-professionnels-intervenant-dans-le-systeme-de-sante-rpps/
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import ARRONDISSEMENTS, FRANCE, Scope
from cls_analysis.sources.melodi import refuse_lines, with_sisters, zeros
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.observations import Block, assemble, with_plm
from cls_analysis.sources.present import to_present
from cls_analysis.sources.streaming import Stream, open_stream
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import refuse

YEAR = "2026"
COG = 2026
PROFESSIONS = {  # variable: (code profession, codes of savoir-faire, label)
    "medecins_generalistes": ("10", ("SM26", "SM53", "SM54"), "Médecins généralistes"),
    "pharmaciens": ("21", (), "Pharmaciens"),
    "chirurgiens_dentistes": ("40", (), "Chirurgiens-dentistes"),
    "sages_femmes": ("50", (), "Sages-femmes"),
    "infirmiers": ("60", (), "Infirmiers"),
    "kinesitherapeutes": ("70", (), "Masseurs-kinésithérapeutes"),
    "pedicures": ("80", (), "Pédicures-podologues"),
    "orthophonistes": ("91", (), "Orthophonistes"),
    "psychologues": ("93", (), "Psychologues"),
}
WORDS = {
    "10": "medecin",
    "21": "pharmacien",
    "40": "dentiste",
    "50": "sage-femme",
    "60": "infirmier",
    "70": "kinesitherap",
    "80": "pedicure",
    "91": "orthophon",
    "93": "psycholog",
}
MODES = {"": "", "_liberaux": "L", "_salaries": "S"}
OFFICINE = "pharmacie d.officine"
TELECONSULTATION = "SA64"
NAMES = {
    "person": "Identifiant PP",
    "profession": "Code profession",
    "word": "Libellé profession",
    "category": "Code catégorie professionnelle",
    "skill": "Code savoir-faire",
    "mode": "Code mode exercice",
    "structure": "Identifiant technique de la structure",
    "postcode": "Code postal (coord. structure)",
    "commune": "Code commune (coord. structure)",
    "sector": "Code secteur d'activité",
    "sector_word": "Libellé secteur d'activité",
}
FILE = File(
    "activites",
    f"ans-rpps/{YEAR}/ps-libreacces-personne-activite.txt",
    "https://www.data.gouv.fr/api/1/datasets/r/fffda7e9-0ea2-4c35-bba0-4496f3af935d",
    media_type="text/plain",
    separator="|",
    columns=(),
    min_rows=1_000_000,
)
_CIVIL = f"\"category\" = 'C' AND \"sector\" <> '{TELECONSULTATION}'"


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of each profession (`_liberaux`, `_salaries` too) and of `pharmacies` in 2026 by commune; absence is 0."""
    try:
        with open_stream(paths["activites"], FILE, NAMES, quote="") as stream:
            _keep(stream)
            problems = _checks(stream, scope=scope)
            refuse(problems, source_id=SOURCE.id)
            places = _places(stream)
            sums = {name: _persons(stream, name, places) for name in _variables()}
            sums["pharmacies"] = _pharmacies(stream, places)
    except InvalidInput as error:
        raise refuse_lines(error, SOURCE.id) from error
    codes = {code for part in sums.values() for code in part.index}
    parents = {ARRONDISSEMENTS[code] for code in codes if code in ARRONDISSEMENTS}
    index = pd.Index(sorted({*with_sisters(codes), *zeros(codes, COG, scope=scope)} - parents))
    blocks: list[Block] = []
    for name, part in sums.items():
        for parent in sorted(parents & set(part.index)):  # a code of the whole city beside those of its arrondissements
            note(
                f"{FILE.path}: {part[parent]:.1f} {name} of {parent} have no arrondissement; shared among them in equal parts"
            )
            share = pd.Series(part[parent], index=[arm for arm, city in ARRONDISSEMENTS.items() if city == parent])
            part = part.drop(parent).add(share / len(share), fill_value=0)
        values = part.reindex(index)
        block = Block(
            "commune", pd.Categorical(index.to_numpy()), name, YEAR, np.where(values.isna(), 0.0, values),
            np.full(len(index), OBSERVED, dtype=np.int8), COG,
        )  # fmt: skip
        blocks += with_plm(block)
    return assemble(blocks)


def _keep(stream: Stream) -> None:
    """One pass over the file: the few columns needed, the person as a number without meaning, in the table `kept`."""
    others = ", ".join(f'"{name}"' for name in NAMES if name != "person")
    stream.query(f'CREATE TEMP TABLE kept AS SELECT hash("person") AS person, {others} FROM rows')


def _variables() -> list[str]:
    return [f"{name}{suffix}" for name in PROFESSIONS for suffix in MODES]


def _checks(stream: Stream, *, scope: Scope) -> list[str]:
    """Enough rows, and the codes of professions mean what this reader believes."""
    where = stream.where
    rows = int(stream.query("SELECT count(*) AS n FROM kept")["n"].iloc[0])
    problems = []
    blank = int(stream.query("SELECT count(*) AS n FROM kept WHERE person = hash('')")["n"].iloc[0])
    if blank:
        problems.append(
            f"{where}, column {NAMES['person']!r}: {blank} rows name no person; they cannot be counted once"
        )
    if scope.whole and rows < FILE.min_rows:
        problems.append(f"{where}: {rows} rows, at least {FILE.min_rows} expected; likely a file cut short")
    words = stream.query(
        'SELECT "profession" AS code, lower(strip_accents("word")) AS word, count(*) AS n FROM kept GROUP BY ALL ORDER BY n DESC'
    )
    first = words.drop_duplicates("code").set_index("code")["word"]
    for code, word in WORDS.items():
        if code in first.index and word not in first[code]:
            problems.append(
                f"{where}, column 'Code profession': {code} is labelled {first[code]!r}, {word!r} expected; the nomenclature changed"
            )
    out = stream.query(
        f'SELECT count(DISTINCT "person") FILTER ("category" = \'E\') AS students, count(DISTINCT "person") FILTER ("category" = \'M\') AS military, '
        f"count(*) FILTER (\"sector\" = '{TELECONSULTATION}') AS tele FROM kept"
    ).iloc[0]
    note(
        f"{where}: left out: {out['students']} students, {out['military']} military, {out['tele']} activities on teleconsultation platforms"
    )
    return problems


def _places(stream: Stream) -> pd.DataFrame:
    """The commune of COG 2026 of each code written in the file: `raw, code`."""
    raw = stream.query('SELECT DISTINCT "commune" AS raw FROM kept WHERE "commune" <> \'\' ORDER BY raw')["raw"].astype(
        "str"
    )
    padded = raw.where(~raw.str.fullmatch(r"[1-9]\d{3}"), "0" + raw)
    present, moved, lost = to_present(padded, COG)
    if moved:
        note(f"{stream.where}: {moved} codes of former communes put in the commune that holds them")
    if len(lost):
        note(
            f"{stream.where}: {len(lost)} codes are no commune of COG {COG}, their sites are not located: {shown(sorted(lost))}"
        )
    return pd.DataFrame({"raw": raw, "code": present}).dropna()


def _persons(stream: Stream, name: str, places: pd.DataFrame) -> pd.Series:
    """Persons by commune, each shared in equal parts among the communes of its sites; those without a place are noted."""
    suffix = next(s for s in sorted(MODES, key=len, reverse=True) if name.endswith(s))
    profession, skills, _ = PROFESSIONS[name.removesuffix(suffix)]
    condition = f"\"profession\" = '{profession}' AND {_CIVIL}"
    if skills:
        condition += ' AND "skill" IN (' + ", ".join(f"'{skill}'" for skill in skills) + ")"
    if MODES[suffix]:
        condition += f" AND \"mode\" = '{MODES[suffix]}'"
    stream.connection.register("places", places)
    found = stream.query(
        f'WITH sites AS (SELECT DISTINCT r."person" AS p, places.code AS code FROM kept r LEFT JOIN places ON r."commune" = places.raw WHERE {condition}), '
        "counted AS (SELECT p, count(code) AS n FROM sites GROUP BY p), "
        "located AS (SELECT code, sum(1.0 / n) AS value FROM sites JOIN counted USING (p) WHERE code IS NOT NULL GROUP BY code) "
        "SELECT code, value FROM located UNION ALL SELECT NULL, count(*) FROM counted WHERE n = 0"
    )
    nowhere = found[found["code"].isna()]["value"].sum()
    if nowhere:
        note(f"{stream.where}: {name}: {nowhere:.0f} persons without a located site, in no commune")
    return found.dropna(subset=["code"]).set_index("code")["value"].astype(float).sort_index().round(9)


def _pharmacies(stream: Stream, places: pd.DataFrame) -> pd.Series:
    """Distinct structures of the sector « Pharmacie d'officine » where a pharmacist works."""
    stream.connection.register("places", places)
    found = stream.query(
        'SELECT code, count(DISTINCT r."structure") AS value FROM kept r JOIN places ON r."commune" = places.raw '
        f"WHERE r.\"profession\" = '21' AND r.\"structure\" <> '' AND regexp_matches(lower(strip_accents(r.\"sector_word\")), '{OFFICINE}') GROUP BY code ORDER BY code"
    )
    return found.set_index("code")["value"].astype(float)


def _label(name: str) -> str:
    for suffix, words in (("_liberaux", ", exercice libéral"), ("_salaries", ", exercice salarié")):
        if name.endswith(suffix):
            return PROFESSIONS[name.removesuffix(suffix)][2] + words
    return PROFESSIONS[name][2]


SOURCE = Source(
    "ans-rpps",
    "Agence du numérique en santé",
    "Annuaire santé (RPPS), extraction en libre accès",
    YEAR,
    LICENCE_OUVERTE,
    f"COG {COG}",
    (FILE,),
    (
        *(count(name, _label(name), "professionnels", integer=False) for name in _variables()),
        count("pharmacies", "Pharmacies d’officine", "pharmacies"),
    ),
    read,
    caveats=(
        "Un professionnel qui exerce dans n communes compte pour 1/n dans chacune : la somme est un nombre de personnes.",
        "Une personne à la fois libérale et salariée figure dans les deux modes. Ni l’âge ni le temps de travail n’y sont.",
        "Professionnels civils ; hors étudiants, service de santé des armées et plateformes de téléconsultation.",
    ),
    homepage="https://annuaire.esante.gouv.fr",
)
