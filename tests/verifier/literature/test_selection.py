import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from verifier.literature.selection import Sentences, features, score, trees_of

TEXTS = [
    "Background: heart disease is common.",
    "We aimed to test whether aspirin helps.",
    "Aspirin reduced the risk of heart attack by 20% in our patients.",
    "More work is needed.",
]


def read(statement: str, texts: list[str], cosines: list[float]) -> Sentences:
    return Sentences(
        statement=statement,
        texts=texts,
        cosines=np.array(cosines),
        title_share=0.5,
        idf=lambda word: 1.0,
    )


def test_the_sentence_that_says_it_comes_first():
    found = score(read("Aspirin lowers the risk of heart attack.", TEXTS, [0.3, 0.5, 0.8, 0.0]))
    assert int(found.argmax()) == 2


def test_trees_are_walked_as_they_are_written():
    """x0 <= 1 ? (x1 <= 0 ? -1 : 2) : 5, and a second tree that is one leaf."""
    written = {
        "trees": [
            [[0, 1.0, 1, 2, 0.0], [1, 0.0, 3, 4, 0.0], [0, 0, 2, 2, 5.0], [0, 0, 3, 3, -1.0],
             [0, 0, 4, 4, 2.0]],
            [[0, 0, 0, 0, 0.25]],
        ],
        "start": 0.5,
        "depth": 2,
    }  # fmt: skip
    rows = np.array([[0.0, -1.0], [1.0, 1.0], [2.0, 0.0]])
    assert trees_of(written).score(rows).tolist() == [-0.25, 2.75, 5.75]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.text(max_size=40))
def test_any_text_has_finite_features_and_a_score(texts, statement):
    asked = read(statement, texts, [0.1 * i for i in range(len(texts))])
    assert np.isfinite(features(asked)).all()
    assert np.isfinite(score(asked)).all()
    assert len(score(asked)) == len(texts)
