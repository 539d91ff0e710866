"""An index that orders the list of runs without reading the runs."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_run_state_finished", "run", ["state", "finished_at"])


def downgrade() -> None:
    op.drop_index("ix_run_state_finished", "run")
