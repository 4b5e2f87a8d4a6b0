"""Last year's report is still in its reader's hands: a changed perimeter must not give a count back by difference."""

from __future__ import annotations

import json

import pytest

from cls_analysis.disclosure import check_folder, earlier_edition, publish
from cls_analysis.disclosure.composition import describe, fingerprint, members_then
from cls_analysis.errors import InvalidInput

from .helpers import Entry, members, no_comparisons, row, table

CATALOGUE = {"cases": Entry("cases")}
WIDE, NARROW = ["52001", "52002", "52003"], ["52001", "52002"]


def perimeter(communes):
    return members(*[("perimeter", "pays", c) for c in communes])


def report(folder, rows, communes, *, cog=2026, kind="perimeter", code="pays"):
    folder.mkdir(parents=True)
    rows.to_csv(folder / "a.csv", sep=";", decimal=",", index=False, encoding="utf-8-sig")
    told = describe([(kind, code, communes)], cog=cog)
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "composition": told}), "utf-8")
    return folder


def edition_of(count, communes):
    """The perimeter's count of 2023 and that of the commune that it may have lost, through the door."""
    frame = table(
        row(count, level="perimeter", code="pays", denominator=30000.0), row(4, code="52003", denominator=900.0)
    )
    return frame, publish(frame, no_comparisons(), catalogue=CATALOGUE, members=perimeter(communes))[0]


@pytest.fixture
def years(tmp_path):
    """2025: 100 cases in three communes, 4 of them withheld. 2026, the same year of data: the third commune has left."""
    _, before = edition_of(100, WIDE)
    after, alone = edition_of(96, NARROW)
    assert list(before["status"]) == list(alone["status"]) == ["observed", "suppressed"]
    return report(tmp_path / "2025", before, WIDE), report(tmp_path / "2026", alone, NARROW), after


def test_each_edition_alone_is_safe_and_the_two_together_give_a_count_back(years):
    old, new, _ = years
    now = perimeter(NARROW)
    for folder in (old, new):
        assert check_folder(folder, catalogue=CATALOGUE, members=now).breaches == ()
    then, told = earlier_edition(old, name="2025", members=now)
    assert told == ()
    found = check_folder(new, catalogue=CATALOGUE, members=now, earlier=[then])
    assert any("computed back" in breach and "52003" in breach for breach in found.breaches)


def test_the_door_that_knows_the_earlier_edition_publishes_nothing_that_gives_it_back(years, tmp_path):
    old, _, table_now = years
    now = perimeter(NARROW)
    then, _ = earlier_edition(old, name="2025", members=now, catalogue=CATALOGUE)
    published, _, _ = publish(table_now, no_comparisons(), catalogue=CATALOGUE, members=now, earlier=[then])
    assert list(published["status"]) == ["suppressed_secondary", "suppressed"]
    again = report(tmp_path / "again", published, NARROW)
    assert check_folder(again, catalogue=CATALOGUE, members=now, earlier=[then]).breaches == ()


def test_taking_todays_composition_for_last_years_would_miss_it(years):
    old, new, _ = years
    (old / "manifest.json").unlink()
    then, told = earlier_edition(old, name="2025", members=perimeter(NARROW))
    assert told
    assert "today's are taken" in told[0]
    found = check_folder(new, catalogue=CATALOGUE, members=perimeter(NARROW), earlier=[then])
    assert not [breach for breach in found.breaches if "computed back" in breach]


def test_rows_of_an_indicator_that_left_the_catalogue_are_left_out_and_told(years):
    old, _, _ = years
    then, told = earlier_edition(old, name="2025", members=perimeter(NARROW), catalogue={})
    assert then.published.empty
    assert told == ("2025: not in the catalogue any more, left out: cases",)


def test_two_editions_in_one_folder_are_refused(years):
    old, _, _ = years
    with pytest.raises(InvalidInput, match="another composition"):
        members_then(old.parent, perimeter(NARROW))


def test_a_list_that_is_not_the_one_hashed_is_refused(tmp_path):
    folder = report(tmp_path / "x", table(row(100)), WIDE)
    content = (folder / "manifest.json").read_text("utf-8")
    (folder / "manifest.json").write_text(content.replace("52003", "52004"), "utf-8")
    with pytest.raises(InvalidInput, match="perimeter pays"):
        members_then(folder, perimeter(WIDE))


@pytest.mark.parametrize(
    "content",
    ["[]", "{", '{"composition": {"cog": "2026", "territories": [{}]}}', '{"composition": {"territories": [1]}}'],
)
def test_a_manifest_that_this_program_did_not_write_is_refused_by_name(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(InvalidInput, match=r"manifest\.json cannot be read"):
        members_then(tmp_path, perimeter(WIDE))


def test_a_departement_is_told_by_hash_and_found_again(tmp_path):
    now = members(*[("departement", "52", c) for c in WIDE])
    folder = report(tmp_path / "x", table(row(100)), WIDE, kind="departement", code="52")
    entry = json.loads((folder / "manifest.json").read_text("utf-8"))["composition"]["territories"][0]
    assert "communes" not in entry
    assert entry["sha256"] == fingerprint(WIDE)
    assert set(members_then(folder, now)[0]["code_commune"]) == set(WIDE)
    with pytest.raises(InvalidInput, match="no geography"):
        members_then(folder, members(("departement", "52", "52009")))


def test_communes_of_an_older_vintage_are_brought_to_the_reference_one(tmp_path):
    # in 2023 the commune 85084 had its land in what are 85084, 85165 and 85212 since
    folder = report(tmp_path / "x", table(row(100)), ["85084", "85001"], cog=2023)
    found = members_then(folder, perimeter(["85001"]))[0]
    assert set(found["code_commune"]) == {"85001", "85084", "85165", "85212"}
