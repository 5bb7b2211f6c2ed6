"""The codebook in the database: the current version, written whole and read whole."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from tracker.rules.codebook import Codebook, Criterion, Element, Test
from tracker.store import models
from tracker.store.db import Base


def current_text(session: Session) -> str | None:
    """The file of the current codebook; None before the first load."""
    book = models.Codebook
    return session.scalar(sa.select(book.text).where(book.is_current))


def read_codebook(session: Session) -> Codebook | None:
    """The current codebook; None before the first load."""
    book = session.scalar(sa.select(models.Codebook).where(models.Codebook.is_current))
    if book is None:
        return None
    articles = read_articles(session)
    criteria = session.scalars(
        sa.select(models.Criterion)
        .where(models.Criterion.codebook_version == book.version)
        .options(selectinload(models.Criterion.elements))
        .order_by(models.Criterion.position)
    )
    return Codebook(
        version=book.version,
        themes=tuple((item["key"], item["title"]) for item in book.themes),
        criteria=tuple(
            Criterion(
                key=row.key,
                theme=row.theme,
                title=row.title,
                question=row.question,
                elements=tuple(Element(row.key, e.key, e.test) for e in row.elements),
                part=Test(
                    all_of=tuple(row.part.get("all", ())),
                    any_of=tuple(row.part.get("any", ())),
                ),
                full=Test(all_of=tuple(row.full)),
                note=row.note,
                treaties=tuple(
                    (treaty, tuple(found))
                    for treaty, found in articles[row.key].items()
                ),
            )
            for row in criteria
        ),
    )


def codebook_data(codebook: Codebook) -> dict[str, Any]:
    """The codebook as JSON has it."""
    return {
        "version": codebook.version,
        "licence": "CC-BY-4.0",
        "themes": dict(codebook.themes),
        "criteria": [
            {
                "key": criterion.key,
                "theme": criterion.theme,
                "title": criterion.title,
                "question": criterion.question,
                "elements": {e.key: e.test for e in criterion.elements},
                "note": criterion.note,
                "part": (
                    {"any": list(criterion.part.any_of)}
                    if criterion.part.any_of
                    else {"all": list(criterion.part.all_of)}
                ),
                "full": list(criterion.full.all_of),
                "treaties": {
                    treaty: list(articles) for treaty, articles in criterion.treaties
                },
            }
            for criterion in codebook.criteria
        ],
    }


def read_articles(session: Session) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    query = sa.select(models.TreatyArticle).order_by(models.TreatyArticle.position)
    for row in session.scalars(query):
        found[row.criterion_key].setdefault(row.treaty_key, []).append(row.article)
    return found


def save_codebook(
    session: Session, codebook: Codebook, text: str, now: datetime
) -> None:
    """Make `codebook` the current one; `elements_in_use` must all be in it."""
    book = models.Codebook
    session.execute(sa.update(book).where(book.is_current).values(is_current=False))
    upsert(
        session,
        book,
        {"version": codebook.version},
        {
            "text": text,
            "themes": [{"key": key, "title": title} for key, title in codebook.themes],
            "is_current": True,
            "recorded_from": now,
        },
    )
    session.execute(sa.delete(models.TreatyArticle))
    for position, criterion in enumerate(codebook.criteria):
        save_criterion(session, codebook.version, position, criterion)
    drop_unused(session, codebook)


def elements_in_use(session: Session) -> set[tuple[str, str]]:
    """The (criterion, element) pairs that any reading answers or ever answered."""
    reading = models.Reading
    used = sa.select(reading.criterion_key, reading.element_key).distinct()
    return {(criterion, element) for criterion, element in session.execute(used)}


def drop_unused(session: Session, codebook: Codebook) -> None:
    """Take away the criteria and elements that are no longer in the codebook."""
    for criterion in codebook.criteria:
        element = models.Element
        session.execute(
            sa.delete(element).where(
                element.criterion_key == criterion.key,
                element.key.not_in(criterion.element_keys),
            )
        )
    gone = models.Criterion.key.not_in([c.key for c in codebook.criteria])
    keys = sa.select(models.Criterion.key).where(gone)
    session.execute(
        sa.delete(models.Element).where(models.Element.criterion_key.in_(keys))
    )
    session.execute(sa.delete(models.Criterion).where(gone))


def save_criterion(
    session: Session, version: str, position: int, criterion: Criterion
) -> None:
    part = criterion.part
    upsert(
        session,
        models.Criterion,
        {"key": criterion.key},
        {
            "codebook_version": version,
            "position": position,
            "theme": criterion.theme,
            "title": criterion.title,
            "question": criterion.question,
            "note": criterion.note,
            "part": {"any": part.any_of} if part.any_of else {"all": part.all_of},
            "full": list(criterion.full.all_of),
        },
    )
    for number, element in enumerate(criterion.elements):
        upsert(
            session,
            models.Element,
            {"criterion_key": criterion.key, "key": element.key},
            {"position": number, "test": element.test},
        )
    rows = [
        {
            "criterion_key": criterion.key,
            "treaty_key": treaty,
            "article": article,
            "position": order * 100 + number,
        }
        for order, (treaty, articles) in enumerate(criterion.treaties)
        for number, article in enumerate(articles)
    ]
    if rows:
        session.execute(sa.insert(models.TreatyArticle), rows)


def upsert(
    session: Session, model: type[Base], key: dict[str, Any], values: dict[str, Any]
) -> None:
    session.merge(model(**key, **values))
    session.flush()
