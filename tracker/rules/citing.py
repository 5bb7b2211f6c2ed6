"""How to cite a release, in the forms that people and reference managers take.

Everything follows from the version (`2026.11` came out in November 2026), so that the
same data give the same citation.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

TITLE = "Online Child Trafficking Law Tracker"
AUTHOR = "Online Child Trafficking Law Tracker contributors"
DESCRIPTION = (
    "What penal law says about online child trafficking, by country and by element of "
    "each question: whether the law has it, on which article and source that rests, "
    "from when, and what nobody has read."
)
LICENCE = "CC-BY-4.0"
LICENCE_TITLE = "Creative Commons Attribution 4.0 International"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
KEYWORDS = (
    "child trafficking",
    "online child sexual exploitation",
    "penal law",
    "comparative law",
    "treaty obligations",
)
VERSION = re.compile(r"(\d{4})\.(0[1-9]|1[0-2])(\.[1-9]\d{0,2})?", re.ASCII)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


class BadVersion(ValueError):
    """The name of a release is not a year and a month."""


@dataclass(frozen=True)
class Citation:
    """A release to be cited: its version and its address."""

    version: str
    url: str
    as_of: str

    @property
    def year(self) -> int:
        return year_and_month(self.version)[0]

    @property
    def month(self) -> int:
        return year_and_month(self.version)[1]

    @property
    def key(self) -> str:
        return f"oct-law-tracker-{self.version}"

    @property
    def apa(self) -> str:
        """APA style, 7th edition, section 10.9 (data sets)."""
        month = MONTHS[self.month - 1]
        return (
            f"{AUTHOR}. ({self.year}, {month}). {TITLE} (Version {self.version}) "
            f"[Data set]. {self.url}"
        )

    @property
    def bibtex(self) -> str:
        fields = {
            "author": f"{{{AUTHOR}}}",
            "title": f"{{{TITLE}}}",
            "year": str(self.year),
            "month": str(self.month),
            "version": self.version,
            "publisher": TITLE,
            "note": f"Data set, law as read by {self.as_of}, {LICENCE}",
            "url": self.url,
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{self.key},\n{lines}\n}}\n"

    @property
    def ris(self) -> str:
        lines = [
            ("TY", "DATA"),
            ("AU", AUTHOR),
            ("TI", TITLE),
            ("PY", str(self.year)),
            ("DA", f"{self.year}/{self.month:02}//"),
            ("ET", self.version),
            ("PB", TITLE),
            ("AB", DESCRIPTION),
            *(("KW", word) for word in KEYWORDS),
            ("UR", self.url),
            ("ER", ""),
        ]
        return "".join(f"{tag}  - {value}\r\n" for tag, value in lines)

    @property
    def csl(self) -> list[dict[str, Any]]:
        """https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html"""
        return [
            {
                "id": self.key,
                "type": "dataset",
                "title": TITLE,
                "author": [{"literal": AUTHOR}],
                "issued": {"date-parts": [[self.year, self.month]]},
                "version": self.version,
                "publisher": TITLE,
                "abstract": DESCRIPTION,
                "URL": self.url,
            }
        ]

    @property
    def datacite(self) -> dict[str, Any]:
        """DataCite Metadata Schema 4.6, ready to deposit: the DOI is given there."""
        return {
            "schemaVersion": "http://datacite.org/schema/kernel-4",
            "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
            "identifiers": [],
            "creators": [{"name": AUTHOR, "nameType": "Organizational"}],
            "titles": [{"title": TITLE, "lang": "en"}],
            "publisher": {"name": TITLE},
            "publicationYear": str(self.year),
            "dates": [
                {"date": f"{self.year}-{self.month:02}", "dateType": "Issued"},
                {"date": self.as_of, "dateType": "Collected"},
            ],
            "language": "en",
            "version": self.version,
            "url": self.url,
            "subjects": [{"subject": word, "lang": "en"} for word in KEYWORDS],
            "descriptions": [
                {
                    "description": DESCRIPTION,
                    "descriptionType": "Abstract",
                    "lang": "en",
                }
            ],
            "rightsList": [
                {
                    "rights": LICENCE_TITLE,
                    "rightsUri": LICENCE_URL,
                    "rightsIdentifier": LICENCE,
                    "rightsIdentifierScheme": "SPDX",
                    "schemeUri": "https://spdx.org/licenses/",
                }
            ],
            "formats": ["text/csv", "application/json"],
        }

    def files(self) -> dict[str, str]:
        """Each form as a file, by its name."""
        return {
            "citation.txt": f"{self.apa}\n",
            "citation.bib": self.bibtex,
            "citation.ris": self.ris,
            "citation.csl.json": as_json(self.csl),
            "datacite.json": as_json(self.datacite),
        }


def year_and_month(version: str) -> tuple[int, int]:
    """What `2026.11` or `2026.11.2` says; raises BadVersion for anything else."""
    found = VERSION.fullmatch(version)
    if not found:
        raise BadVersion(
            f"{version[:40]!r} is no version: write the year and the month as 2026.11, "
            "and a number behind them where a month has a second one (2026.11.1)"
        )
    return int(found[1]), int(found[2])


def cite_view(title: str, url: str, version: str, as_of: str, year: int) -> str:
    """APA for one page of the site: what it shows, of which data, for which day."""
    return (
        f"{AUTHOR}. ({year}). {title}: law as of {as_of}. In {TITLE} "
        f"(Version {version}) [Data set]. {url}"
    )


def as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
