"""`QuestionAnswerer` against the pipeline of transformers 5.2.0: the same weights, texts and options."""

import pytest
import torch

from qa_course import corpus, encoder, training
from qa_course.answering import QuestionAnswerer

SHORT = {"max_seq_len": 96, "doc_stride": 32}  # several windows for nearly every passage


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Random weights with logits far apart."""
    torch.manual_seed(0)
    tokenizer, model = encoder.load("tiny")
    torch.nn.init.normal_(model.qa_outputs.weight, std=2.0)
    folder = tmp_path_factory.mktemp("tiny")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def trained():
    """The course model, where it is in the cache."""

    def absent(*_):
        pytest.skip("the course model is not in the cache: make conformance trains it")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_train", absent)
        return training.course_model("offline")


@pytest.fixture(scope="module")
def texts(request):
    """Every question of CuadernoQA's test set and of the shared XQuAD, where it is there."""
    tables = [corpus.load("cuadernoqa", "test", language) for language in corpus.LANGUAGES]
    try:
        folder = request.getfixturevalue("real_data")
    except pytest.skip.Exception:
        pass
    else:
        tables += [corpus.load(folder / f"xquad.{language}.json") for language in corpus.LANGUAGES]
    return [{"question": row["question"].strip(), "context": row["context"]} for table in tables for row in table]


def place(result):
    return result["answer"], result["start"], result["end"]


def compared(ours, theirs):
    """How many results are equal, out of how many, and the largest difference of scores among the equal ones."""
    equal, furthest = 0, 0.0
    for one, other in zip(ours, theirs, strict=True):
        one, other = ([each] if isinstance(each, dict) else each for each in (one, other))
        same = [place(each) for each in one] == [place(each) for each in other]
        equal += same
        if same:
            furthest = max([furthest, *(abs(a["score"] - b["score"]) for a, b in zip(one, other, strict=True))])
    return equal, len(theirs), furthest


def check(peer, folder, calls, options, report):
    answerer = QuestionAnswerer(folder)
    together = answerer([call["question"] for call in calls], [call["context"] for call in calls], **options)
    theirs = peer("answers", model=str(folder), calls=calls, options=options)
    equal, total, furthest = compared(together, theirs)
    report("equal", f"{equal} of {total}, scores within {furthest:.1e}")
    assert equal >= 0.999 * total and furthest < 1e-4


@pytest.mark.parametrize(
    "options",
    [{}, {"top_k": 3, "handle_impossible_answer": True}, SHORT | {"top_k": 3, "handle_impossible_answer": True}],
    ids=["one", "three or none", "windows"],
)
def test_a_random_model_answers_alike(peer, tiny, texts, options, record_property):
    check(peer, tiny, texts, options, record_property)


def test_the_course_model_answers_alike(peer, trained, texts, record_property):
    check(peer, trained, texts, {"handle_impossible_answer": True, "top_k": 3}, record_property)


def test_other_options_and_a_long_context(peer, tiny, texts, record_property):
    passages = list(dict.fromkeys(call["context"] for call in texts))
    article = " ".join(passages[:40])
    calls = [{"question": call["question"], "context": article} for call in texts[:6]]
    check(peer, tiny, calls, {"top_k": 3}, record_property)
    for options in ({"max_answer_len": 1}, {"max_answer_len": 60}, {"align_to_words": False}, {"doc_stride": 1}):
        check(peer, tiny, texts[:200], options, record_property)


def test_lists_and_spaces(peer, tiny, texts):
    answerer = QuestionAnswerer(tiny)
    questions, contexts = ([call[name] for call in texts[:5]] for name in ("question", "context"))
    one = [{"question": questions, "context": contexts}, {"question": questions, "context": contexts[0]}]
    for call in one:
        (theirs,) = peer("answers", model=str(tiny), calls=[call], options={})
        assert compared(answerer(**call), theirs)[:2] == (5, 5)
    for text in (" ", "  \n\t "):
        (theirs,) = peer("answers", model=str(tiny), calls=[{"question": questions[0], "context": text}], options={})
        theirs = [theirs] if isinstance(theirs, dict) else theirs  # now and then none at all, where ours says ""
        assert not any(each["answer"].strip() for each in theirs)
        assert answerer(questions[0], text) == {"score": 0.0, "start": 0, "end": 0, "answer": ""}


def test_where_the_pipeline_is_wrong(peer, tiny):
    """What the docstring of `QuestionAnswerer` says of it, each shown."""
    answerer = QuestionAnswerer(tiny)
    context = "Vive en Potosi\u0301"
    theirs, short, cut = peer(
        "answers",
        model=str(tiny),
        calls=[{"question": "¿Qué?", "context": each} for each in (context, "Uno", "Uno dos")],
        options={"top_k": 20},
    )
    # Of decomposed letters the last accent is lost.
    assert max(each["end"] for each in theirs) == len(context) - 1
    assert max(each["end"] for each in answerer("¿Qué?", context, top_k=20)) == len(context)
    # Where there are fewer spans than asked for, others come along with the score 0.
    for text, found in (("Uno", short), ("Uno dos", cut)):
        ours = answerer("¿Qué?", text, top_k=20)
        ours = [ours] if isinstance(ours, dict) else ours
        found = [found] if isinstance(found, dict) else found
        assert compared([ours], [[each for each in found if each["score"] > 0]])[0] == 1
