"""A folder of published files read back: CSV, workbook, page, JSON; what leaks in any of them is told."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import xlsxwriter

from cls_analysis.disclosure import publish
from cls_analysis.disclosure.artefacts import COLUMN_OF, KNOWN, STATUS_OF, plain, read_folder
from cls_analysis.disclosure.check import check_folder, earlier_edition
from cls_analysis.disclosure.markup import Tagged, numbers
from cls_analysis.disclosure.wording import HEADINGS, LABELS, STATUS_FRENCH
from cls_analysis.errors import DisclosureBreach, InvalidInput

from .helpers import Entry, members, no_comparisons, row, table

CATALOGUE = {"cases": Entry("cases")}
WHERE = members(*[("epci", "200000001", c) for c in ("01001", "01002", "01003")])
SECRET = ["01001", "01002"]


@pytest.fixture
def made():
    frame = table(
        row(3, code="01001", denominator=1731.0),
        row(40, code="01002", denominator=2000.0),
        row(90, code="01003", denominator=9000.0),
        row(133, level="epci", code="200000001", denominator=12731.0),
    )
    published, _, _ = publish(frame, no_comparisons(), catalogue=CATALOGUE, members=WHERE)
    assert list(published["status"]) == ["suppressed", "suppressed_secondary", "observed", "observed"]
    return frame, published


def write_csv(path, frame):
    frame.to_csv(path, sep=";", decimal=",", index=False, encoding="utf-8-sig")


def write_workbook(path, frame):
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Lisez-moi").write(0, 0, "Valeurs publiées")
        sheet = book.add_worksheet("Valeurs")
        for j, column in enumerate(frame.columns):
            sheet.write(0, j, HEADINGS[column])
            for i, value in enumerate(frame[column]):
                if value == value:
                    sheet.write(i + 1, j, STATUS_FRENCH.get(value, value))


def page(body):
    return f'<!doctype html><html lang="fr"><body><h1>Titre</h1>{body}</body></html>'


def check(folder, frame=None, **options):
    return check_folder(folder, catalogue=CATALOGUE, members=WHERE, private=frame, **options)


def test_what_the_door_let_through_passes_in_every_format(tmp_path, made):
    frame, published = made
    write_csv(tmp_path / "a-donnees.csv", published)
    write_workbook(tmp_path / "a.xlsx", published)
    (tmp_path / "a.html").write_text(page("<p>133 cas, soit 1 044,7 pour 100 000 en 2023</p>"), "utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1}), "utf-8")
    found = check(tmp_path, frame)
    assert found.breaches == ()
    assert found.rows == 4
    assert found.files == 4
    assert found.searched > 0
    assert found.audit is not None
    assert found.audit.attacked >= 1


@pytest.mark.parametrize("write", [write_csv, write_workbook])
def test_a_file_that_shows_what_another_withholds_is_told(tmp_path, made, write):
    frame, published = made
    write_csv(tmp_path / "a.csv", published)
    write(tmp_path / ("b.xlsx" if write is write_workbook else "b.csv"), frame)
    found = check(tmp_path)
    assert any("withheld here, shown in another file" in b for b in found.breaches)
    with pytest.raises(DisclosureBreach):
        found.require()


def test_a_withheld_row_with_a_number_is_told(tmp_path, made):
    frame, published = made
    leaking = published.assign(value=frame["value"])
    write_csv(tmp_path / "a.csv", leaking)
    assert any("withheld row carries a number" in b for b in check(tmp_path).breaches)


def test_rows_that_give_a_count_back_by_difference_are_told(tmp_path, made):
    frame, _ = made
    from cls_analysis.disclosure import withhold
    from cls_analysis.disclosure.rules import primary

    write_csv(tmp_path / "a.csv", withhold(frame, primary(frame, CATALOGUE)))
    assert any("computed back" in b and "01001" in b for b in check(tmp_path).breaches)


@pytest.mark.parametrize(
    "body",
    [
        '<table class="cls-data"><tr><td data-indicator="cases" data-territory="01001">173,3</td></tr></table>',
        '<svg><path data-indicator="cases" data-territory="01001" aria-label="Commune : 173,3"></path></svg>',
        '<tr data-indicator="cases" data-territory="01001"><td>Nom</td><td>3</td></tr>',
        '<p title="taux 173.3102">voir</p>',
        "<p>le taux exact est 173,31023</p>",
        '<img alt="taux 173,31023 pour 100 000">',
        '<script type="application/json">{"v": 173.3102}</script>',
        "<p>secret<!-- le taux exact est 173,31023 --></p>",
    ],
)
def test_a_withheld_value_anywhere_in_a_page_is_told(tmp_path, made, body):
    frame, published = made
    write_csv(tmp_path / "a.csv", published)
    (tmp_path / "a.html").write_text(page(body), "utf-8")
    assert any(b.startswith("a.html") for b in check(tmp_path, frame).breaches)


def test_a_withheld_value_in_a_table_headed_by_its_territory_and_indicator_is_told(tmp_path, made):
    frame, published = made
    write_csv(tmp_path / "a.csv", published)
    body = (
        "<table><caption>Cas, taux</caption><tr><th>Commune</th><th>cases</th></tr>"
        "<tr><th>Andilly</th><td>{}</td></tr><tr><th>Bourg</th><td>1 000,0</td></tr></table>"
    )
    names = {"01001": "Andilly", "01003": "Bourg"}
    (tmp_path / "a.html").write_text(page(body.format("173,3")), "utf-8")
    found = check(tmp_path, frame, names=names).breaches
    assert found == ("a.html: a table shows what is withheld: cases 01001",)
    (tmp_path / "a.html").write_text(page(body.format("secret")), "utf-8")
    assert check(tmp_path, frame, names=names).breaches == ()


def test_a_number_tagged_with_a_withheld_key_is_told_without_the_private_table(tmp_path, made):
    _, published = made
    write_csv(tmp_path / "a.csv", published)
    tagged = 'data-indicator="cases" data-territory-type="commune" data-territory="01001" data-period="2023"'
    (tmp_path / "a.html").write_text(page(f"<td {tagged}>12,4</td>"), "utf-8")
    assert any(b.startswith("a.html") for b in check(tmp_path).breaches)
    (tmp_path / "a.html").write_text(page(f"<td {tagged}>secret</td>"), "utf-8")
    assert check(tmp_path).breaches == ()


def test_a_withheld_value_in_a_manifest_or_a_notebook_output_is_told(tmp_path, made):
    frame, published = made
    write_csv(tmp_path / "a.csv", published)
    (tmp_path / "manifest.json").write_text(json.dumps({"trace": [{"value": frame.loc[0, "value"]}]}), "utf-8")
    output = {"cells": [{"outputs": [{"data": {"text/html": ["<b>17", "3,31023</b>"]}}]}]}
    (tmp_path / "a.ipynb").write_text(json.dumps(output), "utf-8")
    files = {b.split(":")[0] for b in check(tmp_path, frame).breaches}
    assert {"manifest.json", "a.ipynb"} <= files


def test_an_earlier_folder_counts_as_known(tmp_path, made):
    _, published = made
    for name in ("2025", "2026"):
        (tmp_path / name).mkdir()
    before = table(row(130, level="epci", code="200000001", denominator=11000.0))
    write_csv(tmp_path / "2025" / "a.csv", before)
    write_csv(tmp_path / "2026" / "a.csv", published.iloc[[3]])
    then, told = earlier_edition(
        tmp_path / "2025", name="2025", members=members(("epci", "200000001", "01002"), ("epci", "200000001", "01003"))
    )
    assert told == ("2025: no manifest tells compositions, today's are taken",)
    assert check(tmp_path / "2026").breaches == ()
    assert any("computed back" in b for b in check(tmp_path / "2026", earlier=[then]).breaches)


def test_an_unreadable_file_is_an_error_not_a_pass(tmp_path, made):
    write_csv(tmp_path / "a.csv", made[1])
    (tmp_path / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(InvalidInput, match=r"manifest\.json cannot be read"):
        check(tmp_path)


def test_an_indicator_without_an_entry_is_told_and_the_others_are_still_attacked(tmp_path, made):
    frame, published = made
    from cls_analysis.disclosure import withhold
    from cls_analysis.disclosure.rules import primary

    write_csv(tmp_path / "a.csv", withhold(frame, primary(frame, CATALOGUE)))
    write_csv(tmp_path / "b.csv", published.iloc[[3]].assign(indicator="gone"))
    found = check(tmp_path, frame).breaches
    assert found[0] == "gone: no entry in the catalogue, so no rule can judge its rows"
    assert any("computed back" in breach for breach in found)


def test_a_number_in_a_column_of_its_own_beside_a_withheld_row_is_told(tmp_path, made):
    _, published = made
    beside = published.assign(label="Cas", note=["3", "40", "90", "133"], place=published["territory"])
    write_csv(tmp_path / "a.csv", beside)
    found = check(tmp_path).breaches
    assert len(found) == 2
    assert all("in a column that is none of the table's" in breach for breach in found)
    write_csv(tmp_path / "a.csv", beside.drop(columns="note"))
    assert check(tmp_path).breaches == ()


def test_french_numbers_are_read():
    assert numbers("1\u202f234,5 et −3, puis 12 %, code 01001") == ["1234.5", "-3", "12", "01001"]


def test_every_word_that_is_written_is_read_back_as_its_own_code():
    read = {column: COLUMN_OF[plain(heading)] for column, heading in HEADINGS.items() if column not in LABELS}
    assert read == {column: column for column in read} and set(read) == KNOWN
    assert [STATUS_OF[plain(words)] for words in STATUS_FRENCH.values()] == list(STATUS_FRENCH)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Secret : effectif trop faible", "suppressed"),
        ("secret : protège une autre valeur", "suppressed_secondary"),
        ("non significatif : trop peu d’évènements", "too_few_events"),
        ("secret du producteur", "not_published"),
        ("secret statistique", "suppressed"),
        ("observé", "observed"),
    ],
)
def test_the_words_of_files_already_published_stay_readable(words, status):
    assert STATUS_OF[plain(words)] == status


def test_a_page_table_in_the_columns_of_the_table_is_read(tmp_path, made):
    _, published = made
    (tmp_path / "a.html").write_text(page(published.to_html(index=False, na_rep="")), "utf-8")
    assert len(read_folder(tmp_path).rows) == 4


def test_simulated_reports_are_attacked_apart_from_the_official_ones_beside_them(tmp_path, made):
    frame, published = made
    for name in ("2026", "2026-simule"):
        (tmp_path / name).mkdir()
    write_csv(tmp_path / "2026" / "a.csv", published)
    shown = published.assign(status="observed", value=50.0, numerator=50.0, denominator=100.0, lower=None, upper=None)
    shown.loc[3, ["numerator", "denominator"]] = [150.0, 300.0]
    write_csv(tmp_path / "2026-simule" / "a.csv", shown)
    assert check(tmp_path, frame.assign(simulated=False)).breaches == ()
    assert check(tmp_path, frame.assign(simulated=False)).rows == 8
    with pytest.raises(InvalidInput, match="real and simulated reports"):
        earlier_edition(tmp_path, name="2026", members=WHERE)
    write_csv(tmp_path / "2026" / "b.csv", shown)
    assert any("withheld here, shown in another file" in b for b in check(tmp_path).breaches)


def test_a_tag_without_sex_speaks_of_both_sexes_and_not_of_a_withheld_one():
    from types import SimpleNamespace

    from cls_analysis.disclosure.check import _tagged_breaches

    base = {"indicator": "cases", "territory_type": "commune", "territory": "01001", "period": "2023", "age": "all"}
    rows = pd.DataFrame(
        [
            {**base, "sex": "all", "status": "observed", "value": 30.0},
            {**base, "sex": "F", "status": "suppressed", "value": None},
        ]
    )
    private = rows.assign(value=[30.0, 30.0], lower=None, upper=None, numerator=None, denominator=None)
    key = tuple(sorted((k, v) for k, v in base.items() if k != "age"))
    read = SimpleNamespace(tagged=[Tagged("a.html", key, ("30",))])
    assert _tagged_breaches(read, rows, private.drop(columns="status")) == []
    of_women = SimpleNamespace(tagged=[Tagged("a.html", (*key, ("sex", "F")), ("30",))])
    assert len(_tagged_breaches(of_women, rows, private.drop(columns="status"))) == 1
