"""Declarations in TOML (a partner's table, a perimeter) spoiled in every way we know: read the same, or refused by key and cause.

A typing error must never become another composition, another unit, or a zero where the partner hides a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.geography.perimeters import load_perimeter
from cls_analysis.sources.imports.reading import load_import
from tests.imports.made_up import DEATHS, SIMPLE

Change = Callable[[str], "str | bytes"]


def swap(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


def line_out(key: str) -> Change:
    def change(text: str) -> str:
        kept = [line for line in text.split("\n") if not line.startswith(f"{key} =")]
        assert len(kept) < len(text.split("\n")), key
        return "\n".join(kept)

    return change


def line_more(line: str) -> Change:
    return lambda text: f"{line}\n{text}"


# What may happen to any TOML file: name, change, words of the cause ("" where it must be read the same).
ANY: tuple[tuple[str, Change, str], ...] = (
    ("byte-order mark", lambda t: "\ufeff" + t, ""),
    ("ends of line of Windows", lambda t: t.replace("\n", "\r\n"), ""),
    ("comments and blank lines", lambda t: "# note\n\n" + t, ""),
    ("no end of line", lambda t: t.rstrip("\n"), ""),
    ("spaces around", lambda t: t.replace(" = ", "   =   "), ""),
    ("Windows encoding", lambda t: t.encode("cp1252", "replace"), "UTF-8"),
    ("UTF-16", lambda t: t.encode("utf-16"), "UTF-8"),
    ("empty file", lambda _t: b"", "missing|required"),
    ("only spaces", lambda _t: "  \n", "missing|required"),
    ("a web page", lambda _t: "<!DOCTYPE html>", "TOML"),
    ("JSON", lambda _t: '{"id": "x"}', "TOML"),
    ("YAML", lambda t: t.replace(" = ", ": "), "TOML"),
    ("cut in a string", lambda t: t[: t.index('"') + 3], "TOML"),
    ("cut after a key", lambda t: t[: t.index("=") + 1], "TOML"),
    ("curly quotes", lambda t: t.replace('"', "”"), "TOML"),
    ("no quotes", lambda t: t.replace('"', ""), "TOML"),
    ("a null byte", lambda t: t[:20] + "\0" + t[20:], "TOML"),
    ("a key twice", lambda t: t.split("\n")[0] + "\n" + t, "TOML"),
    ("a key unknown", line_more('inconnue = "x"'), "inconnue"),
    ("conflict marks", lambda t: "<<<<<<< HEAD\n" + t, "TOML"),
    ("no-break spaces for spaces", lambda t: t.replace(" = ", "\u00a0= "), "TOML"),
)
IMPORT: tuple[tuple[str, Change, str], ...] = (
    *((f"no {key}", line_out(key), f"{key}.*missing") for key in ("source", "variable", "label", "unit", "period", "level", "cog", "producer", "licence", "confidentiality")),
    ("no columns", lambda t: t.split("[columns]")[0], "columns.*missing"),
    ("a year as a number", swap('"2018-2022"', "2022"), "period"),
    ("a period backwards", swap("2018-2022", "2022-2018"), "ends before it begins"),
    ("a period to come", swap("2018-2022", "2018-2062"), "future"),
    ("a period with a slash", swap("2018-2022", "2018/2022"), "period"),
    ("a vintage as text", swap("cog = 2026", 'cog = "2026"'), "cog"),
    ("a vintage without passage", swap("cog = 2026", "cog = 2020"), "2020"),
    ("a vintage to come", swap("cog = 2026", "cog = 2031"), "cog"),
    ("an unknown level", swap('"commune"', '"canton"'), "level"),
    ("a level in French", swap('"commune"', '"communes"'), "level"),
    ("another unit", swap('"décès"\nperiod', '"pour 100 000"\nperiod'), "unit"),
    ("a confidentiality in French", swap('"restricted"', '"restreint"'), "confidentiality"),
    ("a threshold as text", swap("threshold = 11", 'threshold = "11"'), "threshold"),
    ("a negative threshold", swap("threshold = 11", "threshold = -11"), "threshold"),
    ("a kind that is not a count", swap("threshold = 11", 'threshold = 11\nkind = "rate"'), "kind|columns"),
    ("a blank read as nothing known", swap("threshold = 11", 'threshold = 11\nblank = "0"'), "blank"),
    ("a blank that is true", swap("threshold = 11", "threshold = 11\nblank = true"), "blank"),
    ("absent rows that are hidden and zero", swap("threshold = 11", 'threshold = 11\nabsent_rows = "zero"\nblank = "not_published"'), "contradicts"),
    ("a coverage that does not exist", swap("threshold = 11", 'threshold = 11\ncoverage = ["petr-langrs"]'), "coverage"),
    ("a decimal that is both", swap("threshold = 11", 'threshold = 11\ndecimal = ",."'), "decimal"),
    ("a separator of two marks", swap("threshold = 11", 'threshold = 11\nseparator = ";;"'), "separator"),
    ("a file in another folder", swap("threshold = 11", 'threshold = 11\nfile = "../deces.csv"'), "file"),
    ("a file that is not there", swap("threshold = 11", 'threshold = 11\nfile = "autre.csv"'), "autre.csv"),
    ("a header row of zero", swap("threshold = 11", "threshold = 11\nheader_row = 0"), "header_row"),
    ("a header row too low", swap("threshold = 11", "threshold = 11\nheader_row = 2"), "column|header"),
    ("a column that is not there", swap('code = "Code"', 'code = "INSEE"'), "INSEE"),
    ("two keys for one column", swap('count = "Décès"', 'count = "Code"'), "same column"),
    ("no measure", swap('count = "Décès"\n', ""), "count"),
    ("a measure and a value", swap('count = "Décès"', 'count = "Décès"\nvalue = "Taux"'), "exactly one"),
    ("a template's producer", swap("ORS inventé", "Nom du partenaire"), "template"),
    ("a source that is official", swap('"import-deces"', '"inserm-cepidc"'), "source"),
    ("a variable with an accent", swap('variable = "deces"', 'variable = "décès"'), "variable"),
    ("a label with a line break", swap("Décès toutes causes", "Décès\\ntoutes causes"), "label"),
)  # fmt: skip
PERIMETER_TEXT = """id = "pays-essai"
name = "Pays d’essai"
short_name = "Essai"
name_with_article = "le Pays d’essai"
of = "du Pays d’essai"
in = "dans le Pays d’essai"
kind = "pays"
epci = ["200072999", "200070332"]
communes = ["90010"]
cog = 2026
date_composition = "2025-01-01"
source_composition = "Inventée."
"""
PERIMETER: tuple[tuple[str, Change, str], ...] = (
    *((f"no {key}", line_out(key), key) for key in ("id", "name", "short_name", "name_with_article", "of", "in", "kind", "date_composition", "source_composition")),
    ("an id that is not the file's", swap('"pays-essai"', '"pays-essais"'), "id is|name of its id"),
    ("an id with capitals", swap('"pays-essai"', '"Pays-Essai"'), "id"),
    ("SIREN as numbers", swap('["200072999", "200070332"]', "[200072999, 200070332]"), "epci"),
    ("a SIREN short of a figure", swap("200072999", "20007299"), "epci"),
    ("a SIREN with spaces", swap("200072999", "200 072 999"), "epci"),
    ("a SIREN of nobody", swap("200072999", "200072998"), "200072998.*unknown"),
    ("a SIREN twice", swap("200070332", "200072999"), "2 times"),
    ("one SIREN without brackets", swap('["200072999", "200070332"]', '"200072999"'), "epci"),
    ("two SIREN in one text", swap('"200072999", "200070332"', '"200072999, 200070332"'), "epci"),
    ("SIREN of a dissolved EPCI", swap("200070332", "245200035"), "245200035.*unknown"),
    ("a commune as a number", swap('["90010"]', "[90010]"), "communes"),
    ("a commune without its zero", swap('"90010"', '"1001"'), "communes"),
    ("a commune with a letter", swap('"90010"', '"9OO10"'), "communes"),
    ("a commune that was merged", swap('"90010"', '"90073"'), "90073"),
    ("a commune of nobody", swap('"90010"', '"90999"'), "90999"),
    ("a commune twice", swap('["90010"]', '["90010", "90010"]'), "2 times"),
    ("a commune already by its EPCI", swap('"90010"', '"52269"'), "twice|already"),
    ("a département for a commune", swap('"90010"', '"90"'), "communes"),
    ("neither EPCI nor communes", lambda t: line_out("epci")(str(line_out("communes")(t))), "empty"),
    ("empty lists", lambda t: t.replace('["200072999", "200070332"]', "[]").replace('["90010"]', "[]"), "empty"),
    ("a kind unknown", swap('"pays"', '"PETR"'), "kind"),
    ("a vintage as text", swap("cog = 2026", 'cog = "2026"'), ""),
    ("a vintage of no package", swap("cog = 2026", "cog = 1999"), "1999"),
    ("a vintage with a decimal", swap("cog = 2026", "cog = 2026.5"), "cog"),
    ("a date in French order", swap("2025-01-01", "01/01/2025"), "date_composition"),
    ("a date without quotes", swap('"2025-01-01"', "2025-01-01"), "date_composition"),
    ("a comparator unknown", line_more('comparators = ["epci"]'), "comparators"),
    ("an overlap that is nobody", line_more('contains = ["Pays X"]'), "contains"),
    ("a name that is a list", swap('"Pays d’essai"', '["Pays d’essai"]'), "name"),
    ("a key in capitals", swap("epci =", "EPCI ="), "EPCI"),
    ("a key in French", swap("epci =", "epcis ="), "epcis"),
)  # fmt: skip


def write(path: Path, change: Change, text: str) -> None:
    spoiled = change(text)
    path.write_bytes(spoiled if isinstance(spoiled, bytes) else spoiled.encode())


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("declared")
    (folder / "deces.csv").write_text("Code;Décès\n52269;12\n52121;7\n", encoding="utf-8")
    return folder / "deces.toml"


@pytest.mark.parametrize(
    ("name", "change", "cause"), [*ANY, *IMPORT], ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_partner_s_declaration_is_read_the_same_or_refused_by_key_and_cause(
    table: Path, name: str, change: Change, cause: str
) -> None:
    write(table, lambda text: text, DEATHS + SIMPLE)
    valid = load_import(table)
    assert valid.observations is not None, valid.problems
    write(table, change, DEATHS + SIMPLE)
    found = load_import(table)
    if not cause:
        assert found.observations is not None and found.observations.equals(valid.observations), (name, found.problems)
        return
    assert found.observations is None, name
    assert told(found.problems, cause, table.name), (name, found.problems)


def told(problems: tuple[str, ...] | list[str], cause: str, file: str) -> bool:
    text = "\n".join(problems)
    return re.search(cause, text) is not None and (file in text or ".csv" in text)


def test_enough_ways_to_spoil_are_tried() -> None:
    assert len(ANY) + len(IMPORT) >= 40 and len(ANY) + len(PERIMETER) >= 40


@pytest.mark.parametrize(
    ("name", "change", "cause"), [*ANY, *PERIMETER], ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_perimeter_is_read_the_same_or_refused_by_key_and_cause(
    tmp_path: Path, name: str, change: Change, cause: str
) -> None:
    (tmp_path / "valid").mkdir()
    write(tmp_path / "valid" / "pays-essai.toml", lambda text: text, PERIMETER_TEXT)
    valid = load_perimeter("pays-essai", tmp_path / "valid").communes()
    write(tmp_path / "pays-essai.toml", change, PERIMETER_TEXT)
    if not cause:
        assert load_perimeter("pays-essai", tmp_path).communes() == valid, name
        return
    with pytest.raises(InvalidInput) as caught:
        load_perimeter("pays-essai", tmp_path)
    assert told([*caught.value.problems, caught.value.hint or ""], cause, "pays-essai.toml"), (
        name,
        str(caught.value),
    )


FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FEW
@given(place=st.integers(0, len(PERIMETER_TEXT) - 1), noise=st.binary(min_size=1, max_size=4))
def test_random_bytes_in_a_perimeter_give_its_composition_another_declared_one_or_a_refusal(
    tmp_path: Path, place: int, noise: bytes
) -> None:
    data = PERIMETER_TEXT.encode()
    (tmp_path / "pays-essai.toml").write_bytes(data[:place] + noise + data[place + len(noise) :])
    try:
        found = load_perimeter("pays-essai", tmp_path)
    except InvalidInput as error:
        assert "pays-essai.toml" in str(error)
        return
    assert set(found.epci) <= {"200072999", "200070332"} and set(found.extra_communes) <= {"90010"}


@FEW
@given(place=st.integers(0, len(DEATHS) - 1), noise=st.binary(min_size=1, max_size=4))
def test_random_bytes_in_a_partner_s_declaration_never_crash(table: Path, place: int, noise: bytes) -> None:
    data = (DEATHS + SIMPLE).encode()
    table.write_bytes(data[:place] + noise + data[place + len(noise) :])
    found = load_import(table)
    assert found.observations is not None or all(
        table.name in problem or ".csv" in problem for problem in found.problems
    )
