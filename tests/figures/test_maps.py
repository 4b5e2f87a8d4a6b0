"""Does a map show the published values, the same classes everywhere, and tell what is hidden without colour?"""

from __future__ import annotations

import re

import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import Breaks, base_map, breaks, choropleth, composition, french, location, overlay, svg
from cls_analysis.figures.mapbase import place_labels
from tests.figures.made_up import EPCI, INSIDE, NAMES, OWN, REGION, communal, comparison, grid, record, setting, table

GROUPS = {code: EPCI[0 if position < 8 else 1].territory for position, code in enumerate(INSIDE)}
GROUP_NAMES = {p.territory: p.name for p in EPCI}


def base(**changes):
    options = {"inside": INSIDE, "names": NAMES, "groups": GROUPS, "towns": [(c, NAMES[c]) for c in INSIDE[:5]]}
    return base_map(grid(), **{**options, **changes})


def draw(rows=None, **changes):
    here = setting(table=pd.concat([table(), communal() if rows is None else rows], ignore_index=True))
    return choropleth(
        here, "part-65-plus", base(), level="commune", breaks=Breaks((20.0, 30.0), "seuils", 1), **changes
    )  # fmt: skip


def absolute(d):
    """Every point of every ring of a path, made absolute."""
    points = set()
    for ring in d.split("z")[:-1]:
        start, steps = ring[1:].split("l")
        x, y = map(int, start.split())
        points.add((x, y))
        numbers = list(map(int, re.findall(r"-?\d+", steps)))
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.add((x, y))
    return points


def test_two_neighbours_keep_the_same_points_on_their_common_border():
    paths = base().paths
    left, right = absolute(paths[INSIDE[0]]), absolute(paths[INSIDE[1]])
    assert len(left & right) == 2
    assert len(left) == len(right) == 4


def test_the_outline_holds_the_corners_of_the_territory():
    outline = absolute(base().outline)
    own = set().union(*(absolute(base().paths[c]) for c in INSIDE))
    xs, ys = [x for x, _ in own], [y for _, y in own]
    assert {(min(xs), min(ys)), (max(xs), max(ys))} <= outline


def test_the_scale_bar_measures_what_it_says():
    here = base()
    side = (max(x for x, _ in absolute(here.paths[INSIDE[0]])) - min(x for x, _ in absolute(here.paths[INSIDE[0]]))) / 2
    assert here.scale_pixels / here.scale_km == pytest.approx(side / 4, rel=0.02)


def test_a_code_without_contour_is_named_and_degrees_are_refused():
    with pytest.raises(InvalidInput, match="98765"):
        base(inside=(*INSIDE, "98765"))
    with pytest.raises(InvalidInput, match="degrees"):
        base_map(grid().to_crs(4326), inside=INSIDE, names=NAMES)


def test_labels_never_overlap_and_the_first_ones_win():
    dots = [(f"Ville numéro {i}", 100.0 + 9 * i, 100.0) for i in range(8)]
    placed = place_labels(dots, 400, 300, size=14, most=8)
    assert placed[0].content == "Ville numéro 0"
    assert 1 <= len(placed) < 8


def test_the_legend_counts_only_the_areas_of_the_territory():
    figure = draw()
    counted = [int(re.match(r"\d+", item.count).group()) for item in figure.legend]
    assert sum(counted) == len(INSIDE)
    assert [len(item.label) > 0 for item in figure.legend] == [True] * 3
    assert len(figure.data.rows) == len(INSIDE)


def test_secret_and_missing_have_patterns_of_their_own_and_no_value_leaks():
    rows = communal(c99007="suppressed", c99008="missing", c99009="not_applicable")
    figure = draw(rows)
    for kind in ("secret", "missing", "not-applicable"):
        assert f'id="carte-part-65-plus-commune-{kind}"' in figure.svg
        assert f"url(#carte-part-65-plus-commune-{kind})" in figure.svg
    assert "Commune 7\u00a0: secret" in figure.svg
    shown = re.findall(r"<title>(Commune \d+[^<]*)</title>", figure.svg)
    assert len(shown) == len(INSIDE)
    words = {str(r[0]): r[1].text for r in figure.data.rows}
    assert words["Commune 7"] == "secret"
    assert words["Commune 8"] == french.STATUS_WORDS["missing"].short


