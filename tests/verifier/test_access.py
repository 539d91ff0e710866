from pathlib import Path

import pytest

from verifier.access import LOCAL, Access, Person, Refused, Role, Roles, read_roles
from verifier.claim import InputError
from verifier.intake import add_documents, preview, store
from verifier.verdict import Status
from verifier.workspace import Workspace, home_folder, open_workspace


def roles_of(home: Path, text: str) -> Roles:
    (home / "roles.toml").write_text(text, encoding="utf-8")
    return read_roles(home)


def test_without_a_file_whoever_logs_in_only_reads(tmp_path):
    assert read_roles(tmp_path).of("anna@example.org") is Role.READER


def test_a_named_person_has_their_role_however_the_address_is_written(tmp_path):
    roles = roles_of(tmp_path, '[people]\n"Anna@Example.org" = "reviewer"\n')
    assert roles.of(" anna@example.ORG ") is Role.REVIEWER
    assert roles.of("bert@example.org") is Role.READER


def test_a_default_of_nobody_keeps_strangers_out(tmp_path):
    roles = roles_of(tmp_path, 'default = "nobody"\n[people]\n"anna@example.org" = "operator"\n')
    assert roles.of("bert@example.org") is Role.NOBODY
    assert roles.of("anna@example.org") is Role.OPERATOR


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('default = "reder"', "Did you mean 'reader'"),
        ('[people]\n"anna@example.org" = 3', "anna@example.org is 3"),
        ('[persons]\n"anna@example.org" = "reader"', "there is no persons"),
        ('people = "all"', "people is a table of lines"),
        ("[people", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_understood_lets_nobody_in(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        roles_of(tmp_path, text)


def test_a_refusal_says_what_it_takes_and_what_one_is():
    access = Access(lambda: Person(name="anna@example.org", role=Role.READER))
    with pytest.raises(Refused, match=r"To cancel a run takes the role operator; anna@.* reader"):
        access.require(Role.OPERATOR, to="cancel a run")


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_those_before_it_may(role):
    access = Access(lambda: Person(name="anna", role=role))
    assert [access.allows(least) for least in Role] == [least <= role for least in Role]


def overrule(workspace: Workspace) -> None:
    workspace.archive.overrule("C01", status=Status.REFUTED, author="anna", reason="I looked.")


def test_a_reader_changes_nothing_whichever_way_they_try(workspace):
    who = [LOCAL]
    theirs = open_workspace(who=lambda: who[0])
    overrule(theirs)  # the operator may
    who[0] = Person(name="anna@example.org", role=Role.READER)

    for change in (
        overrule,
        lambda w: w.verifications.request(["C01"], preset="quick", data="synthetic"),
        lambda w: w.queue.enqueue([], actor="anna"),
        lambda w: w.archive.choose_protocol("C01", None),
    ):
        with pytest.raises(Refused, match=r"anna@example\.org is reader"):
            change(theirs)
    assert len(theirs.archive.verdicts("C01")) == 1
    assert theirs.verifications.latest() == []
    theirs.database.close()


def test_a_reviewer_judges_but_neither_asks_for_work_nor_stops_it(workspace):
    theirs = open_workspace(who=lambda: Person(name="anna@example.org", role=Role.REVIEWER))
    overrule(theirs)
    report = preview(theirs, b"claim\nA model is a model of something.\n", name="claims.csv")
    for change in (
        lambda: theirs.verifications.request(["C01"], preset="quick", data="synthetic"),
        lambda: theirs.verifications.cancel(1),
        lambda: theirs.inquiries.request("search", "a question"),
        lambda: theirs.queue.request_cancel(1, actor="anna"),
        lambda: theirs.queue.retry(1, actor="anna"),
        lambda: store(theirs, report),
        lambda: add_documents(theirs, b"Some text.", name="paper.txt"),
    ):
        with pytest.raises(Refused, match="takes the role operator"):
            change()
    theirs.database.close()


def test_in_read_only_mode_even_the_operator_only_looks(workspace):
    overrule(workspace)
    environment = {"VERIFIER_HOME": str(home_folder()), "VERIFIER_READ_ONLY": "1"}
    closed = open_workspace(environment)
    assert len(closed.archive.verdicts("C01")) == 1
    with pytest.raises(Refused, match="anybody is reader"):
        overrule(closed)
    closed.database.close()


def test_read_only_mode_makes_no_database(tmp_path):
    environment = {"VERIFIER_HOME": str(tmp_path / "nowhere"), "VERIFIER_READ_ONLY": "1"}
    with pytest.raises(InputError, match="There is no database"):
        open_workspace(environment)
    assert not (tmp_path / "nowhere").exists()
