import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_course import spans

CONTEXT = "uno dos tres cuatro cinco seis siete ocho nueve diez"
WORDS = [(m, m + len(w)) for w in CONTEXT.split() for m in [CONTEXT.index(w)]]


def window(name, words, question=2):
    """A window over some words of the context: [CLS], a question, [SEP], the words, [SEP]; one token a word."""
    offsets = [None] * (question + 2) + [WORDS[w] for w in words] + [None]
    return {"example_id": name, "offset_mapping": offsets, "attention_mask": [1] * len(offsets)}


def table(rows):
    return {name: [row[name] for row in rows] for name in rows[0]}


def brute_force(windows, starts, ends, longest):
    """Every pair of tokens of every window: the best score of each different span, best first, and the null score."""
    found = {}
    for offsets, start, end in zip(windows["offset_mapping"], starts, ends, strict=True):
        for i in range(len(offsets)):
            for j in range(i, min(len(offsets), i + longest)):
                if offsets[i] and offsets[j]:
                    span = (offsets[i][0], offsets[j][1])
                    found[span] = max(found.get(span, -np.inf), float(np.float32(start[i]) + np.float32(end[j])))
    null = min(float(start[0]) + float(end[0]) for start, end in zip(starts, ends, strict=True))
    return sorted(found.items(), key=lambda item: (-item[1], item[0])), null


@settings(deadline=None, max_examples=200)
@given(
    data=st.data(),
    seed=st.integers(0, 10**6),
    n_best=st.integers(1, 25),
    longest=st.integers(1, 12),
    whole=st.booleans(),
)
def test_the_n_best_are_those_of_a_search_over_every_pair(data, seed, n_best, longest, whole):
    rows = []
    for _ in range(data.draw(st.integers(1, 4))):
        first = data.draw(st.integers(0, 9))
        rows.append(window("q", range(first, data.draw(st.integers(first, 10)))))
    made = table(rows)
    rng = np.random.default_rng(seed)
    # Whole numbers make ties, among them at the edge of the n-best.
    draw = (lambda size: rng.integers(-3, 4, size).astype(np.float32)) if whole else rng.standard_normal
    starts = [np.asarray(draw(len(row["offset_mapping"])), dtype=np.float32) for row in rows]
    ends = [np.asarray(draw(len(row["offset_mapping"])), dtype=np.float32) for row in rows]
    found = spans.best_answers({"id": ["q"], "context": [CONTEXT]}, made, starts, ends, n_best, longest)["q"]
    expected, null = brute_force(made, starts, ends, longest)
    assert [each["score"] for each in found["n_best"]] == pytest.approx([score for _, score in expected[:n_best]])
    assert found["null_score"] == pytest.approx(null)
    if not whole:
        assert [(each["start"], each["end"]) for each in found["n_best"]] == [span for span, _ in expected[:n_best]]
    for each in found["n_best"]:
        assert each["text"] == CONTEXT[each["start"] : each["end"]]
        assert dict(expected)[(each["start"], each["end"])] == pytest.approx(each["score"])


def test_tokens_that_share_a_character_do_not_crowd_out_other_spans():
    """A lone "▁" covers the first letter of the word after it: token spans double, character spans do not."""
    offsets = [None, None]
    for start, end in WORDS:
        offsets += [(start, start + 1), (start, end)]
    made = table([{"example_id": "q", "offset_mapping": offsets, "attention_mask": [1] * len(offsets)}])
    rng = np.random.default_rng(1)
    starts, ends = ([rng.standard_normal(len(offsets)).astype(np.float32)] for _ in range(2))
    for n_best in (1, 5, 20):
        found = spans.best_answers({"id": ["q"], "context": [CONTEXT]}, made, starts, ends, n_best, 8)["q"]["n_best"]
        expected, _ = brute_force(made, starts, ends, 8)
        assert [(each["start"], each["end"]) for each in found] == [span for span, _ in expected[:n_best]]
        assert len(found) == n_best
    alone = spans.best_answers({"id": ["q"], "context": [CONTEXT]}, made, starts, ends, 0, 8)["q"]
    assert "n_best" not in alone and alone["text"] == found[0]["text"]


def logits(size, **peaks):
    row = np.full(size, -5.0, dtype=np.float32)
    for place, value in peaks.items():
        row[int(place[1:])] = value
    return row


def test_the_null_score_is_the_minimum_over_windows():
    # The second window does not hold the answer and says so loudly; the first one holds it.
    made = table([window("q", range(5)), window("q", range(5, 10))])
    starts = [logits(10, t0=1, t4=4), logits(10, t0=9)]
    ends = [logits(10, t0=1, t5=4), logits(10, t0=9)]
    found = spans.best_answers({"id": ["q"], "context": [CONTEXT]}, made, starts, ends, null_threshold=0.0)["q"]
    assert found["null_score"] == 2.0
    assert (found["text"], found["score"]) == ("uno dos", 8.0)


