"""What was remarked in reading a report, and on each of its claims, is kept with them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("report", sa.Column("notes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("mention", sa.Column("remarks", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("mention", "remarks")
    op.drop_column("report", "notes")
