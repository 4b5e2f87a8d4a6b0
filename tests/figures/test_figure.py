"""Can a figure lose its title, unit, source, reading note or alternative, or let a name become markup?"""

from __future__ import annotations

import dataclasses

import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import Cell, DataTable, Figure, script, stylesheet
from cls_analysis.figures.figure import RIBBON, one_kind

GOOD = {
    "id": "carte-a", "kind": "map", "title": "Titre", "subtitle": "%, 2022", "svg": "<svg></svg>", "reading": "Lire.",
    "source": "Producteur, 2022", "alt": "Une carte.", "data": DataTable(("A", "B"), (("x", "1"),), (False, True)),
}  # fmt: skip


@pytest.mark.parametrize("name", ["title", "subtitle", "source", "reading", "alt", "svg"])
def test_a_figure_without_one_of_its_parts_does_not_exist(name):
    with pytest.raises(InvalidInput, match="carte-a"):
        Figure(**{**GOOD, name: " " if name != "svg" else ""})


def test_all_that_is_missing_is_said_at_once():
    with pytest.raises(InvalidInput) as error:
        Figure(**{**GOOD, "title": "", "alt": "", "id": "Pas bon"})
    assert len(error.value.problems) == 3


def test_a_figure_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Figure(**GOOD).title = "autre"


def test_the_skeleton_holds_every_part_in_order():
    page = Figure(**GOOD, notes=("Une note.",)).html(heading=4)
    order = [
        "<h4",
        "Titre",
        "%, 2022",
        "<svg>",
        "Lecture",
        "Une note.",
        "Source",
        "#trace-carte-a",
        "<details",
        "<table",
    ]
    places = [page.index(part) for part in order]
    assert places == sorted(places)
    assert RIBBON not in page
    assert 'id="carte-a"' in page and 'scope="col"' in page and 'scope="row"' in page and "<caption" in page


def test_a_simulated_figure_carries_the_ribbon():
    assert RIBBON in Figure(**GOOD, simulated=True).html()


def test_names_are_data_and_never_markup():
    evil = '<script>alert("x")</script> & Cie'
    table = DataTable((evil, "B"), ((evil, Cell(evil, note=evil)),), (False, True))
    page = Figure(
        **{**GOOD, "title": evil, "reading": evil, "source": evil, "alt": evil, "data": table}, notes=(evil,)
    ).html()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 7


def test_a_table_with_an_empty_cell_or_a_short_row_is_refused():
    with pytest.raises(InvalidInput, match="row 2, column 'B' is empty"):
        DataTable(("A", "B"), (("x", "1"), ("y", " ")), (False, True))
    with pytest.raises(InvalidInput, match="row 1 has 1 cells"):
        DataTable(("A", "B"), (("x",),), (False, True))
    with pytest.raises(InvalidInput, match="1 column kinds for 2"):
        DataTable(("A", "B"), (("x", "1"),), (False,))


def test_simulated_and_real_rows_do_not_mix():
    assert one_kind([True, True], "x") is True
    assert one_kind([False], "x") is False
    with pytest.raises(InvalidInput, match="mixes simulated and real"):
        one_kind([True, False], "carte")


def test_style_and_script_ask_nothing_of_another_host():
    for text in (stylesheet(), script()):
        assert len(text) > 500
        assert "http" not in text and "@import" not in text and "url(" not in text
