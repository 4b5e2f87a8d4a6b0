"""Which health and social establishments has each commune, by category (FINESS, stock of establishments)?

File `etalab-cs1100502-stock`: no header, `;`; line 1 is `finess;etalab;...`, then one `structureet` line of 32 cells per
establishment. The commune is written on 3 figures beside the département; DROM départements are 3 figures (`974`) or `9A` to `9F`
in old numbers. Categories keep the producer's codes (`etab_500`); their labels are read from the file (table `categories`). An
absent row is 0. Names of establishments and addresses are not kept.
https://www.data.gouv.fr/datasets/finess-extraction-du-fichier-des-etablissements/
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope
from cls_analysis.sources.melodi import with_sisters, zeros
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Table, count
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.observations import Block, assemble, with_plm
from cls_analysis.sources.present import to_present
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import refuse

YEAR = "2026"
COG = 2026
CELLS = 32
NUMBER, COMMUNE, DEPARTEMENT, CATEGORY, LABEL = 1, 12, 13, 18, 19
LETTERS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976"}
OVERSEAS = ("975", "977", "978", "986", "987", "988")
FILE = File(
    "etablissements",
    f"finess/{YEAR}/etalab-cs1100502-stock.csv",
    "https://www.data.gouv.fr/datasets/finess-extraction-du-fichier-des-etablissements/",
    encoding="utf-8 or cp1252",
    separator=";",
    min_rows=90000,
)


def read_categories(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """`code, label, variable` of every category of the file, in the producer's words."""
    del scope
    frame = _establishments(paths["etablissements"])
    labels = frame.groupby("category")["label"].agg(lambda words: words.mode().iloc[0]).rename("label").reset_index()
    return labels.rename(columns={"category": "code"}).assign(variable=lambda rows: "etab_" + rows["code"])


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `etab_<category>` in 2026 by commune and arrondissement; a commune without a row has 0."""
    frame = _establishments(paths["etablissements"])
    where = FILE.path
    if scope.whole and len(frame) < FILE.min_rows:
        refuse(
            [f"{where}: {len(frame)} establishments, at least {FILE.min_rows} expected; likely a file cut short"],
            source_id=SOURCE.id,
        )
    present, moved, lost = to_present(frame["code"], COG)
    if moved:
        note(
            f"{where}: {moved} establishments were under the code of a former commune; put in the commune that holds it"
        )
    if len(lost):
        note(
            f"{where}: {len(lost)} establishments could not be placed in a commune of COG {COG}: codes {shown(sorted(lost.unique()))}"
        )
    if len(lost) > 0.01 * len(frame):
        refuse(
            [
                f"{where}: {len(lost)} establishments of {len(frame)} are in no commune of COG {COG}: {shown(sorted(lost.unique()))}"
            ],
            source_id=SOURCE.id,
        )
    counted = frame.assign(code=present).dropna(subset=["code"]).groupby(["category", "code"]).size()
    codes = set(present.dropna())
    places = pd.Index(sorted({*with_sisters(codes), *zeros(codes, COG, scope=scope)}))
    blocks: list[Block] = []
    for category in sorted(set(counted.index.get_level_values(0))):
        values = counted.loc[category].reindex(places)
        block = Block(
            "commune", pd.Categorical(places.to_numpy()), f"etab_{category}", YEAR, np.where(values.isna(), 0.0, values),
            np.full(len(places), OBSERVED, dtype=np.int8), COG,
        )  # fmt: skip
        blocks += with_plm(block)
    return assemble(blocks)


@lru_cache(maxsize=1)
def _parsed(path: Path, size: int, changed: int) -> pd.DataFrame:
    del size, changed
    where = FILE.path
    data = path.read_bytes()
    if data[:4] == b"PK\x03\x04" or data[:200].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise InvalidInput(f"{where}: is an archive or a web page, not the file", hint="download the file again")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="strict") if b"\x81" not in data else data.decode("latin-1")
        note(f"{where}: read as Windows text (cp1252)")
    problems = [] if text.endswith("\n") else [f"{where}: the last line does not end; likely a file cut short"]
    rows: list[tuple[str, str, str]] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=";", quoting=csv.QUOTE_NONE), start=1):
        if number == 1:
            if cells[:2] != ["finess", "etalab"]:
                problems.append(f"{where}, row 1: does not begin with 'finess;etalab'; likely another extraction")
            continue
        if not cells or cells[0] == "geolocalisation":
            continue
        if cells[0] != "structureet" or len(cells) != CELLS:
            problems.append(
                f"{where}, row {number}: {len(cells)} cells under {cells[0][:20]!r}, {CELLS} under 'structureet' expected"
            )
            continue
        if cells[NUMBER] in seen:
            problems.append(
                f"{where}, row {number}: FINESS number {cells[NUMBER]} is already at row {seen[cells[NUMBER]]}"
            )
        seen[cells[NUMBER]] = number
        departement = LETTERS.get(cells[DEPARTEMENT].strip(), cells[DEPARTEMENT].strip())
        commune, category = cells[COMMUNE].strip(), cells[CATEGORY].strip()
        if not (commune.isdigit() and len(commune) == 3) or not (category.isdigit() and len(category) == 3):
            problems.append(f"{where}, row {number}: commune {commune!r} or category {category!r} is not 3 figures")
            continue
        if departement not in OVERSEAS:
            rows.append((departement + commune[-(5 - len(departement)) :], category, cells[LABEL].strip()))
    if len(problems) > 20:
        problems = [*problems[:20], f"{where}: {len(problems) - 20} more problems"]
    if problems:
        raise InvalidInput(
            problems,
            hint="put the producer's own file of 'finess' back in the mirror (cls-analysis data sources), then build again",
        )
    return pd.DataFrame(rows, columns=["code", "category", "label"], dtype="str")


def _establishments(path: Path) -> pd.DataFrame:
    """Commune, category and label of every establishment; read once per file."""
    state = path.stat()
    return _parsed(path, state.st_size, state.st_mtime_ns)


SOURCE = Source(
    "finess",
    "Agence du numérique en santé, FINESS",
    "Établissements sanitaires, sociaux et médico-sociaux",
    YEAR,
    LICENCE_OUVERTE,
    f"COG {COG}",
    (FILE,),
    tuple(
        count(
            f"etab_{number}",
            f"Établissements de catégorie {number} (libellé dans la table des catégories)",
            "établissements",
        )
        for number in range(100, 1000)
    ),
    read,
    caveats=(
        "Extraction remplacée par les flux quotidiens de l’ANS depuis juillet 2026.",
        "Une absence de ligne vaut zéro.",
    ),
    tables=(
        Table("categories", "Catégories d’établissement", ("code", "label", "variable"), ("code",), read_categories),
    ),
    homepage="https://finess.esante.gouv.fr",
)
