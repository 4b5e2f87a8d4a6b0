"""Is a partner's table sound, and what OBSERVATIONS does it give? Everything wrong is told at once, by row and column.

Statuses: a number is `observed`; `s`, `NS`, `secret`, `<5`, `<11`, `1 à 4` are `not_published` (they hide a number); `nd`, `n.d.`
are `missing`; a blank is what the TOML says (`missing` unless told otherwise); `sans objet` is `not_applicable`. Nothing hidden
is ever read as 0. A cell absent from the file is missing, or 0 where the TOML says so, for the communes of its coverage.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import ClsError
from cls_analysis.sources.codes import ARRONDISSEMENTS, DEPARTEMENTS, PATTERNS, clean_codes, known_communes
from cls_analysis.sources.imports.cells import Cells, as_text, read_cells, title_of
from cls_analysis.sources.imports.coherence import parts, whole
from cls_analysis.sources.imports.labels import age_of, sex_of
from cls_analysis.sources.imports.spec import ImportSpec, imports_dir, read_spec
from cls_analysis.sources.model import Variable
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import collect
from cls_analysis.sources.numbers import MISSING, NOT_PUBLISHED, OBSERVED, parse_cells, parse_column
from cls_analysis.sources.observations import Block, assemble, with_plm
from cls_analysis.sources.plausible import constant
from cls_analysis.sources.text import fold, shown

_HIDDEN = ("s", "ns", "secret", "secret statistique", "c", "confidentiel", "*", "***", "non publie", "masque", "nsp")
_UNKNOWN = ("nd", "n.d.", "n.d", "n/d", "na", "n/a", "#n/a", "non disponible", "inconnu", "-", "..", "...")
_NO_OBJECT = ("so", "s.o.", "sans objet")
_RANGE = re.compile(r"(?:<|≤|<=|moins de)\s*\d+|\[?\s*\d+\s*(?:à|a|-|–)\s*\d+\s*\]?")
_BLANKS = {"missing": "missing", "not_published": "not_published", "zero": "zero", "refused": "refused"}
CELL = ("code", "sex", "age")


@dataclass(frozen=True, eq=False)
class ImportResult:
    """One import: its TOML (None if unreadable), its OBSERVATIONS (None if refused), problems, notes, files read."""

    name: str
    path: Path
    spec: ImportSpec | None
    observations: pd.DataFrame | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()


def load_imports(folder: Path | str | None = None) -> list[ImportResult]:
    """Every import of the folder (data/raw/imports by default), in the order of their names; nothing is raised or written.

    A table that no TOML names is a result too, with that problem: a file forgotten must not look like a file read.
    """
    where = imports_dir(folder)
    if not where.is_dir():
        return []
    results = [load_import(path) for path in sorted(where.glob("*.toml"))]
    named = {result.spec.file or "" for result in results if result.spec} | {
        f"{result.name}{suffix}" for result in results for suffix in (".csv", ".xlsx", ".CSV", ".XLSX")
    }
    for path in sorted(where.iterdir()):
        if (
            path.suffix.lower() in (".csv", ".xlsx", ".xls", ".ods")
            and path.name not in named
            and not path.name.startswith((".", "~$"))
        ):
            problem = (
                f"{path.name}: no TOML names this table, so it is not read (cls-analysis imports template {path.stem})"
            )
            results.append(ImportResult(path.stem, path, None, None, (problem,)))
    return sorted(results, key=lambda result: result.name)


def load_import(path: Path) -> ImportResult:
    """One import from its TOML (or from the table beside it); its problems are in the result.

    >>> load_import(Path("none.toml")).problems
    ('none.toml: cannot be read (No such file or directory)',)
    """
    path = path if path.suffix.lower() == ".toml" else path.with_suffix(".toml")
    spec, problems = read_spec(path)
    if spec is None:
        return ImportResult(path.stem, path, None, None, tuple(problems))
    table = _table_of(path, spec)
    if isinstance(table, str):
        return ImportResult(path.stem, path, spec, None, (table,))
    cells, problems = read_cells(table, spec)
    files = tuple(_file_entry(item) for item in (path, table) if item.is_file())
    if cells is None:
        return ImportResult(path.stem, path, spec, None, tuple(problems), files=files)
    with collect() as repairs:
        observations, problems, notes = _observations(cells, spec, problems)
    return ImportResult(
        path.stem, path, spec, None if problems else observations, tuple(dict.fromkeys(problems)),
        (*cells.notes, *repairs, *notes), files,
    )  # fmt: skip


def _table_of(path: Path, spec: ImportSpec) -> Path | str:
    """The table beside the TOML: the one it names, or the one of its name; a problem when there are none or two."""
    if spec.file is not None:
        return path.parent / spec.file
    found = [path.with_suffix(suffix) for suffix in (".csv", ".xlsx") if path.with_suffix(suffix).is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        return f"{path.name}: both {found[0].name} and {found[1].name} are there; say which (key 'file')"
    return f"{path.name}: neither {path.stem}.csv nor {path.stem}.xlsx is beside it (or name the table: key 'file')"


def _file_entry(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {
        "path": f"imports/{path.name}",
        "url": None,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "origin": "import",
    }


def _observations(
    cells: Cells, spec: ImportSpec, problems: Sequence[str]
) -> tuple[pd.DataFrame | None, list[str], list[str]]:
    """OBSERVATIONS of a table, its problems and its notes."""
    where, found = cells.where, list(problems)
    notes: list[str] = []
    keys, wrong = _keys(cells, spec)
    found += wrong
    again = keys.duplicated(list(CELL), keep=False) & keys.notna().all(axis=1)
    if again.any():
        groups = keys[again].groupby(list(CELL)).groups
        listed = [f"{' '.join(map(str, key))} (rows {shown(rows, most=4)})" for key, rows in groups.items()]  # type: ignore[call-overload]
        found.append(f"{where}: {len(listed)} territories written twice (with sex and age): {shown(listed, most=6)}")
    figures = {}
    for variable, key in zip(
        spec.variables(), ("value" if spec.kind != "count" else "count", "denominator"), strict=False
    ):
        values, status, wrong = _numbers(cells, key, variable, spec)
        figures[variable.name] = (values, status)
        found += wrong
    first = next(iter(figures.values()))
    if (first[1] != OBSERVED).all():
        found.append(f"{where}, column {spec.columns.measure!r}: not one number; is the template still empty?")
    found += parts(figures, keys, where, spec)
    if first[0][first[1] == OBSERVED].any():
        found += constant(first[0], where=where, column=spec.columns.measure)
    if found:
        return None, found, notes
    notes += _said(cells, spec, figures)
    frame = keys.assign(
        **{
            f"{name} {part}": array
            for name, pair in figures.items()
            for part, array in zip(("value", "status"), pair, strict=True)
        }
    )
    found += whole(frame, next(iter(figures)), spec, where)
    if found:
        return None, found, notes
    frame, wrong, said = _completed(frame, spec, list(figures), where)
    notes += said
    if wrong:
        return None, wrong, notes
    blocks: list[Block] = []
    for name in figures:
        for (sex, age), part in frame.groupby(["sex", "age"], sort=True):
            value, status = part[f"{name} value"].to_numpy(float), part[f"{name} status"].to_numpy(np.int8)
            block = Block(
                spec.level, pd.Categorical(part["code"]), name, spec.period, value, status, spec.cog, str(sex), str(age)
            )
            blocks += with_plm(block, additive=spec.kind == "count") if spec.level == "commune" else [block]
    return assemble(blocks), [], notes


def _keys(cells: Cells, spec: ImportSpec) -> tuple[pd.DataFrame, list[str]]:
    """Code, sex and age of each row (null where wrong), and what is wrong in them."""
    where, problems = cells.where, []
    column = spec.columns.code
    raw, wrong = as_text(cells.frame["code"], where=where, column=column)
    problems += wrong
    if spec.level == "france":
        codes, wrong = pd.Series("FR", index=raw.index, dtype="str"), []
    else:
        codes, wrong = clean_codes(raw, spec.level, where=where, column=column)
    problems += wrong
    problems += _unknown(codes[codes.str.match(PATTERNS[spec.level])], spec, where)
    if cells.names is not None and spec.level == "commune":
        problems += check_names(codes, cells.names, spec.cog, where=where, column=str(cells.names.name), tolerated=0.02)
    keys = {"code": codes}
    for name, read, own in (("sex", sex_of, dict(spec.sexes)), ("age", age_of, dict(spec.ages))):
        if name not in cells.frame:
            keys[name] = pd.Series("all", index=raw.index, dtype="str")
            continue
        words, wrong = as_text(cells.frame[name], where=where, column=title_of(spec, name))
        problems += wrong
        bad = set(wrong)
        meant = {
            word: (age_of(own[word]) if name == "age" else own[word]) if word in own else read(word)
            for word in words.unique()
        }
        keys[name] = words.map(meant)
        lost = words[keys[name].isna()]
        if bad:
            lost = lost[lost != ""]
        for word, rows in list(lost.groupby(lost).groups.items())[:8]:
            table = "sexes" if name == "sex" else "ages"
            problems.append(
                f"{where}, row {shown(rows, most=4)}, column {title_of(spec, name)!r}: {word!r} is not {'a sex' if name == 'sex' else 'an age'}; say what it means in [{table}]"
            )
    return pd.DataFrame(keys), problems


def _unknown(codes: pd.Series, spec: ImportSpec, where: str) -> list[str]:
    """Codes that the declared geography does not know, with the vintage that knows them where there is one."""
    known = _known(spec.level, spec.cog)
    if known is None:
        return []
    lost = codes[~codes.isin(known) & ~codes.isin(list(ARRONDISSEMENTS) if spec.level == "commune" else [])]
    if lost.empty:
        return []
    others = [
        year
        for year in sorted({*geography.VINTAGES, 2016}, reverse=True)
        if year != spec.cog and set(lost) <= (_known(spec.level, year) or frozenset())
    ]
    hint = f"; COG {others[0]} knows them all: is the key 'cog' right?" if others else ""
    listed = [f"{code} (row {rows[0]})" for code, rows in lost.groupby(lost).groups.items()]
    return [
        f"{where}, column {spec.columns.code!r}: {len(listed)} codes are no {spec.level} of {spec.cog}: {shown(listed, most=8)}{hint}"
    ]


def _known(level: str, year: int) -> frozenset[str] | None:
    if level == "commune":
        return known_communes(year) if year != 2020 else None
    if level == "departement":
        return frozenset(DEPARTEMENTS)
    if level == "epci":
        return frozenset(geography.epci(year)["siren_epci"].astype("str")) if year in geography.VINTAGES else None
    return None


def _numbers(cells: Cells, key: str, variable: Variable, spec: ImportSpec) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Values and statuses of a column, with the marks that partners write."""
    raw, column = cells.frame[key], title_of(spec, key)
    marks, zeros = {}, []
    for word in {cell for cell in raw if isinstance(cell, str)}:
        meaning = _meaning(word, spec)
        if meaning == "zero":
            zeros.append(word)
        elif meaning is not None and meaning != "refused":
            marks[word] = meaning
    if cells.typed:
        ready = [0.0 if cell in zeros else _dotted(cell, spec) for cell in raw]
        return parse_cells(ready, raw.index, variable, marks=marks, where=cells.where, column=column)
    text = raw.map(lambda cell: "0" if cell in zeros else cell).astype("str")
    return parse_column(text, variable, marks=marks, decimal=spec.decimal, where=cells.where, column=column)


