"""create the tables"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


KEPT = (
    "law",
    "provision",
    "source",
    "coding",
    "reading",
    "reading_provision",
    "reading_source",
    "bill",
    "lead",
    "event",
)
WRITTEN_ONCE = {
    "event": None,
    "reading_provision": None,
    "reading_source": None,
    # Its place in the file's history may change; what it says may not.
    "coding": (
        "id, country_iso3, series, criterion_key, since, since_precision, until, "
        "until_precision, confidence, why, provision_keys, source_keys"
    ),
    "reading": (
        "id, coding_id, country_iso3, series, criterion_key, element_key, state, since, "
        "since_precision, until, until_precision, holds_from, holds_until, own, "
        "source_key, provision_key, reason, recorded_from"
    ),
}
OVERLAP = """
    SELECT 1 FROM reading AS other
    WHERE other.id <> NEW.id AND other.recorded_to IS NULL
    AND other.country_iso3 = NEW.country_iso3 AND other.series = NEW.series
    AND other.criterion_key = NEW.criterion_key AND other.element_key = NEW.element_key
    AND NEW.holds_from < coalesce(NEW.holds_until, '9999-12-31')
    AND other.holds_from < coalesce(other.holds_until, '9999-12-31')
    AND other.holds_from < coalesce(NEW.holds_until, '9999-12-31')
    AND NEW.holds_from < coalesce(other.holds_until, '9999-12-31')
