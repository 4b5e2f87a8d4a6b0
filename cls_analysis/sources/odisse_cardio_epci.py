"""How frequent are heart, brain and vessel diseases in each EPCI, at the same ages (Odissé, mean of 2021-2023)?

Dataset `maladies-cardio-neuro-vasculaires-taux-standardises-epci` of Santé publique France: one row per EPCI (geography
2024) and disease (`type_patho`), with age-standardised rates; the only open figures of morbidity finer than the département. The
documentation seen does not give the titles of the columns: the code, the disease and the rates are found by the words of
their titles, each must be found once, and a disease that this reader does not know is refused, never guessed. A blank or
`NS` is `not_published`. Rates are never averaged between EPCI.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.sources.codes import FRANCE, Scope, clean_codes
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, rate
from cls_analysis.sources.names import check_names, epci_names, name_column
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import parse_column
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.plausible import constant
from cls_analysis.sources.reading import Grid, read_csv
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.wide import refuse

PERIOD = "2021-2023"
COG = 2024
MARKS = {"": "not_published", "NS": "not_published", "nd": "missing"}
DISEASES = {  # variable part: (words of the label, label printed); the first whose words are all found is taken
    "avc_ischemiques": (("accident", "cerebr", "ischem"), "AVC ischémiques"),
    "avc_hemorragiques": (("accident", "cerebr", "hemorrag"), "AVC hémorragiques"),
    "avc": (("accident", "cerebr"), "Accidents vasculaires cérébraux"),
    "infarctus": (("infarctus",), "Infarctus du myocarde"),
    "syndrome_coronaire_aigu": (("coronaire", "aigu"), "Syndromes coronaires aigus"),
    "cardiopathies_ischemiques": (("cardiopathie", "ischem"), "Cardiopathies ischémiques"),
    "insuffisance_cardiaque": (("insuffisance", "cardiaque"), "Insuffisance cardiaque"),
    "embolie_pulmonaire": (("embolie",), "Embolies pulmonaires"),
    "thrombose_veineuse": (("thrombo",), "Maladie veineuse thrombo-embolique"),
    "arteriopathie": (("arteriopathie",), "Artériopathie des membres inférieurs"),
    "valvulopathies": (("valvulopathie",), "Valvulopathies"),
    "trouble_rythme": (("rythme",), "Troubles du rythme cardiaque"),
}
MEASURES = {
    "hospitalisation": (("taux", "standard", "hospitalis"), "taux standardisé de patients hospitalisés"),
    "mortalite": (("taux", "standard", "mortalite"), "taux standardisé de mortalité"),
    "prevalence": (("taux", "standard", "prevalence"), "taux standardisé de prévalence"),
    "incidence": (("taux", "standard", "incidence"), "taux standardisé d’incidence"),
}
FILE = File(
    "taux",
    "odisse-cardio-epci/2023/maladies-cardio-neuro-vasculaires-taux-standardises-epci.csv",
    "https://odisse.santepubliquefrance.fr/api/explore/v2.1/catalog/datasets/maladies-cardio-neuro-vasculaires-taux-standardises-epci"
    "/exports/csv?delimiter=%3B&use_labels=true",
    separator=";",
    min_rows=11000,
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `<measure>_<disease>` per 100 000 inhabitants in 2021-2023 by EPCI (2024), both sexes."""
    grid = read_csv(paths["taux"], FILE, final_newline=False)
    columns, problems = _columns(grid)
    refuse(problems, source_id=SOURCE.id)
    codes, problems = clean_codes(grid.frame[columns["code"]], "epci", where=grid.where, column=columns["code"])
    unknown = sorted(set(codes) - set(geography.epci(COG)["siren_epci"].astype("str")))
    if unknown:
        problems.append(f"{grid.where}: {len(unknown)} codes are no EPCI of {COG}: {shown(unknown)}")
    disease = grid.frame[columns["disease"]].map(_disease)
    strange = grid.frame[columns["disease"]][disease.isna()]
    if len(strange):
        problems.append(
            f"{grid.where}, row {shown(strange.index, most=4)}: diseases not known: {shown(map(repr, strange.unique()))}"
        )
    pairs = pd.DataFrame({"code": codes, "disease": disease})
    again = pairs.duplicated()
    if again.any():
        problems.append(
            f"{grid.where}: EPCI and disease written twice (row {shown(grid.frame.index[again], most=5)}); is there a column of sex or year?"
        )
    if scope.whole and len(pairs) < FILE.min_rows:
        problems.append(f"{grid.where}: {len(pairs)} rows, at least {FILE.min_rows} expected; likely a file cut short")
    whole = set(itertools.product(pairs["code"].unique(), pairs["disease"].dropna().unique()))
    lost = sorted(whole - set(pairs.itertuples(index=False, name=None)))
    if lost and not problems:
        problems.append(
            f"{grid.where}: rows are missing, each EPCI has every disease: {shown(f'{code} {name}' for code, name in lost)}"
        )
    if title := name_column(grid.frame.columns, "epci", "libelle epci", "nom epci", "libepci"):
        problems += check_names(
            codes, grid.frame[title], COG, where=grid.where, column=title, tolerated=0.01, known=epci_names(COG)
        )
    read_ = {}
    for measure in set(columns) & set(MEASURES):
        variable = rate(measure, measure, "", maximum=100000)
        read_[measure] = parse_column(
            grid.frame[columns[measure]], variable, marks=MARKS, where=grid.where, column=columns[measure]
        )
        problems += read_[measure][2]
        problems += constant(read_[measure][0], where=grid.where, column=columns[measure])
    refuse(problems, source_id=SOURCE.id)
    blocks = []
    for measure, (values, status, _) in sorted(read_.items()):
        for name in sorted(pairs["disease"].unique()):
            rows = np.flatnonzero((pairs["disease"] == name).to_numpy())
            blocks.append(
                Block(
                    "epci",
                    pd.Categorical(codes.iloc[rows]),
                    f"{measure}_{name}",
                    PERIOD,
                    values[rows],
                    status[rows],
                    COG,
                )
            )
    return assemble(blocks)


