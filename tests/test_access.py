"""Who may do what: every route and role against the one table, and ways around it."""

import pytest
from sqlalchemy.orm import Session

from desk import (
    address,
    close,
    fields,
    load_small,
    log_in,
    make_account,
    make_app,
    signed_in,
)
from factories import NOW
from tracker.actions import accounts, proposals, reports, seconds
from tracker.actions.proposals import Decision
from tracker.rules.permissions import (
    ENDPOINTS,
    MAY,
    OPEN_WHILE_READING_AGAIN,
    VISITOR,
    Actor,
    Forbidden,
    Permission,
    Role,
    operator,
)
from tracker.store.contributions import ReportState
from tracker.store.db import make_engine

PEOPLE = {None: None, **{role: role.value for role in Role}}


@pytest.fixture(scope="module")
def site(databases, tmp_path_factory):
    """One site with an account of each role, logged in."""
    url = databases.copy("empty")
    engine = make_engine(url)
    load_small(engine, tmp_path_factory.mktemp("site"))
    app = make_app(url)
    clients = {None: app.test_client()}
    for role in Role:
        make_account(engine, role.value, role)
        clients[role] = signed_in(app, role.value)
    yield app, clients
    close(app)
    engine.dispose()
    databases.drop(url)


def endpoints(app):
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_route_is_in_the_table(site):
    app, _clients = site
    assert endpoints(app) - set(ENDPOINTS) == set(), "say who may use these routes"
    assert set(ENDPOINTS) - endpoints(app) == set(), "these routes are gone"
    assert set(ENDPOINTS) >= OPEN_WHILE_READING_AGAIN


def test_more_responsible_roles_may_do_more():
    assert (
        MAY[None]
        < MAY[Role.CONTRIBUTOR]
        < MAY[Role.REVIEWER]
        < MAY[Role.ADMINISTRATOR]
        == frozenset(Permission)
    )


def statuses(site, role, method):
    """The status of each route for a role."""
    app, clients = site
    found = {}
    for rule in app.url_map.iter_rules():
        if method not in rule.methods or rule.endpoint == "account.log_out":
            continue
        client = clients[role]
        data = {"csrf_token": token(client)} if method == "POST" and role else None
        answer = client.open(address(rule), method=method, data=data)
        answer.get_data()  # to the end: exports are streamed
        found[rule.endpoint, rule.rule] = answer
    return found


def token(client):
    return fields(client.get("/account"), "named")["csrf_token"][0]


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_route_opens_to_whom_the_table_says(site, role, method):
    for (endpoint, rule), answer in statuses(site, role, method).items():
        allowed = ENDPOINTS[endpoint] in MAY[role]
        text = f"{method} {rule} for {role}: {answer.status_code}"
        assert answer.status_code < 500, text
        if allowed:
            assert answer.status_code not in {401}, text
            assert b"it is for reviewers" not in answer.get_data(), text
        elif role is None:
            asked = answer.status_code in {302, 401} or (
                method == "POST" and answer.status_code == 400  # no token, no session
            )
            assert asked, text
            assert "log-in" in answer.headers.get("Location", "log-in"), text
        else:
            assert answer.status_code == 403, text


def test_a_route_that_the_table_lacks_is_closed_to_all(empty_url):
    app = make_app(empty_url)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 403
    close(app)


def test_the_actions_check_permission_themselves(session):
    """Not only the views: the command line and a program come in another way."""
    session, contributor = session, Actor(1, Role.CONTRIBUTOR, "contributor 1")
    tries = [
        lambda: accounts.add_user(
            session, "a@b.c", "A", Role.REVIEWER, "x" * 9, now=NOW, actor=contributor
        ),
        lambda: accounts.set_role(
            session, "a@b.c", Role.REVIEWER, now=NOW, actor=contributor
        ),
        lambda: proposals.decide(
            session, contributor, 1, 1, Decision.APPROVE, "", None, now=NOW
        ),
        lambda: proposals.send(session, VISITOR, 1, 1, None, now=NOW),
        lambda: proposals.withdraw(session, VISITOR, 1, 1, now=NOW),
        lambda: proposals.save_draft(session, VISITOR, None, None, now=NOW),
        lambda: seconds.ask_for(session, contributor, ["PHL"], "by name", now=NOW),
        lambda: seconds.take(session, VISITOR, 1, now=NOW),
        lambda: seconds.hand_in(session, VISITOR, None, now=NOW),
        lambda: seconds.adjudicate(
            session, contributor, "PHL", "a", "b", "first", "why", None, now=NOW
        ),
        lambda: reports.answer(
            session,
            contributor,
            1,
            ReportState.RECEIVED,
            ReportState.DECLINED,
            "no",
            now=NOW,
        ),
    ]
    for attempt in tries:
        with pytest.raises(Forbidden):
            attempt()


def test_a_disabled_account_is_out_at_once(empty_url, engine, tmp_path):
    load_small(engine, tmp_path)
    app = make_app(empty_url)
    make_account(engine, "ana")
    ana = signed_in(app, "ana")
    assert ana.get("/proposals").status_code == 200
    with Session(engine) as session:
        by = operator("test")
        accounts.set_active(session, "ana@example.org", False, now=NOW, actor=by)
    assert ana.get("/proposals").status_code == 302
    assert log_in(app.test_client(), "ana").status_code == 422
    close(app)


def test_a_role_taken_away_is_gone_at_once(empty_url, engine, tmp_path):
    load_small(engine, tmp_path)
    app = make_app(empty_url)
    make_account(engine, "rob", Role.REVIEWER)
    rob = signed_in(app, "rob")
    assert rob.get("/review").status_code == 200
    with Session(engine) as session:
        by = operator("test")
        accounts.set_role(
            session, "rob@example.org", Role.CONTRIBUTOR, now=NOW, actor=by
        )
    assert rob.get("/review").status_code == 403
    close(app)


def test_a_form_of_a_session_that_is_over_loses_nothing(site):
    app, _clients = site
    client = signed_in(app, "contributor")
    page = client.get("/propose/AFG/grooming")
    data = {**fields(page, "grooming"), "why": "An hour of <b>typing</b>."}

    old = client.post("/propose/AFG/grooming", data={**data, "csrf_token": "x"})
    client.delete_cookie("session")
    over = client.post("/propose/AFG/grooming", data=data)

    assert (old.status_code, over.status_code) == (400, 401)
    for answer in (old, over):
        text = answer.get_data(as_text=True)
        assert "An hour of &lt;b&gt;typing&lt;/b&gt;." in text
        assert "<dt>csrf_token</dt>" not in text
