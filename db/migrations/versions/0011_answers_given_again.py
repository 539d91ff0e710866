"""Two searches may rest on one kept answer of a source, whose time both of them name."""

from alembic import op

revision = "0011"
down_revision = "0010"

BEFORE = "uq_search_source_query_at"
AFTER = "uq_search_source_query_at_inquiry_id"


def upgrade() -> None:
    with op.batch_alter_table("search") as table:
        table.drop_constraint(BEFORE, type_="unique")
        table.create_unique_constraint(AFTER, ["source", "query", "at", "inquiry_id"])


def downgrade() -> None:
    with op.batch_alter_table("search") as table:
        table.drop_constraint(AFTER, type_="unique")
        table.create_unique_constraint(BEFORE, ["source", "query", "at"])
