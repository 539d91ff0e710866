"""The chain of a search, requests to the literature, retraction checks and candidate claims."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'running', 'finished', 'failed', 'cancelled')",
            name=op.f("ck_inquiry_state"),
        ),
        sa.CheckConstraint(
            "kind IN ('search', 'read', 'extract', 'review')", name=op.f("ck_inquiry_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
    )
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("doi", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("other_keys", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("search") as table:
        table.add_column(sa.Column("inquiry_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("trouble", sa.Text(), nullable=False, server_default=""))
        table.create_index(op.f("ix_search_inquiry_id"), ["inquiry_id"])
        table.create_foreign_key(
            op.f("fk_search_inquiry_id_inquiry"), "inquiry", ["inquiry_id"], ["id"]
        )
    op.create_table(
        "search_hit",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name=op.f("fk_search_hit_search_id_search")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_search_hit_document_id_document")
        ),
        sa.PrimaryKeyConstraint("search_id", "position", name=op.f("pk_search_hit")),
    )
    op.create_index(op.f("ix_search_hit_document_id"), "search_hit", ["document_id"])
    op.create_table(
        "found_paper",
        sa.Column("inquiry_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_found_paper_inquiry_id_inquiry")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_found_paper_document_id_document")
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "position", name=op.f("pk_found_paper")),
    )
    op.create_index(op.f("ix_found_paper_document_id"), "found_paper", ["document_id"])
    op.create_table(
        "retraction_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retraction_check")),
    )
    op.create_index(op.f("ix_retraction_check_document_key"), "retraction_check", ["document_key"])
    op.create_table(
        "candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("context_needed", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('candidate', 'accepted', 'rejected')", name=op.f("ck_candidate_state")
        ),
        sa.CheckConstraint(
            "kind IN ('finding', 'comparison', 'number', 'trend', 'setting')",
            name=op.f("ck_candidate_kind"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_candidate_score")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_candidate_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_candidate_claim_id_claim")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint(
            "document_id",
            "start",
            "statement",
            name=op.f("uq_candidate_document_id_start_statement"),
        ),
    )
    op.create_index(op.f("ix_candidate_document_id"), "candidate", ["document_id"])
    op.create_index(op.f("ix_candidate_claim_id"), "candidate", ["claim_id"])
