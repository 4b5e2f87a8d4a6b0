"""How many self-employed health professionals work in each département, and for how many inhabitants (2024)?

Export of data.ameli.fr, `,`, UTF-8 with a byte-order mark: 38 professions by département, région (`departement` 999)
and France (99 / 999). `effectif` is a count of libéraux, `densite` a rate. The file does not write denominators:
effectif / densite shows that three professions are counted per 100 000 of their own public (midwives: women of
15 to 49; gynaecologists: women of 15 or more; paediatricians: children under 15), the others per 100 000 inhabitants.
Fewer than 5 professionals would be written `NS`: kept apart from 0. Aggregates are checked, never added to their parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import DEPARTEMENTS, FRANCE, Scope, clean_codes
from cls_analysis.sources.locales import lost_departements
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Remote, Source, count, rate
from cls_analysis.sources.numbers import parse_column
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.reading import Grid, read_csv
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse

COG = 2024
YEAR = "2024"
MARKS = {"NS": "not_published"}
PROFESSIONS = {
    "ensemble_medecins": "Ensemble des médecins",
    "ensemble_generalistes": "Ensemble des médecins généralistes",
    "generalistes": "Médecins généralistes (hors médecins à expertise particulière - MEP)",
    "generalistes_mep": "Médecins généralistes à expertise particulière (MEP)",
    "ensemble_specialistes": "Ensemble des médecins spécialistes (hors généralistes)",
    "allergologues": "Allergologues",
    "anesthesistes": "Anesthésistes-réanimateurs",
    "autres_medecins": "Autres médecins",
    "cardiologues": "Cardiologues",
    "chirurgiens": "Chirurgiens",
    "dermatologues": "Dermatologues",
    "endocrinologues": "Endocrinologues",
    "gastro_enterologues": "Hépato-gastro-entérologues",
    "gynecologues": "Gynécologues médicaux et obstétriciens",
    "medecins_nucleaires": "Médecins nucléaires",
    "medecins_pathologistes": "Médecins pathologistes",
    "medecins_vasculaires": "Médecins vasculaires",
    "nephrologues": "Néphrologues",
    "neurologues": "Neurologues",
    "ophtalmologues": "Ophtalmologues",
    "orl": "Oto-rhino-laryngologistes",
    "pediatres": "Pédiatres",
    "pneumologues": "Pneumologues",
    "psychiatres": "Psychiatres",
    "radiologues": "Radiologues",
    "radiotherapeutes": "Radiothérapeutes",
    "rhumatologues": "Rhumatologues",
    "stomatologues": "Stomatologues",
    "ensemble_dentistes": "Ensemble des chirurgiens-dentistes",
    "dentistes": "Chirurgiens-dentistes (hors spécialistes d'orthopédie dento-faciale - ODF)",
    "orthodontistes": "Chirurgiens-dentistes spécialistes d'orthopédie dento-faciale (ODF)",
    "sages_femmes": "Sages-femmes",
    "ensemble_auxiliaires": "Ensemble des auxiliaires médicaux",
    "infirmiers": "Infirmiers",
    "kinesitherapeutes": "Masseurs-kinésithérapeutes",
    "orthophonistes": "Orthophonistes",
    "orthoptistes": "Orthoptistes",
    "pedicures": "Pédicures-podologues",
}
PUBLICS = {
    "sages_femmes": "pour 100 000 femmes de 15 à 49 ans (dénominateur déduit)",
    "gynecologues": "pour 100 000 femmes de 15 ans ou plus (dénominateur déduit)",
    "pediatres": "pour 100 000 enfants de moins de 15 ans (dénominateur déduit)",
}
GROUPS = {
    "ensemble_medecins": ("ensemble_generalistes", "ensemble_specialistes"),
    "ensemble_generalistes": ("generalistes", "generalistes_mep"),
    "ensemble_dentistes": ("dentistes", "orthodontistes"),
    "ensemble_auxiliaires": ("infirmiers", "kinesitherapeutes", "orthophonistes", "orthoptistes", "pedicures"),
}
FILE = File(
    "effectifs",
    "ameli-demographie/2024/effectifs_densites_departement.csv",
    "https://data.ameli.fr/api/explore/v2.1/catalog/datasets/demographie-effectifs-et-les-densites/exports/csv",
    columns=(
        "annee", "profession_sante", "region", "libelle_region", "departement", "libelle_departement", "classe_age",
        "libelle_classe_age", "libelle_sexe", "effectif", "densite",
    ),
    min_rows=4560,
    remote=Remote(
        "csv",
        pattern="https://data.ameli.fr/api/explore/v2.1/catalog/datasets/demographie-effectifs-et-les-densites/exports/csv",
        query=(
            ("where", 'year(annee)={year} and classe_age="tout_age" and libelle_sexe="tout sexe"'),
            ("limit", "-1"), ("delimiter", ";"), ("use_labels", "false"),
        ),
        changes="https://data.ameli.fr/api/explore/v2.1/catalog/datasets/demographie-effectifs-et-les-densites",
        max_bytes=50_000_000,
    ),
)  # fmt: skip
VARIABLES = tuple(
    count(f"effectif_{key}", f"{label} : effectif libéral", "professionnels") for key, label in PROFESSIONS.items()
) + tuple(
    rate(f"densite_{key}", f"{label} : densité libérale", PUBLICS.get(key, "pour 100 000 hab."), maximum=5000.0)
    for key, label in PROFESSIONS.items()
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `effectif_*` and `densite_*` in `year` by département, région and France, all ages, both sexes."""
    grid = read_csv(paths["effectifs"], file_at(FILE, year))
    frame, problems = _territories(grid)
    wanted = {"annee": year, "classe_age": "tout_age", "libelle_sexe": "tout sexe"}
    for column, value in wanted.items():
        other = grid.frame[column][grid.frame[column].map(fold) != fold(value)]
        if len(other):
            problems.append(
                f"{grid.where}, row {shown(other.index, most=4)}, column {column!r}: {shown(map(repr, other.unique()))} is not {value!r}"
            )
    keys = {fold(label): key for key, label in PROFESSIONS.items()}
    frame["profession"] = grid.frame["profession_sante"].map(lambda text: keys.get(fold(text)))
    unknown = grid.frame["profession_sante"][frame["profession"].isna()]
    if len(unknown):
        problems.append(
            f"{grid.where}, row {shown(unknown.index, most=4)}, column 'profession_sante': not known: {shown(map(repr, unknown.unique()))}"
        )
    for column, variable in (("effectif", VARIABLES[0]), ("densite", VARIABLES[-1])):
        values, status, wrong = parse_column(grid.frame[column], variable, marks=MARKS, where=grid.where, column=column)
        frame[column], frame[f"{column}_status"] = values, status
        problems += wrong
    problems += _checks(frame, grid.where, scope=scope)
    refuse(problems, source_id=SOURCE.id)
    blocks = [
        Block(
            str(level), pd.Categorical(part["code"]), f"{measure}_{profession}", year,
            part[measure].to_numpy(), part[f"{measure}_status"].to_numpy(), COG,
        )
        for (level, profession), part in frame.groupby(["level", "profession"], sort=True)
        for measure in ("effectif", "densite")
    ]  # fmt: skip
    return assemble(blocks)


