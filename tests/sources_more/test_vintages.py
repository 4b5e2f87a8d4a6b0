"""A newer vintage in the mirror is said, is read only where the mirror declares it, and is never given an older year's name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.sources import all_sources, get_source
from cls_analysis.sources.build import build_sources
from cls_analysis.sources.codes import Scope
from cls_analysis.sources.fetching.plan import job_of, wanted
from cls_analysis.sources.vintages import NAME, advice, chosen, declared_vintages, newer, path_of
from tests.corpus.makers import MAKERS
from tests.sources.made import paths_of, workbook

BELFORT = Scope(frozenset({"90"}))


def later(pristine: Path, mirror: Path, source_id: str = "insee-ds-bpe", year: str = "2026") -> Path:
    """The made-up files of a source, and the same a year later beside them."""
    source = get_source(source_id)
    for file in source.files:
        for path, text in ((file.path, None), (path_of(file.path, year), year)):
            (mirror / path).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                shutil.copy(pristine / file.path, mirror / path)
            else:
                made = (pristine / file.path).read_text(encoding="utf-8").replace(f'"{source.vintage}"', f'"{text}"')
                (mirror / path).write_text(made, encoding="utf-8")
    return mirror


def test_a_newer_vintage_in_the_mirror_is_found_and_the_advice_is_one_line_to_write(
    pristine: Path, tmp_path: Path
) -> None:
    mirror = later(pristine, tmp_path)
    source = get_source("insee-ds-bpe")
    assert newer(source, mirror) == ["2026"]
    assert newer(get_source("inserm-fdep"), mirror) == []
    assert 'insee-ds-bpe = "2026"' in advice(source, ["2026"])
    assert "knows no other year" in advice(get_source("inserm-fdep"), ["2026"])


def test_half_of_a_newer_vintage_is_none(pristine: Path, tmp_path: Path) -> None:
    mirror = later(pristine, tmp_path)
    (mirror / "insee-ds-bpe" / "2026" / "TYPEQU_2026.csv").unlink()
    assert newer(get_source("insee-ds-bpe"), mirror) == []


def test_the_vintage_that_the_mirror_declares_is_read_under_its_own_year(pristine: Path, tmp_path: Path) -> None:
    mirror = later(pristine, tmp_path)
    known = all_sources()
    assert chosen(known, mirror)["insee-ds-bpe"] is known["insee-ds-bpe"]
    (mirror / NAME).write_text('insee-ds-bpe = "2026"\n', encoding="utf-8")
    source = chosen(known, mirror)["insee-ds-bpe"]
    assert source.vintage == "2026" and "2026" in source.title
    assert [file.path for file in source.files] == [path_of(file.path, "2026") for file in known["insee-ds-bpe"].files]
    frame = source.read({file.key: mirror / file.path for file in source.files}, scope=BELFORT)
    assert set(frame["period"].astype("str")) == {"2026"}
    before = known["insee-ds-bpe"].read(paths_of(mirror, "insee-ds-bpe"), scope=BELFORT)
    assert set(before["period"].astype("str")) == {"2025"} and len(before) == len(frame)


def test_a_file_of_another_year_under_the_declared_one_is_refused(pristine: Path, tmp_path: Path) -> None:
    mirror = later(pristine, tmp_path)
    source = get_source("insee-ds-bpe")
    shutil.copy(mirror / path_of(source.files[0].path, "2026"), mirror / source.files[0].path)
    with pytest.raises(InvalidInput, match="TIME_PERIOD is none of 2025"):
        source.read(paths_of(mirror, "insee-ds-bpe"), scope=BELFORT)


def test_everything_wrong_in_the_declaration_is_told_at_once_and_nothing_is_built(
    pristine: Path, tmp_path: Path
) -> None:
    mirror = later(pristine, tmp_path)
    (mirror / NAME).write_text(
        'insee-ds-pbe = "2026"\ninserm-fdep = "2021"\nans-rpps = 2027\nfiness = "2027"\n', encoding="utf-8"
    )
    with pytest.raises(InvalidInput) as caught:
        build_sources("official", mirror=mirror, processed=tmp_path / "out")
    text = str(caught.value)
    for words in (
        "insee-ds-bpe",
        "knows vintage 2020 only",
        "2027 is not a year between quotes",
        "does not hold finess/2027/",
    ):
        assert words in text, words
    assert not (tmp_path / "out" / "official" / "sources").exists()
    (mirror / NAME).write_text("insee-ds-bpe = ", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is not TOML"):
        declared_vintages(mirror, all_sources())


def rewritten(source_id: str, year: str) -> Callable[[str], str]:
    """How a made-up text file of the declared vintage becomes one of `year`."""
    declared = get_source(source_id).vintage

    cell = rf'(?<=[;"]){declared}(?=[;"\r\n]|$)'

    def change(text: str) -> str:
        if source_id == "insee-etat-civil":  # one more year in the same long file
            added = [re.sub(cell, year, line) for line in text.splitlines() if re.search(cell, line)]
            return text + "".join(f"{line}\n" for line in added)
        if source_id == "ameli-demographie":
            return text.replace(f"\n{declared},", f"\n{year},")
        return re.sub(cell, year, text)

    return change


@pytest.mark.parametrize(
    ("source_id", "year", "period", "cog"),
    [
        ("insee-populations-reference", "2024", "2024", 2026),
        ("insee-populations-reference", "2022", "2022", 2024),
        ("insee-rp-age-sexe", "2024", "2024", None),
        ("insee-ds-filosofi", "2024", "2024", None),
        ("insee-etat-civil", "2026", "2026", None),
        ("frr", "2026", "2026", None),
        ("ameli-demographie", "2025", "2025", None),
    ],
)
def test_a_file_of_the_same_form_is_read_at_another_year_in_its_own_geography(
    tmp_path: Path, source_id: str, year: str, period: str, cog: int | None
) -> None:
    MAKERS[source_id](tmp_path, ("90",))
    declared = get_source(source_id)
    assert declared.at is not None
    source = declared.at(year)
    for file, other in zip(declared.files, source.files, strict=True):
        (tmp_path / other.path).parent.mkdir(parents=True, exist_ok=True)
        made = (tmp_path / file.path).read_bytes().decode()
        (tmp_path / other.path).write_bytes(rewritten(source_id, year)(made).encode())
    frame = source.read({file.key: tmp_path / file.path for file in source.files}, scope=BELFORT)
    assert frame["period"].astype("str").max() == period
    assert cog is None or set(frame["cog"]) == {cog}
    if source_id not in ("frr", "insee-populations-reference"):  # the year is written in these files
        with pytest.raises(InvalidInput):
            source.read(paths_of(tmp_path, source_id), scope=BELFORT)


def test_the_composition_of_epci_is_read_at_another_year_with_its_own_census(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.sources import made_places

    declared = get_source("dgcl-epci")
    assert declared.at is not None
    source = declared.at("2026")
    path = tmp_path / source.files[0].path

    def other_year(_path: Path, sheets: dict[str, list[list[object]]]) -> None:
        rows = sheets["Epcicom2025"]
        workbook(path, {"Epcicom2026": [[str(title).replace("2025", "2026") for title in rows[0]], *rows[1:]]})

    monkeypatch.setattr(made_places, "workbook", other_year)
    made_places.epci(tmp_path, ("90",))
    frame = source.read({"composition": path}, scope=BELFORT)
    assert set(frame["period"].astype("str")) == {"2023"} and set(frame["cog"]) == {2026}
    assert "recensement de 2023" in source.caveats[0]
    table = source.tables[0].read({"composition": path}, scope=BELFORT)
    assert len(table) == (frame["level"].eq("commune") & frame["variable"].eq("pmun")).sum()


@pytest.mark.parametrize(
    ("source_id", "year", "why"),
    [
        ("insee-ds-filosofi", "2022", "2022 does not exist"),
        ("frr", "2023", "exists since 1 July 2024"),
        ("insee-populations-reference", "2030", "are written in COG 2032, which this version does not hold"),
        ("dgcl-epci", "2031", "COG 2031, which this version does not hold"),
    ],
)
def test_a_year_that_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, source_id: str, year: str, why: str
) -> None:
    for file in get_source(source_id).files:
        path = tmp_path / path_of(file.path, year)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made up", encoding="utf-8")
    (tmp_path / NAME).write_text(f'{source_id} = "{year}"\n', encoding="utf-8")
    with pytest.raises(InvalidInput, match=why):
        declared_vintages(tmp_path, all_sources())


def test_an_address_that_always_gives_the_newest_is_never_asked_for_an_older_year() -> None:
    job = job_of(get_source("ans-rpps"))
    assert wanted(job, "2027")[0].path.startswith("ans-rpps/2027/")
    with pytest.raises(InvalidInput, match="no address is declared for 2025"):
        wanted(job, "2025")
    assert job.at is not None and job.at("2027").vintage == "2027"
