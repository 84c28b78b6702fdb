"""Small plots as SVG that needs no script: curves over a range of sizes, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symsim.errors import BadInput
from symsim.render.escaping import html_escape

WIDTH, HEIGHT = 300, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 84, 26, 36
"""The size of a panel and the room around its axes, in pixels."""
COLOURS = ("#0b62a4", "#b3450b", "#1b7a3d", "#7a3db8", "#8a6d00")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4")
"""Curves differ in colour and in dashes, so that they can be told apart without colours."""


@dataclass(frozen=True)
class Curve:
    """A named curve through points with positive coordinates."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Panel:
    """One pair of axes with its curves."""

    title: str
    below: str
    curves: tuple[Curve, ...]


def plot(panels: Sequence[Panel], columns: int, title: str) -> str:
    """An SVG drawing of panels, ``columns`` in a row; ``title`` is for readers who cannot see it.

    Raises ``BadInput`` for a curve without two points, or with one that is not positive.

    >>> drawing = plot([Panel("cost", "n", (Curve("R", ((1, 2), (10, 20))),))], 1, "Cost")
    >>> drawing.startswith("<svg") and "polyline" in drawing
    True
    """
    rows = math.ceil(len(panels) / columns)
    parts = [_panel(panel, WIDTH * (k % columns), HEIGHT * (k // columns)) for k, panel in enumerate(panels)]
    size = f'viewBox="0 0 {WIDTH * columns} {HEIGHT * rows}" width="{WIDTH * columns}" height="{HEIGHT * rows}"'
    style = "text{font:11px sans-serif;fill:#222}.axis{stroke:#555;fill:none}.grid{stroke:#ddd}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{html_escape(title)}">'
    back = f'<rect width="{WIDTH * columns}" height="{HEIGHT * rows}" fill="#fff"/>'
    return (
        "\n".join([head, f"<title>{html_escape(title)}</title><style>{style}</style>{back}", *parts, "</svg>"]) + "\n"
    )


def _panel(panel: Panel, x: int, y: int) -> str:
    points = [point for curve in panel.curves for point in curve.points]
    if any(len(curve.points) < 2 for curve in panel.curves) or any(min(point) <= 0 for point in points):
        raise BadInput(f"the plot '{panel.title}' needs curves of two or more points with positive coordinates")
    low = [math.floor(math.log10(min(p[k] for p in points))) for k in (0, 1)]
    high = [math.ceil(math.log10(max(p[k] for p in points))) for k in (0, 1)]
    span = [max(high[k] - low[k], 1) for k in (0, 1)]
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = (math.log10(point[0]) - low[0]) / span[0]
        up = (math.log10(point[1]) - low[1]) / span[1]
        return x + LEFT + wide * across, y + TOP + tall * (1 - up)

    found = [f'<text x="{x + LEFT}" y="{y + 15}" font-weight="bold">{html_escape(panel.title)}</text>']
    found += [_tick(place((10.0**k, 10.0 ** low[1])), k, tall, True) for k in range(low[0], low[0] + span[0] + 1)]
    step = max(1, span[1] // 5)
    found += [
        _tick(place((10.0 ** low[0], 10.0**k)), k, wide, False) for k in range(low[1], low[1] + span[1] + 1, step)
    ]
    found.append(f'<rect class="axis" x="{x + LEFT}" y="{y + TOP}" width="{wide}" height="{tall}"/>')
    middle = x + LEFT + wide / 2
    found.append(f'<text x="{middle:g}" y="{y + HEIGHT - 4}" text-anchor="middle">{html_escape(panel.below)}</text>')
    return "\n".join([*found, *_curves(panel, place, y)])


def _curves(panel: Panel, place: Callable[[tuple[float, float]], tuple[float, float]], y: int) -> list[str]:
    """The curves, each with its name behind its end; names that would lie on each other are moved apart."""
    found, ends = [], []
    for k, curve in enumerate(panel.curves):
        placed = [place(point) for point in curve.points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in placed)
        dash = f' stroke-dasharray="{DASHES[k % len(DASHES)]}"' if DASHES[k % len(DASHES)] else ""
        colour = COLOURS[k % len(COLOURS)]
        found.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.8"{dash} points="{path}"/>')
        ends.append((placed[-1][1], placed[-1][0], curve.name, colour))
    last = y + TOP - 12.0
    for height, across, name, colour in sorted(ends):
        last = max(height, last + 12.0)
        words = f'<text x="{across + 5:.1f}" y="{last + 4:.1f}" style="fill:{colour}">{html_escape(name)}</text>'
        found.append(words)
    return found


def _tick(place: tuple[float, float], power: int, length: float, below: bool) -> str:
    """A line of the grid with the power of ten that it stands for."""
    a, b = place
    label = f'10<tspan dy="-4" font-size="8">{power}</tspan>'
    if below:
        line = f'<line class="grid" x1="{a:.1f}" y1="{b:.1f}" x2="{a:.1f}" y2="{b - length:.1f}"/>'
        return line + f'<text x="{a:.1f}" y="{b + 16:.1f}" text-anchor="middle">{label}</text>'
    line = f'<line class="grid" x1="{a:.1f}" y1="{b:.1f}" x2="{a + length:.1f}" y2="{b:.1f}"/>'
    return line + f'<text x="{a - 6:.1f}" y="{b + 4:.1f}" text-anchor="end">{label}</text>'
