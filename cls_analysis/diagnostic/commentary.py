"""Where does an analyst's comment stand, and does it still fit the figure above it?

A comment (`participation.load_comments`) names a figure and, if its author noted it, the fingerprint of the values it was
written for. It is shown under that figure, as Markdown with HTML switched off; when the values beneath have changed, it says
so in words. The fingerprint is that of the figure's table of data as printed, so a change nobody can see flags nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.figures import french
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.participation_figure import gathered
from cls_analysis.figures.prose import render_markdown
from cls_analysis.participation import Comment, is_stale, values_hash


def fingerprint(figure: Figure) -> str:
    """Twelve hexadecimal digits of the table under a figure: header and cells as printed."""
    return fingerprint_of(figure.data)


def fingerprint_of(table: DataTable) -> str:
    """The same, of a table.

    >>> a = DataTable(("Lieu", "Valeur"), (("Ici", "12"),), (False, True))
    >>> b = DataTable(("Lieu", "Valeur"), (("Ici", Cell("12", tone="own")),), (False, True))
    >>> fingerprint_of(a) == fingerprint_of(b)
    True
    """
    rows = [[f"{c.text}|{c.note}" if isinstance(c, Cell) else f"{c}|" for c in row] for row in table.rows]
    return values_hash([list(table.header), rows])


def comment_html(comment: Comment, current: str) -> str:
    """One comment: who may read it as up to date, and who must read it again."""
    stale = is_stale(comment, current)
    when = f", {french.date(comment.date)}" if comment.date else ""
    text, _ = render_markdown(comment.text)
    for level in "123456":  # a heading inside a comment would break the order of the page's headings
        text = text.replace(f"<h{level} ", "<p ").replace(f"</h{level}>", "</p>")
    text = _without_ids(text)
    word = ""
    if stale:
        word = (
            '<p class="stale-word">À relire : les valeurs de cette figure ont changé depuis la rédaction de ce commentaire'
            f" (empreinte notée {escape(comment.fingerprint or '')}, empreinte actuelle {current}).</p>"
        )
    elif stale is None:
        word = f"<p><small>Écrit sans empreinte des valeurs ; empreinte actuelle : {current}.</small></p>"
    kind = "comment stale" if stale else "comment"
    head = f'<p class="comment-head">Commentaire{escape(when)}</p>'
    return f'<div class="{kind}">{head}{word}{text}</div>'.replace(" :", "\u00a0:").replace(" ;", "\u00a0;")


def _without_ids(html: str) -> str:
    parts = html.split(' id="')
    return parts[0] + "".join(part.split('"', 1)[1] for part in parts[1:])


def commented(figure: Figure, comments: Iterable[Comment]) -> Figure:
    """The figure with the comments that name it, or the same figure when there are none."""
    mine = [c for c in comments if c.figure == figure.id]
    if not mine:
        return figure
    current = fingerprint(figure)
    return gathered(figure, comment_html="".join(comment_html(c, current) for c in mine))


def unplaced(comments: Sequence[Comment], figures: Iterable[Figure]) -> Fragment:
    """The comments that name a figure this document does not hold, each with that name; empty when there are none."""
    shown = {f.id for f in figures}
    lost = [c for c in comments if c.figure not in shown]
    if not lost:
        return Fragment("")
    items = "".join(f"<li>{escape(c.file)} : figure « {escape(c.figure)} » absente de ce document</li>" for c in lost)
    return Fragment(french.punctuate(f'<div class="notice"><p>Commentaires non placés :</p><ul>{items}</ul></div>'))
