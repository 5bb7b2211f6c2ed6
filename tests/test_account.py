"""Log-in, sessions, second factor, forged requests, and the key that signs it all."""

import re
import stat
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from desk import (
    PASSWORD,
    address,
    close,
    fields,
    log_in,
    make_account,
    make_app,
    signed_in,
    submit,
)
from factories import NOW
from tracker.actions import accounts
from tracker.actions.passwords import WeakPassword, hash_password, is_right
from tracker.rules.permissions import Role, operator
from tracker.store import limits
from tracker.store.contributions import Account, Attempt
from tracker.web import forgetting
from tracker.web.access import own_path
from tracker.web.secrets import WeakSecret, secret_key


@pytest.fixture
def app(desk_url):
    app = make_app(desk_url)
    yield app
    close(app)


def test_no_account_and_no_password_exists_by_default(session):
    assert session.query(Account).count() == 0


@pytest.mark.parametrize(
    "path",
    ["/", "/countries/PHL", "/method", "/report", "/reports", "/account/log-in"],
)
def test_no_cookie_before_log_in(app, path):
    assert "Set-Cookie" not in app.test_client().get(path).headers


def test_no_cookie_for_a_failed_log_in_or_a_report(app):
    client = app.test_client()
    assert "Set-Cookie" not in log_in(client, "ana", "wrong").headers
    page = client.get("/report")
    sent = submit(client, page, "report", country="PHL", text="The article is wrong.")
    assert sent.status_code == 302
    assert "Set-Cookie" not in sent.headers


def test_log_in_begins_a_new_session_with_a_guarded_cookie(app):
    client = app.test_client()
    client.set_cookie("session", "planted-by-somebody-else")
    answer = log_in(client, "ana")
    assert answer.status_code == 302
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "planted" not in cookie
    again = log_in(app.test_client(), "ana").headers["Set-Cookie"]
    assert again.split(";")[0] != cookie.split(";")[0]


def test_a_private_page_is_not_kept_in_caches(app):
    ana = signed_in(app, "ana")
    assert ana.get("/proposals").headers["Cache-Control"] == "no-store"


def test_log_out_ends_copied_cookies_too(app):
    ana, thief = signed_in(app, "ana"), app.test_client()
    thief.set_cookie("session", ana.get_cookie("session").value)
    assert thief.get("/proposals").status_code == 200
    page = ana.get("/account")
    assert submit(ana, page, "log-out").status_code == 302
    assert thief.get("/proposals").status_code == 302
    assert ana.get("/proposals").status_code == 302


def test_a_session_ends_after_half_a_day(app):
    ana = signed_in(app, "ana")
    with ana.session_transaction() as session:
        session["fs_paa"] = time.time() - 13 * 3600
    assert ana.get("/proposals").status_code == 302


def test_wrong_password_and_unknown_address_read_the_same(app):
    client = app.test_client()
    one, other = log_in(client, "ana", "wrong"), log_in(client, "nobody", "wrong")
    assert one.status_code == other.status_code == 422
    words = [
        re.sub(r'value="[^"]*"', "", page.get_data(as_text=True))
        for page in (one, other)
    ]
    assert words[0] == words[1]


def test_log_in_is_throttled_and_stores_no_address(app, desk_engine):
    client = app.test_client()
    codes = [log_in(client, "ana", "wrong").status_code for _ in range(11)]
    assert codes[:10] == [422] * 10
    assert codes[10] == 429
    assert log_in(client, "ana").status_code == 429
    with Session(desk_engine) as session:
        kept = session.query(Attempt).all()
        assert kept
        assert not any("127.0.0.1" in attempt.who for attempt in kept)


def test_attempts_are_forgotten_after_the_window_whoever_comes(
    app, desk_engine, monkeypatch
):
    client = app.test_client()
    log_in(client, "ana", "wrong")
    later = datetime.now(UTC) + limits.LONGEST + timedelta(minutes=5)
    monkeypatch.setattr(forgetting, "now", lambda: later)
    client.get("/healthz")
    with Session(desk_engine) as session:
        assert session.query(Attempt).count()
    app.extensions["forgetting"]["next"] = 0
    client.get("/healthz")
    with Session(desk_engine) as session:
        assert session.query(Attempt).count() == 0


def test_a_stranger_cannot_lock_somebody_else_out(app):
    stranger, ana = app.test_client(), app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    codes = [log_in(stranger, "ana", "wrong").status_code for _ in range(11)]
    assert codes[10] == 429
    assert log_in(ana, "ana").status_code == 302


def test_logging_in_often_is_no_guessing(app):
    codes = {log_in(app.test_client(), "ana").status_code for _ in range(12)}
    assert codes == {302}


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\tevil",
        "///evil.example",
        "http:evil",
    ],
)
def test_next_stays_on_this_site(app, target):
    assert own_path(target, "/account") == "/account"
    client = app.test_client()
    data = fields(client.get("/account/log-in"), "log-in")
    data |= {"email": "ana@example.org", "password": PASSWORD, "next": target}
    answer = client.post("/account/log-in", data=data)
    assert answer.headers["Location"] == "/account"


