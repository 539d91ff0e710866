"""Fetching public data sets from PhysioNet: files with checksums over HTTP. Nothing imports torch.

Knows no reader: what is fetched lies in a folder as PhysioNet lays it out, and a data set of
`models/data/` reads it from there.
"""
