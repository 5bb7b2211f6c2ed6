"""People at the desk: accounts, log-in, forms filled in as a browser would."""

import re
from html.parser import HTMLParser

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds, write_country
from tracker import create_app
from tracker.actions.accounts import actor_of, add_user
from tracker.actions.load import load_seeds
from tracker.extensions import db
from tracker.rules.permissions import Role
from tracker.store.contributions import Account

PASSWORD = "correct horse battery"
# Checked a hundred times faster than what the site makes: tests log in often.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_app(url, **settings):
    return create_app(
        {
            "DATABASE_URL": url,
            "SECRET_KEY": "k" * 20 + "0123456789abcdefghij",
            "REPORT_SECONDS": 0,
            "TESTING": True,
            **settings,
        }
    )


def close(app):
    """Let go of the database, which is about to be dropped."""
    with app.app_context():
        db.engine.dispose()


def make_account(engine, name, role=Role.CONTRIBUTOR):
    """An account at name@example.org; its actor."""
    with Session(engine) as session:
        address = f"{name}@example.org"
        account = add_user(session, address, name, role, PASSWORD, now=NOW)
        account.password = QUICK
        session.commit()
        return actor_of(account)


def actor(engine, name):
    """Of an account that is there."""
    query = sa.select(Account).where(Account.email == f"{name}@example.org")
    with Session(engine) as session:
        return actor_of(session.scalars(query).one())


VALUES = {
    "iso3": "PHL",
    "key": "grooming",
    "what": "grooming",
    "number": "1",
    "name": "readings",
    "criterion": "grooming",
    "element": "solicitation",
}


def address(rule):
    """An address that the rule of a route matches."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: VALUES.get(m[1], "x"), rule.rule)


class Fields(HTMLParser):
    """What a browser would send of each form, unchanged."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.select, self.area = [], None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append((a.get("action") or "", []))
            return
        if not self.forms or "disabled" in a:
            return
        fields = self.forms[-1][1]
        if tag == "input" and a.get("name"):
            kind = a.get("type", "text")
            if kind in {"checkbox", "radio"}:
                if "checked" in a:
                    fields.append((a["name"], a.get("value", "on")))
            elif kind not in {"submit", "file"}:
                fields.append((a["name"], a.get("value", "")))
        elif tag == "select":
            self.select = [a.get("name"), None, None]
        elif tag == "option" and self.select:
            if self.select[1] is None:
                self.select[1] = a.get("value", "")
            if "selected" in a:
                self.select[2] = a.get("value", "")
        elif tag == "textarea" and a.get("name"):
            self.area = [a["name"], ""]

    def handle_endtag(self, tag):
        if tag == "select" and self.select:
            name, first, chosen = self.select
            if name and first is not None:
                value = first if chosen is None else chosen
                self.forms[-1][1].append((name, value))
            self.select = None
        elif tag == "textarea" and self.area:
            self.forms[-1][1].append((self.area[0], self.area[1].lstrip("\r\n")))
            self.area = None

    def handle_data(self, data):
        if self.area:
            self.area[1] += data


def fields(page, action):
    """The fields of the first form whose address contains `action`, by name."""
    found = Fields(page.get_data(as_text=True))
    for where, pairs in found.forms:
        if action in where:
            data = {}
            for name, value in pairs:
                data.setdefault(name, []).append(value)
            return data
    raise AssertionError(f"no form to {action!r}: {[a for a, _ in found.forms]}")


def log_in(client, name, password=PASSWORD):
    data = fields(client.get("/account/log-in"), "log-in")
    data |= {"email": f"{name}@example.org", "password": password}
    return client.post("/account/log-in", data=data)


def submit(client, page, form, /, **changes):
    """Send a form of a page with some fields changed; the names' dots are slashes."""
    data = {**fields(page, form), **changes}
    where = next(a for a, _ in Fields(page.get_data(as_text=True)).forms if form in a)
    return client.post(where or page.request.path, data=data)


def signed_in(app, name):
    client = app.test_client()
    answer = log_in(client, name)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return client


def load_small(engine, folder):
    """Two countries with a first reading, and a second one of KEN that differs."""
    second = make_country_file("KEN", history=[], bills=[], leads=[])
    second["readings"].pop("grooming")
    second["readings"]["definition"]["elements"]["ict"] = "lacking"
    make_seeds(folder / "seeds", make_country_file("PHL"), make_country_file("KEN"))
    write_country(folder / "seeds", second, "second")
    with Session(engine) as session:
        load_seeds(session, folder / "seeds", now=NOW)
