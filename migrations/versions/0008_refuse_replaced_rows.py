"""refuse replaced rows, and readings under another coding"""

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


# On SQLite INSERT OR REPLACE takes a row away without the trigger on DELETE.
IDENTITIES = {
    **dict.fromkeys(("coding", "reading", "bill", "lead"), [("id",)]),
    **dict.fromkeys(("proposal", "second_reading", "report", "audit_head"), [("id",)]),
    "event": [("id",), ("hash",), ("previous_hash",)],
    "adjudication": [
        ("id",),
        ("country_iso3", "criterion_key", "element_key", "second_recorded_from"),
    ],
    **dict.fromkeys(("law", "provision", "source"), [("country_iso3", "series", "key")]),
    **dict.fromkeys(("reading_source", "reading_provision"), [("reading_id", "position")]),
    "account": [("id",), ("email",), ("fs_uniquifier",)],
}
MATCH = """
    SELECT 1 FROM coding WHERE id = NEW.coding_id AND series = NEW.series
    AND country_iso3 = NEW.country_iso3 AND criterion_key = NEW.criterion_key
"""
MATCH_MESSAGE = "reading: its coding is of another country, series or criterion"


def upgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION reading_of_its_coding() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN IF NOT EXISTS ({MATCH}) THEN RAISE EXCEPTION '{MATCH_MESSAGE}' "
            "USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER reading_of_its_coding AFTER INSERT ON reading "
            "FOR EACH ROW EXECUTE FUNCTION reading_of_its_coding()"
        )
        return
    op.execute(
        "CREATE TRIGGER reading_of_its_coding AFTER INSERT ON reading "
        f"WHEN NOT EXISTS ({MATCH}) "
        f"BEGIN SELECT RAISE(ABORT, '{MATCH_MESSAGE}'); END"
    )
    for table, identities in IDENTITIES.items():
        same = " OR ".join(
            "(" + " AND ".join(f"{name} = NEW.{name}" for name in names) + ")"
            for names in identities
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never replaced'); END"
        )


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER reading_of_its_coding ON reading")
        op.execute("DROP FUNCTION reading_of_its_coding()")
        return
    op.execute("DROP TRIGGER reading_of_its_coding")
    for table in IDENTITIES:
        op.execute(f"DROP TRIGGER {table}_not_replaced")
