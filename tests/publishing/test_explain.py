"""A figure of a report is traced to the bytes of the files it stands on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cls_analysis.errors import DataMissing, UnknownName
from cls_analysis.publishing.explain import explain, find_manifest

HASH = "ab" * 32
HEAD = "indicator;territory_type;territory;period;sex;age;value;lower;upper;numerator;denominator;status;source_ids"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    manifest = {
        "format": 1,
        "report": {"title": "Pré-diagnostic, le Pays d’Essai", "edition": "2026", "kind": "pre-diagnostic"},
        "indicators": [
            {"id": "taux", "label": "Taux", "unit": "%", "definition": "Des uns sur des autres.", "method": "share",
             "numerator": ["bureau:uns@2021"], "denominator": ["bureau:autres@2021"], "tier": "A", "geography": "commune"}
        ],
        "sources": [
            {"id": "bureau", "producer": "Bureau", "title": "Comptes", "vintage": "2021", "licence": "LO", "url": "https://bureau.example/f",
             "simulated": False, "files": [{"path": "bureau/2021/f.csv", "bytes": 12, "sha256": HASH}]},
            {"id": "autre", "producer": "Autre", "title": "Ailleurs", "files": []},
        ],
        "figures": [
            {"id": "carte-taux", "title": "Taux : 10 %", "indicators": ["taux"]},
            {"id": "carte-composition", "title": "Deux communes", "indicators": []},
        ],
        "outputs": {"r.html": "0", "r.csv": "0"},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    rows = [
        HEAD,
        "taux;perimeter;essai;2021;all;all;10;8;12;1960;18866;observed;bureau",
        "taux;perimeter;essai;2021;F;all;;;;;;suppressed;bureau",
        "taux;commune;01001;2021;all;all;9;;;9;100;observed;bureau",
        "autre-taux;perimeter;essai;2021;all;all;77;;;;;observed;autre",
    ]
    (tmp_path / "r.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    (tmp_path / "r.html").write_text("<p>page</p>", encoding="utf-8")
    return tmp_path


def test_the_chain_goes_from_the_title_to_the_hash_of_the_file(folder) -> None:
    told = "\n".join(explain(folder / "r.html", "carte-taux"))
    for part in (
        "Taux : 10 %",
        "bureau:uns@2021 / bureau:autres@2021",
        "10 [8 ; 12] = 1960 / 18866",
        HASH,
        "https://bureau.example/f",
    ):
        assert part in told
    assert "Ailleurs" not in told and "77" not in told


def test_a_withheld_row_is_told_by_its_status_alone(folder) -> None:
    line = next(x for x in explain(folder, "carte-taux") if ", F:" in x)
    assert line.strip() == "perimeter essai, 2021, F: suppressed, suppressed"


def test_a_figure_without_indicator_says_what_it_stands_on(folder) -> None:
    assert "embedded geography" in explain(folder, "carte-composition")[-1]


def test_a_wrong_identifier_suggests_the_near_ones(folder) -> None:
    with pytest.raises(UnknownName, match="carte-taux"):
        explain(folder, "carte-tau")


def test_a_folder_without_or_with_two_manifests_asks_for_the_page(folder) -> None:
    (folder / "manifest-autre.json").write_bytes((folder / "manifest.json").read_bytes().replace(b"r.html", b"q.html"))
    with pytest.raises(DataMissing, match="2 manifests"):
        find_manifest(folder)
    assert find_manifest(folder / "r.html").name == "manifest.json"
    with pytest.raises(DataMissing, match="0 manifests"):
        find_manifest(folder / "nowhere" / "r.html")
