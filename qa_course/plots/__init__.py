"""Figures of the lessons, a module a lesson."""

from qa_course.plots.lesson01 import (
    padding_bill,
    passage_tokens,
    token_boxes,
    token_ratios,
    vocabulary_curve,
    vocabulary_scripts,
)
from qa_course.plots.lesson02 import (
    attention_heads,
    batch_attention,
    label_probabilities,
    padding_drift,
    sense_by_layer,
    similarity_maps,
    stages,
    topic_confusions,
)
from qa_course.plots.lesson03 import (
    answer_positions,
    leak_marks,
    length_histograms,
    places_named,
    question_kinds,
    split_marks,
)
from qa_course.plots.lesson04 import passage_windows, tokens_over_text, windows_by_stride
from qa_course.plots.lesson05 import f1_by_threshold, span_scores, window_logits, window_scores
from qa_course.plots.lesson06 import (
    confusion_matrices,
    padding_costs,
    pair_curves,
    pair_lengths,
    probe_rates,
    similarity_histogram,
)
from qa_course.plots.lesson07 import learning_curves, resumed_run
from qa_course.plots.lesson08 import bug_scores, grid_steps, patient_losses
from qa_course.plots.lesson09 import answer_origins, architectures, exact_by_kind, generation_curves, masked_losses
from qa_course.plots.lesson10 import altered_questions, effect_sizes, energies, noun_leanings, word_associations
from qa_course.plots.lesson11 import (
    all_reduce,
    batch_speeds,
    coverage_precision,
    long_documents,
    question_path,
    row_ranges,
)
from qa_course.plots.lesson12 import (
    both_right,
    cell_name,
    differences,
    exam_sizes,
    marks_by_group,
    score_matrix,
    silence,
    verdicts,
)
from qa_course.plots.lesson13 import learned_and_kept, margins, own_sections
