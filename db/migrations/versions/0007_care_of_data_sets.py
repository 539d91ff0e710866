"""Requests may be about data sets too: prepare, check, fetch."""

from alembic import op

revision = "0007"
down_revision = "0006"

BEFORE = ("search", "read", "extract", "review")
AFTER = (*BEFORE, "prepare", "check", "fetch")


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM inquiry WHERE kind IN ('prepare', 'check', 'fetch')")
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("inquiry") as table:
        table.drop_constraint(op.f("ck_inquiry_kind"), type_="check")
        table.create_check_constraint(
            op.f("ck_inquiry_kind"), f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
        )
