"""What each nuisance made of an assessment, those included that were not tried to the end."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "assessment", sa.Column("nuisances", sa.JSON(), nullable=False, server_default="[]")
    )


def downgrade() -> None:
    op.drop_column("assessment", "nuisances")
