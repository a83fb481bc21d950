"""Figures of the lessons, a module a lesson."""

from qa_course.plots.lesson01 import (
    padding_bill,
    passage_tokens,
    token_boxes,
    token_ratios,
    vocabulary_curve,
    vocabulary_scripts,
)
from qa_course.plots.lesson04 import passage_windows, tokens_over_text, windows_by_stride
from qa_course.plots.lesson05 import f1_by_threshold, span_scores, window_logits, window_scores
from qa_course.plots.lesson07 import learning_curves, resumed_run
