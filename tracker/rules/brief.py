"""What goes into a country's brief: laws elsewhere, checks of a draft, questions.

Only choices and orders stand here; the words are put on by whoever draws the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracker.rules.codebook import Confidence, SourceKind

MODELS = 3
QUESTIONS = 3
UNIVERSAL = frozenset({"United Nations", "International Labour Organization"})


class Near(StrEnum):
    """Why a law elsewhere is close at hand, the nearest first."""

    LANGUAGE = "language"
    SUBREGION = "subregion"
    TREATIES = "treaties"


@dataclass(frozen=True)
class Place:
    """What nearness is measured by. `bodies` keep the treaties that bind it."""

    iso3: str
    name: str
    languages: frozenset[str]
    subregion: str
    bodies: frozenset[str]


@dataclass(frozen=True)
class Model:
    """A provision elsewhere that meets one element, and how well that is known."""

    place: Place
    criterion: str
    element: str
    provision: str
    source: str
    confidence: Confidence
    kind: SourceKind


@dataclass(frozen=True)
class Chosen:
    model: Model
    near: tuple[Near, ...]


def spoken(languages: str) -> frozenset[str]:
    """Official languages without script or region: `zh_Hant` is `zh`."""
    return frozenset(tag.split("_")[0].split("-")[0] for tag in languages.split())


def nearness(home: Place, other: Place) -> tuple[Near, ...]:
    found = {
        Near.LANGUAGE: bool(home.languages & other.languages),
        Near.SUBREGION: home.subregion == other.subregion,
        Near.TREATIES: bool((home.bodies & other.bodies) - UNIVERSAL),
    }
    return tuple(near for near, holds in found.items() if holds)


def nearest(
    home: Place, models: Iterable[Model], limit: int = MODELS
) -> tuple[Chosen, ...]:
    """Up to `limit` provisions, one a country, never the country's own.

    A shared official language counts before the subregion, that before treaties kept by
    the same regional body; between equals the surer reading and the better source.
    """
    sure, kinds = list(Confidence), list(SourceKind)

    def order(model: Model) -> tuple[object, ...]:
        near = nearness(home, model.place)
        return (
            *(step not in near for step in Near),
            sure.index(model.confidence),
            kinds.index(model.kind),
            model.place.name,
            model.provision,
        )

    found: dict[str, Chosen] = {}
    for model in sorted(models, key=order):
        if len(found) == limit:
            break
        if model.place.iso3 != home.iso3:
            chosen = Chosen(model, nearness(home, model.place))
            found.setdefault(model.place.iso3, chosen)
    return tuple(found.values())


@dataclass(frozen=True)
class Check:
    """One thing a draft must do, in the element's own words, and what to mind."""

    text: str
    mind: str


def checklist(test: str) -> tuple[Check, ...]:
    """The clauses of an element's test; parentheses at their end are what to mind."""
    found = []
    for clause in split_outside(test, ";"):
        text, mind = clause, ""
        if clause.endswith(")"):
            start = opening(clause)
            if start > 0:
                text, mind = clause[:start].strip(), clause[start + 1 : -1].strip()
        found.append(Check(capital(text), capital(mind)))
    return tuple(found)


def split_outside(text: str, mark: str) -> list[str]:
    """Split at `mark` where it stands outside parentheses."""
    parts, depth, last = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            parts.append(text[last:place].strip())
            last = place + 1
    return [part for part in [*parts, text[last:].strip()] if part]


def opening(clause: str) -> int:
    """Where the parenthesis that closes the clause opens; 0 where none does."""
    depth = 0
    for place in range(len(clause) - 1, -1, -1):
        depth += (clause[place] == ")") - (clause[place] == "(")
        if depth == 0:
            return place
    return 0


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def plain_words(test: str) -> str:
    """An element's test without what only a reader of laws has to mind."""
    first, *more = (check.text for check in checklist(test))
    return "; ".join([first, *(uncapital(text) for text in more)])


def spaced(key: str) -> str:
    """An element's key as words of a sentence."""
    return "ICT" if key == "ict" else key.replace("_", " ")


def uncapital(text: str) -> str:
    """As within a sentence; an abbreviation keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


class Question(StrEnum):
    """What to ask the ministry."""

    DUTY = "duty"
    GAP = "gap"
    BILL = "bill"
    UNREAD = "unread"
    SUPERSEDED = "superseded"
    PRACTICE = "practice"
    REQUESTS = "requests"
    TRAINING = "training"


@dataclass(frozen=True)
class Standing:
    """What the brief found, as far as the questions turn on it."""

    has_bound_gap: bool
    has_gap: bool
    has_bill: bool
    has_unread: bool
    has_low: bool


def choose_questions(standing: Standing) -> tuple[Question, ...]:
    """Three: first what the readings leave to answer, then law in action."""
    asked: Sequence[tuple[Question, bool]] = (
        (Question.DUTY, standing.has_bound_gap),
        (Question.GAP, standing.has_gap and not standing.has_bound_gap),
        (Question.UNREAD, standing.has_unread),
        (Question.BILL, standing.has_bill),
        (Question.SUPERSEDED, standing.has_low),
        (Question.PRACTICE, True),
        (Question.REQUESTS, True),
        (Question.TRAINING, True),
    )
    return tuple(question for question, holds in asked if holds)[:QUESTIONS]
