"""The demo: a text, a question, and all that the course's model has to say about them, on a page."""

from qa_course.demo.asking import ask
from qa_course.demo.html import evidence_html, marked_html, outcome_html
from qa_course.demo.page import answer_box, show
