"""Runs may be paused and are seen to be lost; they name a device and the code they are of."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BEFORE = ("queued", "running", "succeeded", "failed", "cancelled")
AFTER = ("queued", "running", "paused", "lost", "succeeded", "failed", "cancelled")


def upgrade() -> None:
    with op.batch_alter_table("run") as table:
        table.drop_index("ix_run_state_priority")
        table.drop_constraint(op.f("ck_run_state"), type_="check")
        table.create_check_constraint(op.f("ck_run_state"), _one_of(AFTER))
        table.add_column(sa.Column("pause_requested_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("device", sa.Text(), nullable=False, server_default="cpu"))
        table.add_column(sa.Column("code", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_run_waiting", "run", ["state", sa.text("priority DESC"), "id"])
    with op.batch_alter_table("worker") as table:
        table.add_column(sa.Column("executor", sa.Text(), nullable=False, server_default="local"))
        table.add_column(sa.Column("code", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("gpus", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.execute("UPDATE run SET state = 'queued' WHERE state IN ('paused', 'lost')")
    op.drop_index("ix_run_waiting", "run")
    with op.batch_alter_table("run") as table:
        table.drop_constraint(op.f("ck_run_state"), type_="check")
        table.create_check_constraint(op.f("ck_run_state"), _one_of(BEFORE))
        for column in ("pause_requested_at", "device", "code"):
            table.drop_column(column)
        table.create_index("ix_run_state_priority", ["state", "priority", "id"])
    with op.batch_alter_table("worker") as table:
        for column in ("executor", "code", "gpus"):
            table.drop_column(column)


def _one_of(states: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(repr(state) for state in states)})"
