"""A spoiled file is read right or refused; a refusal names file, row and column, and all the problems at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.sources import get_source
from cls_analysis.sources.codes import Scope
from cls_analysis.sources.notes import collect
from tests.sources.made import MAKERS, paths_of

TEXT = {
    "ameli-demographie": ("effectifs", ","),
    "banatic": ("groupements", ","),
    "cartosante": ("bassins", ";"),
    "insee-appartenance": ("2024", ","),
    "insee-cog": ("communes", ","),
    "insee-comparateur": ("communes", ","),
    "insee-filosofi": ("communes", ";"),
    "insee-populations-historiques": ("communes", ","),
    "insee-populations-reference": ("communes", ";"),
    "insee-statistiques-locales": ("departements", ";"),
    "inserm-cepidc": ("causes", ","),
    "urbasante": ("communes", ","),
}
TITLES = {"cartosante": 2, "insee-statistiques-locales": 2}
Made = Callable[[str], Path]


def read_all(mirror: Path, source_id: str, departements: str = "90") -> list[pd.DataFrame]:
    source, scope = get_source(source_id), Scope(frozenset(departements.split()))
    paths = paths_of(mirror, source_id)
    return [source.read(paths, scope=scope), *(table.read(paths, scope=scope) for table in source.tables)]


def spoil(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of a text file, keeping its byte-order mark and line ends."""
    data = path.read_bytes()
    bom, end = data.startswith(b"\xef\xbb\xbf"), "\r\n" if b"\r\n" in data else "\n"
    text = data.decode("utf-8-sig")
    closed = text.endswith(end)
    lines = change(text.removesuffix(end).split(end))
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + (end.join(lines) + (end if closed else "")).encode())


