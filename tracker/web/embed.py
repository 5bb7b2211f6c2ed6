"""A map and a country card for other sites' iframes: no script, no cookie."""

from flask import Blueprint, Flask, Response, g, render_template, request, url_for

from tracker.links import full
from tracker.rules.answers import Answer
from tracker.rules.coverage import cover
from tracker.store import dossier
from tracker.web.ask import ask
from tracker.web.brief import canonical
from tracker.web.coverage import regional, world_map
from tracker.web.filters import EmbedFilter, criterion_choices, one_of
from tracker.web.finding import find_criterion
from tracker.web.headers import headers
from tracker.web.sheets import version_words

bp = Blueprint("embed", __name__, url_prefix="/embed")

ANYWHERE = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'none'",
    "frame-ancestors": "*",
    "base-uri": "'none'",
}
PREVIEW = {
    **ANYWHERE,
    "script-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "frame-src": "'self'",
}
framed_anywhere = headers(frame_options=None, content_security_policy=ANYWHERE)


@bp.route("")
@headers(content_security_policy=PREVIEW)
def index() -> str:
    """The code to copy, with a preview of what it shows."""
    ask().need_data()
    everyone = ask().countries
    form = EmbedFilter.of(
        criterion=criterion_choices(ask().codebook),
        country=one_of({c.iso3: c.name for c in everyone}),
    )
    frames = [
        (
            url_for(".criterion_map", key=form.criterion.data),
            ask().codebook.by_key[form.criterion.data].question,
            620,
        ),
        (
            url_for(".country", iso3=form.country.data),
            next(c.name for c in everyone if c.iso3 == form.country.data),
            420,
        ),
    ]
    return render_template(
        "public/embed.html", filter=form, frames=frames, absolute=full
    )


@bp.route("/map/<key>")
@framed_anywhere
def criterion_map(key: str) -> str:
    """The world map of one criterion, with its date and version in the picture."""
    criterion = find_criterion(key)
    return render_template(
        "embed/map.html",
        criterion=criterion,
        map=world_map(criterion),
        coverage=regional(criterion)[""],
        version=version_words(ask().snapshot.state),
    )


@bp.route("/countries/<iso3:iso3>")
@framed_anywhere
def country(iso3: str) -> str:
    """One country's answers on a card."""
    found = canonical(iso3, "embed.country")
    folder = dossier.read_dossier(ask().session, ask().codebook, found, ask().day)
    return render_template(
        "embed/country.html",
        country=found,
        dossier=folder,
        coverage=cover(view.derived for view in folder.criteria),
        elements=sum(len(view.elements) for view in folder.criteria),
        unread=sum(view.derived.unread for view in folder.criteria),
        version=version_words(ask().snapshot.state),
        answers=list(Answer),
    )


def never_frame_errors(response: Response) -> Response:
    """An error page below `/embed` has the site's whole frame: it is not for others."""
    if g.get("failed") and request.blueprint == bp.name:
        policy = response.headers.get("Content-Security-Policy", "")
        response.headers["Content-Security-Policy"] = policy.replace(
            "frame-ancestors *", "frame-ancestors 'none'"
        )
        response.headers["X-Frame-Options"] = "DENY"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
