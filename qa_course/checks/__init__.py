"""Checks of the exercises, a module a lesson: `checks.<name>(*answers, language=)` prints its verdict."""

from qa_course.checks.lesson01 import overlapping_tokens, same_without_accents, tokens_per_word
from qa_course.checks.lesson02 import mean_pooling, stable_softmax, unmasked_run
from qa_course.checks.lesson03 import damaged_copy, damaged_rows, read_answers, split_by_article
from qa_course.checks.lesson04 import char_span, cls_windows, window_count
from qa_course.checks.lesson05 import best_span, choose_threshold, word_f1
from qa_course.checks.lesson06 import accuracy_f1, pad_batch, similarity_threshold
from qa_course.checks.lesson07 import best_epoch, less_padding, linear_schedule, trainable_parameters
from qa_course.checks.lesson08 import first_bug, match_patients, repaired_label
from qa_course.checks.lesson09 import made_up, teacher_forcing, training_step
from qa_course.checks.lesson10 import card_figures, effect_size, kilowatt_hours, permutation_p
from qa_course.checks.lesson11 import precision_threshold, quantised_rows, token_batches
from qa_course.checks.lesson12 import article_interval, error_kind, mcnemar
from qa_course.checks.lesson13 import answer_place, questions_needed, three_sets
from qa_course.checks.sanity import training_sanity
from qa_course.checks.verdict import SIGNS, WORDS
