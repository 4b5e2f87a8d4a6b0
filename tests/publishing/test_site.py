"""The index of an edition: valid reports only, same bytes, fast and accessible with 1,400 entries, no other host."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from cls_analysis import geography
from cls_analysis.errors import DataMissing
from cls_analysis.publishing.making import Job, make
from cls_analysis.publishing.site import Entry, make_site, plain, read_entries, render_site
from tests.publishing.browser import launched, opened, violations


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """As many entries as France has EPCI and perimeters, then some, under their real names."""
    table = geography.territories()
    table = table[table["territory_type"].isin(["epci", "perimeter"])]
    codes = list(zip(table["territory"], table["name"], strict=True))
    codes += [(f"fictif-{n}", f"Territoire fictif {n}") for n in range(1400 - len(codes))]
    made = [
        Entry(code, name, "pre-diagnostic", "2026", f"{code}/2026-simule", ("simulated",),
              (f"p-{code}.csv", f"p-{code}.html", f"p-{code}.xlsx"), "manifest.json")
        for code, name in codes
    ]  # fmt: skip
    return sorted(made, key=lambda entry: plain(entry.name))


def test_the_index_lists_valid_reports_and_names_the_others(job: Callable[..., Job]) -> None:
    good, bad = make(job("petr-exemple", formats=("html", "csv"))), make(job("autre", formats=("html",)))
    assert bad.page is not None
    bad.page.write_text("cut sh")
    out = job().out
    pages, problems = make_site(out, with_map=False)
    assert [page.name for page in pages] == ["edition-2026-simule.html", "index.html"]
    assert len(problems) == 1
    assert "autre" in problems[0]
    index = (out / "index.html").read_text()
    assert good.page is not None
    links = re.findall(r'href="([^"#]+)"', index)
    assert good.page.relative_to(out).as_posix() in links
    assert not [link for link in links if "autre" in link]
    assert all((out / link).is_file() for link in links)
    assert [entry.territory for entry in read_entries(out)[0]] == ["petr-exemple"]


def test_simulated_reports_have_an_index_of_their_own_and_the_first_page_is_that_of_the_official_ones(
    job: Callable[..., Job],
) -> None:
    make(job("petr-exemple", formats=("html",)))
    make(job("petr-exemple", "real", formats=("html",)))
    out = job().out
    pages, problems = make_site(out, with_map=False)
    assert problems == []
    assert [page.name for page in pages] == ["edition-2026-simule.html", "edition-2026.html", "index.html"]
    first, simulated = (out / "index.html").read_text(), (out / "edition-2026-simule.html").read_text()
    assert "petr-exemple/2026/" in first
    assert "2026-simule/" not in first
    assert "petr-exemple/2026-simule/" in simulated
    assert "Édition 2026 (données simulées)" in simulated
    assert 'href="edition-2026-simule.html">2026 (données simulées)' in first


def test_a_simulated_report_left_among_the_official_ones_is_not_listed(job: Callable[..., Job]) -> None:
    made = make(job("petr-exemple", formats=("html",)))
    made.folder.rename(made.folder.with_name("2026"))
    entries, problems = read_entries(job().out)
    assert entries == []
    assert "a report of 2026-simule lies in 2026" in problems[0]


@pytest.mark.parametrize(
    "outputs", ['{"../../{name}": {made}}', '{"{path}": {made}}', '{"{name}": {"bytes": 4}}', '["{name}"]']
)
def test_a_manifest_that_names_files_elsewhere_or_half_is_left_out(job: Callable[..., Job], outputs: str) -> None:
    report = make(job("petr-exemple", formats=("html",)))
    assert report.page is not None
    manifest = json.loads(report.manifest.read_text())
    name, made = report.page.name, json.dumps(manifest["outputs"][report.page.name])
    (report.page.parent.parent.parent / name).write_bytes(report.page.read_bytes())
    path = str(report.page.parent.parent.parent / name)
    manifest["outputs"] = json.loads(outputs.replace("{name}", name).replace("{path}", path).replace("{made}", made))
    report.manifest.write_text(json.dumps(manifest))
    entries, problems = read_entries(job().out)
    assert entries == [] and len(problems) == 1


def test_an_empty_folder_has_no_index(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="no finished report"):
        make_site(tmp_path)


def test_a_name_cannot_write_html() -> None:
    named = Entry("x", "<script>1</script>", "pre-diagnostic", "2026", "x/2026", (), ("p.html",), "manifest.json")
    assert "<script>1" not in render_site("2026", [named], with_map=False)


def test_the_same_entries_give_the_same_bytes_light_enough_to_open(entries: list[Entry]) -> None:
    html = render_site("2026", entries)
    assert html == render_site("2026", list(entries))
    assert len(html.encode()) < 1_600_000
    assert html.count("<li id=") == 1400


def test_an_edition_of_1400_manifests_is_indexed_in_seconds_and_a_damaged_report_is_left_out(
    entries: list[Entry], tmp_path: Path
) -> None:
    for entry in entries:
        folder = tmp_path / entry.folder
        folder.mkdir(parents=True)
        outputs = {}
        for name in entry.files:
            content = f"{name} of {entry.territory}".encode()
            (folder / name).write_bytes(content)
            outputs[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        report = {
            "territory": entry.territory, "territory_name": entry.name, "kind": entry.kind, "edition": entry.edition,
            "statuses": list(entry.statuses),
        }  # fmt: skip
        text = json.dumps({"format": 1, "report": report, "outputs": outputs})
        (folder / entry.manifest).write_text(text, encoding="utf-8")
    damaged = tmp_path / entries[700].folder / entries[700].files[0]
    damaged.write_bytes(b"another thing")
    _, problems = make_site(tmp_path)
    assert problems == [f"{damaged} is not the file that was made"]
    index = (tmp_path / "index.html").read_text()
    links = {unquote(link) for link in re.findall(r'href="([^"#]+)"', index) if ".html" in link}
    assert len(links) == 1399
    assert all((tmp_path / link).is_file() for link in links)
    first = index
    make_site(tmp_path)
    assert (tmp_path / "index.html").read_text() == first


@pytest.mark.browser
def test_fourteen_hundred_entries_are_accessible_and_searched_at_once_without_any_request(
    entries: list[Entry], tmp_path: Path
) -> None:
    path = tmp_path / "index.html"
    path.write_text(render_site("2026", entries), encoding="utf-8")
    with launched() as browser:
        page, log = opened(browser, path, width=360)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        page.fill("#recherche", "CHAUMONT haute-marne")
        shown = page.locator(".entries > li:visible").all_inner_texts()
        assert shown
        assert all("Haute-Marne" in text for text in shown)
        assert page.inner_text(".site-count").startswith(str(len(shown)))
        page.fill("#recherche", "nulle part ailleurs")
        assert page.inner_text(".site-count") == "0 territoire"
        page.reload()  # the keyboard starts again from the top
        reached = []
        for _ in range(4):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(
                    "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
                )
            )
        assert (
            "recherche" in reached
        )  # the links of the map are for the pointer: the keyboard goes straight to the search
        assert log == []
        path.write_text(render_site("2026", entries[:100]), encoding="utf-8")  # axe weighs each node
        page, log = opened(browser, path, width=1280)
        assert violations(page) == {}
        assert log == []
