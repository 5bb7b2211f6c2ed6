"""add elements to bill"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("bill", sa.Column("elements", sa.JSON(none_as_null=True), nullable=True))


def downgrade():
    op.drop_column("bill", "elements")
