"""Weighs claims: imports them, asks two witnesses, decides, and reports.

Knows `models` (through experiment.py) and `db` (through archive.py and queue.py), never Streamlit.
"""
