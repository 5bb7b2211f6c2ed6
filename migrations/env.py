"""Runs the revisions on the connection that `tracker.store.migrations` hands over."""

from alembic import context
from sqlalchemy import DateTime


def render_item(kind, item, autogen_context):
    """Revisions import nothing from the application: its types are written plainly."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(ctx, inspected, declared, inspected_type, declared_type):
    if isinstance(inspected_type, DateTime):
        return False
    return None


attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    render_as_batch=True,
    render_item=render_item,
    compare_type=compare_type,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
