"""`answering` against brute force over all spans, words found by regular expression, windows taken one by one."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast

from qa_course.answering import QuestionAnswerer, merge_answers, token_characters, window_answers

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
PASSAGES = [
    "La niña comió un plátano-maduro en México, y después bebió agua. ¡Qué día!",
    "El corazón humano late unas cien mil veces al día; bombea casi siete mil litros de sangre.",
    "The Andes 🏔️ are the longest mountain range above water: about 8,900 km (5,530 mi), in seven countries.",
    "Ada Lovelace wrote notes on the Analytical Engine. The notes, said Ada, were hers; the Engine was not.",
]
QUESTIONS = ["¿Qué comió la niña?", "¿Cuántas veces late?", "How long are the Andes?", "Who wrote the notes?"]


def make_tokenizer(padding_side="right"):
    """Words as BERT splits them, one token a byte, so that accents and emoji are several tokens."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        [], trainers.BpeTrainer(special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=512,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        padding_side=padding_side,
        **names,
    )


@pytest.fixture(scope="module")
def tokenizer():
    return make_tokenizer()


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(tokenizer), initializer_range=0.4, pad_token_id=0, **sizes)
    return BertForQuestionAnswering(config).eval()


@pytest.fixture(scope="module")
def qa(model, tokenizer):
    return QuestionAnswerer(model, tokenizer)


class Pointer(torch.nn.Module):
    """A model that is sure of one span of the context: from where `start` begins to where `end` ends."""

    def __init__(self, tokenizer, start, end):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.start, self.end = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (start, end))

    def forward(self, input_ids, attention_mask, token_type_ids):
        start, end = torch.zeros(input_ids.shape), torch.zeros(input_ids.shape)
        for row, ids in enumerate(input_ids.tolist()):
            for logits, piece, edge in ((start, self.start, 0), (end, self.end, len(self.end) - 1)):
                for at in range(len(ids) - len(piece) + 1):
                    if ids[at : at + len(piece)] == piece and token_type_ids[row, at] == 1:
                        logits[row, at + edge] = 30.0
        return SimpleNamespace(start_logits=start, end_logits=end)


def as_list(result):
    return [result] if isinstance(result, dict) else result


def assert_same(result, expected, tolerance=1e-5):
    assert type(result) is type(expected)
    result, expected = as_list(result), as_list(expected)
    assert [(a["start"], a["end"], a["answer"]) for a in result] == [
        (a["start"], a["end"], a["answer"]) for a in expected
    ]
    assert [a["score"] for a in result] == pytest.approx([a["score"] for a in expected], abs=tolerance)


# --- the decoding of one window


def softmax(logits):
    exponentials = np.exp(logits - np.max(logits))
    return exponentials / exponentials.sum()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 12), st.integers(1, 6), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_window_answers_are_those_of_brute_force(size, max_answer_len, n_best, seed):
    draw = np.random.default_rng(seed)
    question = int(draw.integers(1, 4))
    length = 1 + question + 1 + size + 1
    start, end = draw.normal(0, 3, (2, length)).astype(np.float32)
    context = range(question + 2, question + 2 + size)
    characters = [(10 * t, 10 * t + 5) if t in context else None for t in range(length)]
    allowed = [0, *context]
    p_start = dict(zip(allowed, softmax(start[allowed].astype(float)), strict=True))
    p_end = dict(zip(allowed, softmax(end[allowed].astype(float)), strict=True))
    every = [
        (10 * i, 10 * j + 5, p_start[i] * p_end[j]) for i in context for j in context if i <= j < i + max_answer_len
    ]
    every.sort(key=lambda span: -span[2])

    best, null = window_answers(start, end, characters, 0, n_best, max_answer_len)

    assert null == pytest.approx(p_start[0] * p_end[0], rel=1e-4)
    assert [span[:2] for span in best] == [span[:2] for span in every[:n_best]]
    assert [span[2] for span in best] == pytest.approx([span[2] for span in every[:n_best]], rel=1e-4)


def test_window_answers_ignore_the_logits_of_the_question():
    characters = [None, None, None, (0, 2), (3, 5), None]
    calm, loud = np.zeros(6, np.float32), np.float32([0, 90, 90, 0, 0, 90])
    assert window_answers(loud, loud, characters, 0, 9, 9) == window_answers(calm, calm, characters, 0, 9, 9)
    assert window_answers(calm, calm, characters, 0, 9, 9)[1] == pytest.approx(1 / 9)


