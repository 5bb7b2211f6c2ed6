"""add contributors"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


KEPT = ("account", "proposal", "second_reading", "adjudication", "report", "audit_head")
WRITTEN_ONCE = {
    "adjudication": None,
    "report": "id, kind, country_iso3, criterion_key, text, url, sender, received_at",
    "proposal": "id, country_iso3, scope, criterion_key, author_id, created_at",
}
DECIDED = "OLD.stage IN ('approved', 'rejected', 'withdrawn', 'superseded')"
DECIDED_MESSAGE = "proposal: what is decided stays as it is"
HEAD_MESSAGE = "audit_head: the trail only grows"


def create_triggers_on_sqlite():
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END"
        )
    for table, columns in WRITTEN_ONCE.items():
        scope = f"OF {columns} " if columns else ""
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE {scope}ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never edited'); END"
        )
    op.execute(
        f"CREATE TRIGGER proposal_decided BEFORE UPDATE ON proposal WHEN {DECIDED} "
        f"BEGIN SELECT RAISE(ABORT, '{DECIDED_MESSAGE}'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head "
        "WHEN NEW.event_id <= OLD.event_id "
        f"BEGIN SELECT RAISE(ABORT, '{HEAD_MESSAGE}'); END"
    )


def create_triggers_on_postgresql():
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
    op.execute(
        "CREATE TRIGGER proposal_decided BEFORE UPDATE ON proposal FOR EACH ROW "
        f"WHEN ({DECIDED}) EXECUTE FUNCTION refuse_change('edited once decided')"
    )
    op.execute(
        "CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head FOR EACH ROW "
        "WHEN (NEW.event_id <= OLD.event_id) "
        "EXECUTE FUNCTION refuse_change('set back')"
    )
    # TRUNCATE passes by triggers on rows.
    for table in ("event", "reading", "coding", "proposal", "audit_head"):
        op.execute(
            f"CREATE TRIGGER {table}_not_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('deleted')"
        )


def upgrade():
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('shows_name', sa.Boolean(), nullable=False),
    sa.Column('role', sa.Enum('contributor', 'reviewer', 'administrator', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('password', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('fs_uniquifier', sa.String(length=64), nullable=False),
    sa.Column('totp_secret', sa.String(), nullable=True),
    sa.Column('totp_counter', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_account_fs_uniquifier'))
    )
    op.create_table('attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=32), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_at'), ['at'], unique=False)
        batch_op.create_index('ix_attempt_what_who', ['what', 'who'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_head_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('link_state',
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('is_dead', sa.Boolean(), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('url', name=op.f('pk_link_state'))
    )
    op.create_table('second_reading',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('progress', sa.Enum('open', 'reading', 'done', name='progress', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('drawn', sa.String(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('reader_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_second_reading_asked_by_id')),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_second_reading_country_iso3')),
    sa.ForeignKeyConstraint(['reader_id'], ['account.id'], name=op.f('fk_second_reading_reader_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_reading'))
    )
    with op.batch_alter_table('second_reading', schema=None) as batch_op:
        batch_op.create_index('uq_second_reading_one_a_reader', ['reader_id'], unique=True, sqlite_where=sa.text("progress = 'reading'"), postgresql_where=sa.text("progress = 'reading'"))
        batch_op.create_index('uq_second_reading_one_at_a_time', ['country_iso3'], unique=True, sqlite_where=sa.text("progress <> 'done'"), postgresql_where=sa.text("progress <> 'done'"))

    op.create_table('proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('scope', sa.Enum('reading', 'bills', 'leads', 'file', name='scope', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('criterion_key', sa.String(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('second_reading_id', sa.Integer(), nullable=True),
    sa.Column('stage', sa.Enum('draft', 'waiting', 'returned', 'approved', 'rejected', 'withdrawn', 'superseded', name='stage', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('form', sa.JSON(), nullable=False),
    sa.Column('base', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('content', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('reason', sa.Enum('law-changed', 'new-evidence', 'recoded', 'correction', name='reason', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('comment', sa.String(), nullable=False),
    sa.CheckConstraint("(scope = 'reading') = (criterion_key IS NOT NULL)", name=op.f('ck_proposal_criterion_given')),
    sa.CheckConstraint('decided_by_id IS NULL OR decided_by_id <> author_id', name=op.f('ck_proposal_decided_by_another')),
    sa.ForeignKeyConstraint(['author_id'], ['account.id'], name=op.f('fk_proposal_author_id')),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_proposal_country_iso3')),
    sa.ForeignKeyConstraint(['criterion_key'], ['criterion.key'], name=op.f('fk_proposal_criterion_key')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_proposal_decided_by_id')),
    sa.ForeignKeyConstraint(['second_reading_id'], ['second_reading.id'], name=op.f('fk_proposal_second_reading_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal'))
    )
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_country_iso3'), ['country_iso3'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_second_reading_id'), ['second_reading_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_stage'), ['stage'], unique=False)

    op.create_table('report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('error', 'reply', name='report_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state', sa.Enum('received', 'acted-on', 'verified', 'declined', name='report_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('criterion_key', sa.String(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('sender', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_report_country_iso3')),
    sa.ForeignKeyConstraint(['criterion_key'], ['criterion.key'], name=op.f('fk_report_criterion_key')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_report_decided_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report'))
    )
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_country_iso3'), ['country_iso3'], unique=False)

    op.create_table('adjudication',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('country_iso3', sa.String(length=3), nullable=False),
    sa.Column('criterion_key', sa.String(), nullable=False),
    sa.Column('element_key', sa.String(), nullable=False),
    sa.Column('first_state', sa.Enum('met', 'lacking', 'unread', name='first_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('second_state', sa.Enum('met', 'lacking', 'unread', name='second_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('decided', sa.Enum('met', 'lacking', 'unread', name='decided', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('second_recorded_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['country_iso3'], ['country.iso3'], name=op.f('fk_adjudication_country_iso3')),
    sa.ForeignKeyConstraint(['criterion_key', 'element_key'], ['element.criterion_key', 'element.key'], name=op.f('fk_adjudication_criterion_key_element_key')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_adjudication_decided_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_adjudication')),
    sa.UniqueConstraint('country_iso3', 'criterion_key', 'element_key', 'second_recorded_from', name='uq_adjudication_once')
    )
    op.execute(
        "INSERT INTO audit_head (id, event_id, hash) "
        "SELECT 1, id, hash FROM event ORDER BY id DESC LIMIT 1"
    )
    if op.get_bind().dialect.name == "sqlite":
        create_triggers_on_sqlite()
    else:
        create_triggers_on_postgresql()


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        for table in ("event", "reading", "coding"):
            op.execute(f"DROP TRIGGER {table}_not_truncated ON {table}")
    op.drop_table('adjudication')
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_country_iso3'))

    op.drop_table('report')
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposal_stage'))
        batch_op.drop_index(batch_op.f('ix_proposal_second_reading_id'))
        batch_op.drop_index(batch_op.f('ix_proposal_country_iso3'))
        batch_op.drop_index(batch_op.f('ix_proposal_author_id'))

    op.drop_table('proposal')
    with op.batch_alter_table('second_reading', schema=None) as batch_op:
        batch_op.drop_index('uq_second_reading_one_at_a_time', sqlite_where=sa.text("progress <> 'done'"), postgresql_where=sa.text("progress <> 'done'"))
        batch_op.drop_index('uq_second_reading_one_a_reader', sqlite_where=sa.text("progress = 'reading'"), postgresql_where=sa.text("progress = 'reading'"))

    op.drop_table('second_reading')
    op.drop_table('link_state')
    op.drop_table('audit_head')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_attempt_what_who')
        batch_op.drop_index(batch_op.f('ix_attempt_at'))

    op.drop_table('attempt')
    op.drop_table('account')
