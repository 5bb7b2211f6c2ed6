"""add release, and find the further evidence of a country by index"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

FROZEN = ("release", "release_file")


def refuse(table, verb):
    return f"{table}: rows are never {verb}"


def replace_reading_index(*columns):
    current = sa.text('recorded_to IS NULL')
    op.drop_index('ix_reading_current', table_name='reading')
    op.create_index('ix_reading_current', 'reading', ['series', *columns], sqlite_where=current, postgresql_where=current)


def upgrade():
    op.create_table('release',
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('codebook_version', sa.String(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('notes', sa.String(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('agreement', sa.JSON(), nullable=False),
    sa.Column('checksum', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_release_event_id')),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_release'))
    )
    op.create_table('release_file',
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('media_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['version'], ['release.version'], name=op.f('fk_release_file_version')),
    sa.PrimaryKeyConstraint('version', 'name', name=op.f('pk_release_file'))
    )
    op.create_index('ix_reading_provision_country', 'reading_provision', ['series', 'country_iso3', 'reading_id', 'position', 'provision_key'])
    op.create_index('ix_reading_source_country', 'reading_source', ['series', 'country_iso3', 'reading_id', 'position', 'source_key'])
    replace_reading_index('country_iso3', 'criterion_key', 'element_key', 'holds_from', 'id')
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        for name, moment, verb in (("kept", "DELETE", "deleted"), ("written_once", "UPDATE", "edited")):
            if is_postgresql:
                op.execute(
                    f"CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} "
                    f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{verb}')"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{refuse(table, verb)}'); END"
                )
    # A file added later would change a release as much as an edited one.
    if is_postgresql:
        op.execute(
            "CREATE FUNCTION release_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN IF EXISTS (SELECT 1 FROM release_file WHERE version = NEW.version "
            "AND name = 'SHA256SUMS') THEN RAISE EXCEPTION "
            "'release_file: a whole release takes no more files' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER release_file_whole BEFORE INSERT ON release_file "
            "FOR EACH ROW EXECUTE FUNCTION release_is_whole()"
        )
    else:
        op.execute(
            "CREATE TRIGGER release_file_whole BEFORE INSERT ON release_file "
            "WHEN EXISTS (SELECT 1 FROM release_file WHERE version = NEW.version "
            "AND name = 'SHA256SUMS') "
            "BEGIN SELECT RAISE(ABORT, 'release_file: a whole release takes no more files'); END"
        )
        # INSERT OR REPLACE takes a row away without the trigger on DELETE.
        op.execute(
            "CREATE TRIGGER release_not_replaced BEFORE INSERT ON release "
            "WHEN EXISTS (SELECT 1 FROM release WHERE version = NEW.version) "
            f"BEGIN SELECT RAISE(ABORT, '{refuse('release', 'edited')}'); END"
        )


def downgrade():
    replace_reading_index('country_iso3', 'criterion_key', 'element_key')
    op.drop_index('ix_reading_source_country', table_name='reading_source')
    op.drop_index('ix_reading_provision_country', table_name='reading_provision')
    op.drop_table('release_file')
    op.drop_table('release')
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION release_is_whole()")
