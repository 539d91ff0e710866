"""Who is at work in this session: the operator of this machine, or whoever logged in."""

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from verifier.access import LOCAL, Person, Role, read_roles
from verifier.workspace import home_folder

NOBODY = Person(name="nobody", role=Role.NOBODY)


def has_login() -> bool:
    """Whether secrets.toml sets up a login.

    Raises:
        RuntimeError: there is a file of secrets that cannot be read; then nobody is let in.
    """
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError as error:
        found = [path for path in st.get_option("secrets.files") if Path(path).exists()]
        if found:
            raise RuntimeError(f"{', '.join(found)} cannot be read: {error}") from None
        return False


def person() -> Person:
    """Asked for every change; without a login everybody here is the operator."""
    if not has_login():
        return LOCAL
    if not st.user.is_logged_in:
        return NOBODY
    email = st.user.get("email")
    if not isinstance(email, str) or not email or st.user.get("email_verified") is False:
        return NOBODY
    return Person(name=email, role=read_roles(home_folder()).of(email))


def door() -> bool:
    """Whether this session may come in; otherwise shows how it could."""
    if not has_login():
        return True
    here = person()
    if here.role > Role.NOBODY:
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.caption(f"{here.name} · {here.role.word}", width="content")
            st.button("Log out", key="log_out", type="tertiary", on_click=st.logout)
        return True
    st.title("Replicheck")
    if st.user.is_logged_in:
        st.error(
            "Your account is known to the login, but has no verified e-mail address with a role "
            "here. Ask whoever runs this dashboard to name you in roles.toml.",
            icon=":material/lock:",
        )
        st.button("Log out", key="log_out", on_click=st.logout)
    else:
        st.markdown("Whoever looks at claims here logs in first.")
        st.button(
            "Log in", key="log_in", type="primary", icon=":material/login:", on_click=st.login
        )
    return False
