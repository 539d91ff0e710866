"""Where each claim stands, kept beside it; search; standing overrulings; reviews, views, visits."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

STATUSES = "'verified', 'supported', 'contested', 'refuted', 'inconclusive'"
STANDING: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("confidence", sa.Double()),
    ("certainty", sa.Text()),
    ("literature", sa.Text()),
    ("experiment", sa.Text()),
    ("is_fragile", sa.Boolean()),
    ("checked_at", sa.DateTime()),
    ("verdict_id", sa.Integer()),
    ("decided_id", sa.Integer()),
    ("literature_id", sa.Integer()),
    ("experiment_id", sa.Integer()),
)
FACETS = ["status", "kind", "certainty", "literature", "experiment", "is_fragile", "is_cut"]
FACETS += ["verdict_id", "decided_id"]


def upgrade() -> None:
    _people()
    _overruling()
    _standing()
    if op.get_bind().dialect.name == "sqlite":
        _search_on_sqlite()
    else:
        _search_on_postgresql()


def _people() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("decided_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_review_status")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_review_claim_id_claim")),
        sa.ForeignKeyConstraint(
            ["decided_id"], ["verdict.id"], name=op.f("fk_review_decided_id_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index("ix_review_claim", "review", ["claim_id", "id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("page", "name", name=op.f("uq_saved_view_page_name")),
    )
    op.create_table(
        "visit",
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("visitor", name=op.f("pk_visit")),
    )
    _keep_for_ever("review")


def _keep_for_ever(table: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_is_append_only_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: history is kept'); END"
        )


def _overruling() -> None:
    """Every verdict by a person was an overruling; until now a later one of ours ended it."""
    op.execute(
        "ALTER TABLE verdict ADD COLUMN act TEXT NOT NULL DEFAULT 'decided' "
        "CONSTRAINT ck_verdict_act CHECK (act IN ('decided', 'overruled', 'withdrawn'))"
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("DROP TRIGGER verdict_is_append_only_update")
    else:
        op.execute("ALTER TABLE verdict DISABLE TRIGGER verdict_is_append_only_update")
    op.execute("UPDATE verdict SET act = 'overruled' WHERE author <> 'replicheck'")
    if not is_sqlite:
        op.execute("ALTER TABLE verdict ENABLE TRIGGER verdict_is_append_only_update")
    else:
        op.execute(
            "CREATE TRIGGER verdict_is_append_only_update BEFORE UPDATE ON verdict "
            "BEGIN SELECT RAISE(ABORT, 'verdict is append-only: history is kept'); END"
        )


def _standing() -> None:
    for name in ("status", "decided"):
        op.add_column(
            "claim", sa.Column(name, sa.Text(), nullable=False, server_default="unchecked")
        )
    for name, kind in STANDING:
        op.add_column("claim", sa.Column(name, kind, nullable=True))
    newest = "SELECT max(id) FROM {table} WHERE {table}.claim_id = claim.id AND {which}"
    for column, table, which in (
        ("decided_id", "verdict", "act = 'decided'"),
        ("verdict_id", "verdict", "act = 'overruled'"),
        ("literature_id", "assessment", "witness = 'literature'"),
        ("experiment_id", "assessment", "witness = 'experiment'"),
    ):
        op.execute(f"UPDATE claim SET {column} = ({newest.format(table=table, which=which)})")
    op.execute("UPDATE claim SET verdict_id = coalesce(verdict_id, decided_id)")
    for column, table, source, via in (
        ("status", "verdict", "status", "verdict_id"),
        ("confidence", "verdict", "confidence", "verdict_id"),
        ("checked_at", "verdict", "at", "verdict_id"),
        ("decided", "verdict", "status", "decided_id"),
        ("literature", "assessment", "finding", "literature_id"),
        ("experiment", "assessment", "finding", "experiment_id"),
    ):
        op.execute(
            f"UPDATE claim SET {column} = (SELECT {table}.{source} FROM {table} "
            f"WHERE {table}.id = claim.{via}) WHERE {via} IS NOT NULL"
        )
    op.execute(
        "UPDATE claim SET certainty = (SELECT a.certainty FROM verdict v JOIN assessment a ON a.id "
        "= CASE v.rests_on WHEN 'literature' THEN v.literature_id ELSE v.experiment_id END "
        "WHERE v.id = claim.verdict_id AND v.rests_on IS NOT NULL)"
    )
    for name, columns in (
        ("ix_claim_status_position", ["status", "position"]),
        ("ix_claim_facets", FACETS),
        ("ix_claim_verdict_id", ["verdict_id"]),
        ("ix_claim_study", ["study"]),
        ("ix_claim_topic", ["topic"]),
    ):
        op.create_index(name, "claim", columns)


# A claim's text is its id, its statement and every wording of it in a report. Rows are known by the
# claim's position, which never changes; an implicit rowid could, when the file is compacted.
WORDINGS = "(SELECT coalesce(group_concat(statement, ' '), '') FROM mention WHERE claim_id = {id})"
TRIGGERS = (
    "CREATE TRIGGER claim_search_insert AFTER INSERT ON claim BEGIN "
    "INSERT INTO claim_search(rowid, id, statement, wordings) "
    f"VALUES (new.position, new.id, new.statement, {WORDINGS.format(id='new.id')}); END",
    "CREATE TRIGGER claim_search_reword AFTER UPDATE OF statement ON claim "
    "WHEN old.statement <> new.statement BEGIN "
    "UPDATE claim_search SET statement = new.statement WHERE rowid = new.position; END",
    "CREATE TRIGGER claim_search_delete AFTER DELETE ON claim BEGIN "
    "DELETE FROM claim_search WHERE rowid = old.position; END",
    *(
        f"CREATE TRIGGER claim_search_mention_{action.lower()} AFTER {action} ON mention BEGIN "
        f"UPDATE claim_search SET wordings = {WORDINGS.format(id=row + '.claim_id')} "
        f"WHERE rowid = (SELECT position FROM claim WHERE id = {row}.claim_id); END"
        for action, row in (("INSERT", "new"), ("DELETE", "old"))
    ),
)


def _search_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE claim_search USING fts5(id, statement, wordings, "
        "tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
    )
    op.execute(
        "INSERT INTO claim_search(rowid, id, statement, wordings) "
        f"SELECT position, id, statement, {WORDINGS.format(id='claim.id')} FROM claim"
    )
    for trigger in TRIGGERS:
        op.execute(trigger)


def _search_on_postgresql() -> None:
    for table in ("claim", "mention"):
        op.execute(
            f"CREATE INDEX claim_search_{table} ON {table} "
            "USING gin (to_tsvector('simple', statement))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in TRIGGERS:
            op.execute(f"DROP TRIGGER {trigger.split()[2]}")
        op.execute("DROP TABLE claim_search")
    else:
        for table in ("claim", "mention"):
            op.execute(f"DROP INDEX claim_search_{table}")
    for name in ("topic", "study", "verdict_id", "facets", "status_position"):
        op.drop_index(f"ix_claim_{name}", "claim")
    for name in ("status", "decided", *(name for name, _ in STANDING)):
        op.execute(f"ALTER TABLE claim DROP COLUMN {name}")
    op.execute("DELETE FROM verdict WHERE act = 'withdrawn'")
    op.execute("ALTER TABLE verdict DROP COLUMN act")
    for table in ("visit", "saved_view", "review"):
        op.drop_table(table)
