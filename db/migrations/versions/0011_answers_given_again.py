"""A step of a search says since when its answer was kept, where no source was asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("search", sa.Column("kept_from", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("search", "kept_from")