def test_each_reason_for_a_blank_has_its_own_pattern_and_words():
    rows = communal(c99007="suppressed_secondary", c99008="too_few_events", c99009="not_published")
    figure = draw(rows)
    kinds = {item.label: item.count for item in figure.legend if "url(#" in item.swatch}
    assert list(kinds) == ["non publié par le producteur", "secret statistique", "effectif trop faible"]
    assert {re.match(r"\d+", count).group() for count in kinds.values()} == {"1"}
    drawn = [svg.pattern("p", k) for k in ("secret", "too-few", "not-published", "missing", "not-applicable")]
    assert len(set(drawn)) == 5


def test_each_area_of_the_territory_says_of_which_row_its_value_is():
    figure = draw(communal(c99007="suppressed"))
    around = re.search(r'<g transform="[^"]*" class="areas"([^>]*)>', figure.svg).group(1)
    assert 'data-indicator="part-65-plus"' in around
    assert 'data-territory-type="commune"' in around
    tagged = re.findall(r'data-territory="([^"]+)"><title>', figure.svg)
    assert sorted(tagged) == sorted(INSIDE)


def test_a_gap_that_is_not_significant_is_hatched():
    code = INSIDE[0]
    more = comparison("part-65-plus", 17.0, 22.0, "not_different")
    more.update(territory_type="commune", territory=code)
    here = setting(table=pd.concat([table(), communal()]), comparisons=pd.DataFrame([more]))
    figure = choropleth(here, "part-65-plus", base(), level="commune", breaks=Breaks((20.0,), "seuils"), against=REGION)
    assert figure.svg.count("url(#carte-part-65-plus-commune-different-not)") == 1
    assert "écart non significatif" in figure.legend[-1].label
    assert "1\u00a0commune sans écart significatif avec le Grand Val" in figure.alt


def test_a_map_without_any_published_value_is_not_drawn():
    with pytest.raises(InvalidInput, match="no commune"):
        draw(communal(**{f"c{c}": "suppressed" for c in NAMES}))


def test_same_input_same_bytes_whatever_the_order_of_rows():
    rows = communal(c99007="suppressed")
    assert draw(rows).html() == draw(rows.sample(frac=1, random_state=3)).html()


def test_simulated_rows_among_real_ones_raise():
    rows = communal()
    rows.loc[3, "simulated"] = True
    with pytest.raises(InvalidInput, match="mixes simulated"):
        draw(rows)


def test_a_value_on_a_bound_opens_the_upper_class_as_its_label_says():
    cut = Breaks((20.0, 30.0), "seuils", 1)
    assert [cut.class_of(v) for v in (19.94, 19.96, 20.0, 29.9, 30.0)] == [0, 1, 1, 1, 2]
    assert cut.labels("%")[1].replace("\u00a0", " ") == "de 20,0 à moins de 30,0 %"


def test_quantiles_share_the_areas_evenly_and_ties_merge_classes():
    cut = breaks(range(100), k=5, decimals=0)
    counts = [sum(cut.class_of(v) == i for v in range(100)) for i in range(5)]
    assert counts == [20] * 5
    assert len(breaks([1.0] * 50 + [2.0, 3.0], decimals=0).bounds) <= 2
    assert breaks([4.0, 4.0, None]).bounds == ()
    with pytest.raises(InvalidInput, match="no published value"):
        breaks([None, float("nan")])
    with pytest.raises(InvalidInput, match="6 classes"):
        breaks([1], method="given", given=[1, 2, 3, 4, 5])


def test_diverging_classes_use_another_palette_with_a_neutral_middle():
    colours = breaks([1], method="given", given=[80, 95, 105, 120], reference=100.0).colours()
    assert colours[2] == "#f0f0f0" and len(set(colours)) == 5


