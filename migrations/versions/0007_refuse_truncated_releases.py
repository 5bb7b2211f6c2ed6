"""refuse truncated releases"""

from alembic import op

revision = '0007'
down_revision = '0005'
branch_labels = None
depends_on = None

# TRUNCATE passes by the triggers on rows of 0003; SQLite has no TRUNCATE.
FROZEN = ("release", "release_file")


def upgrade():
    if op.get_bind().dialect.name == "postgresql":
        for table in FROZEN:
            op.execute(
                f"CREATE TRIGGER {table}_not_truncated BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('deleted')"
            )


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        for table in FROZEN:
            op.execute(f"DROP TRIGGER {table}_not_truncated ON {table}")
