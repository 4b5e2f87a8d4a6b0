"""The embedded geography against INSEE's and DGCL's own files, read where they lie (CLS_DATA_MIRROR)."""

import os
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis import geography
from cls_analysis.geography import embed, store, vintages
from cls_analysis.geography.crosswalk import land

pytestmark = pytest.mark.official


@pytest.fixture(scope="module")
def mirror():
    named = os.environ.get("CLS_DATA_MIRROR")
    if not named or not Path(named).is_dir():
        pytest.skip("CLS_DATA_MIRROR does not name a folder: the official files were NOT checked")
    return Path(named)


def repaired(codes):
    """The history of populations writes overseas codes as département and commune in full: 972 + 201 for 97201."""
    return codes.str.replace(r"^97\d(\d{3})$", r"97\1", regex=True)


@pytest.fixture(scope="module")
def populations(mirror):
    """Population municipale by census year, commune: RP 2013 to 2021, and RP 2023."""
    old = pd.read_csv(
        mirror / "insee-populations-historiques/2013-2021/populations_municipales_2013_2021.csv",
        dtype={"codgeo": "str"},
        encoding="utf-8-sig",
    )
    old = old.assign(codgeo=repaired(old["codgeo"])).set_index("codgeo")
    new = pd.read_csv(
        mirror / "insee-populations-reference/2023/donnees_communes.csv", sep=";", dtype={"COM": "str"}
    ).set_index("COM")
    out = {2000 + int(c[1:3]): old[c] for c in old if c.startswith("p") and c.endswith("_pop")}
    return out | {2023: new["PMUN"]}


def agreement(mine, theirs):
    both = pd.concat([mine.rename("a"), theirs.rename("b")], axis=1, join="inner").dropna()
    return float((both["a"].astype(float) == both["b"].astype(float)).mean()) if len(both) > 1000 else float("nan")


@pytest.mark.parametrize("year", geography.VINTAGES)
def test_each_package_carries_the_census_we_say_and_no_other(populations, year):
    mine = geography.communes(year)
    mine = mine[mine["departement"] != "976"].set_index("code_commune")["population"]
    said = vintages.COMMUNE_POPULATION_YEAR[year]
    for census, theirs in populations.items():
        share = agreement(mine, theirs)
        assert (share > 0.99) == (census == said), (year, census, share)


@pytest.mark.parametrize("year", geography.VINTAGES[1:])
def test_each_list_of_members_carries_the_census_we_say(populations, year):
    mine = geography.member_populations(year).set_index("code_commune")["pmun"]
    said = vintages.MEMBER_POPULATION_YEAR[year]
    for census, theirs in populations.items():
        assert (agreement(mine, theirs) > 0.99) == (census == said), (year, census)


def test_rp_2022_is_the_census_common_to_package_2024_and_to_the_members_of_2025(populations):
    package = geography.communes(2024).set_index("code_commune")["population"]
    members = geography.member_populations(2025).set_index("code_commune")["pmun"]
    assert agreement(package, members) > 0.99
    assert all(agreement(package, theirs) < 0.2 for theirs in populations.values())


def test_communes_of_2026_are_those_of_insees_cog(mirror):
    cog = pd.read_csv(mirror / "insee-cog/2026/v_commune_2026.csv", dtype="str", keep_default_na=False)
    cog = cog[cog["TYPECOM"] == "COM"].set_index("COM")
    mine = geography.communes(2026).set_index("code_commune")
    assert set(cog.index) == set(mine.index)
    assert (cog["DEP"].reindex(mine.index) == mine["departement"]).all()
    assert (cog["REG"].reindex(mine.index) == mine["region"]).all()
    assert (cog["LIBELLE"].reindex(mine.index) == mine["name"]).all()


def events(mirror):
    frame = pd.read_csv(mirror / "insee-cog/2026/v_mvt_commune_2026.csv", dtype="str", keep_default_na=False)
    return frame[(frame["TYPECOM_AV"] == "COM") & (frame["TYPECOM_AP"] == "COM")]


def slow_chain(frame, source, target):
    """Where each code went, event after event, from INSEE's file: blurs a merger that was undone."""
    frame = frame[(frame["DATE_EFF"] > f"{source}-01-01") & (frame["DATE_EFF"] <= f"{target}-01-01")]
    reached, final = {c: {c} for c in set(land(source))}, set(land(target))
    for _, day in frame.groupby("DATE_EFF"):
        step: dict[str, set[str]] = {}
        for before, after in zip(day["COM_AV"], day["COM_AP"], strict=True):
            step.setdefault(before, set()).add(after)
        touched = [o for o, now in reached.items() if now & step.keys()]
        again = {b: a for b, a in step.items() if b not in a and b not in final}
        for links in (step, again):  # a change of département and a merger may bear the same date
            for o in touched:
                reached[o] = set().union(*[links.get(c, {c}) for c in reached[o]])
    return reached


@pytest.mark.parametrize(("source", "target"), [(2009, 2019), (2019, 2026), (2023, 2024), (2024, 2025), (2009, 2026)])
def test_the_table_of_passage_is_the_one_of_insees_events(mirror, source, target):
    official = slow_chain(events(mirror), source, target)
    ours = geography.passage(source, target).groupby("origin")["destination"].agg(set)
    sharper = []
    for code, reached in official.items():
        assert ours[code] <= reached, code
        if ours[code] != reached:
            sharper.append(code)
    undone = {
        "60054",
        "60455",
        "60694",
        "14666",
        "14712",
        "85030",
        "85084",
        "85165",
        "85212",
        "15031",
        "15035",
        "15047",
        "15141",
        "15171",
        "76095",
        "76108",
    }
    assert set(sharper) <= undone  # merged, then restored: our atoms know which part each was


