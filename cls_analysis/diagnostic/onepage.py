"""What must the steering committee see on one page, and nothing more?

Actions by state and mean progress, what blocks, what is to be decided, amendments of the year, indicators on their way. Printed
on one A4 page: lists are cut at a declared length and say how many lines they leave out.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.diagnostic.yearly import VERDICTS
from cls_analysis.figures import french
from cls_analysis.figures.participation_figure import fictional_ribbon
from cls_analysis.participation import YearlySummary, yearly_summary
from cls_analysis.participation import vocabulary as words

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

MOST = 8


def page(d: Partage, year: int) -> Fragment:
    """The page, or what is missing to write it."""
    if not year:
        said = "Aucune évaluation annuelle n’a été saisie : il n’y a pas encore de bilan. Remplir evaluations.csv et mesures.csv chaque année, puis refaire ce document."
        return Fragment(f'<div class="notice"><p>{escape(french.punctuate(said))}</p></div>', said)
    s = yearly_summary(d.p, year)
    mark = fictional_ribbon(d.fictional)
    amended = [
        f"{r.avenant}, {words.AMENDMENT_KINDS[r.type].lower()} : {r.intitule} ({r.action}). {r.motif}"
        for r in lines(s.amendments)
    ]
    columns = (
        _block("À décider par le comité", _lines(s.to_decide, _to_decide))
        + _block("Ce qui freine", _lines(s.blocked, lambda r: f"{r['numero']} {r['intitule']} : {r['freins']}"))
        + _block(f"Avenants de {year}", amended)
        + _block("Indicateurs des actions", [f"{n} {VERDICTS[v]}" for v, n in _ordered(s)])
    )
    return Fragment(
        f'<div class="onepage">{mark}<ul class="onepage-numbers">{_numbers(s)}</ul>'
        f'<div class="onepage-columns">{columns}</div><p><small>{escape(french.punctuate(_known(s)))}</small></p></div>'
    )


def _numbers(s: YearlySummary) -> str:
    mean, before = s.mean_progress_pct, s.previous_mean_progress_pct
    cells = [(french.format_number(s.actions), f"actions en vigueur à la fin de {s.year}")]
    cells += [(french.format_number(n), _state(k, n)) for k, n in s.by_state.items() if n]
    if s.not_evaluated:
        cells.append(
            (french.format_number(len(s.not_evaluated)), "non évaluées" if len(s.not_evaluated) > 1 else "non évaluée")
        )
    if pd.notna(mean):
        tail = f" ; {french.percent(before, 0)} un an avant" if pd.notna(before) else ""
        cells.append((french.percent(mean, 0), f"d’avancement moyen{tail}"))
    return "".join(f"<li><strong>{escape(n)}</strong> {escape(french.punctuate(w))}</li>" for n, w in cells)


def _known(s: YearlySummary) -> str:
    """On which actions the mean progress stands."""
    if pd.isna(s.mean_progress_pct):
        return "L’avancement d’aucune action n’est renseigné."
    return "Avancement moyen : celui des actions dont il est renseigné ; un an avant, celui des mêmes actions. Inconnu n’est pas 0 %."


def _state(state: str, count: int) -> str:
    word = words.ACTION_STATES[state].lower()
    return f"{word}s" if count > 1 and word.endswith("e") else word


def _to_decide(r: Any) -> str:
    step = words.NEXT_STEPS[r["suite"]].lower() if isinstance(r["suite"], str) else "à évaluer"
    return f"{r['numero']} {r['intitule']} : {step}"


def _lines(frame: pd.DataFrame, say: Any) -> list[str]:
    return [say(r) for r in frame.to_dict("records")]


def _ordered(s: YearlySummary) -> list[tuple[str, int]]:
    return [(v, s.verdicts[v]) for v in VERDICTS if v in s.verdicts]


def _block(title: str, said: list[str]) -> str:
    kept = "".join(f"<li>{escape(french.punctuate(x))}</li>" for x in said[:MOST])
    more = f"<li>… et {len(said) - MOST} de plus, dans le détail ci-après</li>" if len(said) > MOST else ""
    body = f"<ul>{kept}{more}</ul>" if said else "<p class='absent'>Rien cette année.</p>"
    return f"<div><h3>{escape(french.punctuate(title))}</h3>{body}</div>"
