import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_course import corpus, windows

TOKENIZERS = ("embedded_tokenizer", "bert_tokenizer", "byte_tokenizer")
WORDS = st.one_of(
    st.sampled_from(
        [
            "La",
            "Paz",
            "café",
            "cafe\u0301",
            "1968",
            "(1968-72)",
            "año",
            "👩‍🔬",
            "🎻🎻",
            "«sí»",
            "ﬁn",
            "½",
            "日本",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
)


@pytest.fixture(params=TOKENIZERS)
def tokenizer(request):
    return request.getfixturevalue(request.param)


def batch(context, question="¿Qué?", golds=()):
    answers = {"text": [context[a:b] for a, b in golds], "answer_start": [a for a, _ in golds]}
    return {"id": ["q"], "context": [context], "question": [question], "answers": [answers]}


def overlapping(offsets, start, end):
    """Brute force: the tokens that share a character with [start, end); a token of no width shares none."""
    return [t for t, span in enumerate(offsets) if span and max(span[0], start) < min(span[1], end)]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, min_size=1, max_size=60), spaces=st.sampled_from([" ", "  ", "\n"]), data=st.data())
def test_every_label_is_the_smallest_span_that_covers_the_gold(tokenizer, words, spaces, data):
    context = spaces.join(words)
    start = data.draw(st.integers(0, len(context) - 1))
    end = data.draw(st.integers(start + 1, min(len(context), start + 30)))
    example = batch(context, golds=[(start, end)])
    made = windows.training_windows(example, tokenizer, 40, 10)
    offsets = windows.evaluation_windows(example, tokenizer, 40, 10)["offset_mapping"]
    covers = [overlapping(window, start, end) for window in offsets]
    reached = [(window[c[0]][0], window[c[-1]][1]) for window, c in zip(offsets, covers, strict=True) if c]
    for window, cover, first, last in zip(offsets, covers, made["start_positions"], made["end_positions"], strict=True):
        whole = bool(cover and context[start:end].strip()) and (
            window[cover[0]][0],
            window[cover[-1]][1],
        ) == (
            min(r[0] for r in reached),
            max(r[1] for r in reached),
        )
        assert (first, last) == ((cover[0], cover[-1]) if whole else (0, 0))


def test_windows_of_the_corpus_decode_to_their_answers(tokenizer):
    examples = corpus.load("cuadernoqa", "validation", "es")
    made = windows.training_windows(examples[:], tokenizer, 128, 48)
    shown = windows.evaluation_windows(examples[:], tokenizer, 128, 48)
    rows = {row["id"]: row for row in examples}
    labelled = set()
    for name, offsets, start, end in zip(
        shown["example_id"],
        shown["offset_mapping"],
        made["start_positions"],
        made["end_positions"],
        strict=True,
    ):
        if start:
            row = rows[name]
            text = row["context"][offsets[start][0] : offsets[end][1]]
            assert row["answers"]["text"][0] in text
            labelled.add(name)
    assert labelled == {name for name, row in rows.items() if row["answers"]["text"]}


def test_a_window_that_cuts_the_answer_is_labelled_cls(embedded_tokenizer):
    context = " ".join(f"palabra{n}" for n in range(60))
    start = context.index("palabra20")
    example = batch(context, golds=[(start, context.index(" palabra30"))])
    made = windows.training_windows(example, embedded_tokenizer, 60, 20)
    offsets = windows.evaluation_windows(example, embedded_tokenizer, 60, 20)["offset_mapping"]
    seen = [bool(overlapping(window, start, start + 1)) for window in offsets]
    assert sum(seen) > sum(s > 0 for s in made["start_positions"]) >= 0
    assert all((s > 0) == (e > 0) for s, e in zip(made["start_positions"], made["end_positions"], strict=True))


def test_no_answer_and_empty_golds_are_labelled_cls(tokenizer):
    for golds in ({"text": [], "answer_start": []}, {"text": ["", " "], "answer_start": [0, 0]}):
        example = batch("Una frase corta.") | {"answers": [golds]}
        made = windows.training_windows(example, tokenizer)
        assert (made["start_positions"], made["end_positions"]) == ([0], [0])


def test_the_first_gold_with_text_counts(tokenizer):
    context = "Potosí está en Bolivia."
    example = batch(context) | {"answers": [{"text": ["", "Bolivia", "Potosí"], "answer_start": [-1, 15, 0]}]}
    made = windows.training_windows(example, tokenizer)
    offsets = windows.evaluation_windows(example, tokenizer)["offset_mapping"][0]
    text = context[offsets[made["start_positions"][0]][0] : offsets[made["end_positions"][0]][1]]
    assert "Bolivia" in text and "Potosí" not in text


def test_leading_spaces_of_a_question_change_nothing(tokenizer):
    plain = windows.training_windows(batch("Un texto.", "¿Qué es?", [(3, 8)]), tokenizer)
    spaced = windows.training_windows(batch("Un texto.", "   ¿Qué es?  ", [(3, 8)]), tokenizer)
    assert plain == spaced


