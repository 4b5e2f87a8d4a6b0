"""A small made-up report notebook: three chapters, drawings, a wide table, a declaration. All numbers are invented."""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = """\
territory = "petr-exemple"  # identifier of the territory
data = "embedded"
edition = "2026"
trouble = ""  # "raise", "hang", "die", "image": what goes wrong; "real": no figure is said to be simulated
"""

SETUP = """\
import os, time
from cls_analysis.errors import UnknownName
from cls_analysis.figures.figure import Cell, DataTable, Figure

if trouble == "raise":
    raise UnknownName(f"territory {territory!r} is not known", hint="cls-analysis territories list")
if trouble == "hang":
    time.sleep(600)
if trouble == "die":
    os._exit(9)

class Html:
    def __init__(self, text): self.text = text
    def _repr_html_(self): return self.text

NAMES = ("Exemple", "Département", "Région", "France")
VALUES = (26.9, 24.1, 21.7, 21.2)
NBSP = "\\u00a0"

def bars(identifier, title):
    marks = []
    for row, (name, value) in enumerate(zip(NAMES, VALUES)):
        y, colour = 14 + 40 * row, "#0b5563" if row == 0 else "#6b7478"
        fill = f"url(#{identifier}-hatch)" if row == 3 else colour
        marks.append(f'<text x="0" y="{y + 18}" font-size="16">{name}</text>'
                     f'<rect x="130" y="{y}" width="{value * 16}" height="26" fill="{fill}" stroke="{colour}"/>'
                     f'<text x="{140 + value * 16}" y="{y + 18}" font-size="16">{str(value).replace(".", ",")}{NBSP}%</text>')
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 180" role="img" aria-labelledby="{identifier}-alt"'
           ' font-family="system-ui, Liberation Sans, sans-serif" fill="#1b1b1b">'
           f'<title id="{identifier}-alt">Quatre barres, de 26,9{NBSP}% à 21,2{NBSP}%</title>'
           f'<defs><pattern id="{identifier}-hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
           '<rect width="8" height="8" fill="#fff"/><rect width="3" height="8" fill="#6b7478"/></pattern></defs>'
           + "".join(marks) + "</svg>")
    rows = tuple((name, str(value).replace(".", ",")) for name, value in zip(NAMES, VALUES))
    return Figure(id=identifier, kind="bars", title=title, subtitle="Part des 65 ans ou plus, en %, 2023", svg=svg,
                  reading="À Exemple, 26,9 % des habitants ont 65 ans ou plus.",
                  source="Insee, populations de référence, 2023 (mise à jour du 19 décembre 2025)",
                  alt="Exemple 26,9 %, département 24,1 %, région 21,7 %, France 21,2 %",
                  data=DataTable(("Territoire", "Part (%)"), rows, (False, True)), simulated=True,
                  indicators=("part-65-plus",), period="2023")

def wide():
    header = ("Indicateur", "Valeur", "Unité", "Département", "Région", "France", "Écart à la région", "Lecture")
    rows = tuple((f"Indicateur inventé {n}", f"{n},5", "%", "secret", f"{n + 2},5", f"{n + 3},0", "−2,0", "▼ défavorable") for n in range(1, 31))
    return Figure(id="tableau-de-bord", kind="scorecard", title="Trente indicateurs sur une page",
                  subtitle="Unités dans le tableau, 2023", svg="", reading="Le premier indicateur vaut 1,5 %.",
                  source="Inventé pour l’exemple", alt="Tableau de trente indicateurs", simulated=True,
                  data=DataTable(header, rows, (False, True, False, True, True, True, True, False)), indicators=("part-65-plus",))
"""

COVER = """\
Html('<figure class="locator"><svg viewBox="0 0 100 80" role="img" aria-labelledby="locator-alt"><title id="locator-alt">'
     'Le territoire est au sud de la région</title><path d="M5 10 60 5 95 30 80 75 20 70Z" fill="#e3e8e9" stroke="#6b7478"/>'
     '<circle cx="50" cy="58" r="8" fill="#0b5563"/></svg></figure>')
"""

