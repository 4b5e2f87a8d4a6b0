"""One official file replaced by its producer: what stands on it is computed again, nothing else, and nothing tells it from a build from nothing."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from cls_analysis.build import build, load_build
from cls_analysis.indicators import load_catalogue, load_table

pytestmark = pytest.mark.official
CHANGED = "urbasante/2022/indicateurs_communes.csv"
HELD = (
    "urbasante",
    "insee-comparateur",
    "insee-populations-reference",
    "insee-statistiques-locales",
    "inserm-cepidc",
    "ameli-demographie",
)
COLUMN, COMMUNE = "Couvert Forestier", "52269"  # Langres
TABLES = (
    "indicators.parquet",
    "comparisons.parquet",
    "published/indicators.parquet",
    "published/comparisons.parquet",
    "sources/urbasante.parquet",
)


@pytest.fixture
def mirrors(tmp_path: Path) -> tuple[Path, Path]:
    """Some official files where they lie (links), and the same with one value of one file changed, and its hash in the list."""
    named = os.environ.get("CLS_DATA_MIRROR")
    if not named or not Path(named).is_dir():
        pytest.skip("CLS_DATA_MIRROR does not name a folder: a changed official source was NOT tried")
    real = Path(named)
    before, after = tmp_path / "before", tmp_path / "after"
    for mirror in (before, after):
        for source in HELD:
            for path in sorted(p for p in (real / source).rglob("*") if p.is_file()):
                link = mirror / path.relative_to(real)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path)
        shutil.copyfile(real / "MANIFEST.csv", mirror / "MANIFEST.csv")
    target = after / CHANGED
    target.unlink()
    with (real / CHANGED).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    place = rows[0].index(COLUMN)
    row = next(r for r in rows if r[0] == COMMUNE)
    row[place] = str(float(row[place]) / 2)
    with target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    listed = (after / "MANIFEST.csv").read_text(encoding="utf-8")
    old, new = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (real / CHANGED, target))
    assert listed.count(old) == 1
    (after / "MANIFEST.csv").write_text(listed.replace(old, new), encoding="utf-8")
    return before, after


def test_a_changed_source_costs_its_indicators_and_gives_the_bytes_of_a_build_from_nothing(mirrors, tmp_path):
    before, after = mirrors
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    build("official", mirror=before, processed=kept)
    assert len(load_build("official", processed=kept)["recomputed"]) == len(load_catalogue())
    first = {name: (kept / "official" / name).read_bytes() for name in TABLES}
    changed = load_table(kept / "official" / "indicators.parquet", territory=COMMUNE, indicator="couvert-forestier")

    build("official", mirror=after, processed=kept)
    told = load_build("official", processed=kept)
    standing = {name for name, entry in load_catalogue().items() if "urbasante" in entry.sources()}
    assert set(told["recomputed"]) == standing and 0 < len(standing) < len(load_catalogue()) / 4

    build("official", mirror=after, processed=fresh)
    second = {name: (kept / "official" / name).read_bytes() for name in TABLES}
    assert second == {name: (fresh / "official" / name).read_bytes() for name in TABLES}
    now = load_table(kept / "official" / "indicators.parquet", territory=COMMUNE, indicator="couvert-forestier")
    assert now["value"].tolist() == pytest.approx((changed["value"] / 2).tolist()) and len(now)
    differing = {name for name in TABLES if first[name] != second[name]}
    assert differing == set(TABLES)
