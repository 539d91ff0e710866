"""Estimates say how many degrees of freedom like comparisons lent the spread of their seeds."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column(
        "estimate", sa.Column("pooled_freedom", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("estimate", "pooled_freedom")
