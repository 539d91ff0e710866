"""Named sets of filters: kept for everybody, applied with one press, shared by their address."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from app_pages._cache import workspace
from app_pages._parts import address_box, told
from app_pages._words import literal, moment
from verifier.access import Role
from verifier.people import SavedView

Defaults = Mapping[str, Any]  # a screen's filters by key, with what they are where nobody chose


def query_of(defaults: Defaults) -> str:
    """The filters that differ from their defaults, as an address has them."""
    chosen = {key: st.session_state.get(key, plain) for key, plain in defaults.items()}
    kept = {key: _written(value) for key, value in chosen.items() if value != defaults[key]}
    return urlencode(kept, doseq=True)


def _written(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def filters_of(query: str, defaults: Defaults) -> dict[str, Any]:
    """What an address says of the filters; keys nobody knows are left out.

    >>> filters_of("status=refuted&status=contested&up=true&x=1", {"status": [], "up": False})
    {'status': ['refuted', 'contested'], 'up': True}
    """
    given = parse_qs(query, max_num_fields=200)
    return {key: _read(given.get(key), plain) for key, plain in defaults.items()}


def _read(values: Sequence[str] | None, plain: Any) -> Any:
    if not values:
        return plain
    if isinstance(plain, list):
        return list(values)
    return values[0] == "true" if isinstance(plain, bool) else values[0]


def saved_views(page: str, defaults: Defaults) -> None:
    """The popover with this screen's address and everybody's named views of it."""
    query = query_of(defaults)
    with st.popover("Views and link", icon=":material/bookmark:", key="views"):
        st.caption("The address of what you see:")
        address_box(page, query)
        found = workspace().people.views(page)
        st.markdown("**Saved views**" if found else "No view is saved yet.")
        for view in found:
            _offered(view, defaults)
        _keep(page, query)


def _offered(view: SavedView, defaults: Defaults) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"view_{view.id}"):
        st.button(
            literal(view.name),
            key=f"apply_view_{view.id}",
            icon=":material/filter_alt:",
            help=f"Saved by {literal(view.author)}, {moment(view.created_at)}",
            on_click=_apply,
            args=(view.query, defaults),
        )
        st.button(
            "Delete",
            key=f"delete_view_{view.id}",
            type="tertiary",
            icon=":material/delete:",
            disabled=not workspace().access.allows(Role.REVIEWER),
            on_click=_delete,
            args=(view.id,),
        )


def _keep(page: str, query: str) -> None:
    st.text_input("Name of this view", key="view_name", max_chars=80)
    st.button(
        "Save this view",
        key="save_view",
        icon=":material/bookmark_add:",
        disabled=not workspace().access.allows(Role.REVIEWER),
        on_click=_save,
        args=(page, query),
    )


def _apply(query: str, defaults: Defaults) -> None:
    for key, value in filters_of(query, defaults).items():
        st.session_state[key] = value


def _save(page: str, query: str) -> None:
    opened = workspace()
    with told("The view is saved."):
        name = st.session_state["view_name"] or ""
        opened.people.save_view(page, name, query, author=opened.access.who().name)
        st.session_state["view_name"] = ""


def _delete(view_id: int) -> None:
    with told("The view is deleted."):
        workspace().people.delete_view(view_id)
