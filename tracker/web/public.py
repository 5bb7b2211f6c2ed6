"""All public pages: the views that make the blueprint, and those that are mostly words."""

from flask import Flask, render_template

from tracker.store.agreement import read_agreement
from tracker.web import ask as asking
from tracker.web import compare, countries, criteria, gaps, home, search, treaties
from tracker.web.ask import ask
from tracker.web.finding import Iso3
from tracker.web.marks import Marks, Places
from tracker.web.site import bp

# Their routes are on the blueprint once they are imported.
VIEWS = (compare, countries, criteria, gaps, home, search, treaties)


@bp.route("/method")
def method() -> str:
    """The codebook, the evidence rules, live agreement between readers, the limits."""
    session, codebook = ask().session, ask().codebook
    agreement = ask().memo("agreement", lambda: read_agreement(session, codebook))
    return render_template(
        "public/method.html",
        agreement=agreement,
        treaties={t.key: t for t in ask().treaties},
    )


@bp.route("/about")
def about() -> str:
    """The two articles that started it, who keeps it, the licence."""
    return render_template("public/about.html")


def init_app(app: Flask) -> None:
    app.url_map.converters["iso3"] = Iso3
    app.jinja_env.globals.update(marks_of=Marks, places=Places)
    asking.init_app(app)
    app.register_blueprint(bp)
