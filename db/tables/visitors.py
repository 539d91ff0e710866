"""What visitors of the dashboard keep: named filters, and when they were last here."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.ground import Table


class SavedViewRow(Table):
    """A named set of filters of a screen, as the query of its address."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("page", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]


class VisitRow(Table):
    """When a visitor was last here, so that the overview can say what changed since."""

    __tablename__ = "visit"

    visitor: Mapped[str] = mapped_column(primary_key=True)  # an account, or a digest of a cookie
    seen_at: Mapped[datetime]
    since: Mapped[datetime | None]  # the end of the visit before this one; None: the first
