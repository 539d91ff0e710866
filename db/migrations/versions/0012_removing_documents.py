"""Texts that a person took out of reading: who, when, why, and whether their words are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "document_removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_erased", sa.Boolean(), nullable=False),
        sa.CheckConstraint("act IN ('removed', 'returned')", name=op.f("ck_document_removal_act")),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_document_removal_document_id_document"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_removal")),
    )
    op.create_index(op.f("ix_document_removal_document_id"), "document_removal", ["document_id"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    said = "document_removal is append-only: history is kept"
    act = (
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        if is_sqlite
        else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER document_removal_is_append_only_{action.lower()} BEFORE {action} "
            f"ON document_removal {act}"
        )


def downgrade() -> None:
    op.drop_table("document_removal")