"""
OVERLAP_MESSAGE = "two readings of one element would hold at the same time"


def refuse(table, verb):
    return f"{table}: rows are never {verb}"


def create_triggers_on_sqlite():
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{refuse(table, 'deleted')}'); END"
        )
    for table, columns in WRITTEN_ONCE.items():
        scope = f"OF {columns} " if columns else ""
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE {scope}ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{refuse(table, 'edited')}'); END"
        )
    for moment in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER reading_one_at_a_time_{moment.lower()} "
            f"BEFORE {moment} ON reading WHEN NEW.recorded_to IS NULL "
            f"BEGIN SELECT RAISE(ABORT, '{OVERLAP_MESSAGE}') "
            f"WHERE EXISTS ({OVERLAP}); END"
        )


def create_triggers_on_postgresql():
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%: rows are never %', TG_TABLE_NAME, TG_ARGV[0] "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change('deleted')"
        )
    for table, columns in WRITTEN_ONCE.items():
        scope = f"OF {columns} " if columns else ""
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE {scope}ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change('edited')"
        )
    # The lock makes two transactions that read the same element wait for each other:
    # without it neither would see the other's uncommitted row.
    op.execute(
        "CREATE FUNCTION reading_one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN PERFORM pg_advisory_xact_lock(hashtextextended("
        "NEW.country_iso3 || NEW.criterion_key || NEW.element_key, 0)); "
        f"IF EXISTS ({OVERLAP}) THEN RAISE EXCEPTION '{OVERLAP_MESSAGE}' "
        "USING ERRCODE = 'exclusion_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER reading_one_at_a_time BEFORE INSERT OR UPDATE ON reading "
        "FOR EACH ROW WHEN (NEW.recorded_to IS NULL) "
        "EXECUTE FUNCTION reading_one_at_a_time()"
    )


def upgrade():
    op.create_table('codebook',
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('themes', sa.JSON(), nullable=False),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('recorded_from', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_codebook'))
    )
    with op.batch_alter_table('codebook', schema=None) as batch_op:
        batch_op.create_index('uq_codebook_current', ['is_current'], unique=True, sqlite_where=sa.text('is_current = 1'), postgresql_where=sa.text('is_current'))

    op.create_table('country',
    sa.Column('iso3', sa.String(length=3), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('iso2', sa.String(length=2), nullable=False),
    sa.Column('m49', sa.String(length=3), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('region', sa.String(), nullable=False),
    sa.Column('subregion', sa.String(), nullable=False),
    sa.Column('status', sa.Enum('un-member', 'observer', 'other', name='country_status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('un_since', sa.String(), nullable=False),
    sa.Column('languages', sa.String(), nullable=False),
    sa.CheckConstraint('length(iso3) = 3 AND iso3 = upper(iso3)', name=op.f('ck_country_iso3_form')),
    sa.PrimaryKeyConstraint('iso3', name=op.f('pk_country')),
    sa.UniqueConstraint('iso2', name=op.f('uq_country_iso2'))
    )
    with op.batch_alter_table('country', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_country_region'), ['region'], unique=False)

    op.create_table('treaty',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('short', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_treaty'))
    )
    op.create_table('treaty_source',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('publisher', sa.String(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('as_of_precision', sa.Enum('year', 'month', 'day', name='as_of_precision', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_treaty_source'))
    )
    op.create_table('country_file',
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('coded_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_country_file_country_iso3')),
    sa.PrimaryKeyConstraint('country_iso3', 'series', name=op.f('pk_country_file'))
    )
    op.create_table('criterion',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('codebook_version', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('part', sa.JSON(), nullable=False),
    sa.Column('full', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['codebook_version'], ['codebook.version'], name=op.f('fk_criterion_codebook_version')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_criterion'))
    )
    op.create_table('event',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('before', sa.String(), nullable=True),
    sa.Column('after', sa.String(), nullable=True),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_event_country_iso3')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event')),
    sa.UniqueConstraint('hash', name=op.f('uq_event_hash')),
    sa.UniqueConstraint('previous_hash', name=op.f('uq_event_previous_hash'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_country_iso3'), ['country_iso3'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_subject'), ['subject'], unique=False)

    op.create_table('treaty_status',
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('treaty_key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('status', sa.Enum('party', 'signatory', 'none', name='bond', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('since_precision', sa.Enum('year', 'month', 'day', name='since_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('source_key', sa.String(), nullable=False),
    sa.CheckConstraint('(since IS NULL) = (since_precision IS NULL)', name=op.f('ck_treaty_status_since_pair')),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_treaty_status_country_iso3')),
    sa.ForeignKeyConstraint(['source_key'], ['treaty_source.key'], name=op.f('fk_treaty_status_source_key')),
    sa.ForeignKeyConstraint(['treaty_key'], ['treaty.key'], name=op.f('fk_treaty_status_treaty_key')),
    sa.PrimaryKeyConstraint('country_iso3', 'treaty_key', name=op.f('pk_treaty_status'))
    )
    op.create_table('bill',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('dated', sa.Date(), nullable=True),
    sa.Column('dated_precision', sa.Enum('year', 'month', 'day', name='dated_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('source_keys', sa.JSON(), nullable=False),
    sa.Column('recorded_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_to', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(dated IS NULL) = (dated_precision IS NULL)', name=op.f('ck_bill_dated_pair')),
    sa.ForeignKeyConstraint(['country_iso3', 'series'], ['country_file.country_iso3', 'country_file.series'], name=op.f('fk_bill_country_iso3_series')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bill'))
    )
    with op.batch_alter_table('bill', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bill_country_iso3'), ['country_iso3'], unique=False)

    op.create_table('coding',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('criterion_key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('since_precision', sa.Enum('year', 'month', 'day', name='since_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('until_precision', sa.Enum('year', 'month', 'day', name='until_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('confidence', sa.Enum('high', 'medium', 'low', name='confidence', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('provision_keys', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('source_keys', sa.JSON(), nullable=False),
    sa.CheckConstraint('(since IS NULL) = (since_precision IS NULL)', name=op.f('ck_coding_since_pair')),
    sa.CheckConstraint('(until IS NULL) = (until_precision IS NULL)', name=op.f('ck_coding_until_pair')),
    sa.CheckConstraint('confidence IS NOT NULL OR until IS NOT NULL', name=op.f('ck_coding_confidence_given')),
    sa.ForeignKeyConstraint(['country_iso3', 'series'], ['country_file.country_iso3', 'country_file.series'], name=op.f('fk_coding_country_iso3_series')),
    sa.ForeignKeyConstraint(['criterion_key'], ['criterion.key'], name=op.f('fk_coding_criterion_key')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coding'))
    )
    with op.batch_alter_table('coding', schema=None) as batch_op:
        batch_op.create_index('ix_coding_country_criterion', ['country_iso3', 'criterion_key'], unique=False)

    op.create_table('element',
    sa.Column('criterion_key', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('test', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['criterion_key'], ['criterion.key'], name=op.f('fk_element_criterion_key')),
    sa.PrimaryKeyConstraint('criterion_key', 'key', name=op.f('pk_element'))
    )
    op.create_table('law',
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('title_original', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('enacted', sa.Date(), nullable=True),
    sa.Column('enacted_precision', sa.Enum('year', 'month', 'day', name='enacted_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('in_force', sa.Date(), nullable=True),
    sa.Column('in_force_precision', sa.Enum('year', 'month', 'day', name='in_force_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('url', sa.String(), nullable=True),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(enacted IS NULL) = (enacted_precision IS NULL)', name=op.f('ck_law_enacted_pair')),
    sa.CheckConstraint('(in_force IS NULL) = (in_force_precision IS NULL)', name=op.f('ck_law_in_force_pair')),
    sa.ForeignKeyConstraint(['country_iso3', 'series'], ['country_file.country_iso3', 'country_file.series'], name=op.f('fk_law_country_iso3_series')),
    sa.PrimaryKeyConstraint('country_iso3', 'series', 'key', name=op.f('pk_law'))
    )
    op.create_table('lead',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('recorded_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_to', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['country_iso3', 'series'], ['country_file.country_iso3', 'country_file.series'], name=op.f('fk_lead_country_iso3_series')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lead'))
    )
    with op.batch_alter_table('lead', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lead_country_iso3'), ['country_iso3'], unique=False)

    op.create_table('source',
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('publisher', sa.String(), nullable=False),
    sa.Column('kind', sa.Enum('text', 'official', 'secondary', name='source_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('seen', sa.Date(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['country_iso3', 'series'], ['country_file.country_iso3', 'country_file.series'], name=op.f('fk_source_country_iso3_series')),
    sa.PrimaryKeyConstraint('country_iso3', 'series', 'key', name=op.f('pk_source'))
    )
    op.create_table('treaty_article',
    sa.Column('criterion_key', sa.String(), nullable=False),
    sa.Column('treaty_key', sa.String(), nullable=False),
    sa.Column('article', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['criterion_key'], ['criterion.key'], name=op.f('fk_treaty_article_criterion_key')),
    sa.ForeignKeyConstraint(['treaty_key'], ['treaty.key'], name=op.f('fk_treaty_article_treaty_key')),
    sa.PrimaryKeyConstraint('criterion_key', 'treaty_key', 'article', name=op.f('pk_treaty_article'))
    )
    op.create_table('provision',
    sa.Column('law_key', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('says', sa.String(), nullable=False),
    sa.Column('min_years', sa.Double(), nullable=True),
    sa.Column('max_years', sa.Double(), nullable=True),
    sa.Column('life', sa.Boolean(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['country_iso3', 'series', 'law_key'], ['law.country_iso3', 'law.series', 'law.key'], name='fk_provision_law_of_same_country'),
    sa.ForeignKeyConstraint(['country_iso3', 'series'], ['country_file.country_iso3', 'country_file.series'], name=op.f('fk_provision_country_iso3_series')),
    sa.PrimaryKeyConstraint('country_iso3', 'series', 'key', name=op.f('pk_provision'))
    )
    with op.batch_alter_table('provision', schema=None) as batch_op:
        batch_op.create_index('ix_provision_law', ['country_iso3', 'series', 'law_key'], unique=False)

    op.create_table('reading',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('coding_id', sa.Integer(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('criterion_key', sa.String(), nullable=False),
    sa.Column('element_key', sa.String(), nullable=False),
    sa.Column('state', sa.Enum('met', 'lacking', 'unread', name='state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('since_precision', sa.Enum('year', 'month', 'day', name='since_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('until_precision', sa.Enum('year', 'month', 'day', name='until_precision', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('holds_from', sa.Date(), nullable=False),
    sa.Column('holds_until', sa.Date(), nullable=True),
    sa.Column('own', sa.String(), nullable=False),
    sa.Column('source_key', sa.String(), nullable=False),
    sa.Column('provision_key', sa.String(), nullable=True),
    sa.Column('reason', sa.Enum('law-changed', 'new-evidence', 'recoded', 'correction', name='reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('recorded_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_to', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'met' OR provision_key IS NOT NULL OR until IS NOT NULL", name=op.f('ck_reading_met_has_provision')),
    sa.CheckConstraint('(since IS NULL) = (since_precision IS NULL)', name=op.f('ck_reading_since_pair')),
    sa.CheckConstraint('(until IS NULL) = (until_precision IS NULL)', name=op.f('ck_reading_until_pair')),
    sa.CheckConstraint('holds_until IS NULL OR holds_until >= holds_from', name=op.f('ck_reading_period_order')),
    sa.CheckConstraint('recorded_to IS NULL OR recorded_to >= recorded_from', name=op.f('ck_reading_recorded_order')),
    sa.ForeignKeyConstraint(['coding_id'], ['coding.id'], name=op.f('fk_reading_coding_id')),
    sa.ForeignKeyConstraint(['country_iso3', 'series', 'provision_key'], ['provision.country_iso3', 'provision.series', 'provision.key'], name='fk_reading_provision_of_same_country'),
    sa.ForeignKeyConstraint(['country_iso3', 'series', 'source_key'], ['source.country_iso3', 'source.series', 'source.key'], name='fk_reading_source_of_same_country'),
    sa.ForeignKeyConstraint(['criterion_key', 'element_key'], ['element.criterion_key', 'element.key'], name=op.f('fk_reading_criterion_key_element_key')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading')),
    sa.UniqueConstraint('id', 'country_iso3', 'series', name=op.f('uq_reading_id_country_iso3_series'))
    )
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_coding_id'), ['coding_id'], unique=False)
        batch_op.create_index('ix_reading_criterion', ['criterion_key', 'country_iso3'], unique=False)
        batch_op.create_index('ix_reading_current', ['series', 'country_iso3', 'criterion_key', 'element_key'], unique=False, sqlite_where=sa.text('recorded_to IS NULL'), postgresql_where=sa.text('recorded_to IS NULL'))
        batch_op.create_index('uq_reading_one_that_holds', ['country_iso3', 'criterion_key', 'element_key', 'series'], unique=True, sqlite_where=sa.text('recorded_to IS NULL AND holds_until IS NULL'), postgresql_where=sa.text('recorded_to IS NULL AND holds_until IS NULL'))

    op.create_table('reading_provision',
    sa.Column('provision_key', sa.String(), nullable=False),
    sa.Column('reading_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.ForeignKeyConstraint(['country_iso3', 'series', 'provision_key'], ['provision.country_iso3', 'provision.series', 'provision.key'], name='fk_reading_provision_provision_of_same_country'),
    sa.ForeignKeyConstraint(['reading_id', 'country_iso3', 'series'], ['reading.id', 'reading.country_iso3', 'reading.series'], name='fk_reading_provision_reading'),
    sa.PrimaryKeyConstraint('reading_id', 'position', name=op.f('pk_reading_provision'))
    )
    op.create_table('reading_source',
    sa.Column('source_key', sa.String(), nullable=False),
    sa.Column('reading_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('series', sa.Enum('first', 'second', name='series', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.ForeignKeyConstraint(['country_iso3', 'series', 'source_key'], ['source.country_iso3', 'source.series', 'source.key'], name='fk_reading_source_source_of_same_country'),
    sa.ForeignKeyConstraint(['reading_id', 'country_iso3', 'series'], ['reading.id', 'reading.country_iso3', 'reading.series'], name='fk_reading_source_reading'),
    sa.PrimaryKeyConstraint('reading_id', 'position', name=op.f('pk_reading_source'))
    )
    if op.get_bind().dialect.name == "sqlite":
        create_triggers_on_sqlite()
    else:
        create_triggers_on_postgresql()


def downgrade():
    op.drop_table('reading_source')
    op.drop_table('reading_provision')
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_index('uq_reading_one_that_holds', sqlite_where=sa.text('recorded_to IS NULL AND holds_until IS NULL'), postgresql_where=sa.text('recorded_to IS NULL AND holds_until IS NULL'))
        batch_op.drop_index('ix_reading_current', sqlite_where=sa.text('recorded_to IS NULL'), postgresql_where=sa.text('recorded_to IS NULL'))
        batch_op.drop_index('ix_reading_criterion')
        batch_op.drop_index(batch_op.f('ix_reading_coding_id'))

    op.drop_table('reading')
    with op.batch_alter_table('provision', schema=None) as batch_op:
        batch_op.drop_index('ix_provision_law')

    op.drop_table('provision')
    op.drop_table('treaty_article')
    op.drop_table('source')
    with op.batch_alter_table('lead', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lead_country_iso3'))

    op.drop_table('lead')
    op.drop_table('law')
    op.drop_table('element')
    with op.batch_alter_table('coding', schema=None) as batch_op:
        batch_op.drop_index('ix_coding_country_criterion')

    op.drop_table('coding')
    with op.batch_alter_table('bill', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bill_country_iso3'))

    op.drop_table('bill')
    op.drop_table('treaty_status')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_subject'))
        batch_op.drop_index(batch_op.f('ix_event_country_iso3'))

    op.drop_table('event')
    op.drop_table('criterion')
    op.drop_table('country_file')
    op.drop_table('treaty_source')
    op.drop_table('treaty')
    with op.batch_alter_table('country', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_country_region'))

    op.drop_table('country')
    with op.batch_alter_table('codebook', schema=None) as batch_op:
        batch_op.drop_index('uq_codebook_current', sqlite_where=sa.text('is_current = 1'), postgresql_where=sa.text('is_current'))

    op.drop_table('codebook')
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION reading_one_at_a_time()")
        op.execute("DROP FUNCTION refuse_change()")
