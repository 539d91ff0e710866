"""What is wrong with a database, for who must mend it: what was found, where, what helps."""

import os
import shutil
from pathlib import Path

from sqlalchemy.exc import DatabaseError, DBAPIError, InternalError, OperationalError

from db.session import shown, sqlite_file

OURS_NEVER = (DatabaseError, InternalError, OperationalError)  # these very classes
ADDRESS = "its address (VERIFIER_DATABASE_URL)"
LOOKING = "to look only, set VERIFIER_READ_ONLY=1"
NOT_ALLOWED = "42501"
OF_STATES = {  # PostgreSQL's numbers
    NOT_ALLOWED: f"Let the owner of the tables do this, or grant that user the right; {LOOKING}.",
    "25006": f"It takes no changes now, as a standby does not; {LOOKING}.",
    "55P03": "Something else is at work in it, a dump perhaps: ask again when that has ended.",
    "53100": "Make room on the server's disk; nothing was written by halves.",
}
OF_WORDS = {  # a server that lets nobody in gives no number
    "password authentication failed": f"Correct the user or the password in {ADDRESS}.",
    "no password supplied": f"Write the password into {ADDRESS}, or into ~/.pgpass.",
    "no pg_hba.conf entry": f"The server lets nobody so in from here: correct that, or {ADDRESS}.",
    "too many clients": "Close what else uses the server, or raise its max_connections.",
    "remaining connection slots": "Close what else uses the server, or raise its max_connections.",
    "does not exist": f"Make it (createdb, createuser), or correct {ADDRESS}.",
    "the server running": f"Start it, or correct {ADDRESS}.",
    "timeout expired": f"Nobody answers there: correct {ADDRESS}, or see to the network.",
    "host name": f"Correct the host in {ADDRESS}.",
}
OF_FILES = {  # SQLite's names
    "SQLITE_READONLY": f"See to the owner and permissions of the file and its folder; {LOOKING}.",
    "SQLITE_BUSY": "Another process keeps it locked; ask again when that has ended.",
    "SQLITE_LOCKED": "Another process keeps it locked; ask again when that has ended.",
    "SQLITE_NOTADB": "Bring back a backup (restore FILE); what is there now is kept aside.",
    "SQLITE_CORRUPT": "Bring back a backup (restore FILE); what is there now is kept aside.",
}
LONGEST_PATH = 500  # bytes; SQLite takes 512, with what it adds for the files beside it
LITTLE_ROOM = 64 * 1024  # bytes; what it needs beside a database to open it


def in_words(error: DBAPIError, url: str) -> str | None:
    """One line about a database that cannot be used as it is; None for a fault of the program."""
    is_refused = getattr(error.orig, "sqlstate", None) == NOT_ALLOWED
    if type(error) not in OURS_NEVER and not is_refused:
        return None
    answer = getattr(error.orig, "diag", None)
    said = " ".join((getattr(answer, "message_primary", None) or str(error.orig)).split())
    file = sqlite_file(url)
    helps = _for_server(error) if file is None else _for_file(error, file)
    where = shown(url) if file is None else file
    return f"the database cannot be used: {said.rstrip('.')} ({where}). {helps}".strip()


def _for_server(error: DBAPIError) -> str:
    by_state = OF_STATES.get(getattr(error.orig, "sqlstate", None) or "")
    by_words = (helps for words, helps in OF_WORDS.items() if words in str(error.orig))
    return by_state or next(by_words, "")


def _for_file(error: DBAPIError, file: Path) -> str:
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    by_name = next((helps for start, helps in OF_FILES.items() if name.startswith(start)), "")
    return by_name or _hindrance(file)


def _hindrance(file: Path) -> str:
    """Why SQLite, which only says that it failed, cannot use a file or those beside it."""
    if (n_bytes := len(os.fsencode(file.absolute()))) > LONGEST_PATH:
        return f"Its path has {n_bytes} bytes and must have at most {LONGEST_PATH}."
    if not file.parent.is_dir():
        return "Its folder is not there."
    if shutil.disk_usage(file.parent).free < LITTLE_ROOM:
        return f"The disk of {file.parent} is full: make room; nothing was written by halves."
    if not os.access(file.parent, os.W_OK):
        return (
            f"Nothing can be written to {file.parent}, and an open database needs files beside it, "
            "for looking too: copy the folder to another place, and name it by VERIFIER_HOME."
        )
    return ""
