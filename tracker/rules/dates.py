"""Dates known to the year, the month or the day, and what they let us claim."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

PATTERN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class Precision(StrEnum):
    YEAR = "year"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True)
class PartialDate:
    """`first` is the first day of the period that the date names."""

    first: date
    precision: Precision

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read `2019`, `2019-08` or `2019-08-03`; anything else raises ValueError."""
        found = PATTERN.fullmatch(text)
        if not found:
            raise ValueError(
                f"{text!r} is not a date: write 2019, 2019-08 or 2019-08-03"
            )
        year, month, day = found.groups()
        try:
            first = date(int(year), int(month or 1), int(day or 1))
        except ValueError as error:
            raise ValueError(f"{text!r} is an impossible date: {error}") from None
        precision = (
            Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
        )
        return cls(first, precision)

    @property
    def last(self) -> date:
        """The last day of the named period."""
        if self.precision is Precision.DAY:
            return self.first
        if self.precision is Precision.YEAR:
            return date(self.first.year, 12, 31)
        _, days = calendar.monthrange(self.first.year, self.first.month)
        return self.first.replace(day=days)

    def __str__(self) -> str:
        length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
        return self.first.isoformat()[: length[self.precision]]


EARLIEST = date(1900, 1, 1)  # the first day that anybody may ask about


def exact_day(text: str) -> date | None:
    """The day that is written as `2019-08-03`; None for anything else."""
    try:
        found = PartialDate.parse(text)
    except ValueError:
        return None
    return found.first if found.precision is Precision.DAY else None


def holding_period(
    since: PartialDate | None, until: PartialDate | None, seen: date
) -> tuple[date, date | None]:
    """The days on which a reading certainly holds: from the first, before the second.

    An imprecise `since` counts from the end of its period, an imprecise `until` from
    its beginning. Without `since` a reading claims the day its source was read, or,
    where it has ended, the day before it did. A period in which nothing is certain is
    empty: both ends are equal.
    """
    end = until.first if until else None
    if since:
        start = since.last
    elif end:
        start = max(end, date.min + timedelta(days=1)) - timedelta(days=1)
    else:
        start = seen
    if end and start > end:
        start = end
    return start, end
