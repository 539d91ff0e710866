"""Opening the dashboard loads no torch: it would cost seconds and hundreds of megabytes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
VISIT_ALL = """
import sys
from streamlit.testing.v1 import AppTest

at = AppTest.from_file("app.py", default_timeout=300).run()
pages = ("claims", "review", "runs", "scaling", "importing", "export", "about", "claim", "run")
for page in (*pages, "compare"):
    at.switch_page(f"app_pages/{page}.py")
    at.query_params["runs"] = "1,2,3"
    at.query_params["id"] = {"claim": "demo-best", "run": "1"}.get(page, "")
    assert not at.run().exception, page
at.switch_page("app_pages/claims.py").run()
at.button(key="bulk_form_verify").click().run()
assert not at.exception
assert at.success
print("torch" in sys.modules)
"""


def test_no_screen_imports_torch(demo_home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", VISIT_ALL],
        cwd=ROOT,
        env={**os.environ, "VERIFIER_HOME": str(demo_home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "False"