DECLARATION = """\
from IPython.display import display
COLUMNS = ["indicator", "territory_type", "territory", "territory_name", "period", "sex", "age", "value", "lower", "upper",
           "numerator", "denominator", "unit", "method", "status", "reliability", "coverage", "simulated", "source_ids"]
ROWS = [
    ["part-65-plus", "perimeter", territory, "=Exemple", "2023", "all", "all", 26.9, 26.0, 27.8, 269, 1000, "%", "share",
     "observed", "ok", 1.0, True, "demo-population"],
    ["part-65-plus", "commune", "01001", "Commune", "2023", "all", "all", None, None, None, None, None, "%", "share",
     "suppressed", "none", 1.0, True, "demo-population"],
    ["part-65-plus", "commune", "01002", "Autre", "2023", "all", "all", 0.0, 0.0, 3.1, 0, 120, "%", "share",
     "observed", "ok", 1.0, True, "demo-population"],
]
figures = [{"id": name, "title": title, "indicators": ["part-65-plus"], "sources": ["demo-population"]} for name, title in
           (("part-65", "Une population plus âgée qu’ailleurs"), ("part-75", "Les plus de 75 ans aussi"),
            ("tableau-de-bord", "Trente indicateurs sur une page"))]
display({"application/vnd.cls.meta+json": {
    "title": "Ce que disent les données avant le premier atelier", "kind": "pre-diagnostic", "territory": territory,
    "territory_name": "PETR d’Exemple", "territory_type": "perimeter", "edition": edition,
    "data_date": "données de novembre 2026", "data_mode": data, "statuses": [] if trouble == "real" else ["simulated"],
    "indicators": [{"id": "part-65-plus", "label": "Part des 65 ans ou plus", "unit": "%", "definition": "Habitants de 65 ans ou plus"}],
    "sources": [{"id": "demo-population", "producer": "cls_analysis", "title": "Population simulée", "vintage": "2023",
                 "licence": "MIT", "simulated": True}],
    "figures": figures, "rows": dict(zip(COLUMNS, zip(*ROWS)))}}, raw=True)
"""

PROSE = (
    "Le pôle d’équilibre réunit deux EPCI et leurs 120 communes. L’ARS Grand Est et les collectivités préparent un CLS. "
    "L’accessibilité est mesurée par l’APL, qui rapporte l’offre de soins à la demande des habitants et de leurs voisins."
)


def made_up_notebook() -> nbformat.NotebookNode:
    """The notebook, without outputs."""

    def tagged(source: str, *tags: str) -> nbformat.NotebookNode:
        return new_code_cell(source, metadata={"tags": list(tags)})

    cells = [
        new_markdown_cell("# Pré-diagnostic d’exemple\n\nPour qui ouvre le carnet."),
        tagged(PARAMETERS, "parameters"),
        new_code_cell(SETUP),
        tagged(COVER, "cover"),
        new_markdown_cell(
            f"## L’essentiel\n\n{PROSE}\n\n### Points de vigilance\n\n"
            "- 26,9 % des habitants ont 65 ans ou plus ([voir la figure](#part-65)).\n- Un `<b>` tapé reste du texte."
        ),
        new_markdown_cell(
            f"## Population et territoire\n\n> **À retenir.** {PROSE}\n\n### Une population âgée\n\n{PROSE}\n\n{PROSE}"
        ),
        new_code_cell('bars("part-65", "Une population plus âgée qu’ailleurs")'),
        new_markdown_cell(
            f"{PROSE}\n\n| Territoire | Habitants |\n|---|---|\n| Exemple | 45 000 |\n| Autre | secret |"
        ),
        new_code_cell('bars("part-75", "Les plus de 75 ans aussi")'),
        new_markdown_cell(f"## Tableau de bord\n\n{PROSE}"),
        new_code_cell("wide()"),
        new_markdown_cell(f"## Sources et méthode\n\n{PROSE}\n\nDonnées : <https://www.insee.fr>."),
        new_code_cell(DECLARATION),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    return notebook
