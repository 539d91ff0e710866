"""A worker told to use cards finds out at once whether they are there."""

import pytest

from verifier.__main__ import main
from verifier.cards import check_cards
from verifier.executors import ExecutorError


def seeing(answer: str):
    return lambda _question: answer


def test_cards_that_are_there_may_be_asked_for():
    check_cards([0, 1], ask=seeing("2 2.13.0+cu130 13.0"))
    check_cards([1], ask=seeing("2 2.13.0+cu130 13.0"))


@pytest.mark.parametrize(
    ("wanted", "seen", "expected"),
    [
        ([0], "0 2.13.0+cpu ", "torch 2.13.0+cpu sees no card on this machine; this build"),
        ([0], "0 2.13.0+cu130 13.0", "sees no card on this machine. Leave --gpus out to train on"),
        ([0, 1], "1 2.13.0+cu130 13.0", "--gpus 0 1: there is no card 1 on this machine"),
        ([-1], "4 2.13.0+cu130 13.0", "there is no card -1 on this machine; torch 2.13.0+cu130"),
        ([7], "4 2.13.0+cu130 13.0", "sees the cards 0 to 3."),
        ([0, 0], "4 2.13.0+cu130 13.0", "--gpus 0 0 names a card twice"),
    ],
)
def test_a_card_that_is_not_there_is_refused_with_what_was_seen(wanted, seen, expected):
    with pytest.raises(ExecutorError) as refused:
        check_cards(wanted, ask=seeing(seen))
    assert expected in str(refused.value)


def test_a_torch_that_cannot_say_is_named_with_its_last_words():
    def broken(_question):
        raise ExecutorError("ImportError: libcudart.so: cannot open")

    with pytest.raises(ExecutorError, match="cannot be counted: ImportError: libcudart"):
        check_cards([0], ask=broken)


def test_a_worker_for_a_card_that_no_machine_has_ends_before_it_takes_a_run(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("VERIFIER_HOME", str(tmp_path))
    assert main(["worker", "--gpus", "4096"]) == 2
    told = capsys.readouterr().err
    assert "--gpus 4096: " in told
    assert "on this machine" in told
    assert told.count("\n") == 1
