"""From files and abstracts to passages that bear on a claim.

Knows documents, claims, sources and judges; nothing of the database, the screen or torch.
"""
