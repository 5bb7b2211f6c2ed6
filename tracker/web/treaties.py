"""The treaties that ask for these laws, and who is bound."""

from collections import Counter
from typing import Any

from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from tracker.rules import columns
from tracker.rules.codebook import Bond
from tracker.rules.duties import Duty
from tracker.store import treaties
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.filters import BlankFilter, TreatyFilter, any_of, region_choices
from tracker.web.i18n import DUTIES
from tracker.web.listing import Listing, listing, page_of
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
    session, codebook, day = ask().session, ask().codebook, ask().day
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
    found = ask().grid(everyone, asked)
    rows = treaties.duty_rows(session, found, day, [pact])
    if form.duty.data:
        rows = [row for row in rows if row.duty.value == form.duty.data]
    rows.sort(key=lambda row: row.country.name)
    page = page_of(form.page.data, len(rows), DUTIES_SHOWN)
    known_standings = treaties.standings(session, day, [key])
    parties = [
        (country, standing)
        for country in everyone
        for standing in [known_standings.get((country.iso3, key))]
        if standing and standing.bond is Bond.PARTY
    ]
    twin_rows = [duty_row(row) for row in rows]
    if not articles:
        twin_rows = [party_row(country, standing) for country, standing in parties]
    return Listing(
        pact.key,
        form,
        TREATY_COLUMNS,
        twin_rows,
        {
            "treaty": pact,
            "articles": articles,
            "asked": asked,
            "rows": page.of(rows),
            "page": page,
            "standings": known_standings,
            "parties": parties,
            "duties": Counter(row.duty for row in rows),
        },
    )
