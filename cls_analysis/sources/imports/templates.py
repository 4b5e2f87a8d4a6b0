"""Which two files does a partner fill in? A table and the TOML that describes it, ready for one kind of data.

The table has the header and, where a territory is given, one row per commune (or EPCI), sex and age with blank figures; a table
still blank is refused by the check, so that an empty template never passes for data. Existing files are never overwritten.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from cls_analysis import geography
from cls_analysis.errors import InvalidInput, StorageFailed, UnknownName
from cls_analysis.sources.imports.spec import PLACEHOLDERS, imports_dir

AGES = ("0 an", "1 à 4 ans", *(f"{age} à {age + 4} ans" for age in range(5, 95, 5)), "95 ans ou plus")  # never a date


@dataclass(frozen=True)
class Kind:
    """One kind of table: where it goes in the catalogue, its columns, whether by sex and age."""

    source: str
    variable: str
    label: str
    unit: str
    period: str
    title: str
    by_age: bool
    denominator: str | None = None
    comment: str = ""


KINDS: dict[str, Kind] = {
    "deces": Kind(
        "import-deces", "deces", "Décès toutes causes", "décès", "2018-2022", "deces", True,
        comment="Décès domiciliés de toute la période. Une autre cause : une autre variable, par exemple deces_tumeurs.",
    ),
    "ald": Kind(
        "import-ald", "patients_ald", "Personnes en affection de longue durée", "personnes", "2023", "patients", True,
        comment="Personnes en ALD au 31 décembre, tous régimes ou régime général : le dire dans « title ».",
    ),
    "depistages": Kind(
        "import-depistages", "depistage_sein", "Femmes de 50 à 74 ans dépistées (cancer du sein)", "personnes", "2023", "depistees", False, "invitees",
        comment="Cancer colorectal : variable = \"depistage_colorectal\" dans un second TOML.",
    ),
    "medecin-traitant": Kind(
        "import-medecin-traitant", "patients_sans_mt", "Patients de 17 ans ou plus sans médecin traitant", "personnes", "2023", "sans_mt", False, "patients",
    ),
    "generic": Kind(
        "import-autre", "mon_indicateur", "Ce qui est compté", "personnes", "2023", "effectif", False,
        comment="Choisir source (import-...) et variable ; une entrée du catalogue s’y réfère par « source:variable ».",
    ),
}  # fmt: skip


def write_template(
    name: str,
    *,
    kind: str = "generic",
    level: str = "commune",
    territory: str | None = None,
    form: str = "csv",
    folder: Path | str | None = None,
) -> tuple[Path, Path]:
    """Write `<name>.<form>` and `<name>.toml` in data/raw/imports; returns their paths.

    `kind`: one of `KINDS`; `level`: `commune` or `epci`; `territory`: fills in the codes of its communes (or EPCI).
    Raises `UnknownName` for an unknown kind, territory or form, `InvalidInput` for a name that is not a file's or that exists.
    """
    chosen = KINDS.get(kind)
    if chosen is None or form not in ("csv", "xlsx") or level not in ("commune", "epci"):
        raise UnknownName(
            f"no template of kind {kind!r}, level {level!r}, form {form!r}; kinds: {', '.join(KINDS)}; levels: commune, epci; forms: csv, xlsx",
            hint="cls-analysis imports template --help",
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise InvalidInput(
            f"{name!r} cannot name an import: lower-case letters, figures, - and _",
            hint="cls-analysis imports template deces-2018-2022",
        )
    where = imports_dir(folder)
    table, toml = where / f"{name}.{form}", where / f"{name}.toml"
    there = [path.name for path in (where / f"{name}.csv", where / f"{name}.xlsx", toml) if path.exists()]
    if there:
        raise InvalidInput(
            f"{', '.join(there)}: already there, never overwritten", hint="choose another name, or move the files away"
        )
    rows = _rows(chosen, level, territory)
    try:
        where.mkdir(parents=True, exist_ok=True)
        if form == "csv":
            text = io.StringIO()
            csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
            table.write_bytes(text.getvalue().encode("utf-8-sig"))
        else:
            _workbook(table, rows)
        toml.write_text(_toml(chosen, level, territory, name), encoding="utf-8")
    except OSError as error:
        raise StorageFailed(
            f"cannot write in {where}: {error.strerror}", hint="choose another folder (CLS_IMPORTS)"
        ) from error
    return table, toml


def _rows(kind: Kind, level: str, territory: str | None) -> list[list[str]]:
    names = [
        "code",
        "libelle",
        *(["sexe", "age"] if kind.by_age else []),
        kind.title,
        *([kind.denominator] if kind.denominator else []),
    ]
    if territory is None:
        return [names]
    found = geography.territory(territory)
    if level == "epci":
        labels = dict(geography.epci().astype("str").set_index("siren_epci")["name"])
        codes: Sequence[str] = found.epci
    else:
        labels = dict(geography.communes().astype("str").set_index("code_commune")["name"])
        codes = found.communes
    cells = list(itertools.product(("F", "M"), AGES)) if kind.by_age else [()]
    blank = [""] * (2 if kind.denominator else 1)
    return [names, *([code, labels.get(code, ""), *cell, *blank] for code in codes for cell in cells)]


def _workbook(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Every column of text, so that the spreadsheet keeps leading zeros and does not make dates of ages."""
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        sheet = book.add_worksheet("Données")
        text = book.add_format({"num_format": "@"})
        sheet.set_column(0, len(rows[0]) - 1 - (2 if rows[0][-1] == "invitees" else 1), 16, text)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell, text if number else None)


def _toml(kind: Kind, level: str, territory: str | None, name: str) -> str:
    lines = [
        f"# {name} : ce que contient la table voisine. Guide : docs/imports.md. Vérifier : cls-analysis imports check {name}",
        *([f"# {kind.comment}"] if kind.comment else []),
        f'source = "{kind.source}"',
        f'variable = "{kind.variable}"',
        f'label = "{kind.label}"',
        f'unit = "{kind.unit}"',
        f'period = "{kind.period}"               # une année, ou une période cumulée : 2018-2022',
        f'level = "{level}"                # commune, epci, departement, region ou france',
        f"cog = {geography.REFERENCE_COG}                       # année de la géographie des codes",
        f'producer = "{PLACEHOLDERS[0]}"',
        f'licence = "{PLACEHOLDERS[1]}"',
        'confidentiality = "restricted"   # public ou restricted (le rapport porte « diffusion restreinte »)',
        "threshold = 11                   # plus petit effectif que le partenaire permet de publier",
        'blank = "missing"                # une case vide : missing, not_published, zero ou refused',
        'absent_rows = "missing"          # une ligne absente : missing, ou zero si le fichier ne liste que les non nuls',
        *(
            [f'coverage = ["{territory}"]     # territoires que le fichier couvre en entier']
            if territory and level == "commune"
            else []
        ),
        "",
        "[columns]                        # titres des colonnes du partenaire",
        'code = "code"',
        *(['sex = "sexe"', 'age = "age"'] if kind.by_age else []),
        f'count = "{kind.title}"',
        *([f'denominator = "{kind.denominator}"'] if kind.denominator else []),
        "",
    ]
    return "\n".join(lines)