def _territories(grid: Grid) -> tuple[pd.DataFrame, list[str]]:
    """Level and code of each row: 99 / 999 is France, 999 alone a région, the others départements."""
    region = grid.frame["region"].str.strip()
    departement = grid.frame["departement"].str.strip()
    france = (region == "99") & (departement == "999")
    of_region = (departement == "999") & ~france
    level = pd.Series(np.select([france, of_region], ["france", "region"], "departement"), index=grid.frame.index)
    codes, problems = pd.Series("FR", index=grid.frame.index, dtype="str"), []
    for name, raw, chosen in (("region", region, of_region), ("departement", departement, level == "departement")):
        clean, wrong = clean_codes(raw[chosen], name, where=grid.where, column=name)
        codes = codes.mask(chosen, clean.reindex(codes.index))
        problems += wrong
    parent, wrong = clean_codes(region[~france], "region", where=grid.where, column="region")
    return pd.DataFrame({"level": level, "code": codes, "region": parent.reindex(codes.index)}), [*problems, *wrong]


def _checks(frame: pd.DataFrame, where: str, *, scope: Scope) -> list[str]:
    """Unique rows, every profession everywhere, aggregates equal to their parts, professions to their groups."""
    problems = []
    again = frame.duplicated(["level", "code", "profession"])
    if again.any():
        problems.append(
            f"{where}: {int(again.sum())} rows repeat a territory and profession (row {shown(frame.index[again], most=5)})"
        )
        return problems
    sizes = frame.groupby(["level", "code"]).size()
    short = sizes[sizes != len(PROFESSIONS)]
    if len(short):
        problems.append(
            f"{where}: territories without the {len(PROFESSIONS)} professions: {shown(' '.join(pair) for pair in short.index)}"
        )
    problems += lost_departements(
        frame["code"][frame["level"] == "departement"], where=where, expected=DEPARTEMENTS, scope=scope
    )
    counts = frame.pivot_table(index=["level", "code"], columns="profession", values="effectif")
    for group, parts in GROUPS.items():
        if {group, *parts} <= set(counts.columns):
            gap = (counts[group] - counts[list(parts)].sum(axis=1, min_count=len(parts))).dropna()
            if (gap != 0).any():
                problems.append(
                    f"{where}: {group} is not the sum of its professions in {shown(' '.join(p) for p in gap.index[gap != 0])}"
                )
    if scope.whole:
        problems += _aggregates(frame, where)
    return problems


def _aggregates(frame: pd.DataFrame, where: str) -> list[str]:
    """The count of a région is that of its départements, that of France the régions' (where all are published)."""
    problems = []
    by_region = (
        frame[frame["level"] == "departement"]
        .groupby(["profession", "region"])["effectif"]
        .agg(["sum", "count", "size"])
    )
    region = frame[frame["level"] == "region"].set_index(["profession", "code"])["effectif"]
    whole = by_region[by_region["count"] == by_region["size"]]["sum"]
    gap = (region.reindex(whole.index) - whole).dropna()
    if (gap != 0).any():
        problems.append(
            f"{where}: régions that are not the sum of their départements: {shown(' '.join(p) for p in gap.index[gap != 0])}"
        )
    france = frame[frame["level"] == "france"].set_index("profession")["effectif"]
    gap = (france - region.groupby("profession").sum(min_count=18)).dropna()
    if (gap != 0).any():
        problems.append(f"{where}: France is not the sum of the régions for {shown(gap.index[gap != 0])}")
    return problems


SOURCE: Source = Source(
    "ameli-demographie",
    "Assurance maladie",
    "Démographie des professionnels de santé libéraux",
    YEAR,
    LICENCE_OUVERTE,
    "départements, régions, France",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Professionnels libéraux seulement : ni salariés, ni centres de santé.",
        "Sages-femmes, gynécologues et pédiatres : densité rapportée à leur public (femmes, enfants), dénominateur déduit des données.",
    ),
    homepage="https://data.ameli.fr/explore/dataset/demographie-effectifs-et-les-densites/",
    at=lambda year: at_vintage(SOURCE, year),
)