def _columns(grid: Grid) -> tuple[dict[str, str], list[str]]:
    """Titles of the code, the disease and the rates; none or two for one of them is a problem."""
    titles = {title: fold(title).replace("_", " ") for title in grid.frame.columns}
    wanted: dict[str, tuple[tuple[str, ...], ...]] = {
        "code": (("code", "epci"), ("codepci",), ("epci", "code")),
        "disease": (("patho",),),
    }
    wanted |= {measure: (words,) for measure, (words, _) in MEASURES.items()}
    found, problems = {}, []
    for name, alternatives in wanted.items():
        hits = [
            title
            for title, words in titles.items()
            if any(all(word in words for word in group) for group in alternatives)
        ]
        hits = [
            title
            for title in hits
            if not any(word in titles[title] for word in ("inferieur", "superieur", "borne", "ic95", "lib"))
        ] or hits[:0]
        if len(hits) > 1:
            problems.append(f"{grid.where}: several columns may be the {name}: {shown(map(repr, hits))}")
        elif hits:
            found[name] = hits[0]
        elif name in ("code", "disease"):
            problems.append(
                f"{grid.where}: no column is the {name}; the header holds {shown(map(repr, titles), most=40)}"
            )
    if not set(found) & set(MEASURES):
        problems.append(
            f"{grid.where}: no column is a standardised rate; the header holds {shown(map(repr, titles), most=40)}"
        )
    others = [title for title in titles if title not in found.values()]
    if others:
        note(f"{grid.where}: columns not read: {shown(others, most=30)}")
    return found, problems


def _disease(label: str) -> str | None:
    words = fold(label).replace("avc", "accident cerebral")
    return next((key for key, (parts, _) in DISEASES.items() if all(part in words for part in parts)), None)


SOURCE = Source(
    "odisse-cardio-epci",
    "Santé publique France",
    "Maladies cardio-neuro-vasculaires : taux standardisés par EPCI",
    PERIOD,
    LICENCE_OUVERTE,
    "EPCI 2024",
    (FILE,),
    tuple(
        rate(f"{measure}_{key}", f"{label} : {words}", "pour 100 000 hab.", maximum=100000)
        for measure, (_, words) in MEASURES.items()
        for key, (_, label) in DISEASES.items()
    ),
    read,
    caveats=("Taux standardisés : ils ne se moyennent pas entre EPCI.", "Moyenne de trois années ; EPCI de 2024."),
    homepage="https://odisse.santepubliquefrance.fr/explore/dataset/maladies-cardio-neuro-vasculaires-taux-standardises-epci/",
)
