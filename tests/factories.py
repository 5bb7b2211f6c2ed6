"""Small valid things with sensible defaults. Plain functions, no randomness."""

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tracker.actions.yamlfile import dump
from tracker.rules.codebook import Codebook, Criterion, criterion_from_data

SEEDS = Path(__file__).parents[1] / "seeds"
COUNTRIES = ("AFG", "IND", "KEN", "PHL")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

Data = dict[str, Any]


@cache
def make_codebook() -> Codebook:
    """The project's own codebook."""
    return Codebook.from_data(codebook_data())


def codebook_data() -> Data:
    text = (SEEDS / "codebook.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)


def make_criterion(
    elements: str = "a b c", part: Data | None = None, full: str = "a b c"
) -> Criterion:
    """A criterion whose smaller test is `a` and whose full test is all three."""
    return criterion_from_data(
        {
            "key": "example",
            "theme": "core",
            "title": "Example",
            "question": "Is it so?",
            "elements": {key: f"test of {key}" for key in elements.split()},
            "part": part or {"all": ["a"]},
            "full": full.split(),
            "treaties": {},
        }
    )


def make_country_file(country: str = "PHL", **changes: Any) -> Data:
    """A valid file: two laws, three criteria read, one reform, one bill, one lead."""
    return {
        "country": country,
        "coded_on": "2026-11-20",
        "laws": [
            make_law("code", title="Penal Code", enacted="1930"),
            make_law("act", title="Anti-Trafficking Act", enacted="2003-05-26"),
        ],
        "provisions": [
            make_provision("code-340", law="code"),
            make_provision("act-4", law="act", max_years=20),
            make_provision("act-5", law="act"),
        ],
        "sources": [
            make_source("text"),
            make_source("report", kind="official", seen="2026-11-19"),
        ],
        "readings": {
            "definition": make_reading(
                {
                    "offence": "met",
                    "all_children": "met",
                    "no_means": "met",
                    "ict": {
                        "state": "met",
                        "since": "2013-02",
                        "provisions": ["act-5"],
                        "sources": ["text", "report"],
                    },
                }
            ),
            "penalty": make_reading({"four_years": "met", "ten_years": "met"}),
            "grooming": make_reading(
                {
                    "solicitation": "lacking",
                    "contact_suffices": "lacking",
                    "all_children": "unread",
                },
                since=None,
                provisions=[],
            ),
        },
        "history": [make_earlier("definition", {"ict": "lacking"})],
        "bills": [
            {
                "title": "A bill on grooming",
                "status": "first reading",
                "date": "2026-05",
                "sources": ["report"],
                "why": "It would make solicitation an offence.",
            }
        ],
        "leads": ["A decree of 2009 was not seen."],
        **changes,
    }


def make_law(key: str, **changes: Any) -> Data:
    return {
        "key": key,
        "title": f"Law {key}",
        "title_original": None,
        "language": "en",
        "enacted": None,
        "in_force": None,
        "url": None,
        **changes,
    }


def make_provision(
    key: str, law: str = "code", max_years: int | None = None, **changes: Any
) -> Data:
    return {
        "key": key,
        "law": law,
        "label": f"section {key}",
        "says": "Whoever does it is punished.",
        "penalty": {"min_years": None, "max_years": max_years, "life": False},
        **changes,
    }


def make_source(key: str, **changes: Any) -> Data:
    return {
        "key": key,
        "url": f"https://example.org/{key}",
        "title": f"Source {key}",
        "publisher": "Official Gazette",
        "kind": "text",
        "seen": "2026-11-18",
        **changes,
    }


def make_reading(elements: Data, **changes: Any) -> Data:
    return {
        "elements": elements,
        "since": "2003-06-30",
        "provisions": ["act-4", "code-340"],
        "sources": ["text"],
        "confidence": "high",
        "why": "The article says so.",
        **changes,
    }


def make_earlier(criterion: str, elements: Data, **changes: Any) -> Data:
    return {
        "criterion": criterion,
        "elements": elements,
        "since": "2003-06-30",
        "until": "2013-02",
        "sources": ["text"],
        "why": "The act did not yet say so.",
        **changes,
    }


def make_seeds(
    folder: Path,
    *files: Data,
    second: Iterable[Data] = (),
    codebook: Data | None = None,
) -> Path:
    """A valid folder of seeds with these country files, or with PHL and KEN.

    Its tables are the project's own, cut down to four countries.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("codebook.yaml", "treaty_titles.csv", "treaty_sources.csv"):
        shutil.copyfile(SEEDS / name, folder / name)
    for name in ("countries.csv", "treaties.csv"):
        header, *rows = (SEEDS / name).read_text(encoding="utf-8").splitlines(True)
        kept = (row for row in rows if row[:3] in COUNTRIES)
        (folder / name).write_text(header + "".join(kept), encoding="utf-8")
    if codebook:
        (folder / "codebook.yaml").write_text(dump(codebook), encoding="utf-8")
    for data in files or (make_country_file("PHL"), make_country_file("KEN")):
        write_country(folder, data)
    for data in second:
        write_country(folder, data, "second")
    return folder


def write_country(folder: Path, data: Data, series: str = "countries") -> Path:
    path = folder / series / f"{data['country']}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(dump(data), encoding="utf-8")
    return path