def _meaning(word: str, spec: ImportSpec) -> str | None:
    folded = fold(word)
    if folded == "":
        return _BLANKS[spec.blank]
    if folded in _HIDDEN or _RANGE.fullmatch(folded):
        return "not_published"
    if folded in _UNKNOWN:
        return "missing"
    return "not_applicable" if folded in _NO_OBJECT else None


def _dotted(cell: object, spec: ImportSpec) -> object:
    """A number typed as text in a workbook, its decimal comma made a point."""
    if isinstance(cell, str) and spec.decimal == "," and re.fullmatch(r"[+-]?\d+,\d+", cell):
        return cell.replace(",", ".")
    return cell


def _completed(
    frame: pd.DataFrame, spec: ImportSpec, variables: Sequence[str], where: str
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Cells and communes absent from the file, as the TOML says they are: missing (left out, noted) or zero."""
    problems: list[str] = []
    notes: list[str] = []
    codes = set(frame["code"])
    expected = codes
    if spec.coverage:
        expected, problems = _communes_of(spec, where)
        outside = sorted(codes - expected - set(ARRONDISSEMENTS))
        if outside and not problems:
            problems.append(f"{where}: communes outside the declared coverage: {shown(outside)}")
    cells = frame[["sex", "age"]].drop_duplicates()
    grid = pd.DataFrame({"code": sorted(expected)}).merge(cells, how="cross", validate="many_to_many")
    held = pd.MultiIndex.from_frame(frame[list(CELL)])
    absent = grid[~pd.MultiIndex.from_frame(grid[list(CELL)]).isin(held)]
    stood_for = {ARRONDISSEMENTS[code] for code in codes if code in ARRONDISSEMENTS}
    absent = absent[~absent["code"].isin(stood_for)]
    if problems or absent.empty:
        return frame, problems, notes
    value, status = (0.0, OBSERVED) if spec.absent_rows == "zero" else (np.nan, MISSING)
    notes.append(
        f"{where}: {len(absent)} cells (territory, sex, age) of {absent['code'].nunique()} territories are not in the file ({shown(sorted(absent['code'].unique()), most=1000)}); "
        + (
            "read as 0, as the TOML says"
            if spec.absent_rows == "zero"
            else "they are missing, not 0 (key 'absent_rows')"
        )
    )
    more = absent.assign(
        **{f"{name} value": value for name in variables}, **{f"{name} status": status for name in variables}
    )
    return pd.concat([frame, more], ignore_index=True), problems, notes


def _communes_of(spec: ImportSpec, where: str) -> tuple[set[str], list[str]]:
    """Communes, in the COG of the file, of the territories that the file is said to cover whole."""
    members: set[str] = set()
    problems = []
    for name in spec.coverage:
        try:
            members |= set(geography.territory(name).communes)
        except ClsError as error:
            problems.append(f"{where}, key 'coverage': {'; '.join(error.problems)}")
    if spec.cog == geography.REFERENCE_COG or problems:
        return members, problems
    table = geography.passage(spec.cog, geography.REFERENCE_COG)
    outside = set(table.loc[~table["destination"].isin(members), "origin"])
    return {str(code) for code in table.loc[table["destination"].isin(members), "origin"]} - outside, problems


def _said(cells: Cells, spec: ImportSpec, figures: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> list[str]:
    """How many cells of each mark were read, and how many counts are under the partner's own threshold."""
    notes = []
    for (_name, (value, status)), key in zip(
        figures.items(), ("value" if spec.kind != "count" else "count", "denominator"), strict=False
    ):
        words = cells.frame[key].astype("str")[status != OBSERVED].value_counts()
        if len(words):
            listed = [f"{word!r} {number} times" if word else f"blank {number} times" for word, number in words.items()]
            notes.append(
                f"{cells.where}, column {title_of(spec, key)!r}: no value in {int(words.sum())} cells: {shown(listed)}"
            )
        hidden = int((status == NOT_PUBLISHED).sum())
        if hidden:
            notes.append(
                f"{cells.where}, column {title_of(spec, key)!r}: {hidden} cells are hidden by the partner; sums over them are not published"
            )
        if spec.threshold and spec.kind == "count":
            small = int(((value > 0) & (value < spec.threshold)).sum())
            if small:
                notes.append(
                    f"{cells.where}, column {title_of(spec, key)!r}: {small} counts from 1 to {spec.threshold - 1}, under the threshold of publication"
                )
    return notes
