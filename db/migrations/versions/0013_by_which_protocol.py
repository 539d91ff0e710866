"""By which protocol each claim's newest experiment was decided; when a person chose another."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

FACETS = ["status", "kind", "certainty", "literature", "experiment", "is_fragile", "is_cut"]
FACETS += ["verdict_id", "decided_id"]
PROTOCOL = ["protocol_id", "protocol_hash"]


def upgrade() -> None:
    op.add_column("claim", sa.Column("protocol_hash", sa.Text(), nullable=True))
    op.execute(
        "UPDATE claim SET protocol_hash = (SELECT assessment.protocol_hash FROM assessment "
        "WHERE assessment.id = claim.experiment_id) WHERE experiment_id IS NOT NULL"
    )
    op.drop_index("ix_claim_facets", "claim")
    op.create_index("ix_claim_facets", "claim", [*FACETS, *PROTOCOL])
    op.add_column("claim", sa.Column("protocol_chosen_at", sa.DateTime(), nullable=True))
    op.create_index("ix_claim_protocol_chosen_at", "claim", ["protocol_chosen_at"])


def downgrade() -> None:
    op.drop_index("ix_claim_protocol_chosen_at", "claim")
    op.drop_column("claim", "protocol_chosen_at")
    op.drop_index("ix_claim_facets", "claim")
    op.create_index("ix_claim_facets", "claim", FACETS)
    op.drop_column("claim", "protocol_hash")