def test_composition_counts_the_communes_of_each_epci():
    figure = composition(setting(), base(), GROUPS, GROUP_NAMES, source="Source, 2026", period="2026")
    assert figure.title == "Le Pays de Brume réunit 16\u00a0communes dans 2\u00a0EPCI"
    assert [item.count for item in figure.legend] == ["8\u00a0communes", "8\u00a0communes"]
    assert "<text" in figure.svg and 'class="badge-n"' in figure.svg


def test_location_names_the_departements_and_draws_the_territory():
    import shapely

    here = base(groups=None)
    square = shapely.box(8e5 + 8000, 6.7e6 + 8000, 8e5 + 12000, 6.7e6 + 12000)
    figure = location(setting(), here, overlay(here, square), source="Source, 2026", period="2026")
    assert "Commune 7" in figure.alt
    assert figure.svg.count('fill="#0b5563"') == 1


def test_an_epci_in_a_reading_note_has_its_article():
    rows = [record("apl", p, v) for p, v in zip(EPCI, (2.6, 1.4, 1.9), strict=True)] + [record("apl", OWN, 2.0)]
    shapes = grid(2)
    shapes["code"] = [p.territory for p in EPCI] + ["990000009"]
    inside = [p.territory for p in EPCI]
    ground = base_map(shapes, inside=inside, names=GROUP_NAMES, place_word="EPCI")
    figure = choropleth(setting(table=pd.DataFrame(rows)), "apl", ground, level="epci", breaks=Breaks((2.0,), "seuils"))
    assert figure.reading.startswith("Dans la CA du Gué")


@pytest.mark.parametrize("method", ["quantiles", "jenks"])
def test_classes_group_the_areas_as_mapclassify_does(method):
    import mapclassify
    import numpy as np

    values = np.random.default_rng(4).gamma(3, 5, 200).round(3)
    cut = breaks(values, method=method, k=5, decimals=3)
    oracle = (mapclassify.Quantiles if method == "quantiles" else mapclassify.FisherJenks)(values, k=5)
    assert [cut.class_of(v) for v in values] == oracle.yb.tolist()


def test_all_or_nothing_values_are_told_as_such_not_cut_at_a_number_nobody_has():
    made = breaks([0.0] * 60 + [100.0] * 38 + [40.0, 2.8])
    assert made.ends == (0.0, 100.0)
    assert [text.replace(french.NBSP, " ") for text in made.labels("%")] == ["0 %", "entre 0 et 100 %", "100 %"]
    assert [made.class_of(v) for v in (0.0, 0.04, 2.8, 99.9, 100.0)] == [0, 0, 1, 1, 2]
    assert breaks([0.0] * 60 + [100.0] * 40).labels("%")[-1].startswith("100")
    assert breaks([0.0] * 50 + [100.0] * 30 + [50.0] * 20).ends is None
    assert breaks([0.0, 100.0]).ends is None


def test_the_title_names_the_area_that_is_alone_at_an_end_and_leaves_out_those_that_lie_elsewhere():
    plain = draw()
    highest = plain.title.split("(")[-1].split(")")[0]
    assert highest in {str(row[0]) for row in plain.data.rows}
    code = next(c for c, name in NAMES.items() if name == highest)
    other = draw(spilling={code})
    assert highest not in other.title
    assert any(highest in note and "hors du territoire" in note for note in other.notes)
    assert "selon les communes dont la plupart des habitants vivent dans le territoire" in other.title
    assert "valeur la plus basse" in other.alt and highest not in other.alt.split("Répartition")[0]  # the same areas
    assert "dont la plupart" not in plain.title and "dont la plupart" not in plain.alt


def test_the_legend_says_what_a_dark_area_means():
    assert any(note.startswith("Plus la teinte est foncée") for note in draw().notes)


def test_a_map_of_one_own_area_gives_the_value_of_that_area_not_of_the_territory():
    plain = draw()
    shown = [str(row[0]) for row in plain.data.rows if "secret" not in f"{row[1]}{row[2]}" and "n." not in f"{row[2]}"]
    kept = shown[0]
    codes = {c for c, name in NAMES.items() if c in INSIDE and name != kept}
    assert draw(spilling=codes).title.endswith(f"(commune\u00a0: {kept})")