def test_very_sure_logits_neither_overflow_nor_vanish():
    characters = [None, (0, 1), (1, 2)]
    best, null = window_answers(*np.float32([[-300, 500, -80], [-300, -80, 500]]), characters, 0, 3, 2)
    assert best[0] == (0, 2, pytest.approx(1.0)) and null == pytest.approx(0.0)
    assert len(best) == 3


# --- the merging of windows


def test_spans_with_the_same_text_are_one_answer_where_the_first_stands():
    context = "Ada met ada. Bob slept."
    found = [(0, 3, 0.2), (13, 16, 0.25), (8, 11, 0.15), (4, 7, 0.1)]
    assert merge_answers(context, found, None, 2) == [
        {"score": pytest.approx(0.35), "start": 0, "end": 3, "answer": "Ada"},
        {"score": 0.25, "start": 13, "end": 16, "answer": "Bob"},
    ]
    assert len(merge_answers(context, found, None, 9)) == 3
    assert merge_answers(context, found, None, 1)["answer"] == "Ada"


def test_no_answer_competes_only_when_asked_to():
    found, empty = [(0, 3, 0.2)], {"score": 0.3, "start": 0, "end": 0, "answer": ""}
    assert merge_answers("Ada", found, 0.3, 1) == empty
    assert [answer["answer"] for answer in merge_answers("Ada", found, 0.1, 5)] == ["Ada", ""]
    assert merge_answers("Ada", found, None, 5)["answer"] == "Ada"
    assert merge_answers("Ada", [], None, 5) == empty | {"score": 0.0}
    assert merge_answers("Ada", [], 0.3, 5) == empty


# --- words


@pytest.mark.parametrize("context", [*PASSAGES, "a", "¿«ñ»? 👩‍🔬👍🏽 e\u0301l—así", "x  y\n\tz."])
@pytest.mark.parametrize("sequence", [0, 1])
def test_a_token_stands_for_its_word(tokenizer, context, sequence):
    pair = ("¿Qué, Ada?", context) if sequence else (context, "¿Qué, Ada?")
    (encoding,) = tokenizer(*pair, return_offsets_mapping=True).encodings
    # BERT's words: runs of what is neither space nor punctuation, and each punctuation mark alone.
    punctuation = r"[!-/:-@\[-`{-~¡¿«»—]"
    words = [match.span() for match in re.finditer(rf"{punctuation}|(?:(?!{punctuation})\S)+", context)]
    aligned = token_characters(encoding, sequence)
    exact = token_characters(encoding, sequence, align_to_words=False)
    seen = set()
    for owner, offset, word, own in zip(encoding.sequence_ids, encoding.offsets, aligned, exact, strict=True):
        if owner != sequence:
            assert word is None and own is None
            continue
        assert own == offset
        assert word == next(span for span in words if span[0] <= offset[0] < span[1])
        seen.add(word)
    assert seen == set(words)


@pytest.mark.parametrize(
    ("start", "end", "exact", "aligned"),
    [
        ("omi", "omi", "omi", "comió"),  # inside a word, beside an accent
        ("átan", "mad", "átano-mad", "plátano-maduro"),  # over a hyphen
        ("xico", "co,", "xico,", "México,"),  # punctuation is a word of its own
        ("ía", "a!", "ía!", "día!"),
        ("🏔", "🏔", "🏔", "🏔bad"),  # four bytes, one character
        ("bad", "bad", "bad", "🏔bad"),
    ],
)
def test_answers_are_extended_to_whole_words(tokenizer, start, end, exact, aligned):
    context = "La niña comió un plátano-maduro en México, y... ¡qué día! 🏔bad 8,900"
    qa = QuestionAnswerer(Pointer(tokenizer, start, end), tokenizer)
    for align_to_words, expected in ((False, exact), (True, aligned)):
        result = qa(question="¿Qué?", context=context, align_to_words=align_to_words)
        assert result["answer"] == expected == context[result["start"] : result["end"]]
        assert result["score"] > 0.99


# --- all of it


