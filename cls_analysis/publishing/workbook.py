"""Which numbers may an analyst take away, and how are they kept from being misread?

The published rows of a report as a workbook (XLSX) and as CSV: value, interval, unit, status, reliability,
coverage, sources, and a dictionary of indicators and columns. A withheld value is an empty cell beside the
word that says why; were one to carry a number, nothing is written. Text that a spreadsheet would run as a
formula is neutralised. The same rows give the same bytes.

Reference: OWASP, "CSV injection"; ECMA-376 (XLSX) through XlsxWriter; content.md conventions on secrecy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis import __version__
from cls_analysis.columns import Column, decimal
from cls_analysis.disclosure.wording import HEADINGS, STATUS_FRENCH
from cls_analysis.errors import DisclosureBreach, InvalidInput
from cls_analysis.publishing.extra_sheets import CSV_COLUMNS, ExtraSheet, extra_sheets, long_rows
from cls_analysis.publishing.long_sheet import MAX_TEXT, LongSheet
from cls_analysis.publishing.packing import QuickWorkbook
from cls_analysis.publishing.publication import STATUS_WORDS, Publication

CUT = " [… texte coupé : une cellule n’en contient pas plus]"
#: rows by column, as they are declared
Rows = Mapping[str, Column]

SHOWN = ("observed", "estimated")
WITHHELD = ("value", "lower", "upper", "numerator", "denominator")

_DELIMITERS = re.compile('[;"\r\n]')
_FORMULA_SIGNS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
RELIABILITY_FRENCH = {"ok": "bonne", "small": "fragile (petit effectif)", "approximate": "approchée", "none": "–"}

# column of THE TABLE -> (meaning, width)
_MEANINGS: dict[str, tuple[str, int]] = {
    "indicator": ("Identifiant de l’indicateur, voir la feuille Indicateurs", 28),
    "label": ("Libellé de l’indicateur", 46),
    "territory_type": (
        "commune, epci, bassin_de_vie, perimeter (périmètre), departement, region, france",
        16,
    ),
    "territory": ("Code officiel : Insee, SIREN ou identifiant du périmètre", 18),
    "territory_name": ("Nom du territoire", 34),
    "period": ("Année ou période de la donnée", 12),
    "sex": ("all (ensemble), F, M", 8),
    "age": ("all (tous âges) ou groupe d’âges", 10),
    "value": ("Valeur publiée, dans l’unité indiquée ; vide si elle est retenue (voir Statut)", 12),
    "lower": ("Borne basse de l’intervalle de confiance à 95 %", 12),
    "upper": ("Borne haute de l’intervalle de confiance à 95 %", 12),
    "numerator": ("Effectif au numérateur, s’il est publiable", 12),
    "denominator": ("Effectif au dénominateur, s’il est publiable", 13),
    "unit": ("Unité de la valeur", 20),
    "method": ("Méthode de calcul", 18),
    "status": ("Pourquoi la valeur est là, ou n’y est pas", 30),
    "reliability": ("Fiabilité statistique de la valeur", 22),
    "coverage": ("Part de la population du territoire sur laquelle la valeur repose (0 à 1)", 11),
    "simulated": ("Vrai si la valeur vient de données simulées", 9),
    "source_ids": ("Identifiants des sources, voir la feuille Sources", 34),
}
# column of THE TABLE -> (heading in the workbook, meaning, width)
COLUMNS = {name: (HEADINGS[name], meaning, width) for name, (meaning, width) in _MEANINGS.items()}


def published_rows(publication: Publication) -> Rows:
    """The declared rows by column, columns in a fixed order; InvalidInput when a column is missing.

    Raises DisclosureBreach when a withheld row carries a number.
    """
    if publication.rows is None:
        raise InvalidInput(
            "the notebook publishes no rows: a workbook cannot be made",
            hint="d.publication() gives `rows`; or ask for --format html only",
        )
    rows = dict(publication.rows)
    required = [name for name in COLUMNS if name not in {"label", "territory_name"}]
    missing = [name for name in required if name not in rows]
    if missing:
        raise InvalidInput([f"published rows have no column {name!r}" for name in missing])
    if "label" not in rows:
        labels = {entry.id: entry.label or entry.id for entry in publication.indicators}
        named = rows["indicator"]
        rows["label"] = named.renamed(labels.get(name, name) for name in named.categories)
    rows.setdefault("territory_name", rows["territory"])
    unknown = sorted(map(str, set(rows["status"]) - set(STATUS_FRENCH)))
    if unknown:
        raise InvalidInput([f"status {word!r} is not one of THE TABLE's" for word in unknown])
    _refuse_breach(rows)
    return {name: rows[name] for name in COLUMNS}


def _refuse_breach(rows: Rows) -> None:
    withheld = ~rows["status"].where(SHOWN.__contains__)
    carrying = [np.flatnonzero(withheld & rows[name].where(lambda value: not _blank(value))) for name in WITHHELD]
    found = sorted({int(number) for numbers in carrying for number in numbers})
    if found:
        where = [rows[name] for name in ("indicator", "territory", "period", "sex", "age", "status")]
        raise DisclosureBreach(
            [f"withheld row carries a number: {', '.join(str(column[n]) for column in where)}" for n in found[:10]],
            hint="only published/ tables may reach a workbook",
        )


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula, its signs written wide (U+FF1D ...) included.

    >>> safe_text("=HYPERLINK(1)"), safe_text("-12"), safe_text("Langres")
    ("'=HYPERLINK(1)", "'-12", 'Langres')
    """
    return f"'{text}" if text[:1] in _FORMULA_SIGNS else text


