"""The version of the data in one statement: the newest event and the schema.

Whatever changes what is published leaves an event, and each event's hash stands for all
before it (`audit`): two databases with one version show the same pages.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

VERSION = sa.text(
    "SELECT (SELECT version_num FROM alembic_version), "
    "(SELECT hash FROM event ORDER BY id DESC LIMIT 1)"
)


def read_version(session: Session) -> str:
    schema, newest = session.execute(VERSION).one()
    return f"{schema} {newest}"