def refused(mirror: Path, source_id: str, *words: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_all(mirror, source_id)
    text = str(caught.value)
    assert source_id in text and "\nTry: " in text
    for word in words:
        assert word in text, f"{word!r} not in: {text}"
    return caught.value


@pytest.mark.parametrize("source_id", sorted(TEXT))
def test_a_file_cut_in_the_middle_of_a_line_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    path = paths_of(mirror, source_id)[TEXT[source_id][0]]
    data = path.read_bytes()
    path.write_bytes(data[: data.rfind(TEXT[source_id][1].encode(), 0, len(data) * 7 // 10)])
    refused(mirror, source_id, path.name)


@pytest.mark.parametrize("source_id", sorted(TEXT))
def test_a_renamed_column_is_refused_by_name(made: Made, source_id: str) -> None:
    mirror, (key, separator) = made(source_id), TEXT[source_id]
    top = TITLES.get(source_id, 0)
    column = paths_of(mirror, source_id)[key].read_text(encoding="utf-8-sig").splitlines()[top].split(separator)[-4]
    if source_id == "ameli-demographie":
        column = "effectif"
    spoil(
        paths_of(mirror, source_id)[key],
        lambda lines: [*lines[:top], lines[top].replace(column, "autre", 1), *lines[top + 1 :]],
    )
    refused(mirror, source_id, column.strip())


@pytest.mark.parametrize("source_id", sorted(set(TEXT) - {"insee-comparateur"}))
def test_a_repeated_row_is_refused(made: Made, source_id: str) -> None:
    mirror, (key, _) = made(source_id), TEXT[source_id]
    spoil(
        paths_of(mirror, source_id)[key],
        lambda lines: [*lines[:5], lines[4], *lines[5:]] if len(lines) > 5 else [*lines, lines[-1]],
    )
    refused(mirror, source_id)


@pytest.mark.parametrize("source_id", sorted(set(TEXT) - {"cartosante", "banatic"}))
def test_a_lost_row_is_refused(made: Made, source_id: str) -> None:
    mirror, (key, _) = made(source_id), TEXT[source_id]
    top = TITLES.get(source_id, 0)
    spoil(paths_of(mirror, source_id)[key], lambda lines: [*lines[: top + 1], *lines[top + 2 :]])
    refused(mirror, source_id)


@pytest.mark.parametrize("source_id", sorted(TEXT))
def test_a_line_with_one_cell_too_many_is_refused_with_its_row(made: Made, source_id: str) -> None:
    mirror, (key, separator) = made(source_id), TEXT[source_id]
    top = TITLES.get(source_id, 0)
    spoil(
        paths_of(mirror, source_id)[key],
        lambda lines: [*lines[: top + 1], lines[top + 1] + separator + "9", *lines[top + 2 :]],
    )
    refused(mirror, source_id, f"row {top + 2}")


@pytest.mark.parametrize(
    "source_id",
    sorted(
        set(TEXT) - {"banatic", "insee-cog", "insee-comparateur", "insee-filosofi", "urbasante", "insee-appartenance"}
    ),
)
def test_a_file_saved_in_a_windows_encoding_is_refused_as_such(made: Made, source_id: str) -> None:
    mirror, (key, _) = made(source_id), TEXT[source_id]
    path = paths_of(mirror, source_id)[key]
    text = path.read_bytes().decode("utf-8-sig").replace("Commune 9", "Commüne 9").replace("C 9", "Ç 9")
    path.write_bytes(text.encode("cp1252"))
    refused(mirror, source_id, "utf-8", "row 1" if source_id in ("insee-populations-reference",) else "not valid")


@pytest.mark.parametrize(
    "source_id", ["insee-populations-reference", "insee-filosofi", "insee-appartenance", "insee-comparateur"]
)
def test_another_separator_is_read_right_and_noted(made: Made, source_id: str) -> None:
    mirror, (key, separator) = made(source_id), TEXT[source_id]
    expected = read_all(mirror, source_id)
    path = paths_of(mirror, source_id)[key]
    path.write_bytes(path.read_bytes().replace(separator.encode(), b"\t"))
    with collect() as notes:
        found = read_all(mirror, source_id)
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert any("separated by" in text for text in notes)


def test_codes_that_lost_their_zero_are_repaired_and_noted(tmp_path: Path) -> None:
    MAKERS["insee-populations-reference"](tmp_path, ("08",))
    expected = read_all(tmp_path, "insee-populations-reference", "08")
    path = paths_of(tmp_path, "insee-populations-reference")["communes"]
    path.write_bytes(path.read_bytes().replace(b";08", b";8"))
    with collect() as notes:
        pd.testing.assert_frame_equal(read_all(tmp_path, "insee-populations-reference", "08")[0], expected[0])
    assert any("lost their leading zero" in text for text in notes)


def test_a_code_that_could_be_several_communes_is_refused_by_row(made: Made) -> None:
    mirror = made("insee-populations-reference")
    spoil(
        paths_of(mirror, "insee-populations-reference")["communes"],
        lambda lines: [lines[0], lines[1].replace(";90001;", ";901;"), *lines[2:]],
    )
    refused(mirror, "insee-populations-reference", "row 2", "'901' is not a code of a commune")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("12.5", "not a whole number"),
        ("12,5", "written with ','"),
        ("-3", "below 0"),
        ("s", "neither a number nor a mark"),
        ("", "is blank"),
        ("=A1+B1", "is a formula"),
        ("12/03/2021", "neither a number nor a mark"),
        ("1e3", "neither a number nor a mark"),
    ],
)
def test_a_population_that_is_no_whole_number_is_refused_with_its_row_and_column(
    made: Made, written: str, why: str
) -> None:
    mirror = made("insee-populations-reference")

    def change(lines: list[str]) -> list[str]:
        row = lines[3].split(";")
        row[8] = written
        return [*lines[:3], ";".join(row), *lines[4:]]

    spoil(paths_of(mirror, "insee-populations-reference")["communes"], change)
    refused(mirror, "insee-populations-reference", "row 4", "'PMUN'", why)


def test_thousands_grouped_by_spaces_are_read_right(made: Made) -> None:
    mirror = made("insee-populations-reference")
    expected = read_all(mirror, "insee-populations-reference")[0]

    def change(lines: list[str]) -> list[str]:
        rows = [line.split(";") for line in lines]
        for row in rows[1:]:
            row[8:] = [f"{int(cell):,}".replace(",", "\u202f") for cell in row[8:]]
        return [";".join(row) for row in rows]

    spoil(paths_of(mirror, "insee-populations-reference")["communes"], change)
    pd.testing.assert_frame_equal(read_all(mirror, "insee-populations-reference")[0], expected)


def test_all_the_problems_of_a_file_come_in_one_error(made: Made) -> None:
    mirror = made("insee-populations-reference")

    def change(lines: list[str]) -> list[str]:
        broken = [lines[1].replace(";90001;", ";99999;"), *(line + "x" for line in lines[2:4])]
        return [lines[0], *broken, *lines[5:]]

    spoil(paths_of(mirror, "insee-populations-reference")["communes"], change)
    error = refused(mirror, "insee-populations-reference", "'99999'", "'PTOT'", "communes of COG 2025 are missing")
    assert len(error.problems) >= 4


def test_two_swapped_columns_are_noticed(made: Made) -> None:
    for source_id, one, other in (
        ("insee-filosofi", "D121", "D921"),
        ("insee-populations-reference", "PMUN", "PCAP"),
        ("insee-comparateur", "pop_15_64_chomage_2021", "pop_15_64_active_2021"),
        (
            "insee-statistiques-locales",
            "Espérance de vie des femmes à la naissance 2024",
            "Espérance de vie des hommes à la naissance 2024",
        ),
    ):
        mirror, (key, _) = made(source_id), TEXT[source_id]
        top = TITLES.get(source_id, 0)
        path = paths_of(mirror, source_id)[key]
        spoil(
            path,
            lambda lines, top=top, one=one, other=other: [
                *lines[:top], lines[top].replace(one, "\0").replace(other, one).replace("\0", other), *lines[top + 1 :]
            ],
        )  # fmt: skip
        refused(mirror, source_id)


def test_a_commune_of_another_vintage_is_named(made: Made) -> None:
    mirror = made("insee-filosofi")
    spoil(
        paths_of(mirror, "insee-filosofi")["communes"],
        lambda lines: [*lines, "55001" + lines[-1][5:].replace(lines[-1][:5], ""), "90073" + lines[-1][5:]],
    )
    refused(mirror, "insee-filosofi", "90073", "not communes of COG 2024")


def test_a_commune_beside_its_arrondissements_is_kept_as_published(tmp_path: Path) -> None:
    MAKERS["insee-filosofi"](tmp_path, ("75",))
    path = paths_of(tmp_path, "insee-filosofi")["communes"]
    lines = path.read_text(encoding="utf-8").splitlines()
    whole = next(line for line in lines if line.startswith("75056"))
    arms = [f"751{n:02d}" + whole[5:] for n in range(1, 21)]
    path.write_text("\n".join([*lines, *arms]) + "\n", encoding="utf-8")
    frame = read_all(tmp_path, "insee-filosofi", "75")[0]
    counts = frame.drop_duplicates(["level", "code"]).groupby("level", observed=True).size()
    assert counts.to_dict() == {"arrondissement": 20, "commune": 1}


def test_causes_that_no_longer_add_up_are_refused(made: Made) -> None:
    mirror = made("inserm-cepidc")
    path = paths_of(mirror, "inserm-cepidc")["toutes_causes"]
    spoil(path, lambda lines: [*lines[:-1], lines[-1].rsplit(",", 1)[0] + ",9.9"])
    refused(mirror, "inserm-cepidc", "do not add up", "90")


def edit(path: Path, change: Callable[[openpyxl.Workbook], None]) -> None:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def test_a_workbook_cut_short_is_refused(made: Made) -> None:
    mirror = made("drees-apl")
    path = paths_of(mirror, "drees-apl")["sf"]
    path.write_bytes(path.read_bytes()[:-4000])
    refused(mirror, "drees-apl", "sages_femmes", "not a readable workbook")


@pytest.mark.parametrize(
    ("cell", "written", "why"),
    [
        ("C12", "1,5", "written with ','"),
        ("C12", None, "is blank"),
        ("C12", pd.Timestamp("2023-01-05"), "is a date"),
        ("C12", -1.0, "below 0"),
        ("C12", "s", "neither a number nor a mark"),
        ("C12", "=1+1", "is a formula"),
        ("C12", True, "is a bool"),
        ("A12", "Total", "is not a code of a commune"),
        ("A12", "90001", "duplicate communes"),
        ("C9", "APL aux dentistes", "is missing"),
        ("A3", "Millésime : 2021", "not 2023"),
        ("C10", "En minutes", "the unit of"),
        ("A10", "90001", "a row of units is expected"),
        ("A1", "Indicateur d'APL aux sages-femmes", "another profession"),
    ],
)
def test_a_spoiled_cell_of_an_apl_workbook_is_refused(made: Made, cell: str, written: object, why: str) -> None:
    mirror = made("drees-apl")

    def change(book: openpyxl.Workbook) -> None:
        book["APL 2023"][cell] = written

    edit(paths_of(mirror, "drees-apl")["cd"], change)
    refused(mirror, "drees-apl", "sheet 'APL 2023'", why)


def test_trailing_notes_of_an_apl_workbook_are_not_communes(made: Made) -> None:
    mirror = made("drees-apl")
    expected = read_all(mirror, "drees-apl")[0]
    edit(paths_of(mirror, "drees-apl")["mg"], lambda book: book["APL 2022"].append(["Lecture : un exemple."]))
    pd.testing.assert_frame_equal(read_all(mirror, "drees-apl")[0], expected)


def test_codes_turned_into_numbers_in_a_workbook_are_read_back(tmp_path: Path) -> None:
    MAKERS["dgcl-epci"](tmp_path, ("08",))
    expected = read_all(tmp_path, "dgcl-epci", "08")

    def change(book: openpyxl.Workbook) -> None:
        for row in book["Epcicom2025"].iter_rows(min_row=2):
            row[9].value = int(row[9].value)

    edit(paths_of(tmp_path, "dgcl-epci")["composition"], change)
    for one, other in zip(read_all(tmp_path, "dgcl-epci", "08"), expected, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_an_epci_whose_rows_do_not_make_its_totals_is_named(made: Made) -> None:
    mirror = made("dgcl-epci")

    def change(book: openpyxl.Workbook) -> None:
        book["Epcicom2025"]["N5"] = 1

    edit(paths_of(mirror, "dgcl-epci")["composition"], change)
    refused(mirror, "dgcl-epci", "200000000", "population municipale")


def test_an_equipment_cell_that_changed_breaks_the_total_of_its_row(made: Made) -> None:
    mirror = made("insee-bpe")

    def change(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet["E2"] = (sheet["E2"].value or 0) + 1

    edit(paths_of(mirror, "insee-bpe")["2013"], change)
    refused(mirror, "insee-bpe", "row 2", "the total is the sum of the types")


def test_a_definition_that_disappeared_is_refused(made: Made) -> None:
    mirror = made("urbasante")
    edit(paths_of(mirror, "urbasante")["definitions"], lambda book: book.worksheets[0].delete_rows(29))
    refused(mirror, "urbasante", "no definition of Part des pers. âgées de 65")
