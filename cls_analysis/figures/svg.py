"""How is a drawing written? As plain SVG text: small pure functions, same input, same bytes.

No drawing library: a report must stay small, fast and identical from one machine to the next. Coordinates
are in user units (one unit is one CSS pixel at full size), rounded to a tenth; text stays text, so that it can
be selected, searched and read aloud; every label is escaped, because a name is data and never markup.
Look is set by attributes, not by classes alone, so that a PDF engine draws the same picture as a browser.

>>> element("line", x1=0, y1=1.26, stroke_width=2)
'<line x1="0" y1="1.3" stroke-width="2"/>'
>>> text(3, 4, "<Ay & Cie>", size=13)
'<text x="3" y="4" font-size="13">&lt;Ay &amp; Cie&gt;</text>'
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence

WIDE, NARROW = 760.0, 340.0  # of a chart on a page and on a phone
PHONE = 500.0  # a drawing narrower than this sets labels above marks

INK = "#1b1b1b"
ACCENT = "#0b5563"
MUTED = "#595959"
RULE = "#d5d8da"
# Département, région, France: greys of falling weight, the palest still 3:1 on white.
COMPARATOR_GREYS = ("#2b2b2b", "#565656", "#767676", "#767676")
MEMBER = "#4d8793"
YLGNBU = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
PUOR = ("#e66101", "#fdb863", "#f0f0f0", "#b2abd2", "#5e3c99")
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, 'DejaVu Sans Condensed', sans-serif"

_NARROW = frozenset("iljtfrI.,;:!'’|()[] \u00a0\u202f-")
_WIDE = frozenset("mwMWŒœ%@—")


def escape(value: object) -> str:
    """Any value as text of an element or attribute."""
    return html.escape(str(value), quote=True)


def number(value: float) -> str:
    """A coordinate: at most one decimal, no trailing zero, no minus zero."""
    result = f"{value:.1f}"
    result = result[:-2] if result.endswith(".0") else result
    return "0" if result == "-0" else result


def element(tag: str, *children: str, **attributes: object) -> str:
    """An element; `stroke_width` becomes stroke-width, `class_` class; None drops the attribute."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{number(value) if isinstance(value, int | float) else escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(children)
    return f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 14,
    fill: str | None = None,
    anchor: str | None = None,
    weight: str | None = None,
    halo: bool = False,
    class_: str | None = None,
) -> str:
    """A label with its baseline at y; `halo` draws a white outline under it, so it reads on any colour."""
    common = {"x": x, "y": y, "font_size": size, "text_anchor": anchor, "font_weight": weight, "class_": class_}
    label = element("text", escape(content), **common, fill=fill)
    if not halo:
        return label
    under = element(
        "text", escape(content), **common, fill="#fff", stroke="#fff", stroke_width=3.5, stroke_linejoin="round",
        aria_hidden="true",
    )  # fmt: skip
    return under + label


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = RULE, width: float = 1, **more: object) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, **more)


def path(points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """The `d` attribute of a broken line through the points."""
    parts = [f"{number(x)} {number(y)}" for x, y in points]
    return "M" + "L".join(parts) + ("Z" if closed else "")


def text_width(content: str, size: float = 14, *, bold: bool = False) -> float:
    """Estimated width in user units, a little generous: system fonts differ from one machine to the next."""
    ems = sum(0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.71 if c.isupper() else 0.61 for c in content)
    return ems * size * (1.08 if bold else 1.0)


def wrap(content: str, width: float, size: float = 14) -> list[str]:
    """The text cut at spaces into lines that fit the width; a word that is too long keeps a line of its own."""
    lines: list[str] = []
    for word in content.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def pattern(identifier: str, kind: str, *, scale: float = 1) -> str:
    """A fill told apart without colour. Kinds: "different-not" (oblique lines to lay over a colour),
    "secret" (grey with crosses), "too-few" (grey with rings), "not-published" (vertical lines), "missing" (white with
    dots), "not-applicable" (horizontal lines). `scale` enlarges it where the shapes are themselves drawn in finer units."""
    marks = {
        "different-not": (
            10, element("path", d="M-1 11L11 -1M-1 1L1 -1M9 11L11 9", stroke="#fff", stroke_width=2.6)
            + element("path", d="M-1 11L11 -1M-1 1L1 -1M9 11L11 9", stroke=INK, stroke_width=1),
        ),
        "secret": (
            8, element("rect", width=8, height=8, fill="#d3d3d3")
            + element("path", d="M1.5 1.5L6.5 6.5M6.5 1.5L1.5 6.5", stroke="#5a5a5a", stroke_width=1),
        ),
        "too-few": (
            8, element("rect", width=8, height=8, fill="#d3d3d3")
            + element("circle", cx=4, cy=4, r=2.2, fill="none", stroke="#5a5a5a"),
        ),
        "not-published": (
            6, element("rect", width=6, height=6, fill="#fff") + line(3, 0, 3, 6, stroke="#5a5a5a"),
        ),
        "missing": (
            6, element("rect", width=6, height=6, fill="#fff") + element("circle", cx=3, cy=3, r=1, fill="#5a5a5a"),
        ),
        "not-applicable": (
            6, element("rect", width=6, height=6, fill="#fff") + line(0, 3, 6, 3, stroke="#8c8c8c"),
        ),
    }  # fmt: skip
    size, drawing = marks[kind]
    return element(
        "pattern", drawing, id=identifier, width=size, height=size, patternUnits="userSpaceOnUse",
        patternTransform=f"scale({number(scale)})" if scale != 1 else None,
    )  # fmt: skip


def document(width: float, height: float, body: Sequence[str], *, alt: str, variant: str = "wide") -> str:
    """A whole drawing: `role="img"` with its text alternative as its one name (the heading above says the title).

    No `<title>`: a browser would show it as a tooltip over the whole drawing. Ids inside are prefixed by the figure's
    identifier, so many figures live in one page. `variant` is "wide", "narrow" (drawn for a phone) or "only".
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing drawing-{variant}" role="img" '
        f'aria-label="{escape(alt)}" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" font-family="{escape(FONT)}" fill="{INK}">'
        f"{''.join(body)}</svg>"
    )


def both(
    draw: Callable[[float], tuple[float, Sequence[str]]], *, alt: str, wide: float = WIDE, narrow: float = NARROW
) -> tuple[str, str]:
    """The same drawing for a page and for a phone: `draw` gives its height and its elements at a width."""
    (high, body), (tall, slim) = draw(wide), draw(narrow)
    return (
        document(wide, high, body, alt=alt, variant="wide"),
        document(narrow, tall, slim, alt=alt, variant="narrow"),
    )
