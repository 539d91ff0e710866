"""Fills a folder for looking at the dashboard by hand, and for tests/browser.

`python -m tests.demo DIR && VERIFIER_HOME=DIR streamlit run app.py`
"""

import os
import sys
from pathlib import Path

from tests.demo.workspace import build_demo

where = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["VERIFIER_HOME"])
where.mkdir(parents=True, exist_ok=True)
opened = build_demo(where)
if "--worker" in sys.argv:
    opened.queue.register("demo-worker", host="localhost", pid=os.getpid(), slots=2)
opened.database.close()