def test_next_leads_back_to_the_page_that_was_asked_for(app):
    client = app.test_client()
    asked = client.get("/propose/PHL/grooming?again=1")
    page = client.get(asked.location)
    answer = submit(client, page, "log-in", email="ana@example.org", password=PASSWORD)
    assert answer.headers["Location"] == "/propose/PHL/grooming?again=1"


def test_a_form_from_another_site_does_nothing(app):
    ana = signed_in(app, "ana")
    data = fields(ana.get("/account"), "log-out")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert (
            ana.post("/account/log-out", data=data, headers=headers).status_code == 403
        )
    assert ana.get("/proposals").status_code == 200
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert ana.post("/account/log-out", data=data, headers=own).status_code == 302


def test_a_post_without_its_token_does_nothing(app):
    ana = signed_in(app, "ana")
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            path = address(rule)
            if rule.endpoint in {"account.log_in", "report.report"}:
                assert app.test_client().post(path).status_code == 422
            else:
                assert ana.post(path).status_code in {400, 403, 404}, path


def test_what_was_typed_is_shown_when_the_session_is_over(app):
    ana = signed_in(app, "ana")
    page = ana.get("/propose/PHL/leads")
    with ana.session_transaction() as session:
        session.pop("_user_id")
    answer = submit(ana, page, "leads", leads="A long memory of mine")
    assert answer.status_code == 401
    assert "A long memory of mine" in answer.get_data(as_text=True)


def test_second_factor(app):
    ana = signed_in(app, "ana")
    page = ana.get("/account/second-factor")
    key = re.search(r"<code>([^<]+)</code>", page.get_data(as_text=True))[1]
    assert submit(ana, page, "second-factor", code="000000").status_code == 422
    code = code_of(app, key)
    assert submit(ana, page, "second-factor", code=code).status_code == 302
    client = app.test_client()
    half = log_in(client, "ana")
    assert half.location == "/account/log-in/code"
    assert client.get("/proposals").status_code == 302
    page = client.get(half.location)
    again = submit(client, page, "code", code=code)
    assert again.status_code == 422, "a code works once"
    later = code_of(app, key, time.time() + 30)
    assert submit(client, page, "code", code=later).status_code == 302
    assert client.get("/proposals").status_code == 200


def code_of(app, key, when=None):
    from passlib.totp import TOTP

    return TOTP(key.replace("-", "").replace(" ", "")).generate(when).token


def test_a_new_password_ends_other_sessions(app):
    ana, other = signed_in(app, "ana"), signed_in(app, "ana")
    page = ana.get("/account/password")
    assert (
        submit(ana, page, "password", old="wrong", new="a new and long one").status_code
        == 422
    )
    assert submit(ana, page, "password", old=PASSWORD, new="short").status_code == 422
    assert (
        submit(
            ana, page, "password", old=PASSWORD, new="a new and long one"
        ).status_code
        == 302
    )
    assert ana.get("/proposals").status_code == 200
    assert other.get("/proposals").status_code == 302
    assert log_in(app.test_client(), "ana", "a new and long one").status_code == 302


def test_a_reset_on_the_machine_ends_sessions_and_the_second_factor(app, desk_engine):
    ana = signed_in(app, "ana")
    with Session(desk_engine) as session:
        accounts.set_password(
            session,
            "ana@example.org",
            "given by the operator",
            now=NOW,
            actor=operator("test"),
        )
    assert ana.get("/proposals").status_code == 302
    assert log_in(app.test_client(), "ana", "given by the operator").status_code == 302


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "x" * 300])
def test_weak_passwords_are_refused(password):
    with pytest.raises(WeakPassword):
        hash_password(password)


def test_passwords_are_kept_as_argon2id():
    kept = hash_password("pässword of mine")
    assert kept.startswith("$argon2id$")
    assert is_right("pa\u0308ssword of mine", kept), "typed on another keyboard"
    assert not is_right("password of mine", kept)
    assert not is_right("anything", None)


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path):
    path = tmp_path / "var" / "key"
    first = secret_key("", path, is_public=True)
    assert secret_key("", path, is_public=True) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first) >= 32
    path.chmod(0o644)
    with pytest.raises(WeakSecret):
        secret_key("", path, is_public=False)


@pytest.mark.parametrize("given", ["secret", "a" * 64])
def test_a_weak_key_is_refused_on_a_public_site(tmp_path, given):
    with pytest.raises(WeakSecret):
        secret_key(given, tmp_path / "key", is_public=True)


@pytest.mark.parametrize("path", ["/", "/account/log-in", "/report"])
def test_strict_headers(app, path):
    headers = app.test_client().get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_that_is_too_large_is_refused(app):
    ana = signed_in(app, "ana")
    answer = ana.post("/propose/PHL/leads", data={"leads": "x" * 3_000_000})
    assert answer.status_code == 413


def test_accounts_have_one_address_each(engine):
    make_account(engine, "ana")
    with Session(engine) as session:
        with pytest.raises(accounts.AccountExists):
            accounts.add_user(
                session, " ANA@Example.org", "A", Role.REVIEWER, PASSWORD, now=NOW
            )
        with pytest.raises(accounts.BadAccount):
            accounts.add_user(session, "ana", "A", Role.REVIEWER, PASSWORD, now=NOW)