@pytest.mark.parametrize(("threshold", "text"), [(None, "uno"), (3.0, "uno"), (2.0, "uno"), (1.9, "")])
def test_null_is_the_answer_where_the_difference_exceeds_the_threshold(threshold, text):
    made = table([window("q", range(3))])
    starts, ends = [logits(8, t0=5, t4=4)], [logits(8, t0=5, t4=4)]
    examples = {"id": ["q"], "context": [CONTEXT]}
    found = spans.best_answers(examples, made, starts, ends, null_threshold=threshold)["q"]
    assert (found["text"], found["score"], found["null_score"]) == (text, 8.0, 10.0)
    assert (found["start"] is None) == (text == "")
    assert found["n_best"][0]["text"] == "uno"


def test_no_span_in_the_question_none_backwards_none_too_long():
    made = table([window("q", range(5))])
    starts = [logits(10, t1=99, t8=9, t4=8)]  # the question, the last word, the first word
    ends = [logits(10, t2=99, t4=9, t8=8)]
    examples = {"id": ["q"], "context": [CONTEXT]}
    found = spans.best_answers(examples, made, starts, ends, max_answer_length=2)["q"]
    assert found["text"] in ("uno", "cinco") and found["score"] == 17.0
    longer = spans.best_answers(examples, made, starts, ends, max_answer_length=5)["q"]
    assert (longer["n_best"][0]["score"], longer["n_best"][2]["text"]) == (17.0, "uno dos tres cuatro cinco")


def test_padding_on_either_side_of_a_stored_window_moves_the_null():
    row = window("q", range(3))
    padded = {
        "example_id": "q",
        "offset_mapping": [None, None, *row["offset_mapping"]],
        "attention_mask": [0, 0, *row["attention_mask"]],
    }
    starts = ends = [logits(10, t0=99, t2=1, t6=3)]
    found = spans.best_answers({"id": ["q"], "context": [CONTEXT]}, table([padded]), starts, ends)["q"]
    assert (found["null_score"], found["text"]) == (2.0, "uno")


def test_logits_padded_to_one_array_give_the_same():
    made = table([window("q", range(3)), window("r", range(2, 9))])
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal(len(w)) for w in made["offset_mapping"]]
    ends = [rng.standard_normal(len(w)) for w in made["offset_mapping"]]
    longest = max(map(len, starts))
    arrays = [
        np.stack([np.pad(row, (0, longest - len(row)), constant_values=50) for row in rows]) for rows in (starts, ends)
    ]
    examples = {"id": ["q", "r"], "context": [CONTEXT, CONTEXT]}
    assert spans.best_answers(examples, made, *arrays) == spans.best_answers(examples, made, starts, ends)


def test_a_context_without_tokens_leaves_null():
    made = table([window("q", [])])
    found = spans.best_answers({"id": ["q"], "context": [" "]}, made, [logits(5)], [logits(5)], null_threshold=0.0)["q"]
    assert (found["text"], found["start"], found["n_best"]) == ("", None, [])


def test_what_does_not_fit_together_is_named():
    made = table([window("q", range(3))])
    with pytest.raises(ValueError, match="'other' has no window"):
        spans.best_answers({"id": ["other"], "context": [CONTEXT]}, made, [logits(8)], [logits(8)])
    with pytest.raises(ValueError, match="1 windows but 2 and 1 rows"):
        spans.best_answers({"id": ["q"], "context": [CONTEXT]}, made, [logits(8)] * 2, [logits(8)])


def test_logits_do_not_depend_on_batches_or_order(embedded_tokenizer):
    import torch

    from qa_course import corpus, encoder, windows

    torch.manual_seed(0)
    tokenizer, model = encoder.load("tiny")
    model.train()
    examples = corpus.load("cuadernoqa", "validation[:6]", "es")
    made = windows.evaluation_windows(examples[:], tokenizer, 96, 32)
    rows = [dict(zip(made, values, strict=True)) for values in zip(*made.values(), strict=True)]
    starts, ends = spans.predict_logits(model, rows, tokenizer, batch_size=5)
    assert model.training
    alone = spans.predict_logits(model, rows[::-1], tokenizer, batch_size=1)
    for row, start, end, other, another in zip(rows, starts, ends, alone[0][::-1], alone[1][::-1], strict=True):
        assert len(start) == len(end) == len(row["input_ids"])
        np.testing.assert_allclose(start, other, atol=1e-5)
        np.testing.assert_allclose(end, another, atol=1e-5)
