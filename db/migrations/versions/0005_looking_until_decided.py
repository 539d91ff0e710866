"""Looking until decided: the budget of a verification, and which look an assessment is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("verification", sa.Column("budget_s", sa.Double(), nullable=True))
    op.add_column("assessment", sa.Column("look", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("assessment", "look")
    op.drop_column("verification", "budget_s")
