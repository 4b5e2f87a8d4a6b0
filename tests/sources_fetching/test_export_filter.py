"""The filter of an Opendatasoft export is the one that its interface documents, and leaves out what it should."""

from __future__ import annotations

import csv
import re
from urllib.parse import parse_qsl, urlsplit

from cls_analysis.sources import get_source
from cls_analysis.sources.fetching.fetch import fetch
from cls_analysis.sources.fetching.plan import wanted
from tests.sources.made import MAKERS
from tests.sources_fetching.producers import QUICK, job, local, resolver


def test_an_export_answers_the_documented_filter_and_its_answer_is_what_the_reader_expects(stand_in, tmp_path) -> None:
    """ODSQL as the Explore API v2.1 documents it: `where` with year(), = and `and`; `limit=-1` for every row."""
    MAKERS["ameli-demographie"](tmp_path / "made", ("90",))
    path = tmp_path / "made" / get_source("ameli-demographie").files[0].path
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=","))
    others = [
        {**rows[0], "annee": "2023-01-01"}, {**rows[1], "libelle_sexe": "femmes"}, {**rows[2], "classe_age": "de_40_a_44_ans"},
    ]  # fmt: skip
    asked = urlsplit(wanted(job("ameli-demographie"), "2024")[0].address.url)
    query = dict(parse_qsl(asked.query, strict_parsing=True))
    assert query["limit"] == "-1" and query["use_labels"] == "false"
    tests = [
        re.fullmatch(r'(?:year\((\w+)\)|(\w+))\s*=\s*"?([^"]+?)"?', part.strip())
        for part in query["where"].split(" and ")
    ]
    assert all(tests), query["where"]

    def kept(row: dict[str, str]) -> bool:
        return all(row[t[1]][:4] == t[3] if t[1] else row[t[2]] == t[3] for t in tests if t is not None)

    answer = [row for row in [*rows, *others] if kept(row)]
    assert answer == rows  # the filter leaves out another year, sex and age, and nothing else
    lines = [query["delimiter"].join(rows[0]), *(query["delimiter"].join(row.values()) for row in answer)]
    stand_in.files[local(wanted(job("ameli-demographie"), "2024")[0].address.url)] = ("\n".join(lines) + "\n").encode()
    done = fetch([job("ameli-demographie")], tmp_path / "mirror", resolve=resolver(stand_in), network=QUICK)[0]
    assert done.status == "fetched", done.said
