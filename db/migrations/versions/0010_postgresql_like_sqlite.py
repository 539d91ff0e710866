"""PostgreSQL keeps the history of reviews too, and finds words with or without their accents."""

from alembic import op

revision = "0010"
down_revision = "0009"

HEAD = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
BEFORE = "$$ BEGIN RAISE EXCEPTION '% is append-only: history is kept', TG_TABLE_NAME; END $$"
# of the same class of errors as a broken constraint, as on SQLite
AFTER = (
    "$$ BEGIN RAISE EXCEPTION '% is append-only: history is kept', TG_TABLE_NAME "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$"
)
# letters without the marks above and below them; what db/search.py asks by
PLAIN = r"regexp_replace(normalize(statement, NFD), '[\u0300-\u036f]', '', 'g')"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(HEAD + AFTER)
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER review_is_append_only_{action.lower()} BEFORE {action} ON review "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    _index(PLAIN)


def _index(words: str) -> None:
    for table in ("claim", "mention"):
        op.execute(f"DROP INDEX claim_search_{table}")
        op.execute(
            f"CREATE INDEX claim_search_{table} ON {table} "
            f"USING gin (to_tsvector('simple', {words}))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(HEAD + BEFORE)
    for action in ("update", "delete"):
        op.execute(f"DROP TRIGGER review_is_append_only_{action} ON review")
    _index("statement")
