"""Numbers to shapes: what the SVG template draws, on the page and as a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

# From the bottom, or from the left; not read is a band of its own, and the last.
BANDS = ("yes", "partial", "open", "no", "unknown")
WIDTH = 960
TICKS = 4
GAP = 16  # between two labels


@dataclass(frozen=True)
class Box:
    band: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    text: str
    anchor: str = "start"
    is_light: bool = False
    is_strong: bool = False


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass
class Chart:
    height: float
    width: float = WIDTH
    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Bar:
    """One bar: its label, and how many are in each of `BANDS`."""

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


def columns_chart(bars: Sequence[Bar], names: Sequence[str]) -> Chart:
    """Upright bars, one a year; the last one's bands are named beside it."""
    left, right, top, bottom, height = 44, 170, 12, 28, 320
    total = max((bar.total for bar in bars), default=0) or 1
    room, step = height - top - bottom, (WIDTH - left - right) / max(len(bars), 1)
    chart = Chart(height)
    for tick in range(TICKS + 1):
        y = round(top + room * (1 - tick / TICKS), 1)
        chart.lines.append(Line(left, y, WIDTH - right, y))
        chart.texts.append(
            Text(left - 8, y + 4, str(round(total * tick / TICKS)), "end")
        )
    every = max(1, round(48 / step))
    for place, bar in enumerate(bars):
        x, y = left + place * step, top + room
        for band, n in zip(BANDS, bar.counts, strict=True):
            tall = n * room / total
            y -= tall
            if n:
                box = (round(x + 1, 1), round(y, 1), round(step - 2, 1), round(tall, 1))
                chart.boxes.append(Box(band, *box))
        is_last = place == len(bars) - 1
        if is_last or (place % every == 0 and place + every / 2 < len(bars)):
            middle = round(x + step / 2, 1)
            chart.texts.append(Text(middle, height - bottom + 18, bar.label, "middle"))
    if bars:
        label_bands(chart, bars[-1], names, top, room, total, WIDTH - right + 10)
    return chart


def label_bands(
    chart: Chart,
    bar: Bar,
    names: Sequence[str],
    top: float,
    room: float,
    total: int,
    x: float,
) -> None:
    """A name beside the middle of each band, moved apart where they would meet."""
    below, labels = 0.0, []
    for name, n in zip(names, bar.counts, strict=True):
        if n:
            middle = top + room - (below + n / 2) * room / total
            labels.append((middle, f"{name}: {n}"))
        below += n
    last = top + room + GAP
    for middle, text in labels:
        last = min(middle + 4, last - GAP)
        chart.texts.append(Text(x, round(last, 1), text))


def rows_chart(bars: Sequence[Bar], names: Sequence[str]) -> Chart:
    """Lying bars of equal length, one a region: shares, with their numbers inside."""
    left, right, top, thick, step = 150, 70, 34, 26, 40
    chart = Chart(top + step * len(bars) + 4)
    room = WIDTH - left - right
    x = float(left)
    for band, name in zip(BANDS, names, strict=True):
        chart.boxes.append(Box(band, x, 6, 14, 14))
        chart.texts.append(Text(x + 20, 18, name))
        x += 20 + 8 * len(name) + 24
    for place, bar in enumerate(bars):
        y, x = top + place * step, float(left)
        chart.texts.append(
            Text(left - 10, y + 18, bar.label, "end", is_strong=not place)
        )
        for band, n in zip(BANDS, bar.counts, strict=True):
            wide = n * room / (bar.total or 1)
            if n:
                chart.boxes.append(Box(band, round(x, 1), y, round(wide, 1), thick))
            if wide > 10 * len(str(n)) + 8:
                middle = round(x + wide / 2, 1)
                is_light = band == "yes"
                text = Text(middle, y + 18, str(n), "middle", is_light, True)
                chart.texts.append(text)
            x += wide
        chart.texts.append(Text(WIDTH - right + 10, y + 18, str(bar.total)))
    return chart
