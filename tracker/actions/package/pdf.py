"""The codebook as a PDF, typeset without system fonts so that bytes are the same."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import typst

from tracker.rules import citing
from tracker.rules.tables import Table

TEMPLATE = Path(__file__).with_name("codebook.typ")


def codebook_pdf(
    codebook: dict[str, Any], tables: list[Table], version: str, as_of: date
) -> bytes:
    data = {
        "title": citing.TITLE,
        "release": version,
        "licence": citing.LICENCE_TITLE,
        "day": [as_of.year, as_of.month, as_of.day],
        "codebook": codebook,
        "tables": [
            {
                "name": table.file,
                "row": table.row,
                "fields": [
                    {"name": f.name, "text": f.text, "choices": " ".join(f.choices)}
                    for f in table.fields
                ],
            }
            for table in tables
        ],
    }
    found = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"data": json.dumps(data)},
        ignore_system_fonts=True,
        pdf_standards=["1.7"],
    )
    if not isinstance(found, bytes):
        raise TypeError("typst gave pages in place of a file")
    return found
