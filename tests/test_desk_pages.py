"""The pages behind the log-in are as sound as the public ones."""

import pytest

from desk import address, close, make_app, signed_in, submit
from pages import get_page
from tracker.rules.permissions import ENDPOINTS, MAY, Permission, Role

ELSEWHERE = {"account.second_factor", "second.task"}  # the first sets a cookie


@pytest.fixture
def people(desk_url):
    app = make_app(desk_url)
    ana, rob = signed_in(app, "ana"), signed_in(app, "rob")
    page = ana.get("/propose/PHL/penalty")
    answer = submit(
        ana, page, "penalty", why="New words.", reason="correction", comment="x",
        action="preview",
    )  # fmt: skip
    submit(ana, ana.get(answer.location), "/send")
    page = ana.get("/report?country=PHL")
    submit(ana, page, "/report", text="Something is wrong here.")
    yield app, ana, rob
    close(app)


def test_each_page_is_sound(people):
    app, _ana, rob = people
    rob.get("/account")  # the first form of a session puts its token into the cookie
    for rule in app.url_map.iter_rules():
        permission = ENDPOINTS[rule.endpoint]
        is_desk = permission in MAY[Role.REVIEWER] and permission is not Permission.READ
        if not is_desk or "GET" not in rule.methods or rule.endpoint in ELSEWHERE:
            continue
        path = address(rule).replace("/compare/PHL", "/compare/KEN")
        if path.endswith((".csv", ".json")):
            assert rob.get(path).status_code == 200
        elif rule.endpoint in {"propose.edit", "second.read"}:
            continue
        else:
            get_page(rob, path)


def test_the_form_of_each_question_is_sound(people):
    _app, ana, rob = people
    for path in (
        "/proposals/1/edit",
        "/proposals/1/edit?check=1",
        "/propose/PHL/definition?again=1",
        "/propose/AFG/payments",
    ):
        get_page(ana, path)
    submit(rob, rob.get("/second/manage"), "manage", country="PHL")
    submit(ana, ana.get("/second"), "/take")
    for path in ("/second", "/second/task", "/second/task/definition"):
        get_page(ana, path)
    get_page(ana, "/countries/PHL", status=403)


def test_the_public_forms_are_sound(people):
    app, _ana, _rob = people
    for path in ("/account/log-in", "/report", "/report/thanks", "/reports"):
        get_page(app.test_client(), path)
