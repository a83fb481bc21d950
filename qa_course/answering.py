"""Questions answered in one call, as `pipeline("question-answering")` did before transformers 5.3."""

import copy
import os

import numpy as np

from qa_course import encoder, spans, windows


class QuestionAnswerer:
    """Extractive question answering: texts in, the most probable spans of the context out.

    Args:
        model: a question-answering model, used on its own device, or a folder or Hub id to load it from.
        tokenizer: its fast tokenizer; may be left out where `model` is a folder or Hub id.
        dtype: None to compute in the model's own type, or a torch type for autocast (`torch.bfloat16`).

    Call it as the pipeline was called: `qa(question="...", context="...")`. It answers as that of
    transformers 5.2.0 did, but for what went wrong there: `max_question_len` did nothing with fast tokenizers
    (here it truncates the question); with padding on the left answers could come from the question, and
    padding moved the tokens; contexts with fewer spans than `top_k` got more, of score 0, which began at
    [CLS]; one question for a list of contexts, and empty lists, were errors; of an answer in decomposed letters
    (NFD) the last accent was lost. Tokenizers need a [CLS] token.
    Spaces around a question are dropped, which byte-level tokenizers notice.
    """

    def __init__(self, model, tokenizer=None, dtype=None):
        if isinstance(model, (str, os.PathLike)):
            loaded, model = encoder.load(model, trained=True)
            tokenizer = loaded if tokenizer is None else tokenizer
        if tokenizer is None:
            raise ValueError("a model object needs its tokenizer: QuestionAnswerer(model, tokenizer)")
        self.model, self.tokenizer, self.dtype = model, tokenizer, dtype

    def __call__(
        self,
        question,
        context,
        top_k=1,
        doc_stride=None,
        max_answer_len=15,
        max_seq_len=None,
        max_question_len=64,
        handle_impossible_answer=False,
        align_to_words=True,
        batch_size=8,
    ):
        """The answers to one question or to many.

        Args:
            question, context: strings, or lists of n; a string goes with every item of the other's list.
            top_k: most answers to a question.
            doc_stride: tokens that neighbouring windows share; None for 128, or half of a shorter window.
            max_answer_len: most tokens of a span, before it is extended to whole words.
            max_seq_len: most tokens of a window; None for 384, or fewer where the tokenizer says so.
            max_question_len: how many tokens of a question are kept.
            handle_impossible_answer: whether "", which means no answer, competes with the spans.
            align_to_words: whether spans are extended to whole words.
            batch_size: windows at a time; it changes the speed and not the answers.

        Returns the result of a single question, alone or in a list of one, else a list of n results in order.
        A result is a dict of `score`, `start`, `end` (characters of the context) and `answer`, or a list of
        them, best first, where they are several. The score of a span is its probability in its window, that
        of its start times that of its end; spans with the same text are one answer with the sum of their
        scores, which can exceed 1 over several windows. The score of "" is its lowest over the windows. A
        context without tokens is answered with "" (score 0 where "" does not compete).
        Raises ValueError where a text is missing or empty, the lists differ in length, a number is below 1,
        or a question leaves no room for its context.
        """
        least_one = {"top_k": top_k, "max_answer_len": max_answer_len, "max_question_len": max_question_len}
        for name, value in (least_one | {"batch_size": batch_size}).items():
            if value < 1:
                raise ValueError(f"{name} is {value}: it must be at least 1")
        questions, contexts = _pairs(question, context)
        if not questions:
            return []
        if max_seq_len is None:
            max_seq_len = min(self.tokenizer.model_max_length, 384)
        if doc_stride is None:
            doc_stride = min(max_seq_len // 2, 128)
        questions = _truncated(questions, self.tokenizer, max_question_len)
        encoded = windows.tokenize(questions, contexts, self.tokenizer, max_seq_len, doc_stride)
        starts, ends = self._logits(encoded, batch_size)

        # Several spans of tokens can be one span of words, so more of them are needed than answers.
        n_best = 2 * top_k + 10 if align_to_words else top_k
        sequence = windows.context_sequence(self.tokenizer)
        candidates, nulls = [[] for _ in questions], [[] for _ in questions]
        samples = encoded["overflow_to_sample_mapping"]
        for sample, encoding, start, end in zip(samples, encoded.encodings, starts, ends, strict=True):
            characters = token_characters(encoding, sequence, align_to_words)
            cls = encoding.ids.index(self.tokenizer.cls_token_id)
            best, null = window_answers(start, end, characters, cls, n_best, max_answer_len)
            candidates[sample] += best
            nulls[sample].append(null)
        results = [
            merge_answers(text, found, min(null) if handle_impossible_answer else None, top_k)
            for text, found, null in zip(contexts, candidates, nulls, strict=True)
        ]
        return results[0] if len(results) == 1 else results

    def _logits(self, encoded, batch_size):
        rows = windows.as_rows(windows.model_inputs(encoded, self.tokenizer))
        # Padding on the left would move the tokens to other positions than they had in training.
        padder = copy.copy(self.tokenizer)
        padder.padding_side = "right"
        return spans.predict_logits(self.model, rows, padder, batch_size, self.dtype)


def token_characters(encoding, sequence, align_to_words=True):
    """For each token of a window the characters `(start, end)` of its word, None outside the context.

    Args:
        encoding: a `tokenizers.Encoding`, one window; of a word that its edge cuts it holds one part only.
        sequence: which sequence of the pair is the context, 0 or 1.
        align_to_words: False for the characters of the token itself.
    """
    tokens = list(zip(encoding.sequence_ids, encoding.word_ids, encoding.offsets, strict=True))
    if not align_to_words:
        return [offset if owner == sequence else None for owner, _, offset in tokens]
    word_start, word_end = {}, {}
    for owner, word, (start, end) in tokens:
        if owner == sequence:
            word_start.setdefault(word, start)
            word_end[word] = end
    return [(word_start[word], word_end[word]) if owner == sequence else None for owner, word, _ in tokens]


def window_answers(start_logits, end_logits, characters, cls, n_best, max_answer_len):
    """The `n_best` most probable spans of a window, best first, and the probability of no answer.

    A softmax over [CLS] and the context's tokens makes probabilities of the start logits, another of the end
    logits. The probability of a span is the product of its two; from [CLS] to [CLS] means no answer.

    Args:
        start_logits, end_logits: arrays of one logit a token.
        characters: for each token the characters `(start, end)` it stands for, None outside the context.
        cls: the position of [CLS].

    Returns a list of `(start, end, probability)`, in characters, and the probability of no answer.
    """
    tokens = [cls, *(token for token, span in enumerate(characters) if span is not None)]
    # exp(a)/A * exp(b)/B = exp(a + b - log A - log B): the largest sums of logits are the largest products.
    normalizer = sum(np.logaddexp.reduce(np.float64(logits[tokens])) for logits in (start_logits, end_logits))
    ((first, last, scores),) = spans.search([characters], [start_logits], [end_logits], n_best, max_answer_len)
    best = [
        (characters[i][0], characters[j][1], float(probability))
        for i, j, probability in zip(first, last, np.exp(scores - normalizer), strict=True)
    ]
    return best, float(np.exp(start_logits[cls] + end_logits[cls] - normalizer))


def merge_answers(context, candidates, null, top_k):
    """The `top_k` best answers to one question, or the answer itself where it is only one.

    Args:
        candidates: a list of `(start, end, probability)`, window after window. Spans whose texts differ at
            most in case are one answer, which stands where the first of them stands.
        null: the score of no answer, or None where it does not compete.
    """
    answers = {}
    for start, end, probability in candidates:
        end = spans.whole(context, end)
        text = context[start:end]
        answer = answers.setdefault(text.lower(), {"score": 0.0, "start": start, "end": end, "answer": text})
        answer["score"] += probability
    answers = list(answers.values())
    if null is not None or not answers:
        answers.append({"score": null or 0.0, "start": 0, "end": 0, "answer": ""})
    answers = sorted(answers, key=lambda answer: answer["score"], reverse=True)[:top_k]
    return answers[0] if len(answers) == 1 else answers


def _pairs(question, context):
    questions, contexts = (
        [texts] if texts is None or isinstance(texts, str) else list(texts) for texts in (question, context)
    )
    if isinstance(question, str):
        questions *= len(contexts)
    elif isinstance(context, str):
        contexts *= len(questions)
    if len(questions) != len(contexts):
        raise ValueError(f"{len(questions)} questions but {len(contexts)} contexts: give as many, or one string")
    for name, texts in (("question", questions), ("context", contexts)):
        for index, text in enumerate(texts):
            if not isinstance(text, str) or not text:
                raise ValueError(f"{name} {index} is {text!r}: give a string that is not empty")
    return questions, contexts


def _truncated(questions, tokenizer, max_question_len):
    """The questions, each up to the end of its token number `max_question_len`."""
    encoded = tokenizer(questions, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    return [
        question if len(offsets) <= max_question_len else question[: offsets[max_question_len - 1][1]]
        for question, offsets in zip(questions, encoded["offset_mapping"], strict=True)
    ]
