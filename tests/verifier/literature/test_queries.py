from verifier.literature.queries import queries_for


def test_named_things_are_kept_and_phrases_quoted():
    narrow = queries_for("CPC (Contrastive Predictive Coding) shows the best representations.")[0]
    assert '"Contrastive Predictive Coding"' in narrow
    assert "CPC" in narrow


def test_words_that_narrow_nothing_are_left_out():
    for query in queries_for("The study covers five different pretraining methodologies."):
        assert not {"the", "study", "covers", "five", "different"} & set(query.split())


def test_queries_go_from_narrow_to_wide_without_repetition():
    found = queries_for(
        "data2vec consistently lags behind other methodologies across scaling regimes."
    )
    assert [len(query.split()) for query in found] == sorted(
        (len(query.split()) for query in found), reverse=True
    )
    assert len({frozenset(query.split()) for query in found}) == len(found)
    assert "data2vec" in found[0]


def test_a_claim_without_content_asks_nothing():
    assert queries_for("The study shows this.") == []
