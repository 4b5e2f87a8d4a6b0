"""Where does this figure come from? The chain from a figure of a report to the bytes of the producers' files.

Everything is read from what lies beside the page: `manifest.json` (figure, indicators, sources, files with their hashes)
and the CSV of published values. Nothing is recomputed, so an explanation can be given on any machine that holds the folder.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cls_analysis.errors import DataMissing, UnknownName
from cls_analysis.publishing.manifest import read_manifest

SHOWN_ROWS = 12


def find_manifest(report: Path) -> Path:
    """The manifest of a report given as its page, its folder or the manifest itself; DataMissing otherwise.

    In a folder that holds several kinds of report the page must be named.
    """
    if report.suffix == ".json" and report.is_file():
        return report
    folder = report if report.is_dir() else report.parent
    found = sorted(folder.glob("manifest*.json"))
    if report.is_file():
        found = [path for path in found if report.name in read_manifest(path).get("outputs", {})]
    if len(found) != 1:
        raise DataMissing(
            f"{len(found)} manifests tell of {report}, one is needed",
            hint="give the page of a report: cls-analysis explain reports/ID/2026/REPORT.html FIGURE",
        )
    return found[0]


def explain(report: Path, figure: str) -> list[str]:
    """Lines that trace `figure` (its identifier, printed under it): title, indicators, formula, published rows, sources,
    files with SHA-256 and address. UnknownName suggests near identifiers; DataMissing when no manifest is there."""
    path = find_manifest(report)
    manifest = read_manifest(path)
    entry = _figure(manifest, figure)
    lines = [
        f"figure      {entry['id']}",
        f"title       {entry.get('title', '')}",
        f"report      {manifest['report']['title']}, édition {manifest['report']['edition']}",
    ]
    known = {i["id"]: i for i in manifest.get("indicators", [])}
    rows = list(_rows(path, manifest))
    used: dict[str, None] = {}
    for name in entry.get("indicators", []):
        lines += ["", *_indicator(known.get(name, {"id": name}))]
        own = [row for row in rows if row["indicator"] == name and row["territory_type"] != "commune"]
        lines += [_row(row) for row in own[:SHOWN_ROWS]]
        if len(own) > SHOWN_ROWS:
            lines.append(f"  … and {len(own) - SHOWN_ROWS} more rows in the CSV")
        used.update((s, None) for row in own for s in row.get("source_ids", "").split(";") if s)
    lines += [line for source in manifest.get("sources", []) if source["id"] in used for line in ("", *_source(source))]
    if not entry.get("indicators"):
        lines += [
            "",
            "this figure shows no indicator: it stands on the embedded geography or on the declarations themselves",
        ]
    return lines


def _figure(manifest: Mapping[str, Any], figure: str) -> Mapping[str, Any]:
    by_id = {entry["id"]: entry for entry in manifest.get("figures", [])}
    if figure in by_id:
        return by_id[figure]
    near = difflib.get_close_matches(figure, by_id, n=3, cutoff=0.4)
    raise UnknownName(
        f"the report has no figure {figure!r}" + (f"; did you mean {', '.join(near)}?" if near else ""),
        hint="the identifier is printed under each figure, after its source",
    )


def _indicator(entry: Mapping[str, Any]) -> list[str]:
    lines = [f"indicator   {entry['id']}: {entry.get('label', '')} ({entry.get('unit', '') or 'no unit'})"]
    if entry.get("definition"):
        lines.append(f"  definition   {entry['definition']}")
    if entry.get("method"):
        divided = f" / {' + '.join(entry['denominator'])}" if entry.get("denominator") else ""
        lines.append(f"  formula      {entry['method']}: {' + '.join(entry.get('numerator', []))}{divided}")
    if entry.get("tier"):
        lines.append(f"  tier         {entry['tier']}, finest geography {entry.get('geography', '')}")
    return lines


def _row(row: Mapping[str, str]) -> str:
    interval = f" [{row['lower']} ; {row['upper']}]" if row.get("lower") else ""
    value = f"{row['value']}{interval}" if row["value"] else row["status"]
    counts = f" = {row['numerator']} / {row['denominator']}" if row.get("numerator") and row.get("denominator") else ""
    group = "".join(f", {row[k]}" for k in ("sex", "age") if row.get(k, "all") != "all")
    return f"  {row['territory_type']} {row['territory']}, {row['period']}{group}: {value}{counts}, {row['status']}"


def _source(source: Mapping[str, Any]) -> list[str]:
    simulated = "  SIMULATED (donnée simulée)" if source.get("simulated") else ""
    lines = [
        f"source      {source['id']}: {source.get('producer', '')}, {source.get('title', '')}{simulated}",
        f"  vintage      {source.get('vintage', '')}, licence {source.get('licence', '')}",
    ]
    if source.get("url"):
        lines.append(f"  address      {source['url']}")
    for file in source.get("files", []):
        lines.append(f"  file         {file.get('path', '')} ({file.get('bytes', '?')} bytes)")
        lines.append(f"  sha256       {file.get('sha256', 'unknown')}")
    return lines


def _rows(manifest_path: Path, manifest: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Published rows of the CSV beside the manifest; none when the report was made without it."""
    for name in manifest.get("outputs", {}):
        if name.endswith(".csv"):
            with (manifest_path.parent / name).open(encoding="utf-8-sig", newline="") as stream:
                dialect = csv.Sniffer().sniff(stream.read(4096), delimiters=";,")
                stream.seek(0)
                yield from csv.DictReader(stream, dialect=dialect)
