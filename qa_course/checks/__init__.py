"""Checks of the exercises, a module a lesson: `checks.<name>(*answers, language=)` prints its verdict."""

from qa_course.checks.lesson01 import overlapping_tokens, same_without_accents, tokens_per_word
from qa_course.checks.lesson04 import char_span, cls_windows, window_count
from qa_course.checks.lesson05 import best_span, choose_threshold, word_f1
from qa_course.checks.lesson07 import best_epoch, less_padding, linear_schedule, trainable_parameters
from qa_course.checks.verdict import SIGNS, WORDS
