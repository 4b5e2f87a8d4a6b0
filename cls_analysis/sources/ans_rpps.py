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
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Remote, Source, count
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.observations import Block, assemble, split_places, with_plm
from cls_analysis.sources.present import to_present
from cls_analysis.sources.streaming import Stream, open_stream
from cls_analysis.sources.text import shown
from cls_analysis.sources.vintages import at_vintage, file_at
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
PROFESSIONS_OF = tuple(code for code, _, _ in PROFESSIONS.values())
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
    "town": "Libellé commune (coord. structure)",
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
    remote=Remote(
        "text",
        pattern="https://www.data.gouv.fr/api/1/datasets/r/fffda7e9-0ea2-4c35-bba0-4496f3af935d",
        hosts=("static.data.gouv.fr",),
    ),
)
_CIVIL = "category = 'C' AND NOT tele"
_STRIP = "regexp_replace({}, '[\\s\\x{{a0}}\\x{{202f}}\\x{{200b}}]', '', 'g')"
ELSEWHERE = (
    "975",
    "977",
    "978",
    "98",
    "99",
)  # overseas collectivities, foreign countries: sites outside this geography
MEMORY = "150MB"  # of duckdb, so that the whole stays under 500 MB
STRAY = 0.01  # share of the located sites whose code may be that of no commune, or bear another commune's name


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of each profession (`_liberaux`, `_salaries` too) and of `pharmacies` in `year` by commune; absence is 0."""
    file = file_at(FILE, year)
    try:
        with open_stream(paths["activites"], file, NAMES, quote="", memory=MEMORY) as stream:
            _keep(stream)
            problems = _checks(stream, scope=scope)
            refuse(problems, source_id=SOURCE.id)
            sites = _sites(stream)
            sums = {name: _persons(stream, name, sites) for name in _variables()}
            sums["pharmacies"] = _pharmacies(stream, sites)
    except InvalidInput as error:
        raise refuse_lines(error, SOURCE.id) from error
    codes = {code for part in sums.values() for code in part.index}
    parents = {ARRONDISSEMENTS[code] for code in codes if code in ARRONDISSEMENTS}
    index = pd.Index(sorted({*with_sisters(codes), *zeros(codes, COG, scope=scope)} - parents))
    keys = pd.Categorical(index.to_numpy())
    places = split_places(keys)
    blocks: list[Block] = []
    for name, part in sums.items():
        for parent in sorted(parents & set(part.index)):  # a code of the whole city beside those of its arrondissements
            note(
                f"{file.path}: {part[parent]:.1f} {name} of {parent} have no arrondissement; shared among them in equal parts"
            )
            share = pd.Series(part[parent], index=[arm for arm, city in ARRONDISSEMENTS.items() if city == parent])
            part = part.drop(parent).add(share / len(share), fill_value=0)
        values = part.reindex(index)
        block = Block(
            "commune", keys, name, year, np.where(values.isna(), 0.0, values),
            np.full(len(index), OBSERVED, dtype=np.int8), COG,
        )  # fmt: skip
        blocks += with_plm(block, places=places)
    return assemble(blocks)


def _keep(stream: Stream) -> None:
    """One pass over the file into the narrow table `kept`: persons and structures as numbers without meaning.

    A commune's code that lost its leading zero is repaired where its postal code confirms the département.
    """
    commune = _STRIP.format('"commune"')
    listed = ", ".join(f"'{code}'" for code in PROFESSIONS_OF)
    skills = ", ".join(f"'{skill}'" for skill in PROFESSIONS["medecins_generalistes"][1])
    words = " OR ".join(
        f"(\"profession\" = '{code}' AND NOT contains(lower(strip_accents(\"word\")), '{word}'))"
        for code, word in WORDS.items()
    )
    stream.connection.execute("SET preserve_insertion_order = false")  # a table of counts has no order; half the memory
    stream.query(
        f"""CREATE TEMP TABLE kept AS SELECT hash("person") AS person, "person" = '' AS nobody,
        CASE WHEN "profession" IN ({listed}) THEN "profession" ELSE '' END AS profession, {words} AS renamed,
        left("category", 1) AS category, "skill" IN ({skills}) AS general, left("mode", 1) AS mode,
        CASE WHEN "structure" = '' THEN NULL ELSE hash("structure") END AS structure,
        CASE WHEN regexp_full_match({commune}, '[1-9][0-9]{{3}}') AND left("postcode", 2) = '0' || left({commune}, 1)
             THEN '0' || {commune} ELSE {commune} END AS commune, "town" AS town,
        "sector" = '{TELECONSULTATION}' AS tele,
        "profession" = '21' AND regexp_matches(lower(strip_accents("sector_word")), '{OFFICINE}') AS officine FROM rows"""
    )
    stream.connection.execute("SET preserve_insertion_order = true")


def _variables() -> list[str]:
    return [f"{name}{suffix}" for name in PROFESSIONS for suffix in MODES]


def _checks(stream: Stream, *, scope: Scope) -> list[str]:
    """Enough rows, and the codes of professions mean what this reader believes."""
    where = stream.where
    sizes = stream.query("SELECT count(*) AS n, count(*) FILTER (nobody) AS nobody FROM kept").iloc[0]
    rows, nobody = int(sizes["n"]), int(sizes["nobody"])
    if not rows:
        return [f"{where}: holds no row under its header; likely a file cut short"]
    problems = [
        f"{where}, {row.split(':')[0]}, column {NAMES['person']!r}: names no person, who cannot be counted once"
        for row in stream.located("\"person\" = ''", ("person",))
        if nobody
    ]
    if scope.whole and rows < FILE.min_rows:
        problems.append(f"{where}: {rows} rows, at least {FILE.min_rows} expected; likely a file cut short")
    changed = stream.query(
        "SELECT profession AS code, count(*) FILTER (renamed) AS n FROM kept WHERE profession <> '' GROUP BY code HAVING n > count(*) / 2 ORDER BY code"
    )
    for code in changed["code"].astype("str"):
        label = stream.query(f'SELECT "word" AS word FROM rows WHERE "profession" = \'{code}\' LIMIT 1')["word"].iloc[0]
        problems.append(
            f"{where}, column 'Code profession': {code} is labelled {label!r}, {WORDS[code]!r} expected; the nomenclature changed"
        )
    out = stream.query(
        "SELECT approx_count_distinct(person) FILTER (category = 'E') AS students, approx_count_distinct(person) FILTER (category = 'M') AS military, "
        "count(*) FILTER (tele) AS tele FROM kept"
    ).iloc[0]
    note(
        f"{where}: left out: about {out['students']} students, {out['military']} military, {out['tele']} activities on teleconsultation platforms"
    )
    return problems


def _sites(stream: Stream) -> pd.DataFrame:
    """The commune of COG 2026 of each code written in the file: `raw, code`; codes that mean nothing are refused or noted."""
    sites = stream.query(
        "SELECT commune AS raw, any_value(town) AS town, count(*) AS n FROM kept WHERE commune <> '' GROUP BY raw ORDER BY raw"
    )
    raw = sites["raw"].astype("str")
    present, moved, lost = to_present(raw, COG)
    stray = lost[~lost.str.startswith(ELSEWHERE)]
    many = int(sites.loc[stray.index, "n"].sum())
    problems = check_names(
        present.fillna(""), sites["town"], COG, where=stream.where, column=NAMES["town"], tolerated=STRAY
    )
    if many > STRAY * sites["n"].sum() and many > 1:
        problems.append(
            f"{stream.where}, column {NAMES['commune']!r}: {many} rows have a code of no commune of COG {COG}: {shown(map(repr, sorted(stray)))}"
        )
    refuse(problems, source_id=SOURCE.id)
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
    condition = f"profession = '{profession}' AND {_CIVIL}" + (" AND general" if skills else "")
    if MODES[suffix]:
        condition += f" AND mode = '{MODES[suffix]}'"
    stream.connection.register("places", places)
    found = stream.query(
        f"WITH sites AS (SELECT DISTINCT r.person AS p, places.code AS code FROM kept r LEFT JOIN places ON r.commune = places.raw WHERE {condition}), "
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
        "SELECT code, count(DISTINCT r.structure) AS value FROM kept r JOIN places ON r.commune = places.raw "
        "WHERE r.officine AND r.structure IS NOT NULL GROUP BY code ORDER BY code"
    )
    return found.set_index("code")["value"].astype(float)


def _label(name: str) -> str:
    for suffix, words in (("_liberaux", ", exercice libéral"), ("_salaries", ", exercice salarié")):
        if name.endswith(suffix):
            return PROFESSIONS[name.removesuffix(suffix)][2] + words
    return PROFESSIONS[name][2]


SOURCE: Source = Source(
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
    at=lambda year: at_vintage(SOURCE, year),
)
