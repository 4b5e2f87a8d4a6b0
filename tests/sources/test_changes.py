"""A file replaced since the last good build: a correction is told, the signature of a spoiled file is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cls_analysis import sources
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.changes import compared, table_rows
from cls_analysis.sources.checks import Check
from cls_analysis.sources.journal import accept
from tests.sources.doors import built, scoped

SOURCE = sources.get_source("drees-apl")
CODES = [f"90{n:03d}" for n in range(1, 81)]
RNG = np.random.default_rng(1)
VALUES = {
    "apl_mg": RNG.gamma(9, 0.4, len(CODES)).round(3),
    "population_totale": RNG.integers(50, 4000, len(CODES)).astype(float),
}


def observations(values: dict[str, np.ndarray], codes: Sequence[str] = CODES, period: str = "2023") -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame({"level": "commune", "code": list(codes), "variable": name, "period": period, "sex": "all", "age": "all", "value": one})
            for name, one in values.items()
        ],
        ignore_index=True,
    )  # fmt: skip


def check(after: pd.DataFrame, *, before: pd.DataFrame | None = None, **options: bool) -> Check:
    said = {"same_vintage": True, "vouched": False, "fetched": False, **options}
    (found,) = compared(SOURCE, observations(VALUES) if before is None else before, after, **said)
    return found


def changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    return {**VALUES, name: change(VALUES[name])}


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (changed("apl_mg", lambda v: v * 100), "apl_mg 2023 : multiplié par 100"),
        (changed("apl_mg", lambda v: v / 1000), "multiplié par 0.001"),
        (changed("apl_mg", lambda v: np.round(v * 1000)), "multiplié par 1000"),
        (changed("apl_mg", lambda v: np.full_like(v, v[0])), "un seul nombre"),
        (changed("apl_mg", lambda v: np.roll(v, 1)), "les mêmes chiffres sur d’autres territoires"),
        (changed("apl_mg", np.sort), "les mêmes chiffres sur d’autres territoires"),
        (changed("apl_mg", lambda v: RNG.permutation(v) + 0.01), "rangs sans ressemblance"),
        ({"apl_mg": VALUES["population_totale"], "population_totale": VALUES["apl_mg"]}, "porte les chiffres de population_totale 2023"),
        ({"apl_mg": VALUES["apl_mg"]}, "variables disparues : population_totale 2023"),
    ],
)  # fmt: skip
def test_a_file_with_the_signature_of_a_spoiled_one_is_broken(spoiled: dict[str, np.ndarray], words: str) -> None:
    found = check(observations(spoiled))
    assert found.status == "broken" and words in found.detail, found


def test_two_columns_exchanged_are_seen_when_some_cells_differ_too() -> None:
    other = VALUES["population_totale"].copy()
    other[3] += 1
    found = check(observations({"apl_mg": other, "population_totale": VALUES["apl_mg"]}))
    assert found.status == "broken" and "porte les chiffres" in found.detail


def test_a_file_cut_short_is_broken_and_one_row_lost_is_told() -> None:
    short = observations({name: one[:40] for name, one in VALUES.items()}, CODES[:40])
    assert "50 % des chiffres perdus" in check(short).detail and check(short).status == "broken"
    one = check(observations({name: one[1:] for name, one in VALUES.items()}, CODES[1:]))
    assert one.status == "doubtful" and "2 chiffres perdus (apl_mg 2023 90001" in one.detail


def test_a_correction_of_some_values_is_told_and_passes_when_the_producer_s_own_file_brings_it() -> None:
    some = observations(changed("apl_mg", lambda v: np.where(np.arange(len(v)) < 4, v + 0.5, v)))
    found = check(some)
    assert found.status == "doubtful" and found.value == pytest.approx(2.5) and "4 chiffres changés" in found.detail
    assert check(some, fetched=True).status == "ok"
    assert check(observations(VALUES)).status == "ok"


def test_a_file_that_a_manifest_or_a_person_answers_for_is_told_never_refused() -> None:
    found = check(observations(changed("apl_mg", lambda v: v * 100)), vouched=True)
    assert found.status == "doubtful" and "multiplié par 100" in found.detail


def test_a_new_vintage_is_held_against_the_one_before_by_its_ranks_and_its_level() -> None:
    near = {name: one * RNG.uniform(0.9, 1.2, len(one)) for name, one in VALUES.items()}
    assert check(observations(near, period="2024"), same_vintage=False).status == "ok"
    unit = check(observations({**near, "apl_mg": near["apl_mg"] * 100}, period="2024"), same_vintage=False)
    assert unit.status == "broken" and "apl_mg : rangs" in unit.detail
    other = check(observations({**near, "apl_mg": near["apl_mg"] * 3}, period="2024"), same_vintage=False)
    assert other.status == "doubtful"
    shuffled = {**near, "apl_mg": np.random.default_rng(5).permutation(near["apl_mg"])}
    assert check(observations(shuffled, period="2024"), same_vintage=False).status != "ok"


def test_tables_of_words_are_compared_too() -> None:
    table = pd.DataFrame({"siren": [f"2000000{n:02d}" for n in range(30)], "name": [f"SI {n}" for n in range(30)]})
    sorted_alone = table.assign(siren=table["siren"].to_numpy()[::-1])
    rows = [table_rows(one, "groupings", ["siren"]) for one in (table, sorted_alone, table.iloc[:-1])]
    assert check(rows[1], before=rows[0]).status == "broken"
    assert check(rows[2], before=rows[0]).status == "doubtful"


def test_a_spoiled_file_in_the_place_of_a_good_one_leaves_the_last_good_build_until_it_is_accepted(
    made: Callable[[str], Path], tmp_path: Path
) -> None:
    name, path = "cartosante", "cartosante/2024/bassins_de_vie_sante.csv"
    mirror, out = made(name), tmp_path / "out"
    rows = (mirror / path).read_text(encoding="utf-8").splitlines()
    with scoped(name, ("90",)):
        built(mirror, out)
        before = sources.load_observations(name, mode="official", processed=out)
        header = rows[2].split(";")
        one, other = (
            next(i for i, title in enumerate(header) if word in title)
            for word in ("généralistes lib", "infirmiers lib")
        )
        header[one], header[other] = header[other], header[one]
        (mirror / path).write_text("\n".join([*rows[:2], ";".join(header), *rows[3:]]), encoding="utf-8")
        with pytest.raises(InvalidInput, match="changed like a spoiled file") as caught:
            built(mirror, out)
        assert (
            path in str(caught.value)
            and "porte les chiffres de" in str(caught.value)
            and "data trust" in str(caught.value)
        )
        assert sources.load_observations(name, mode="official", processed=out).equals(before)
        accept(mirror, path, because="the producer exchanged them")
        (told,) = [one for one in built(mirror, out) if one.key == f"changes/{name}"]
        assert told.status == "doubtful" and "porte les chiffres de" in told.detail


def test_a_table_with_blanks_in_its_key_is_compared_word_by_word():
    table = pd.DataFrame({"code": ["52001", None], "label": [None, "rétablie"], "number": [1.0, None]})
    rows = table_rows(table, "mouvements", ["code", "label"])
    assert rows["code"].tolist() == ["52001/", "/rétablie"]
    assert len(table_rows(table, "mouvements", [])) == 2
