"""The forms of everybody at the desk, their fields hostile, missing, doubled or made up.

Of each case the site makes a page in words: never an error of its own. What cases left
behind is what the next ones meet.
"""

import io
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import pytest
from flask.testing import FlaskClient
from hostile import INJECTIONS
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from desk import Fields, close, log_in, make_account, make_app
from factories import NOW, SEEDS
from tracker.actions.proposals import Target, Typed, save_draft, send
from tracker.rules.codebook import ChangeReason
from tracker.rules.permissions import Role
from tracker.store.codebooks import read_codebook
from tracker.store.contributions import Scope

pytestmark = pytest.mark.fuzz
CASES = int(os.environ.get("TRACKER_FUZZ_CASES", "150"))  # 10000 for the full figure
PEOPLE = {
    "ana": Role.CONTRIBUTOR,
    "ben": Role.CONTRIBUTOR,
    "rob": Role.REVIEWER,
    "ada": Role.ADMINISTRATOR,
}
STARTS = [
    "/account",
    "/account/password",
    "/account/second-factor",
    "/propose/PHL",
    "/propose/KEN",
    "/proposals",
    "/review",
    "/review/reports",
    "/second",
    "/second/task",
    "/second/manage",
    "/second/compare/KEN",
    "/upload",
    "/report?country=PHL",
]
DESK = re.compile(
    r'(?:href|action)="(/(?:propos|review/|second/|upload|report)[^"#]*)"'
)
BUTTON = re.compile(r'<button[^>]* name="([^"]+)" value="([^"]*)"')
WORDS = ["A law of 2009.", "2019-08-03", "met", "lacking", "unread", "approve", "7", ""]
MADE_UP = ["role", "roles", "is_admin", "id", "stage", "author", "version", "document"]
HEAD = "country,criterion,element,state,since\n"


def kind(path):
    """The same for the pages of all proposals, of all countries, of all questions."""
    return re.sub(r"\d+|(?<=/)[A-Z]{3}(/.*)?$|(?<=task/).*", "*", path)


@dataclass
class Person:
    name: str
    client: FlaskClient
    pages: dict[str, list[str]] = field(default_factory=dict)

    def learn(self, paths):
        for path in paths:
            known = self.pages.setdefault(kind(path.partition("?")[0]), [])
            if path not in known:
                known.append(path)

    def choose(self, dice):
        """Each kind of page is as likely, and of its pages the newest are likelier."""
        known = self.pages[dice.choice(list(self.pages))]
        return known[-1 - int(len(known) * dice.random() ** 2)]

    def get(self, path):
        answer = self.client.get(path)
        if "/account/log-in" in (answer.location or ""):  # logged out by a case before
            log_in(self.client, self.name)
            answer = self.client.get(path)
        return answer


@pytest.fixture
def wait(desk_engine):
    """A function that sends a proposal of ben's: made-up ones are seldom fit to send."""
    ben, numbers = make_account(desk_engine, "ben"), count(1)

    def propose():
        typed = Typed(
            [],
            {"leads": [f"Decree {next(numbers)} of 2009."]},
            ChangeReason.NEW_EVIDENCE,
            "Recalled.",
        )
        with Session(desk_engine) as session:
            draft = save_draft(session, ben, Target("PHL", Scope.LEADS), typed, now=NOW)
            codebook = read_codebook(session)
            send(session, ben, draft.id, draft.version, codebook, now=NOW)

    return propose


@pytest.fixture
def people(desk_url, desk_engine, wait):
    make_account(desk_engine, "ada", PEOPLE["ada"])
    app = make_app(desk_url)
    found = [Person(name, app.test_client()) for name in PEOPLE]
    for person in found:
        person.learn(STARTS)
    yield found
    close(app)


def filled_in(dice, pairs, buttons):
    """What is sent in the place of `pairs`, and what a button would add."""
    found = [
        (name, value or (dice.choice(WORDS) if dice.randrange(2) else ""))
        for name, value in pairs
    ]
    if buttons:
        found.append(dice.choice(buttons))
    for _ in range(dice.choice([0, 0, 1, 1, 2, 3])):
        place = dice.randrange(len(found))
        name, value = found[place]
        if name == "csrf_token" and dice.randrange(10):
            continue
        change = dice.randrange(6)
        if change < 3:
            found[place] = (name, dice.choice(INJECTIONS))
        elif change == 3:
            found[place] = (name, dice.choice(WORDS))
        elif change == 4 and len(found) > 1:
            del found[place]
        else:
            found.append((name, dice.choice(INJECTIONS)))
    if not dice.randrange(5):
        found.append((dice.choice(MADE_UP), dice.choice(INJECTIONS)))
    return found


def made_up_file(dice):
    if dice.randrange(2):
        whole = (SEEDS / "countries" / "PHL.yaml").read_bytes()
        place = dice.randrange(len(whole))
        name = "PHL.yaml"
        text = whole[:place] + dice.choice(INJECTIONS).encode() + whole[place + 3 :]
    else:
        cells = [dice.choice([*INJECTIONS, *WORDS, "PHL", "penalty"]) for _ in range(5)]
        name, text = "a.csv", (HEAD + ",".join(cells)).encode()
    return io.BytesIO(text), dice.choice([name, *INJECTIONS])


def test_the_forms_of_everybody_take_anything(people, wait):
    dice = random.Random(os.environ.get("TRACKER_FUZZ_SEED", "2026"))
    answered = Counter()
    while answered.total() < CASES:
        if not answered.total() % 10:
            wait()
            for person in people:
                person.learn(DESK.findall(person.get("/review").text))
        person = dice.choice(people)
        path = person.choose(dice)
        page = person.get(path)
        assert page.status_code < 500, (person.name, path)
        text = page.get_data(as_text=True)
        person.learn(DESK.findall(text)[:50])
        forms = [
            (where or path, pairs)
            for where, pairs in Fields(text).forms
            if any(name == "csrf_token" for name, _ in pairs) and "log-out" not in where
        ]
        if not forms:
            continue
        where, pairs = dice.choice(forms)
        sent = MultiDict(filled_in(dice, pairs, BUTTON.findall(text)))
        if "upload" in where:
            sent["file"] = made_up_file(dice)
        what = (answered.total(), person.name, path, where, sent)
        answer = person.client.post(where, data=sent)
        assert answer.status_code < 500, what
        assert "<script>alert" not in answer.get_data(as_text=True), what
        own = (answer.location or "/").removeprefix("http://localhost")
        assert own.startswith("/"), what
        assert not own.startswith("//"), what
        person.learn(DESK.findall(f'href="{own}"'))
        answered[kind(where.partition("?")[0])] += 1
    assert len(answered) > 8, answered