def test_columns(embedded_tokenizer, bert_tokenizer):
    example = batch("Un texto.", golds=[(3, 8)])
    inputs = {"input_ids", "attention_mask"}
    labels = {"start_positions", "end_positions"}
    assert set(windows.training_windows(example, embedded_tokenizer)) == inputs | labels
    assert set(windows.training_windows(example, bert_tokenizer)) == inputs | labels | {"token_type_ids"}
    shown = windows.evaluation_windows(example, bert_tokenizer)
    assert set(shown) == inputs | {"token_type_ids", "example_id", "offset_mapping"}
    kinds, offsets = shown["token_type_ids"][0], shown["offset_mapping"][0]
    assert [offset is not None for offset in offsets][:-1] == [kind == 1 for kind in kinds][:-1]


def test_padding_on_the_left_puts_the_context_first_and_moves_the_labels(byte_tokenizer):
    import copy

    left = copy.deepcopy(byte_tokenizer)
    left.padding_side = "left"
    rows = [
        batch("Quito", "¿Dónde?", [(0, 5)]),
        batch("La mitad del mundo está en Quito", "¿Dónde?", [(27, 32)]),
    ]
    joined = {name: rows[0][name] + rows[1][name] for name in rows[0]}
    joined["id"] = ["a", "b"]
    made = windows.training_windows(joined, left)
    offsets = windows.evaluation_windows(joined, left)["offset_mapping"]
    assert offsets[0][1] == (0, 5) or offsets[0][1][0] == 0
    batch_ = windows.collate([{name: made[name][i] for name in made} for i in range(2)], left)
    for row, context in enumerate(joined["context"]):
        ids = batch_["input_ids"][row, batch_["start_positions"][row] : batch_["end_positions"][row] + 1]
        assert left.decode(ids).strip() == joined["answers"][row]["text"][0]
        assert batch_["attention_mask"][row].sum() == len(made["input_ids"][row])
        assert context
    assert batch_["attention_mask"][0, 0] == 0


def test_collate_pads_to_the_longest_on_the_right(bert_tokenizer):
    rows = [
        {
            "input_ids": [2, 5, 3],
            "attention_mask": [1, 1, 1],
            "token_type_ids": [0, 0, 1],
            "start_positions": 1,
            "end_positions": 2,
        },
        {
            "input_ids": [2, 3],
            "attention_mask": [1, 1],
            "token_type_ids": [0, 0],
            "start_positions": 0,
            "end_positions": 0,
        },
    ]
    made = windows.collate(rows, bert_tokenizer)
    assert made["input_ids"].tolist() == [[2, 5, 3], [2, 3, bert_tokenizer.pad_token_id]]
    assert made["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert made["start_positions"].tolist() == [1, 0] and made["end_positions"].tolist() == [2, 0]


@pytest.mark.parametrize("words", [100, 400])
def test_a_question_without_room_for_its_context_is_named(tokenizer, words):
    example = batch("Un texto.", "por qué " * words)
    with pytest.raises(ValueError, match="'q' has .* tokens.*shorten it"):
        windows.training_windows(example, tokenizer, 64, 16)


def test_a_question_that_grows_when_normalised_is_counted(embedded_tokenizer):
    for char in "‷∭⨌㎨ﷺ":
        for count in range(8, 60):
            try:
                windows.training_windows(batch("Un texto.", char * count), embedded_tokenizer, 64, 8)
            except ValueError as error:
                assert "shorten it" in str(error)


def test_columns_of_a_table_will_do(embedded_tokenizer):
    table = corpus.load("cuadernoqa", "validation[:2]", "es")
    made = windows.tokenize(table["question"], table["context"], embedded_tokenizer)
    assert made["overflow_to_sample_mapping"] == [0, 1]


def test_the_longest_question_that_fits_does_fit(embedded_tokenizer):
    context = "palabra " * 200
    for length in range(30, 60):
        question = " ".join(["no"] * length)
        try:
            made = windows.evaluation_windows(batch(context, question), embedded_tokenizer, 64, 16)
        except ValueError:
            assert length >= 64 - 4 - 16
        else:
            assert all(len(ids) <= 64 for ids in made["input_ids"])
            last = made["offset_mapping"][-1]
            assert max(span[1] for span in last if span) >= len(context.strip())


def test_a_tokenizer_without_offsets_is_refused():
    class Slow:
        is_fast = False
        cls_token_id = 0

    with pytest.raises(ValueError, match="fast encoder tokenizer"):
        windows.tokenize(["a"], ["b"], Slow())


def test_every_answer_of_real_data_has_its_label(real_data, embedded_tokenizer):
    for name in ("xquad.en.json", "xquad.es.json"):
        examples = corpus.load(real_data / name)
        made = windows.training_windows(examples[:], embedded_tokenizer)
        shown = windows.evaluation_windows(examples[:], embedded_tokenizer)
        labelled = {
            example for example, start in zip(shown["example_id"], made["start_positions"], strict=True) if start
        }
        assert labelled == set(examples["id"])