def one_by_one(model, tokenizer, question, context, top_k, stride, longest, length, null, align):
    """The pipeline's result the slow way: unpadded windows, all pairs of tokens, words looked up one by one."""
    first = tokenizer.padding_side == "right"
    encoded = tokenizer(
        *((question, context) if first else (context, question)),
        truncation="only_second" if first else "only_first",
        max_length=length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    sequence, answers, nulls = int(first), [], []
    for window, encoding in enumerate(encoded.encodings):
        inputs = {name: torch.tensor([encoded[name][window]]) for name in tokenizer.model_input_names}
        with torch.inference_mode():
            output = model(**inputs)
        mask = np.array([token == 0 or owner == sequence for token, owner in enumerate(encoding.sequence_ids)])
        start, end = (
            softmax(np.where(mask, logits[0].double().numpy(), -10000.0))
            for logits in (output.start_logits, output.end_logits)
        )
        nulls.append(start[0] * end[0])
        start[0] = end[0] = 0.0
        outer = np.tril(np.triu(np.outer(start, end)), longest - 1)
        kept = np.argsort(-outer, axis=None, kind="stable")[: 2 * top_k + 10 if align else top_k]
        for i, j in zip(*np.unravel_index(kept, outer.shape), strict=True):
            if outer[i, j] == 0.0:
                continue
            a, b = encoding.offsets[i][0], encoding.offsets[j][1]
            if align:
                a = encoding.word_to_chars(encoding.token_to_word(i), sequence)[0]
                b = encoding.word_to_chars(encoding.token_to_word(j), sequence)[1]
            same = next((known for known in answers if known["answer"].lower() == context[a:b].lower()), None)
            if same:
                same["score"] += outer[i, j]
            else:
                answers.append({"score": outer[i, j], "start": a, "end": b, "answer": context[a:b]})
    if null:
        answers.append({"score": min(nulls), "start": 0, "end": 0, "answer": ""})
    answers = sorted(answers, key=lambda known: -known["score"])[:top_k]
    return answers[0] if len(answers) == 1 else answers


@pytest.mark.parametrize("padding_side", ["right", "left"])
@pytest.mark.parametrize("align", [True, False])
@pytest.mark.parametrize(
    ("top_k", "null", "longest", "length", "stride"),
    [(1, False, 15, 384, 128), (3, True, 5, 64, 20), (20, True, 30, 60, 0)],
)
def test_results_are_those_of_windows_taken_one_by_one(
    model, padding_side, align, top_k, null, longest, length, stride
):
    tokenizer = make_tokenizer(padding_side)
    qa = QuestionAnswerer(model, tokenizer)
    results = qa(
        question=QUESTIONS,
        context=PASSAGES,
        top_k=top_k,
        doc_stride=stride,
        max_answer_len=longest,
        max_seq_len=length,
        handle_impossible_answer=null,
        align_to_words=align,
        batch_size=3,
    )
    for question, context, result in zip(QUESTIONS, PASSAGES, results, strict=True):
        expected = one_by_one(model, tokenizer, question, context, top_k, stride, longest, length, null, align)
        assert_same(result, expected)


@pytest.mark.parametrize("padding_side", ["right", "left"])
def test_neither_order_nor_batch_size_changes_a_result(model, padding_side):
    qa = QuestionAnswerer(model, make_tokenizer(padding_side))
    questions = [question for question in QUESTIONS for _ in PASSAGES]
    contexts = [passage * (1 + index % 3) for index, passage in enumerate(PASSAGES * len(QUESTIONS))]
    sizes = {"max_seq_len": 96, "doc_stride": 32, "top_k": 3, "handle_impossible_answer": True}
    results = qa(question=questions, context=contexts, **sizes)
    order = np.random.default_rng(0).permutation(len(questions))
    for batch_size in (1, 5, 64):
        shuffled = qa(
            question=[questions[i] for i in order],
            context=[contexts[i] for i in order],
            batch_size=batch_size,
            **sizes,
        )
        for place, i in enumerate(order):
            assert_same(shuffled[place], results[i])
    assert_same(qa(question=questions[7], context=contexts[7], **sizes), results[7])


def test_an_answer_at_the_end_of_a_long_context_is_found(tokenizer):
    qa = QuestionAnswerer(Pointer(tokenizer, "9", "7"), tokenizer)
    context = " ".join(PASSAGES[:2] * 40) + " Fue en 937."
    assert len(context) > 6000
    result = qa(question="¿Cuándo?", context=context, handle_impossible_answer=True)
    assert result["answer"] == "937" == context[result["start"] : result["end"]]


def test_the_shape_of_a_result(qa):
    question, context = QUESTIONS[0], PASSAGES[0]
    one = qa(question=question, context=context)
    assert set(one) == {"score", "start", "end", "answer"}
    assert [type(one[name]) for name in ("score", "start", "end", "answer")] == [float, int, int, str]
    assert context[one["start"] : one["end"]] == one["answer"] and 0 < one["score"] < 1
    assert qa(question=[question], context=[context]) == qa(question=question, context=[context]) == one
    three = qa(question=question, context=context, top_k=3)
    assert isinstance(three, list) and len(three) == 3 and three[0] == one
    assert [answer["score"] for answer in three] == sorted((answer["score"] for answer in three), reverse=True)
    assert len({answer["answer"].lower() for answer in three}) == 3
    for lists in (
        {"question": [question] * 2, "context": context},
        {"question": question, "context": [context] * 2},
    ):
        results = qa(**lists, top_k=3)
        assert len(results) == 2 and all(isinstance(result, list) for result in results)
        assert_same(results[1], three)
    assert qa(question=[], context=[]) == []
    assert qa(question=[], context=context) == []


def test_a_short_context_has_no_more_answers_than_spans(qa):
    assert qa(question="¿Qué?", context="a", top_k=3)["answer"] == "a"
    answers = qa(question="¿Qué?", context="a b", top_k=9, handle_impossible_answer=True)
    assert sorted(answer["answer"] for answer in answers) == ["", "a", "a b", "b"]
    assert sum(answer["score"] for answer in answers) < 1


def test_a_context_without_tokens_has_no_answer(qa):
    empty = {"start": 0, "end": 0, "answer": ""}
    for top_k in (1, 3):
        assert qa(question="¿Qué?", context=" \n", top_k=top_k) == empty | {"score": 0.0}
        null = qa(question="¿Qué?", context=" \n", top_k=top_k, handle_impossible_answer=True)
        assert null == empty | {"score": pytest.approx(1.0)}


def test_a_long_question_is_truncated(qa, tokenizer):
    question, context = "¿Qué " + "muy " * 300 + "comió?", PASSAGES[0]
    kept = question[: len("¿Qué " + "muy " * 19)]  # 2 + 4 bytes, then 3 for each word, make 63 tokens
    assert len(tokenizer(kept, add_special_tokens=False)["input_ids"]) == 63
    assert_same(qa(question=question, context=context), qa(question=kept + "m", context=context))
    assert_same(qa(question=question, context=context, max_question_len=63), qa(question=kept, context=context))


def test_the_size_and_stride_of_windows_follow_the_tokenizer(qa, model):
    arguments = {"question": QUESTIONS[1], "context": PASSAGES[1] * 7, "top_k": 5}
    assert_same(qa(**arguments), qa(**arguments, max_seq_len=384, doc_stride=128))
    assert_same(qa(**arguments, max_seq_len=80), qa(**arguments, max_seq_len=80, doc_stride=40))
    short = make_tokenizer()
    short.model_max_length = 80
    assert_same(QuestionAnswerer(model, short)(**arguments), qa(**arguments, max_seq_len=80))


def test_a_folder_is_loaded_and_the_mode_of_a_model_kept(qa, model, tokenizer, tmp_path):
    expected = qa(question=QUESTIONS[2], context=PASSAGES[2])
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    for loaded in (QuestionAnswerer(tmp_path), QuestionAnswerer(str(tmp_path), tokenizer)):
        loaded.model.train()  # dropout would change the answers
        assert_same(loaded(question=QUESTIONS[2], context=PASSAGES[2]), expected)
        assert loaded.model.training


def test_bfloat16_comes_close(qa, model, tokenizer):
    half = QuestionAnswerer(model, tokenizer, dtype=torch.bfloat16)
    for question, context in zip(QUESTIONS, PASSAGES, strict=True):
        expected, result = (each(question=question, context=context, top_k=50) for each in (qa, half))
        best = next(answer for answer in result if answer["answer"] == expected[0]["answer"])
        assert best["score"] == pytest.approx(expected[0]["score"], rel=0.3)
        assert best["score"] != expected[0]["score"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"question": "", "context": "a"}, "question 0 is ''"),
        ({"question": ["a", "b"], "context": ["c", ""]}, "context 1 is ''"),
        ({"question": None, "context": "a"}, "question 0 is None"),
        ({"question": ["a", 3], "context": "b"}, "question 1 is 3"),
        ({"question": ["a", "b"], "context": ["c"]}, "2 questions but 1 contexts"),
        ({"question": "a", "context": "b", "top_k": 0}, "top_k is 0"),
        ({"question": "a", "context": "b", "max_answer_len": 0}, "max_answer_len is 0"),
        ({"question": "a", "context": "b", "max_question_len": 0}, "max_question_len is 0"),
        ({"question": "a", "context": "b", "batch_size": -1}, "batch_size is -1"),
        ({"question": "a" * 50, "context": "b" * 90, "max_seq_len": 60}, "no room"),
        ({"question": "a", "context": "b" * 500, "doc_stride": 400}, "no room"),
    ],
)
def test_wrong_arguments_are_named(qa, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        qa(**arguments)


def test_a_model_object_needs_its_tokenizer(model):
    with pytest.raises(ValueError, match="tokenizer"):
        QuestionAnswerer(model)
