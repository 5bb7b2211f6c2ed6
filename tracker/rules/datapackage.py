"""The description of a release for programs: Data Package, and CSV on the Web.

https://specs.frictionlessdata.io/tabular-data-package/ and
https://www.w3.org/TR/tabular-metadata/
"""

from collections.abc import Mapping
from typing import Any

from tracker.rules import citing
from tracker.rules.citing import Citation
from tracker.rules.tables import PATTERNS, Field, Kind, Table

Data = dict[str, Any]
SCHEMA_TYPES = {
    Kind.DAY: "date",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.FLAG: "boolean",
}
CSVW_TYPES = {
    Kind.DAY: "date",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.URL: "anyURI",
    Kind.FLAG: {"base": "boolean", "format": "1|0"},
    Kind.DATE: {"base": "string", "format": PATTERNS[Kind.DATE]},
    Kind.ISO3: {"base": "string", "format": PATTERNS[Kind.ISO3]},
}


def descriptor(
    citation: Citation, tables: list[Table], sums: Mapping[str, tuple[int, str]]
) -> Data:
    """`datapackage.json`; `sums` gives size and SHA-256 by file."""
    return {
        "profile": "tabular-data-package",
        "name": "online-child-trafficking-law-tracker",
        "id": citation.url,
        "title": citing.TITLE,
        "description": citing.DESCRIPTION,
        "version": citation.version,
        "homepage": citation.url,
        "created": f"{citation.as_of}T00:00:00Z",
        "keywords": list(citing.KEYWORDS),
        "licenses": [
            {
                "name": citing.LICENCE,
                "title": citing.LICENCE_TITLE,
                "path": citing.LICENCE_URL,
            }
        ],
        "contributors": [{"title": citing.AUTHOR, "role": "author"}],
        "resources": [resource(table, sums[table.file]) for table in tables],
    }


def resource(table: Table, size_and_sum: tuple[int, str]) -> Data:
    size, checksum = size_and_sum
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "path": table.file,
        "title": table.title,
        "description": f"One row: {table.row}.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{checksum}",
        "dialect": {"lineTerminator": "\r\n", "delimiter": ",", "header": True},
        "schema": schema(table),
    }


def schema(table: Table) -> Data:
    """Table Schema of one CSV file."""
    found: Data = {
        "fields": [schema_field(field) for field in table.fields],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if table.references:
        found["foreignKeys"] = [
            {
                "fields": list(reference.here),
                "reference": {
                    "resource": reference.table.replace("_", "-"),
                    "fields": list(reference.there),
                },
            }
            for reference in table.references
        ]
    return found


def schema_field(field: Field) -> Data:
    found: Data = {
        "name": field.name,
        "type": SCHEMA_TYPES.get(field.kind, "string"),
        "description": field.text,
    }
    if field.kind is Kind.URL:
        found["format"] = "uri"
    if field.kind is Kind.FLAG:
        found |= {"trueValues": ["1"], "falseValues": ["0"]}
    if field.unit:
        found["unit"] = field.unit
    constraints: Data = {}
    if field.required:
        constraints["required"] = True
    if field.choices:
        constraints["enum"] = list(field.choices)
    if field.kind in PATTERNS:
        constraints["pattern"] = PATTERNS[field.kind].strip("^$")
    return {**found, "constraints": constraints} if constraints else found


def csvw(citation: Citation, tables: list[Table]) -> Data:
    """`csv-metadata.json`."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "@id": "csv-metadata.json",
        "dc:title": citing.TITLE,
        "dc:description": citing.DESCRIPTION,
        "dc:license": {"@id": citing.LICENCE_URL},
        "dc:creator": citing.AUTHOR,
        "schema:version": citation.version,
        "tables": [
            {
                "url": table.file,
                "dc:title": table.title,
                "dc:description": f"One row: {table.row}.",
                "tableSchema": {
                    "columns": [csvw_column(field) for field in table.fields],
                    "primaryKey": list(table.key),
                    "foreignKeys": [
                        {
                            "columnReference": list(reference.here),
                            "reference": {
                                "resource": f"{reference.table}.csv",
                                "columnReference": list(reference.there),
                            },
                        }
                        for reference in table.references
                    ],
                },
            }
            for table in tables
        ],
    }


def csvw_column(field: Field) -> Data:
    found: Data = {
        "name": field.name,
        "titles": field.name,
        "dc:description": field.text,
        "datatype": CSVW_TYPES.get(field.kind, "string"),
        "required": field.required,
    }
    if field.choices:
        pattern = "|".join(field.choices)
        found["datatype"] = {"base": "string", "format": f"^({pattern})$"}
    if field.kind is Kind.KEYS:
        found["separator"] = " "
    if field.unit:
        found["schema:unitText"] = field.unit
    return found
