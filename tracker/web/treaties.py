"""The treaties that ask for these laws, and who is bound."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from tracker.rules import columns
from tracker.rules.codebook import Bond, Criterion
from tracker.rules.duties import Duty
from tracker.store import treaties
from tracker.store.models import Country, Treaty
from tracker.web.ask import ask
from tracker.web.filters import BlankFilter, TreatyFilter, any_of, region_choices
from tracker.web.i18n import DUTIES
from tracker.web.listing import Listing, Window, chunks, listing, page_of
from tracker.web.site import bp

DUTIES_SHOWN = 90  # ten countries under a treaty that speaks of nine questions

TREATIES_COLUMNS = {
    "treaty": "Key of the treaty",
    "title": "Title",
    "body": "Organisation",
    "parties": "Countries that a status table shows as parties",
    "signatories": "Countries that have signed only",
    "not_known": "Countries that no table shows as either",
    **{
        duty.value: f"{words}: number of country and criterion pairs"
        for duty, words in (
            (Duty.BOUND_MET, "Bound and met"),
            (Duty.BOUND_PARTIAL, "Bound and partly met"),
            (Duty.BOUND_GAP, "Bound and gap"),
            (Duty.BOUND_UNREAD, "Bound, not fully read"),
        )
    },
}


@listing(bp, "/treaties", "public/treaties.html")
def treaty_list() -> Listing:
    """The treaties that ask for these laws: who is bound, and what the law says."""
    form = BlankFilter.of()
    everyone, pacts = ask().countries, ask().treaties

    def summaries() -> list[treaties.Summary]:
        return treaties.summaries(ask().session, ask().grid(everyone), ask().day, pacts)

    lines = ask().memo("treaties", summaries)
    rows = [
        (
            line.treaty.key,
            line.treaty.title,
            line.treaty.body,
            line.parties,
            line.signatories,
            len(everyone) - line.parties - line.signatories,
            *(line.duties[duty] for duty in list(Duty)[:4]),
        )
        for line in lines
    ]
    return Listing(
        "treaties", form, TREATIES_COLUMNS, rows, {"lines": lines, "all": len(everyone)}
    )


TREATY_COLUMNS = {
    **columns.COUNTRY,
    "criterion": "Key of the criterion; empty where none rests on the treaty",
    "articles": "Articles of the treaty that ask for it",
    "duty": "bound-met, bound-partial, bound-gap, bound-unread, signed or not-known",
    "answer": columns.ANSWER["answer"],
    "status": "party, signatory or none in the status table; empty: no row",
    "date": "Day of ratification, accession or signature, as seen",
    "table_as_of": "Day of the status table",
    "source_url": "Address of the status table",
}


def duty_row(row: treaties.DutyRow) -> tuple[Any, ...]:
    country = (row.country.iso3, row.country.name)
    law = (row.criterion.key, " ".join(row.articles), row.duty, row.derived.answer)
    return (*country, *law, *standing_cells(row.standing))


def party_row(country: Country, standing: treaties.Standing) -> tuple[Any, ...]:
    no_law = (None, None, None, None)
    return (country.iso3, country.name, *no_law, *standing_cells(standing))


def standing_cells(standing: treaties.Standing | None) -> tuple[Any, ...]:
    if standing is None:
        return (None, None, None, None)
    since = str(standing.since or "")
    return (standing.listed, since, str(standing.as_of), standing.source.url)


@listing(bp, "/treaties/<key>", "public/treaty.html")
def treaty(key: str) -> Listing:
    """One treaty: per country whether it is bound, and whether its law is there."""
    session, codebook = ask().session, ask().codebook
    pact = treaties.find_treaty(session, key)
    if pact is None:
        raise NotFound(f"{key[:60]!r} is not a treaty in the tracker.")
    articles = treaties.treaty_articles(codebook.criteria, key)
    known = ask().snapshot.regions
    form = TreatyFilter.of(
        criterion=any_of(
            {c.key: c.title for c in codebook.ordered(articles)}, _("All questions")
        ),
        region=region_choices(known),
        duty=any_of({duty.value: w for duty, w in DUTIES.items()}, _("Any duty")),
    )
    asked = codebook.ordered(
        [form.criterion.data] if form.criterion.data else list(articles)
    )
    everyone = ask().snapshot.narrowed(region=form.region.data)
    duty = form.duty.data
    found = ask().order(
        ("treaty", key, form.criterion.data, form.region.data, duty),
        lambda: look_over(pact, everyone, asked, duty, form.region.data),
    )
    page = page_of(form.page.data, len(found.rows), DUTIES_SHOWN)
    window = Window(found.rows, page)
    shown = [everyone[place] for place in window.keys_shown]
    parties = [] if articles else parties_of(pact, form.region.data)
    rows = (
        (
            duty_row(row)
            for some in chunks(everyone)
            for row in duty_rows(pact, some, asked, duty)
        )
        if articles
        else (party_row(country, standing) for country, standing in parties)
    )
    return Listing(
        pact.key,
        form,
        TREATY_COLUMNS,
        rows,
        {
            "treaty": pact,
            "articles": articles,
            "asked": asked,
            "rows": window.of(duty_rows(pact, shown, asked, duty)),
            "page": page,
            "sources": treaties.sources_of(session, key),
            "parties": parties,
            "party_count": found.parties,
            "duties": found.duties,
        },
    )


@dataclass(frozen=True)
class Overview:
    """What the page says of everybody, and for each row the place of its country."""

    rows: Sequence[int]
    duties: Counter[Duty]
    parties: int


def look_over(
    pact: Treaty,
    countries: Sequence[Country],
    asked: Sequence[Criterion],
    duty: str,
    region: str,
) -> Overview:
    rows, duties = array("l"), Counter[Duty]()
    places = {country.iso3: place for place, country in enumerate(countries)}
    for row in duty_rows(pact, countries, asked, duty):
        rows.append(places[row.country.iso3])
        duties[row.duty] += 1
    return Overview(rows, duties, len(parties_of(pact, region)))


def duty_rows(
    pact: Treaty, countries: Sequence[Country], asked: Sequence[Criterion], duty: str
) -> list[treaties.DutyRow]:
    """By country; of one duty or of all."""
    found = treaties.duty_rows(
        ask().session, ask().grid(countries, asked), ask().day, [pact]
    )
    kept = [row for row in found if duty in ("", row.duty.value)]
    return sorted(kept, key=lambda row: row.country.name)


def parties_of(pact: Treaty, region: str) -> list[tuple[Country, treaties.Standing]]:
    by_iso3 = ask().snapshot.by_iso3
    known = treaties.standings(ask().session, ask().day, [pact.key])
    found = [
        (by_iso3[iso3], standing)
        for (iso3, _key), standing in known.items()
        if standing.bond is Bond.PARTY and region in ("", by_iso3[iso3].region)
    ]
    return sorted(found, key=lambda item: item[0].name)
