"""Measurements of ourselves, one subject a file: what `python -m verifier bench SUBJECT` prints.

Every number carries its interval and what it counts. Knows everything below the command line.
"""
