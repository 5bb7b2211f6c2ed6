"""Charts of a criterion to keep: SVG, PNG and CSV, drawn as on its page."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, render_template
from flask_babel import gettext as _
from markupsafe import Markup

from tracker.actions.picture import png
from tracker.caching import Validators
from tracker.links import absolute
from tracker.rules.answers import Level
from tracker.rules.charts import Bar, Chart, columns_chart, rows_chart
from tracker.rules.codebook import Criterion
from tracker.rules.csvtext import csv_lines
from tracker.web.ask import ask
from tracker.web.coverage import by_region
from tracker.web.criteria import years_of
from tracker.web.finding import find_criterion
from tracker.web.i18n import day as in_words
from tracker.web.i18n import region_label
from tracker.web.listing import csv_answer

bp = Blueprint("charts", __name__)
COUNTS = ("yes", "partial", "not_settled", "no", "not_read")
TYPES = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}


def band_names() -> list[str]:
    return [_("Yes"), _("Partly"), _("Not settled"), _("No: gap"), _("Not read")]


def adoption_bars(criterion: Criterion) -> list[Bar]:
    """One bar a year: how many countries' law is known to have answered so."""
    return [
        Bar(str(y.year), (y.yes, y.partial, y.open, y.no, y.not_read))
        for y in years_of(criterion)
    ]


def region_bars(criterion: Criterion) -> list[Bar]:
    """One bar a region, the world first."""
    countries = ask().countries
    found = ask().grid(countries, [criterion])
    groups = {"": countries, **by_region(countries)}
    bars = []
    for name, members in groups.items():
        derived = [found.derived(country, criterion) for country in members]
        read = [item for item in derived if item.is_read]
        levels = [item.floor for item in read if item.is_settled]
        counts = (
            levels.count(Level.YES),
            levels.count(Level.PARTIAL),
            len(read) - len(levels),
            levels.count(Level.NO),
            len(derived) - len(read),
        )
        bars.append(Bar(str(region_label(name)) if name else _("World"), counts))
    return bars


DRAWN = {
    "adoption": (adoption_bars, columns_chart, "year"),
    "regions": (region_bars, rows_chart, "region"),
}


def chart_title(name: str, criterion: Criterion) -> str:
    if name == "adoption":
        return str(_("%(title)s: adoption over time", title=criterion.title))
    return str(_("%(title)s: by region", title=criterion.title))


def draw(name: str, criterion: Criterion, bars: Sequence[Bar], is_file: bool) -> str:
    """The SVG of a chart; as a file it carries its title, question and source."""
    chart: Chart = DRAWN[name][1](bars, band_names())
    version = ask().snapshot.state
    source = _(
        "Countries by answer, law as of %(day)s. Not read is not a gap. "
        "%(url)s, data %(version)s, CC BY 4.0",
        day=in_words(ask().day),
        url=absolute("public.criterion", key=criterion.key),
        version=version.name if version else "",
    )
    return render_template(
        "charts/_chart.svg",
        chart=chart,
        prefix=name,
        title=chart_title(name, criterion),
        subtitle=criterion.question,
        source=source,
        is_file=is_file,
    )


def inline(name: str, criterion: Criterion) -> dict[str, Any]:
    """A chart for the criterion's page, with the numbers of its table."""
    bars = DRAWN[name][0](criterion)
    return {
        "svg": Markup(draw(name, criterion, bars, False)),
        "title": chart_title(name, criterion),
        "bars": bars,
    }


@bp.route("/criteria/<key>/<any(adoption, regions):name>.<any(svg, png, csv):form>")
def chart(key: str, name: str, form: str) -> Response:
    """A chart as a file: SVG, PNG, or its numbers as CSV."""
    criterion = find_criterion(key)
    validators = Validators(
        ask().snapshot.state,
        ask().day,
        form=form,
        is_given=ask().given is not None,
    )
    if known := validators.not_modified():
        return known
    bars = DRAWN[name][0](criterion)
    stem = f"{criterion.key}-{name}"
    if form == "csv":
        header = (DRAWN[name][2], *COUNTS, "countries")
        rows = [(bar.label, *bar.counts, bar.total) for bar in bars]
        return validators.stamp(csv_answer(stem, csv_lines(header, rows)))
    svg = draw(name, criterion, bars, True)
    response = Response(png(svg) if form == "png" else svg, content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}.{form}"'
    return validators.stamp(response)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(chart_of=inline)
