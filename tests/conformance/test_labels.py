"""`windows.training_windows` against `squad_convert_example_to_features` of transformers 5.2.0."""

import pytest
from tokenizers import BertWordPieceTokenizer
from transformers import BertTokenizerFast

from qa_course import corpus, windows

KEYS = ("input_ids", "start_positions", "end_positions")


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    """A WordPiece vocabulary for both kinds of tokenizer, theirs in Python and ours in Rust."""
    trained = BertWordPieceTokenizer()
    texts = corpus.load("cuadernoqa", "train")["context"]
    trained.train_from_iterator(sorted(set(texts)), vocab_size=8000, show_progress=False)
    (path,) = trained.save_model(str(tmp_path_factory.mktemp("vocabulary")))
    return path


def cuts_a_word(row):
    """Whether the gold ends or begins within a word, as "boolean" does in "booleans", or within a number."""
    start = row["answers"]["answer_start"][0]
    end = start + len(row["answers"]["text"][0])
    edges = [row["context"][max(0, at - 1) : at + 1] for at in (start, end)]
    return any(len(edge) == 2 and all(map(str.isalnum, edge.replace(",", "0"))) for edge in edges)


@pytest.mark.parametrize(("max_length", "stride"), [(384, 128), (96, 32)])
@pytest.mark.parametrize(
    ("name", "most_other"), [("cuadernoqa", 0), ("xquad.en", 1), ("xquad.es", 0), ("squad_es_v2", 39)]
)
@pytest.mark.filterwarnings("ignore:.*golds with empty text dropped")
def test_windows_and_labels_are_equal_where_golds_are_whole_words(
    peer, request, vocabulary, name, most_other, max_length, stride, record_property
):
    if name == "cuadernoqa":
        rows = list(corpus.load(name, "test"))
    else:
        rows = list(corpus.load(request.getfixturevalue("real_data") / f"{name}.json"))
    tokenizer = BertTokenizerFast(vocab=vocabulary, model_max_length=512)
    theirs = peer("labels", vocabulary=vocabulary, rows=rows, max_length=max_length, stride=stride)
    other = []
    for row, expected in zip(rows, theirs, strict=True):
        made = windows.training_windows({key: [value] for key, value in row.items()}, tokenizer, max_length, stride)
        ours = [list(window) for window in zip(*(made[key] for key in KEYS), strict=True)]
        if ours != expected:
            other.append((row, ours, expected))
    record_property("equal", f"{len(rows) - len(other)} of {len(rows)}")
    assert len(other) <= most_other
    # Where a gold cuts a word, theirs takes all of the word, and ours the smallest run of tokens that covers the gold.
    for row, ours, expected in other:
        assert cuts_a_word(row), row["id"]
        assert [window[0] for window in ours] == [window[0] for window in expected]
        for (_, start, end), (_, first, last) in zip(ours, expected, strict=True):
            assert first <= start <= end <= last or start == end == 0 or first == last == 0, row["id"]
