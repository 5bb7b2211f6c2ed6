"""The columns of the public tables: names that stay, and what each holds.

CSV, JSON, the page `/data` and the tests share these. A date has the precision with
which it was seen; an empty cell means that it was not seen, never "none".
"""

from collections.abc import Mapping
from dataclasses import dataclass

Columns = Mapping[str, str]

COUNTRY = {
    "iso3": "ISO 3166-1 alpha-3 code of the country",
    "country": "English short name",
}
REGION = {
    "region": "UN M49 region",
    "subregion": "UN M49 subregion",
}
AS_OF = {"as_of": "The day for which the answer holds"}
PENALTY = {
    "min_years": "Least term of imprisonment in years, where it was seen",
    "max_years": "Greatest term of imprisonment in years, where it was seen",
    "life": "1 where imprisonment for life is possible, else 0",
}
ANSWER = {
    "answer": (
        "Derived: yes, partial, no, at-least-partial, at-most-partial, open (something "
        "was read, and everything is still possible), unknown (nothing was read)"
    ),
    "floor": "The answer if every unread element were lacking",
    "ceiling": "The answer if every unread element were met",
}
COUNTS = {
    "met": "Number of elements that are met",
    "lacking": "Number of elements that are lacking: the gaps",
    "unread": "Number of elements that nobody has read; never a gap",
}


@dataclass(frozen=True)
class Download:
    """A file under `/data`: its name, what a row is, and its columns."""

    name: str
    row: str
    columns: Columns


READINGS = Download(
    "readings.csv",
    "one element in one country for one period",
    {
        **COUNTRY,
        "criterion": "Key of the criterion in the codebook",
        "element": "Key of the element within its criterion",
        "state": "met, lacking or unread",
        "since": "Earliest day from which the reading is known to hold, as seen",
        "until": "Day on which it ceased to hold; empty: it still holds",
        "holds_from": "First day on which it certainly holds",
        "holds_until": "First day on which it no longer certainly holds",
        "reason": "Why it differs from the one before: law-changed, new-evidence, "
        "recoded or correction",
        "confidence": "high, medium or low",
        "law": "Title of the law of the first provision it rests on",
        "article": "That provision's article or section",
        **PENALTY,
        "provisions": "Keys of all the provisions it rests on, in provisions.csv",
        "source": "Title of the first source it rests on",
        "source_kind": "text, official or secondary",
        "source_url": "Address of that source",
        "date_read": "Day on which that source was read",
        "sources": "Keys of all the sources it rests on, in sources.csv",
    },
)
ANSWERS = Download(
    "answers.csv",
    "one country and criterion",
    {
        **COUNTRY,
        **REGION,
        "criterion": "Key of the criterion in the codebook",
        **ANSWER,
        **COUNTS,
        "confidence": "high, medium or low; empty where nothing was read",
        **AS_OF,
    },
)
LAWS = Download(
    "laws.csv",
    "one statute",
    {
        **COUNTRY,
        "law": "Key of the law within its country",
        "title": "English title",
        "title_original": "Title in the original language and script",
        "language": "Language of the original (BCP 47)",
        "enacted": "Date of enactment, as seen",
        "in_force": "Date of entry into force, as seen",
        "url": "Address of the text",
    },
)
PROVISIONS = Download(
    "provisions.csv",
    "one article of a law, in our own words",
    {
        **COUNTRY,
        "provision": "Key of the provision within its country",
        "law": "Key of its law, in laws.csv",
        "law_title": "English title of its law",
        "article": "Article or section",
        "says": "What it says, in our own words",
        **PENALTY,
    },
)
SOURCES = Download(
    "sources.csv",
    "one thing that a person read",
    {
        **COUNTRY,
        "source": "Key of the source within its country",
        "title": "Title",
        "publisher": "Publisher",
        "kind": "text (the article itself), official or secondary",
        "url": "Address",
        "date_read": "Day on which it was read",
    },
)
TREATIES = Download(
    "treaties.csv",
    "one country's standing under one treaty",
    {
        **COUNTRY,
        "treaty": "Key of the treaty",
        "status": "party, signatory or none; a country without a row is not known",
        "date": "Day of ratification, accession or signature, as seen",
        "table_as_of": "Day of the status table that says so",
        "source": "Title of that table",
        "source_kind": "text, official, secondary or dataset",
        "source_url": "Address of that table",
    },
)
COUNTRIES = Download(
    "countries.csv",
    "one jurisdiction",
    {
        "iso3": COUNTRY["iso3"],
        "name": COUNTRY["country"],
        **REGION,
        "status": "un-member, observer or other",
        "iso2": "ISO 3166-1 alpha-2 code",
        "m49": "UN M49 code",
        "languages": "Official languages (BCP 47)",
        "coded_on": "Day on which its law was last coded; empty: nobody has read it",
    },
)
CRITERIA = Download(
    "criteria.csv",
    "one question of the codebook",
    {
        "criterion": "Key of the criterion",
        "theme": "Theme of the codebook",
        "title": "Title",
        "question": "The question",
        "part_all": "Smaller test: keys of elements that must all be met",
        "part_any": "Smaller test: keys of elements of which one must be met",
        "full": "Full test: keys of elements that must all be met",
        "note": "How to read it",
    },
)
ELEMENTS = Download(
    "elements.csv",
    "one testable part of a criterion",
    {
        "criterion": "Key of the criterion",
        "element": "Key of the element within its criterion",
        "test": "What must be so for the element to be met",
    },
)
TREATY_TITLES = Download(
    "treaty_titles.csv",
    "one treaty",
    {
        "treaty": "Key of the treaty",
        "short": "Short name",
        "title": "Title",
        "body": "Organisation",
    },
)
TREATY_ARTICLES = Download(
    "treaty_articles.csv",
    "one article of a treaty that asks for what a criterion asks",
    {
        "criterion": "Key of the criterion",
        "treaty": "Key of the treaty",
        "article": "The article",
    },
)
AGREEMENT = Download(
    "agreement.csv",
    "two readers compared on one criterion, over elements that both read",
    {
        "criterion": "Key of the criterion",
        "pairs": "Number of elements that both read",
        "agreed": "On how many of them they say the same",
        "raw": "The share on which they agree; empty where there are none",
        "alpha": "Krippendorff's alpha, nominal; empty where it is undefined",
        "reliance": "relied-on (0.80 or more), tentative (0.667 or more) or not-yet",
    },
)
MATRIX_NAME = "matrix.csv"
DOWNLOADS = (
    READINGS,
    ANSWERS,
    COUNTRIES,
    LAWS,
    PROVISIONS,
    SOURCES,
    TREATIES,
    TREATY_TITLES,
    TREATY_ARTICLES,
    CRITERIA,
    ELEMENTS,
    AGREEMENT,
)


def matrix(criteria: Mapping[str, str]) -> Download:
    """The wide table: a column for each criterion, by its key and question."""
    columns = {**COUNTRY, **REGION, **criteria, **AS_OF}
    return Download(MATRIX_NAME, "one country, criteria across", columns)
