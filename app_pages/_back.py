"""One press of Back leads from a page to the one before it, with its filters.

When a page with filters in its address is left, Streamlit first pushes that page without them into
the browser's history, and then the new page; Back would lead to the first of these. Here the new
page takes its place. A browser that does not run it needs two presses.
"""

import streamlit as st

SCRIPT = """
(() => {
  if (window.replicheckBack) return;
  window.replicheckBack = true;
  const push = history.pushState.bind(history);
  let isBetween = false;  // the newest entry is this page again, and nobody did anything since
  for (const act of ["pointerdown", "keydown", "popstate"])
    addEventListener(act, () => { isBetween = false; }, true);
  history.pushState = (state, title, url) => {
    const isHere = new URL(url, location.href).pathname === location.pathname;
    if (isBetween && !isHere) history.replaceState(state, title, url);
    else push(state, title, url);
    isBetween = isHere;
  };
})();
"""


def one_step_back() -> None:
    st.html(f"<script>{SCRIPT}</script>", unsafe_allow_javascript=True)
