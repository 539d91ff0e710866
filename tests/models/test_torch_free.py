import subprocess
import sys

SCRIPT = """
import sys
import models.recipe, models.fingerprint, models.catalog, models.listing, models.measurement
import models.progress, models.data_commands, models.verify_data, models.download.sources
from models.data import DATASETS, parse_reference
for name in DATASETS:
    DATASETS.load(name)
recipe = models.recipe.Recipe.bundled("reduced").with_changes({"objective": "jepa"})
digest = DATASETS.load("synthetic").digest(None, recipe.dataset_options)
models.fingerprint.fingerprint(recipe, digest, models.fingerprint.code_digest())
models.listing.listing()
heavy = {"torch", "wfdb", "pandas", "scipy", "h5py", "requests"} & set(sys.modules)
assert not heavy, heavy
"""


def test_recipes_catalogues_and_digests_are_read_without_torch(root):
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, check=True, timeout=300)
