"""Charts of schedules over the years: one inline SVG each, in the colours of the page's own theme.

Nothing is drawn that isn't in the tables under it. What rests on invented values is dashed.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDE, HIGH = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 66, 124, 16, 34
GAP = 17  # between the labels of lines that end near one another
COLOURS = 6


@dataclass(frozen=True)
class Step:
    """A value from a day until another (None: open), and the evidence that it rests on."""

    first: date
    until: date | None
    value: float
    kind: str


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    name: str
    steps: tuple[Step, ...]


class _Scale:
    """Where a day and a value stand."""

    def __init__(self, series: Sequence[Series], until: date) -> None:
        steps = [step for each in series for step in each.steps]
        self.first = min(step.first for step in steps).year
        self.last = until.year
        self.tick = _nice(max(step.value for step in steps) or 1)
        self.top = self.tick * -(-max(step.value for step in steps) // self.tick) or self.tick

    def x(self, day: date) -> float:
        year = day.year + (day.timetuple().tm_yday - 1) / 366
        share = (year - self.first) / max(self.last - self.first, 1)
        return LEFT + share * (WIDE - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HIGH - BOTTOM - value / self.top * (HIGH - TOP - BOTTOM)


def chart(name: str, title: str, unit: str, series: Sequence[Series], end: date) -> list[str]:
    """A chart as a block of raw HTML; nothing where there is nothing to draw.

    Args:
        name: unique on the site.
        title: what is shown.
        unit: what the values are, such as ``yuan a month``.
        series: the lines.
        end: the day up to which what is open is drawn.
    """
    drawn = [each for each in series if each.steps]
    if not drawn:
        return []
    latest = [step.until for each in drawn for step in each.steps if step.until is not None]
    until = max([end, *latest, *(step.first for each in drawn for step in each.steps)])
    scale = _Scale(drawn, until)
    inside = [*_grid(scale), *_lines(drawn, scale, until), *_labels(drawn, scale, until)]
    described = _described(title, unit, drawn)
    svg = [
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{html.escape(title)}</title>',
        f'<desc id="{name}-desc">{html.escape(described)}</desc>',
        *inside,
        "</svg>",
    ]
    dashed = any(step.kind == "synthetic" for each in drawn for step in each.steps)
    caption = f"{title}, {unit}." + (" Dashed: synthetic, not a real value." if dashed else "")
    return [
        "",
        "```{raw} html",
        '<figure class="chart">',
        *svg,
        f"<figcaption>{html.escape(caption)}</figcaption>",
        "</figure>",
        "```",
        "",
    ]


def _nice(most: float) -> float:
    """The distance of the lines across: 1, 2 or 5 of a power of ten, so that there are 4 to 8."""
    power = 10.0 ** (len(str(int(most))) - 1) if most >= 1 else 0.01
    return next(
        power * share
        for share in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)
        if power * share * 7 > most
    )


def _grid(scale: _Scale) -> list[str]:
    found, value = list[str](), 0.0
    while value <= scale.top + scale.tick / 2:
        y = scale.y(value)
        found.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDE - RIGHT}"/>')
        text = f"{value:,.0f}" if scale.tick >= 1 else f"{value:.2f}"
        found.append(f'<text class="end" x="{LEFT - 8}" y="{y + 5:.1f}">{text}</text>')
        value += scale.tick
    years = scale.last - scale.first
    every = next(each for each in (1, 2, 5, 10, 20) if years / each <= 7)
    for year in range(scale.first, scale.last + 1):
        if (year - scale.first) % every == 0:
            x = scale.x(date(year, 1, 1))
            found.append(f'<path class="grid" d="M{x:.1f} {HIGH - BOTTOM}v6"/>')
            found.append(f'<text class="middle" x="{x:.1f}" y="{HIGH - 10}">{year}</text>')
    return found


def _lines(series: Sequence[Series], scale: _Scale, until: date) -> list[str]:
    found = []
    for number, each in enumerate(series):
        previous: Step | None = None
        for step in each.steps:
            x, y = scale.x(step.first), scale.y(step.value)
            joined = previous is not None and previous.until == step.first
            # Nothing joins two editions between which the book doesn't know the rule.
            start = f"M{x:.1f} {y:.1f}"
            if joined and previous is not None:
                start = f"M{x:.1f} {scale.y(previous.value):.1f}V{y:.1f}"
            end = scale.x(step.until or until)
            colour = f"line line-{number % COLOURS}"
            dashed = " synthetic" if step.kind == "synthetic" else ""
            found.append(f'<path class="{colour}{dashed}" d="{start}H{end:.1f}"/>')
            previous = step
    return found


def _labels(series: Sequence[Series], scale: _Scale, until: date) -> list[str]:
    """Each line's name at its end, moved apart where lines end near one another."""
    ends = sorted(
        (
            (
                scale.x(each.steps[-1].until or until),
                scale.y(each.steps[-1].value),
                number,
                each.name,
            )
            for number, each in enumerate(series)
        ),
        key=lambda end: -end[1],
    )
    found, placed = list[str](), list[tuple[float, float]]()
    for x, y, number, name in ends:
        beside = [at for left, at in placed if abs(left - x) < RIGHT]
        at = min([y + 5, *(other - GAP for other in beside)])
        placed.append((x, at))
        text = html.escape(name)
        found.append(
            f'<text class="name name-{number % COLOURS}" x="{x + 6:.1f}" y="{at:.1f}">{text}</text>'
        )
    return found


def _described(title: str, unit: str, series: Sequence[Series]) -> str:
    """The chart in words: where each line begins and ends."""
    parts = []
    for each in series:
        first, last = each.steps[0], each.steps[-1]
        told = f"{each.name}: {first.value:,.2f} from {first.first}"
        if last is not first:
            told += f", in {len(each.steps)} steps to {last.value:,.2f} from {last.first}"
        parts.append(told)
    return f"{title}, {unit}. {'; '.join(parts)}. The tables under the chart have every value."
