"""Language models of the literature side: sentence embeddings and the bundled judge's network.

Whatever there needs torch lives here, and is reached by `python -m models.text` in a process of
its own (verifier/encoder.py is the other end). Knows nothing of claims, documents or verdicts:
texts in, numbers out. Importing this package does not import torch.
"""
