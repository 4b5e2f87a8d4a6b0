"""Contours are whole, valid and without slivers; neighbours share a border."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cls_analysis import geography
from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.geography import outline, shapes


def test_eight_communes_have_no_contour_and_are_returned_with_a_null_geometry():
    missing = geography.missing_contours()["code_commune"].tolist()
    assert missing == ["12218", "14581", "15031", "15035", "15047", "15171", "49126", "69114"]
    frame = geography.contours("commune")
    assert frame.loc[frame.geometry.isna(), "code"].tolist() == missing
    metro = geography.communes().query("zone == 'metro'")["code_commune"]
    assert frame["code"].tolist() == metro.tolist()
    assert frame.crs.to_epsg() == 2154


def test_every_contour_is_valid_and_on_a_grid_of_one_metre():
    frame = geography.contours("commune", ["52121", "52269", "70400"])
    drawn = shapely.get_coordinates(geography.contours("departement")["geometry"].to_numpy())
    assert np.array_equal(drawn, np.rint(drawn))
    assert frame.is_valid.all()
    for level in ("epci", "departement", "region"):
        layer = geography.contours(level)
        assert layer.geometry.notna().all()
        assert layer.is_valid.all()


@pytest.mark.parametrize("zone", ["971", "972", "973", "974", "976"])
def test_overseas_departements_have_their_own_system(zone):
    frame = geography.contours("commune", zone=zone)
    assert frame["code"].str.startswith(zone).all()
    assert frame.geometry.notna().all()
    assert frame.crs.to_epsg() == outline.CRS[zone]
    assert geography.contours("departement", [zone]).area.iloc[0] == pytest.approx(frame.area.sum(), rel=1e-3)


def test_a_dissolved_territory_has_the_area_of_its_communes_and_no_thin_hole():
    for name in geography.list_perimeters():
        whole = geography.contours("perimeter", [name]).geometry.iloc[0]
        parts = geography.contours("commune", geography.territory(name).communes)
        assert whole.area == pytest.approx(parts.area.sum(), rel=1e-4)
        for polygon in shapely.get_parts(whole):
            for ring in polygon.interiors:
                assert shapely.Polygon(ring).area / ring.length >= outline.SLIVER_METRES


def test_dissolving_by_hand_gives_the_embedded_layer():
    members = geography.membership().query("siren_epci == '200072999'")
    by_hand = geography.dissolve(dict(zip(members["code_commune"], members["siren_epci"], strict=True)))
    layer = geography.contours("epci", ["200072999"])
    assert by_hand.geometry.iloc[0].symmetric_difference(layer.geometry.iloc[0]).area == 0
    assert by_hand["missing"].tolist() == [0]


def test_a_gap_between_contours_is_closed_and_an_enclave_stays_open():
    square = shapely.box(0, 0, 1000, 1000)
    gap = shapely.Polygon([(0, 500), (400, 500), (400, 501), (0, 501)])
    enclave = shapely.box(600, 600, 800, 800)
    left = shapely.difference(shapely.difference(square, shapely.box(100, 500, 400, 501)), enclave)
    whole = outline.dissolve(np.array([left, shapely.box(1000, 0, 2000, 1000)], dtype=object))
    assert gap.area > 0
    assert [shapely.Polygon(r).area for r in whole.interiors] == [enclave.area]


def test_a_grouping_kept_in_a_file_is_drawn_as_one_dissolved_on_the_spot(tmp_path, monkeypatch):
    members = geography.membership().query("siren_epci in ['200072999', '200000545', '249710047']")
    mapping = dict(zip(members["code_commune"], members["siren_epci"], strict=True)) | {
        "15031": "alone",
        "52121": "one",
    }
    overseas = {code: holder for code, holder in mapping.items() if code.startswith("97")}
    mapping = {code: holder for code, holder in mapping.items() if code not in overseas}
    on_the_spot = [geography.dissolve(mapping), geography.dissolve(overseas)]
    path = tmp_path / "kept.parquet"
    geography.keep_dissolved(mapping | overseas, path)
    monkeypatch.setattr(shapes, "_dissolve", lambda codes: shapely.Point(0, 0) if len(codes) > 1 else None)
    for fresh, grouping in zip(on_the_spot, (mapping, overseas), strict=True):
        kept = geography.dissolve(grouping, kept=path)
        several = fresh["code"].isin({"200072999", "200000545", "249710047"}).to_numpy()
        assert several.sum() == len(set(grouping.values()) - {"alone", "one"}) and kept.crs == fresh.crs
        assert kept["missing"].tolist() == fresh["missing"].tolist()
        assert [g.wkb for g in kept.geometry[several]] == [g.wkb for g in fresh.geometry[several]]


def test_a_group_that_is_cut_is_not_taken_from_the_file(tmp_path):
    members = geography.membership().query("siren_epci == '200072999'")["code_commune"].tolist()
    path = tmp_path / "kept.parquet"
    geography.keep_dissolved(dict.fromkeys(members, "a"), path)
    cut = dict.fromkeys(members[1:], "a")
    assert geography.dissolve(cut, kept=path).area.item() == geography.dissolve(cut).area.item()
    assert geography.dissolve(cut, kept=path).area.item() < geography.dissolve(dict.fromkeys(members, "a")).area.item()
    assert geography.dissolve(cut, kept=tmp_path / "none").area.item() == geography.dissolve(cut).area.item()


@pytest.mark.parametrize("mapping", [{}, {"52121": "one"}, {"15031": "x", "15141": "x"}])
def test_a_grouping_without_two_contours_together_is_kept_in_no_file(tmp_path, mapping):
    geography.keep_dissolved(mapping, tmp_path / "kept.parquet")
    assert not (tmp_path / "kept.parquet").exists()
    assert len(geography.dissolve(mapping, kept=tmp_path / "kept.parquet")) == len(set(mapping.values()))


def test_a_damaged_file_of_contours_costs_time_only(tmp_path):
    members = geography.membership().query("siren_epci == '200072999'")["code_commune"].tolist()
    path = tmp_path / "kept.parquet"
    geography.keep_dissolved(dict.fromkeys(members, "a"), path)
    path.write_bytes(path.read_bytes()[:-30])
    assert geography.dissolve(dict.fromkeys(members, "a"), kept=path).area.item() > 0


def test_missing_members_are_counted_when_dissolving():
    frame = geography.dissolve({"15031": "x", "15141": "x"})
    assert frame["missing"].tolist() == [1]
    assert geography.dissolve({"15031": "y"}).geometry.isna().all()


def test_geometry_survives_packing_and_reading(tmp_path):
    geometries = pd.Series(
        {
            "01001": shapely.MultiPolygon(
                [
                    shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(2, 2), (4, 2), (4, 4)]]),
                    shapely.box(20, 20, 30, 31),
                ]
            ),
            "01002": shapely.MultiPolygon([shapely.box(-5, -7, 0, 0)]),
        },
        dtype=object,
    )
    outline.write(outline.pack({"commune": geometries}), tmp_path / "c.parquet")
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "c.parquet")
    assert table.column("code").to_pylist() == ["01001", "01002"]
    assert shapely.equals(outline.decode(table), geometries.to_numpy()).all()


def test_codes_keep_their_order_and_unknown_ones_are_named():
    assert geography.contours("commune", ["70400", "52121"])["code"].tolist() == ["70400", "52121"]
    with pytest.raises(UnknownName, match="'52999'"):
        geography.contours("commune", ["52121", "52999"])
    with pytest.raises(UnknownName, match="'bassin_de_vie' has no contours here"):
        geography.contours("bassin_de_vie")
    with pytest.raises(InvalidInput, match="several zones"):
        geography.contours("commune", ["52121", "97411"])
    with pytest.raises(UnknownName, match="zone 'paris'"):
        geography.contours("commune", zone="paris")


def test_neighbours_are_mutual_and_exclude_oneself():
    for level in ("commune", "epci", "departement", "region"):
        near = geography.neighbours(level)
        assert set(near) == set(geography.territories().query("territory_type == @level")["territory"])
        assert all(code not in others for code, others in near.items())
        assert all(code in near[other] for code, others in near.items() for other in others)


def test_neighbours_of_known_places():
    assert geography.neighbours("departement")["52"] == ["10", "21", "51", "55", "70", "88"]
    assert geography.neighbours("region")["94"] == []
    assert geography.neighbours()["29155"] == []  # Ouessant, an island
    with pytest.raises(UnknownName, match="perimeter"):
        geography.neighbours("perimeter")


def test_neighbours_equal_a_slow_search_of_shared_lines_in_one_departement():
    codes = geography.communes().query("departement == '90'")["code_commune"].tolist()
    frame = geography.contours("commune", codes).set_index("code").geometry
    near = geography.neighbours()
    for one in codes[:25]:
        touching = {two for two in codes if two != one and frame[one].intersection(frame[two]).length >= 0.5}
        assert touching == {c for c in near[one] if c in set(codes)}


def test_distance_from_langres_to_chaumont_is_about_30_kilometres():
    table = geography.distances(["52269", "15031"], ["52121", "97411"]).set_index(["origin", "destination"])["km"]
    assert 25 < table["52269", "52121"] < 35
    assert table.isna().sum() == 3  # no contour, or another zone
    with pytest.raises(UnknownName):
        geography.distances(["52269"], ["00000"])


def test_areas_are_in_square_kilometres_and_absent_without_a_contour():
    areas = geography.areas().set_index("code_commune")["area_km2"]
    assert len(areas) == 34_867
    assert areas["75056"] == pytest.approx(105.4, rel=0.02)
    assert (areas > 0).all()


def test_source_contours_are_put_on_the_grid_without_changing_neighbours(tmp_path):
    codes = ["52121", "52269"]
    made = gpd.GeoDataFrame(
        {"code_commune": codes},
        crs=4326,
        geometry=[shapely.box(5.1, 48.0, 5.2, 48.1), shapely.box(5.2, 48.0, 5.3, 48.1)],
    )
    made.to_parquet(tmp_path / "c.parquet")
    read = outline.read_source(tmp_path / "c.parquet")
    assert read.index.tolist() == codes
    assert outline.borders(read)[["a", "b"]].to_numpy().tolist() == [codes]
    assert outline.borders(read)["length_m"].iloc[0] == pytest.approx(11_120, rel=0.01)
