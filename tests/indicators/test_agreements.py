"""A partner's own threshold is the door's: stricter, it withholds more; under the rule of imports, it may be the only one."""

from __future__ import annotations

import pandas as pd
import pytest

from cls_analysis.disclosure import publish, threshold_of, under_agreements
from cls_analysis.indicators import compute_table, load_catalogue
from cls_analysis.indicators.table import COLUMNS, TEXTS

from .helpers import ground, indicator, members, obs

PEOPLE = {"A": 1000, "B": 2000, "C": 3000, "D": 0, "E": 4000, "F": 10000}
SCREENED = {"A": 30, "B": 45, "C": 300, "D": 0, "E": 280, "F": 900}


def entry(secrecy: str = "import", **fields: object):
    return indicator(
        id="depistage", method="share", numerator="import-x:n", denominator="import-x:d", scale=100, geography="epci",
        tier="C", secrecy=secrecy, **fields,
    )  # fmt: skip


def shown(threshold: int | None, secrecy: str = "import") -> set[str]:
    """EPCI whose value is published, with the partner's threshold."""
    catalogue = {"depistage": entry(secrecy)}
    built = compute_table(catalogue, ground({"import-x": [obs("n", SCREENED), obs("d", PEOPLE)]}))
    table = built.table.astype(dict.fromkeys(TEXTS, "str"))[list(COLUMNS)]
    agreed = under_agreements(catalogue, {} if threshold is None else {"import-x": threshold})
    published, _, _ = publish(table, pd.DataFrame(), catalogue=agreed, members=members())
    seen = published[(published["territory_type"] == "epci") & published["value"].notna()]
    return set(seen["territory"])


def test_without_an_agreement_the_usual_threshold_holds():
    assert shown(None) == {"e1", "e2", "e3"}


def test_a_stricter_agreement_withholds_what_is_under_it_and_what_would_give_it_away():
    assert shown(100) < {"e1", "e2", "e3"} and "e1" not in shown(100)  # e1 counts 75


def test_at_the_threshold_a_count_is_shown_and_under_it_is_not():
    assert "e1" in shown(75) and "e1" not in shown(76)


def test_an_agreement_never_loosens_the_rule_of_health():
    lax = under_agreements({"depistage": entry("health")}, {"import-x": 2})
    assert threshold_of(lax["depistage"]) == 11
    assert threshold_of(under_agreements({"depistage": entry()}, {"import-x": 5})["depistage"]) == 5


def test_the_stricter_of_the_entry_s_own_and_of_two_imports_holds():
    both = indicator(method="share", numerator="import-x:n", denominator="import-y:d", secrecy="import", tier="C", scale=100, threshold=20)  # fmt: skip
    assert under_agreements({"a": both}, {"import-x": 15, "import-y": 30})["a"].threshold == 30
    assert under_agreements({"a": both}, {"import-x": 15})["a"].threshold == 20


def test_entries_without_an_import_and_the_catalogue_itself_are_left_as_they_are():
    catalogue = load_catalogue()
    agreed = under_agreements(catalogue, {"import-deces": 40})
    touched = {name for name in catalogue if agreed[name] is not catalogue[name]}
    assert touched == {name for name, e in catalogue.items() if "import-deces" in e.sources()} and touched
    assert all(agreed[name].threshold == 40 for name in touched)
    assert catalogue["taux-mortalite-standardise"].threshold is None


@pytest.mark.parametrize("threshold", [None, 60])
def test_the_catalogue_of_a_build_without_imports_is_unchanged(threshold):
    thresholds = {} if threshold is None else {"import-autre": threshold}
    assert under_agreements(load_catalogue(), thresholds) == load_catalogue()