BEFORE = {"insee-bpe/2009/bpe2009.xlsx": 2009, "insee-bpe/2013/bpe2013.xlsx": 2013}


@pytest.mark.parametrize("path", sorted(BEFORE))
def test_no_commune_of_the_old_equipment_files_is_lost(mirror, path):
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(mirror / path))
    cells = {
        str(c).strip() for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for c in row[:2]
    }
    codes = {c for c in cells if len(c) == 5 and c[:2].isdigit() | (c[:2] in ("2A", "2B")) and c[2:].isdigit()}
    inner = set(geography.arrondissements_municipaux()["code"])
    assert len(codes) > 15_000
    assert codes - inner - set(geography.codes_of(BEFORE[path])) == set()


CSV = {
    "insee-populations-historiques/2013-2021/populations_municipales_2013_2021.csv": ("codgeo", ",", 2019),
    "urbasante/2022/indicateurs_communes.csv": (None, None, 2022),
    "insee-filosofi/2021/cc_filosofi_2021_COM.csv": ("CODGEO", ";", 2024),
    "insee-populations-reference/2023/donnees_communes.csv": ("COM", ";", 2025),
    "insee-cog/2026/v_commune_2026.csv": ("COM", ",", 2026),
}


@pytest.mark.parametrize("path", sorted(CSV))
def test_no_commune_of_a_file_is_unknown_in_its_cog_and_all_reach_2026(mirror, path):
    column, separator, year = CSV[path]
    frame = pd.read_csv(
        mirror / path,
        dtype="str",
        sep=separator or None,
        encoding="utf-8-sig",
        encoding_errors="replace",
        engine="python" if separator is None else "c",
        keep_default_na=False,
    )
    if column is None:
        column = max(frame.columns, key=lambda c: frame[c].str.fullmatch(r"\d[\dAB]?\d{2,3}").mean())
    codes = repaired(frame[column].str.zfill(5))
    if "TYPECOM" in frame:
        codes = codes[frame["TYPECOM"] == "COM"]
    inner = set(geography.arrondissements_municipaux()["code"])
    codes = set(codes) - inner
    assert codes - set(geography.codes_of(year)) == set()
    links = geography.passage(year, 2026)
    assert codes <= set(links["origin"])
    assert set(links.loc[links["origin"].isin(codes), "destination"]) <= set(geography.codes_of(2026))


@pytest.mark.parametrize(("sheet", "year"), [("APL 2022", 2023), ("APL 2023", 2024)])
def test_no_commune_of_the_accessibility_workbook_is_lost(mirror, sheet, year):
    from python_calamine import CalamineWorkbook

    path = next((mirror / "drees-apl/2023").glob("*sages_femmes.xlsx"))
    book = CalamineWorkbook.from_path(str(path))
    name = next(n for n in book.sheet_names if n.replace("_", " ").strip() == sheet)
    codes = {str(row[0]).strip() for row in book.get_sheet_by_name(name).to_python()}
    codes = {c for c in codes if len(c) == 5 and c[2:].isdigit()}
    inner = set(geography.arrondissements_municipaux()["code"])
    assert len(codes) > 34_000
    assert codes - inner - set(geography.codes_of(year)) == set()


def test_converting_rp_2016_conserves_the_total_and_finds_the_population_of_a_merged_commune(populations):
    frame = populations[2016].rename_axis("code_commune").rename("n").reset_index()
    frame = geography.sum_arrondissements(frame, counts=["n"])
    out = geography.convert(frame, counts=["n"], source=2019, target=2026)
    assert out["n"].sum() == frame["n"].sum() > 65_000_000
    before = populations[2016]
    after = out.set_index("code_commune")["n"]
    assert after["70180"] == before["70180"] + before["70264"] + before["70530"]


def test_members_of_epci_are_dgcls_list_of_2025(mirror):
    frame = pd.read_excel(mirror / "dgcl-epci/2025/epcicom2025.xlsx", dtype="str", engine="calamine")
    theirs = frame.set_index("insee")["siren"].str.replace(r"\.0$", "", regex=True)
    mine = geography.membership(2025).set_index("code_commune")["siren_epci"]
    assert set(theirs.index) == set(mine.index)
    assert (theirs.reindex(mine.index) == mine).all()


def test_areas_of_simplified_contours_are_close_to_insees(mirror):
    frame = pd.read_csv(mirror / "insee-comparateur/2021/communes.csv", dtype={"insee_com": "str", "insee_dep": "str"})
    theirs = frame.drop_duplicates("insee_com").set_index("insee_com")["superficie_km2"]
    mine = geography.areas().set_index("code_commune")["area_km2"]
    both = pd.concat([mine, theirs], axis=1, join="inner").dropna()
    ratio = both["area_km2"] / both["superficie_km2"]
    assert len(both) > 34_000
    assert abs(ratio.median() - 1) < 0.01
    assert ((ratio - 1).abs() < 0.1).mean() > 0.98


@pytest.mark.slow
def test_the_embedded_tables_are_rebuilt_byte_for_byte_from_the_packages(mirror, tmp_path):
    read = {y: embed.read_package(mirror / "etalab-decoupage" / str(y))[0] for y in geography.VINTAGES}
    for stem, frame in embed.tables(read).items():
        embed.write(frame, tmp_path / f"{stem}.parquet")
        assert (tmp_path / f"{stem}.parquet").read_bytes() == store.path(stem).read_bytes(), stem
