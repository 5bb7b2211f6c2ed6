"""README.md of the package: what is in it, how to read it, how to cite it."""

from collections.abc import Mapping

from tracker.rules import citing
from tracker.rules.citing import Citation
from tracker.rules.tables import Table

TEXT = """\
# {title}, version {version}

{description}

Data as read by {as_of}. Licence: {licence}, <{licence_url}>.
The newest version and all earlier ones: <{releases}>.

## How to cite

> {apa}

The same for reference managers: `citation.bib`, `citation.ris`, `citation.csl.json`,
`datacite.json`.

## How to read it

- The unit of `readings.csv` is one element of a criterion in one country for one
  period; its state is `met`, `lacking` or `unread`. Answers are derived from readings.
- A gap is an element that is `lacking`. `unread` is never a gap and never a zero.
- No share without its denominator: count what was read, and say how much was not.
- An empty cell means that it was not seen, never "none".
- A date has the precision with which it was seen: `2019`, `2019-08` or `2019-08-03`.
- `reason` says why a reading differs from the one before. Only `law-changed` is a
  reform; `recoded`, `correction` and `new-evidence` change what we know, not the law.
- A cell that a spreadsheet would run as a formula begins with an apostrophe.
- CSV is RFC 4180 in UTF-8. `datapackage.json` (Frictionless Table Schema) and
  `csv-metadata.json` (CSV on the Web) give each column's type, values, keys and unit;
  `codebook.pdf`, `codebook.yaml` and `codebook.json` are the method.
- A table of more than 1,048,575 rows fits no sheet: such a release has no workbook.

## Tables

{tables}
## Is it what was released?

`sha256sum --check SHA256SUMS` beside the downloaded files. The same data packed again
by the same version of the program gives the same bytes.
"""


def readme(citation: Citation, tables: list[Table], counts: Mapping[str, int]) -> str:
    sections = []
    for table in tables:
        lines = [f"### {table.file}", ""]
        lines.append(
            f"{table.title}: {counts[table.name]:,} rows. One row: {table.row}."
        )
        lines += ["", "| column | holds |", "|---|---|"]
        lines += [f"| `{field.name}` | {field.text} |" for field in table.fields]
        sections.append("\n".join([*lines, "", ""]))
    return TEXT.format(
        title=citing.TITLE,
        version=citation.version,
        description=citing.DESCRIPTION,
        as_of=citation.as_of,
        licence=citing.LICENCE_TITLE,
        licence_url=citing.LICENCE_URL,
        releases=citation.url.rpartition("/")[0],
        apa=citation.apa,
        tables="".join(sections),
    )