def write_csv(rows: Mapping[str, Sequence[Any]], path: Path) -> None:
    """Published rows as UTF-8 CSV with `;` and a decimal comma, which French spreadsheets open as they are."""
    columns = [
        [_quoted(name), *Column.of(values).texts(partial(map, _csv_cell), _with_comma)] for name, values in rows.items()
    ]
    lines = [*map(";".join, zip(*columns, strict=True)), ""]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode("utf-8"))


def _with_comma(decimals: Sequence[str]) -> list[str]:
    return "\n".join(decimals).replace(".", ",").split("\n")


def _csv_cell(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(safe_text(value))
    if _blank(value):
        return ""
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    if isinstance(value, int | float):
        return decimal(value).replace(".", ",")
    return _quoted(safe_text(str(value)))


def _quoted(text: str) -> str:
    """The text as one cell of a CSV (RFC 4180), its delimiter `;`."""
    return '"' + text.replace('"', '""') + '"' if _DELIMITERS.search(text) else text


def _blank(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def write_workbook(rows: Rows, publication: Publication, path: Path) -> None:
    """The workbook: Lisez-moi, Valeurs, Indicateurs, Sources, Dictionnaire. Same input, same bytes."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with QuickWorkbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"{publication.title} – valeurs publiées",
                "subject": publication.territory_name,
                "author": "cls_analysis",
                "comments": " ".join(f"{STATUS_WORDS[status]}." for status in publication.statuses),
                "created": datetime(_year(publication.edition), 1, 1),
            }
        )
        style = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "warn": book.add_format({"bold": True, "font_color": "#8A3B00"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _readme_sheet(book, style, publication)
        _values_sheet(book, style, rows, publication)
        _sheet(
            book, style, "Indicateurs",
            ["Code", "Libellé", "Unité", "Définition", "Période", "Maille", "Niveau de diffusion", "Limites"],
            [(e.id, e.label, e.unit, e.definition, e.period, e.geography, e.tier, e.caveat) for e in publication.indicators],
            [28, 44, 18, 70, 12, 14, 12, 60],
        )  # fmt: skip
        _sheet(
            book, style, "Sources",
            ["Code", "Producteur", "Jeu de données", "Millésime", "Licence", "Mise à jour", "Adresse", "Simulée"],
            [
                (s.id, s.producer, s.title, s.vintage, s.licence, s.updated, s.url or "", "oui" if s.simulated else "non")
                for s in publication.sources
            ],
            [28, 24, 60, 12, 22, 14, 60, 9],
        )  # fmt: skip
        _sheet(
            book, style, "Dictionnaire",
            ["Colonne (CSV)", "Colonne (classeur)", "Signification"],
            [(name, heading, meaning) for name, (heading, meaning, _) in COLUMNS.items()]
            + [("status", f"Statut « {code} »", words) for code, words in STATUS_FRENCH.items()]
            + [("reliability", f"Fiabilité « {code} »", words) for code, words in RELIABILITY_FRENCH.items()],
            [18, 34, 80],
        )  # fmt: skip
        for sheet in extra_sheets(publication):
            _sheet(book, style, sheet.name, sheet.columns, sheet.rows, _widths(sheet), filtered=True)


def _widths(sheet: ExtraSheet) -> list[int]:
    """A width per column: that of its longest text, within reason."""
    cells = zip(*sheet.rows, strict=True) if sheet.rows else ((),) * len(sheet.columns)
    return [
        min(60, max(len(head), *(len(str(v or "")) for v in column), 8) + 1)
        for head, column in zip(sheet.columns, cells, strict=True)
    ]


def write_extra_csv(publication: Publication, path: Path) -> None:
    """What was gathered and decided as one CSV, a line per cell: `feuille;ligne;colonne;valeur`, written as `write_csv` does."""
    columns = list(zip(*long_rows(extra_sheets(publication)), strict=True)) or [()] * len(CSV_COLUMNS)
    write_csv(dict(zip(CSV_COLUMNS, columns, strict=True)), path)


def _year(edition: str) -> int:
    return int(edition[:4]) if edition[:4].isdecimal() and 1980 <= int(edition[:4]) < 2100 else 2000


def _readme_sheet(book: Any, style: dict[str, Any], publication: Publication) -> None:
    sheet = book.add_worksheet("Lisez-moi")
    sheet.set_column(0, 0, 100)
    lines: list[tuple[str, Any]] = [(publication.title, style["title"])]
    lines.append((f"{publication.territory_name} – édition {publication.edition} – {publication.data_date}", None))
    lines += [(f"{STATUS_WORDS[status].upper()}.", style["warn"]) for status in publication.statuses]
    if publication.simulated:
        lines.append(
            ("Les valeurs marquées Simulé = VRAI sont inventées par un modèle : elles ne décrivent aucun territoire réel.",
             style["warn"])
        )  # fmt: skip
    lines += [
        ("Ce classeur contient les valeurs publiées du rapport et elles seules. Une cellule de valeur vide n’est pas un "
         "zéro : la colonne Statut dit pourquoi la valeur manque.", style["wrap"]),
        ("Feuilles : Valeurs, Indicateurs (définitions), Sources, Dictionnaire (colonnes et statuts).", style["wrap"]),
        *_extra_lines(publication, style),
        ("Les EPCI hors du territoire et les bassins de vie sont ceux que le rapport classe ou cartographie, pour les seuls indicateurs concernés.",
         style["wrap"]),
        ("Une valeur estimée repose sur la part de population donnée par la colonne Couverture.", style["wrap"]),
        (f"Produit par cls_analysis {__version__}.", None),
    ]  # fmt: skip
    for row, (text, kind) in enumerate(lines):
        sheet.write_string(row, 0, safe_text(text), kind)


def _extra_lines(publication: Publication, style: dict[str, Any]) -> list[tuple[str, Any]]:
    """A line per sheet of what was gathered, and what « secret » means there."""
    sheets = extra_sheets(publication)
    said = "Participation : ce qui a été recueilli et décidé. Une case vide marquée « secret » protège un petit groupe de répondants."
    return [(said, style["wrap"]), *((f"{s.name} : {s.title}.", style["wrap"]) for s in sheets)] if sheets else []


def _values_sheet(book: Any, style: dict[str, Any], rows: Rows, publication: Publication) -> None:
    """The published rows: French words for statuses, text that no spreadsheet takes for a formula."""
    words = {"status": STATUS_FRENCH, "reliability": RELIABILITY_FRENCH}
    _columns_sheet(
        book, style, "Valeurs SIMULÉES" if publication.simulated else "Valeurs",
        [heading for heading, _, _ in COLUMNS.values()],
        [(rows[name], partial(_plain, words.get(name, {}))) for name in COLUMNS],
        [width for _, _, width in COLUMNS.values()],
        filtered=True,
    )  # fmt: skip


def _sheet(
    book: Any,
    style: dict[str, Any],
    name: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[Any]],
    widths: Sequence[int],
    *,
    filtered: bool = False,
) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(headings)
    said = [(column, _cut) for column in columns]
    _columns_sheet(book, style, name, headings, said, widths, filtered=filtered)


def _columns_sheet(
    book: Any,
    style: dict[str, Any],
    name: str,
    headings: Sequence[str],
    columns: Sequence[tuple[Sequence[Any], Callable[[Any], Any]]],
    widths: Sequence[int],
    *,
    filtered: bool,
) -> None:
    sheet = book.add_worksheet(name, worksheet_class=LongSheet)
    sheet.freeze_panes(1, 0)
    for number, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, heading, style["head"])
    sheet.fill(columns)
    length = len(columns[0][0])
    if filtered and length:
        sheet.autofilter(0, 0, length, len(headings) - 1)


def _plain(words: Mapping[str, str], value: Any) -> Any:
    """What a cell says: no number for a blank, a French word for a code, text that is no formula."""
    if _blank(value):
        return None
    return safe_text(words.get(value, value)) if isinstance(value, str) else value


def _cut(value: Any) -> Any:
    """The same, a text cut to what a cell holds, and saying so."""
    said = _plain({}, value)
    return said if not isinstance(said, str) or len(said) <= MAX_TEXT else said[: MAX_TEXT - len(CUT)] + CUT
