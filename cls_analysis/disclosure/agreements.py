"""Which threshold did a partner set for its own figures? The catalogue, with the agreements of what is built.

An import's TOML may give a `threshold`: the smallest count that its partner lets be published. It becomes the threshold
of every indicator that reads the import, beside the one the entry declares: the stricter of the two. `rules.threshold_of`
then applies it: under the rule `import` it replaces the usual 11, under any other it can only make the rule stricter.
"""

from __future__ import annotations

from collections.abc import Mapping

from cls_analysis.indicators import Indicator


def under_agreements(catalogue: Mapping[str, Indicator], thresholds: Mapping[str, int]) -> dict[str, Indicator]:
    """The catalogue with, for each indicator that reads a built import, the threshold of that import's agreement.

    `thresholds` is from `sources.imports.import_thresholds`. An indicator that reads two imports takes the larger.
    Entries without such an import are the same objects.
    """
    return {name: _agreed(entry, thresholds) for name, entry in catalogue.items()}


def _agreed(entry: Indicator, thresholds: Mapping[str, int]) -> Indicator:
    asked = [thresholds[source] for source in entry.sources() if source in thresholds]
    if not asked:
        return entry
    return entry.model_copy(update={"threshold": max([*asked, entry.threshold or 0])})
