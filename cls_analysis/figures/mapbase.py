"""What is drawn under every map of a territory? Simplified shapes, outline, neighbours, towns and a scale.

Shapes come in a metric projection (EPSG:2154 in the métropole). Borders are simplified together
(`shapely.coverage_simplify`, GEOS 3.12) and snapped to half a pixel, so that two neighbours keep one common border.
The base is computed once per territory and level and shared by all its maps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import svg

GRID = 2  # units of path per pixel: coordinates are snapped to half a pixel
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Label:
    """A placed label: anchor point of the dot, text position, and whether it is kept on a small screen."""

    x: float
    y: float
    text_x: float
    text_y: float
    anchor: str
    content: str


@dataclass(frozen=True)
class BaseMap:
    """Paths by code (in half pixels), outline of the territory, lines of its groups, towns, scale; see `base_map`."""

    width: float
    height: float
    paths: Mapping[str, str]
    inside: frozenset[str]
    outline: str
    group_lines: str
    group_points: Mapping[str, tuple[float, float]]
    names: Mapping[str, str]
    towns: tuple[Label, ...]
    towns_narrow: tuple[Label, ...]
    scale_km: int
    scale_pixels: float
    place_word: str = "commune"
    origin: tuple[float, float, float] = (0.0, 0.0, 1.0)


def overlay(base: BaseMap, shape: Any) -> str:
    """The path, in half pixels, of another shape (same CRS) drawn over a base, for instance the perimeter."""
    west, north, pixel = base.origin
    simple = shapely.simplify(shape, 0.6 * pixel)
    return _path(
        simple, lambda points: np.column_stack([(points[:, 0] - west) / pixel, (north - points[:, 1]) / pixel])
    )


def window(
    bounds: Sequence[float], *, width: float = 720, max_height: float = 700, margin: float = 0.05
) -> tuple[tuple[float, float, float, float], float]:
    """What a base map shows around these bounds: (west, south, east, north) and the side of a pixel, in metres.

    >>> window((0, 0, 7200, 3500), margin=0)
    ((0.0, 0, 7200.0, 3500), 10.0)
    """
    west, south, east, north = bounds
    pad = margin * max(east - west, north - south)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    pixel = max((east - west) / width, (north - south) / max_height)
    centre = (west + east) / 2
    return (centre - width * pixel / 2, south, centre + width * pixel / 2, north), pixel


def base_map(
    areas: Any,
    *,
    inside: Collection[str],
    names: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    towns: Sequence[tuple[str, str]] = (),
    code: str = "code",
    width: float = 720,
    max_height: float = 700,
    margin: float = 0.05,
    place_word: str = "commune",
) -> BaseMap:
    """Prepare the drawing of `areas` (GeoDataFrame with `code` and `geometry`, metric CRS) around those `inside`.

    `groups` maps an inside code to its EPCI: their limits are drawn heavier. `towns` are (code, name) pairs, the most
    important first; as many as fit without overlap are named. Codes of `inside` without a shape raise InvalidInput;
    neighbours outside the window are left out. `place_word` is what one area is called ("commune", "EPCI").
    """
    if areas.crs is not None and areas.crs.is_geographic:
        raise InvalidInput("areas are in degrees", hint="project them first: areas.to_crs(2154)")
    codes = areas[code].astype(str).to_numpy()
    absent = sorted(set(inside) - set(codes))
    if absent:
        raise InvalidInput([f"area {c} has no contour" for c in absent], hint="leave it out and name it in a note")
    kept = frozenset(inside)
    is_inside = np.isin(codes, sorted(kept))
    if not is_inside.any():
        raise InvalidInput("no area is inside the territory")
    geometry = np.asarray(areas.geometry.array)
    (west, south, east, north), pixel = window(
        shapely.total_bounds(geometry[is_inside]), width=width, max_height=max_height, margin=margin
    )
    height = round((north - south) / pixel)
    near = shapely.intersects(geometry, shapely.box(west, south, east, north))
    order = np.argsort(codes[near], kind="stable")
    codes, geometry, is_inside = codes[near][order], geometry[near][order], is_inside[near][order]
    simple = shapely.coverage_simplify(geometry, 1.5 * pixel)

    def to_pixels(points: np.ndarray) -> np.ndarray:
        return np.column_stack([(points[:, 0] - west) / pixel, (north - points[:, 1]) / pixel])

    frame = shapely.box(west - 4 * pixel, south - 4 * pixel, east + 4 * pixel, north + 4 * pixel)
    paths = {
        c: _path(shape if own else shapely.intersection(shape, frame), to_pixels)
        for c, shape, own in zip(codes, simple, is_inside, strict=True)
    }
    own_shapes = simple[is_inside]
    by_group: dict[str, list[Any]] = {}
    if groups:
        for c, shape in zip(codes[is_inside], own_shapes, strict=True):
            by_group.setdefault(groups.get(c, ""), []).append(shape)
    merged = {g: shapely.union_all(shapes) for g, shapes in sorted(by_group.items()) if g}
    points = {g: to_pixels(_anchor(shape))[0].tolist() for g, shape in merged.items()}
    anchors = {c: to_pixels(_anchor(shape))[0] for c, shape in zip(codes[is_inside], own_shapes, strict=True)}
    dots = [(name.replace("'", "’"), float(anchors[c][0]), float(anchors[c][1])) for c, name in towns if c in anchors]
    step = max((s for s in _STEPS if s * 1000 / pixel <= width / 4), default=1)
    return BaseMap(
        width=width, height=height, paths=paths, inside=kept,
        outline=_path(shapely.union_all(own_shapes), to_pixels),
        group_lines="".join(_path(shape, to_pixels) for shape in merged.values()),
        group_points={g: (float(x), float(y)) for g, (x, y) in points.items()},
        names={c: names[c].replace("'", "’") for c in paths if c in names},
        towns=place_labels(dots, width, height, size=14, most=9, avoid=tuple(points.values()), clear=15),
        towns_narrow=place_labels(dots, width, height, size=27, most=4, avoid=tuple(points.values()), clear=26),
        scale_km=step, scale_pixels=step * 1000 / pixel, place_word=place_word,
        origin=(float(west), float(north), float(pixel)),
    )  # fmt: skip


def _anchor(shape: Any) -> np.ndarray:
    """A point inside the shape, near its middle."""
    centre = shapely.centroid(shape)
    point = centre if shapely.contains(shape, centre) else shapely.point_on_surface(shape)
    return shapely.get_coordinates(point)


def _path(shape: Any, to_pixels: Any) -> str:
    """Relative integer path of every ring, in half pixels; a ring that shrinks to a line is dropped."""
    parts = []
    for polygon in shapely.get_parts(shape):
        if shapely.get_type_id(polygon) != 3 or shapely.is_empty(polygon):
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            grid = np.rint(to_pixels(shapely.get_coordinates(ring)) * GRID).astype(int)
            moves = np.diff(grid, axis=0)
            moves = moves[(moves != 0).any(axis=1)]
            if len(moves) < 3:
                continue
            steps = "".join(str(n) if n < 0 else f" {n}" for n in moves[:-1].ravel().tolist()).lstrip()
            parts.append(f"M{grid[0, 0]} {grid[0, 1]}l{steps}z")
    return "".join(parts)


def place_labels(
    dots: Sequence[tuple[str, float, float]],
    width: float,
    height: float,
    *,
    size: float,
    most: int,
    avoid: Sequence[tuple[float, float]] = (),
    clear: float = 0,
) -> tuple[Label, ...]:
    """Greedy placement: each name in turn right, left, above or below its dot, if it overlaps nothing placed
    and none of the squares of half-side `clear` around the points to `avoid`."""
    taken = [(x - clear, y - clear, x + clear, y + clear) for x, y in avoid]
    placed: list[Label] = []
    for content, x, y in dots:
        if len(placed) == most:
            break
        long = svg.text_width(content, size)
        gap = 6.0
        options = [
            (x + gap, y + size * 0.35, "start", x + gap), (x - gap, y + size * 0.35, "end", x - gap - long),
            (x, y - gap, "middle", x - long / 2), (x, y + size + 2, "middle", x - long / 2),
        ]  # fmt: skip
        for text_x, text_y, anchor, left in options:
            box = (left - 2, text_y - size, left + long + 2, text_y + size * 0.3)
            fits = box[0] > 2 and box[2] < width - 2 and box[1] > 2 and box[3] < height - 30
            if fits and not any(_overlap(box, t) for t in taken):
                taken += [box, (x - 4, y - 4, x + 4, y + 4)]
                placed.append(Label(x, y, text_x, text_y, anchor, content))
                break
    return tuple(placed)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def town_layer(base: BaseMap) -> str:
    """Dots and names of the main towns, once for a wide screen and once, larger and fewer, for a phone."""
    return "".join(
        svg.element(
            "g",
            *(
                svg.element("circle", cx=t.x, cy=t.y, r=3, fill=svg.INK, stroke="#fff", stroke_width=1)
                + svg.text(t.text_x, t.text_y, t.content, size=size, anchor=t.anchor, halo=True)
                for t in labels
            ),
            class_=f"towns-{variant}",
            display="none" if variant == "narrow" else None,
        )
        for variant, labels, size in (("wide", base.towns, 14), ("narrow", base.towns_narrow, 27))
        if labels
    )


def scale_bar(base: BaseMap) -> str:
    """A bar at the lower left with its length in km."""
    y = base.height - 10
    parts = [svg.line(10, y, 10 + base.scale_pixels, y, stroke=svg.INK, width=2)]
    parts += [svg.line(x, y - 5, x, y + 1, stroke=svg.INK, width=2) for x in (10, 10 + base.scale_pixels)]
    for variant, size in (("wide", 13), ("narrow", 26)):
        label = svg.text(16 + base.scale_pixels, y + size * 0.25, f"{base.scale_km}\u00a0km", size=size, halo=True)
        hidden = "none" if variant == "narrow" else None
        parts.append(svg.element("g", label, class_=f"towns-{variant}", display=hidden))
    return "".join(parts)
