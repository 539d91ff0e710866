"""Who may do what. Checked where things are changed: hiding a button is no protection.

Without a login whoever reaches the dashboard is its operator, which is why it listens to this
machine alone. With one, `roles.toml` in the home folder says what each e-mail address may do.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from models.catalog import did_you_mean
from verifier.claim import InputError

ROLES_FILE = "roles.toml"


class Role(IntEnum):
    """Each may do all that those before it may."""

    NOBODY = 0  # sees nothing
    READER = 1  # sees everything, changes nothing
    REVIEWER = 2  # judges claims, accepts and rejects, chooses protocols
    OPERATOR = 3  # imports, asks for runs and verifications, and stops them

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str  # what the history shows: an e-mail address, or "local"
    role: Role


LOCAL = Person(name="local", role=Role.OPERATOR)
ANYBODY = Person(name="anybody", role=Role.READER)  # in read-only mode


class Refused(InputError):  # noqa: N818 - what happened, not what went wrong
    """This person may not do this; the message says what it takes."""


class Access:
    """Answers for the person now at work; `who` is asked anew each time."""

    def __init__(self, who: Callable[[], Person] = lambda: LOCAL) -> None:
        self.who = who

    def allows(self, least: Role) -> bool:
        return self.who().role >= least

    def require(self, least: Role, *, to: str) -> Person:
        """The person, if their role is enough.

        Raises:
            Refused: it is not.
        """
        person = self.who()
        if person.role < least:
            raise Refused(
                f"To {to} takes the role {least.word}; {person.name} is {person.role.word} here."
            )
        return person


@dataclass(frozen=True, kw_only=True)
class Roles:
    """By e-mail address, in lower case. Who is not named has the default."""

    people: Mapping[str, Role] = field(default_factory=dict)
    default: Role = Role.READER

    def of(self, email: str) -> Role:
        return self.people.get(email.strip().lower(), self.default)


def read_roles(home: Path) -> Roles:
    """What `roles.toml` says; without one everybody who logs in is a reader.

    Raises:
        InputError: the file cannot be understood; nobody is let in on a guess.
    """
    path = home / ROLES_FILE
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Roles()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    if unknown := set(told) - {"default", "people"}:
        raise InputError(
            f"{path}: there is no {', '.join(sorted(unknown))}; allowed are default and [people]."
        )
    people = told.get("people", {})
    if not isinstance(people, dict):
        raise InputError(
            f'{path}: people is a table of lines like "anna@example.org" = "reviewer".'
        )
    return Roles(
        people={email.strip().lower(): _role(word, path, email) for email, word in people.items()},
        default=_role(told.get("default", Role.READER.word), path, "default"),
    )


def _role(word: object, path: Path, about: str) -> Role:
    known = [role.word for role in Role]
    if isinstance(word, str) and word in known:
        return Role[word.upper()]
    hint = did_you_mean(str(word), known)
    raise InputError(f"{path}: {about} is {word!r}.{hint} Allowed: {', '.join(known)}.")
