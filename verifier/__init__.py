"""Weighs claims: imports them, asks two witnesses, decides, and reports.

Knows `models` (through planning.py) and `db` (through archive and queue), never Streamlit.
"""
