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
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope
from cls_analysis.sources.melodi import with_sisters, zeros
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Table, count
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.observations import Block, assemble, split_places, with_plm
from cls_analysis.sources.present import to_present
from cls_analysis.sources.text import shown
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse
from cls_analysis.unchanged import once_per_file

YEAR = "2026"
COG = 2026
CELLS = 32
NUMBER, COMMUNE, DEPARTEMENT, TOWN, CATEGORY, LABEL = 1, 12, 13, 15, 18, 19
# What a text that was decoded wrongly holds: half of an accent, the Mac's letters, a question mark within a word.
_DAMAGED = re.compile("Ã[©¨ªƒ§´¢«®¯»¼]|[\ufffdŽž‰‡ƒˆ˜]|(?<=[A-Za-z])\\?(?=[a-z])")
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


def read_categories(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """`code, label, variable` of every category of the file, in the producer's words."""
    del scope
    frame = _establishments(paths["etablissements"], year)
    labels = frame.groupby("category")["label"].agg(lambda words: words.mode().iloc[0]).rename("label").reset_index()
    return labels.rename(columns={"category": "code"}).assign(variable=lambda rows: "etab_" + rows["code"])


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `etab_<category>` in `year` by commune and arrondissement; a commune without a row has 0."""
    frame = _establishments(paths["etablissements"], year)
    where = file_at(FILE, year).path
    problems = check_names(frame["code"], frame["town"], COG, where=where, column="ligneacheminement", tolerated=0.3)
    if frame.empty:
        problems = [f"{where}: holds no row of an establishment under its header; likely a file cut short"]
    refuse(problems, source_id=SOURCE.id)
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
    keys = pd.Categorical(places.to_numpy())
    split = split_places(keys)
    blocks: list[Block] = []
    for category in sorted(set(counted.index.get_level_values(0))):
        values = counted.loc[category].reindex(places)
        block = Block(
            "commune", keys, f"etab_{category}", year, np.where(values.isna(), 0.0, values),
            np.full(len(places), OBSERVED, dtype=np.int8), COG,
        )  # fmt: skip
        blocks += with_plm(block, places=split)
    return assemble(blocks)


@once_per_file(1)
def _establishments(path: Path, year: str) -> pd.DataFrame:
    """Commune, category and label of every establishment."""
    where = file_at(FILE, year).path
    text = _text(path.read_bytes(), where)
    problems = [] if text.endswith("\n") else [f"{where}: the last line does not end; likely a file cut short"]
    rows: list[tuple[str, str, str, str]] = []
    seen: dict[str, int] = {}
    labels: set[str] = set()
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=";", quoting=csv.QUOTE_NONE), start=1):
        if number == 1:
            if cells[:2] != ["finess", "etalab"]:
                problems.append(
                    f"{where}, row 1: has not the header 'finess;etalab': another extraction, another separator, or columns moved"
                )
                break
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
                f"{where}, row {number}: FINESS number {cells[NUMBER]} is repeated, already at row {seen[cells[NUMBER]]}"
            )
        seen[cells[NUMBER]] = number
        departement = LETTERS.get(cells[DEPARTEMENT].strip(), cells[DEPARTEMENT].strip())
        commune, category = cells[COMMUNE].strip(), cells[CATEGORY].strip()
        if not (commune.isdigit() and len(commune) == 3) or not (category.isdigit() and len(category) == 3):
            problems.append(
                f"{where}, row {number}: code of the commune {commune!r} or category {category!r} is not 3 figures"
            )
            continue
        if cells[LABEL] not in labels and _DAMAGED.search(cells[LABEL]):
            problems.append(
                f"{where}, row {number}: accents of the label {cells[LABEL]!r} were damaged by a wrong conversion; download the file again"
            )
        labels.add(cells[LABEL])
        if departement not in OVERSEAS:
            town = re.sub(r"^\d{5}\s+|\s+CEDEX.*$", "", cells[TOWN].strip())
            rows.append((departement + commune[-(5 - len(departement)) :], category, cells[LABEL].strip(), town))
    if len(problems) > 20:
        problems = [*problems[:20], f"{where}: {len(problems) - 20} more problems"]
    if problems:
        raise InvalidInput(
            problems,
            hint="put the producer's own file of 'finess' back in the mirror (cls-analysis data sources), then build again",
        )
    return pd.DataFrame(rows, columns=["code", "category", "label", "town"], dtype="str")


def _text(data: bytes, where: str) -> str:
    """The decoded file; `InvalidInput` for what is no text of this producer, or whose accents were damaged."""
    again = "download the file again"
    if data[:4] == b"PK\x03\x04" or data[:2] == b"\x1f\x8b":
        raise InvalidInput(f"{where}: is an archive (zip archive or gzip), not the file", hint="unpack it")
    if data[:200].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise InvalidInput(f"{where}: is a web page, not the file", hint=again)
    if b"\0" in data:
        row = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise InvalidInput(f"{where}, row {row}: holds null bytes; it is not a text file", hint=again)
    if not data.lstrip(b"\xef\xbb\xbf \r\n"):
        raise InvalidInput(f"{where}: is empty: has no header and no row", hint=again)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        note(f"{where}: read as Windows text (cp1252)")
    return text.replace("\r\n", "\n").replace("\r", "\n")


SOURCE: Source = Source(
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
    at=lambda year: at_vintage(SOURCE, year),
)
