"""What each command of the command line does and prints, by what the commands are about.

The words a person may say to them are in verifier/__main__.py.
"""
