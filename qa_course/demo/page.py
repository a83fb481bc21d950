"""The demo as a box of widgets, in a notebook or on a page."""

import asyncio
import os

from qa_course.demo.asking import ask
from qa_course.demo.html import evidence_html, outcome_html, paragraph, quoted
from qa_course.demo.words import STYLE, TEXT

EXAMPLE = "alhambra-1-3", "alhambra-1-8"  # questions of CuadernoQA's validation set, with an answer and without
LONGEST_QUESTION = 500  # characters; of most writings, fewer tokens than a window has


def answer_box(tokenizer, model, language="es"):
    """The demo as an `ipywidgets.VBox`: text, question, buttons, outcome, evidence. Enter in the question asks."""
    import ipywidgets

    words = TEXT[language]
    passage, *asked = _example(language)
    wide = {"layout": ipywidgets.Layout(width="auto")}
    text = ipywidgets.Textarea(passage, description=words["text"], rows=9, continuous_update=False, **wide)
    question = ipywidgets.Text(asked[0], description=words["question"], placeholder=words["hint"], **wide)
    buttons = [ipywidgets.Button(description=words["ask"], button_style="primary")]
    buttons += [ipywidgets.Button(description=name) for name in words["examples"]]
    outcome, evidence = ipywidgets.HTML(), ipywidgets.HTML()
    outcome.add_class("qa-outcome")

    def answer():
        evidence.value = ""
        if fault := _fault(text.value, question.value, words):
            outcome.value = paragraph(fault, language)
            return
        outcome.value = paragraph(words["looking"], language)
        try:
            found = ask(tokenizer, model, text.value, question.value)
            shown = outcome_html(found, language), evidence_html(found, language)
        except Exception as error:  # whatever the model may raise, the page goes on and loses nothing
            shown = paragraph(words["error"].format(_reason(error)), language), ""
        outcome.value, evidence.value = shown

    def take(example):
        text.value, question.value = passage, example
        answer()

    buttons[0].on_click(lambda _: _soon(answer))
    for button, example in zip(buttons[1:], asked, strict=True):
        button.on_click(lambda _, example=example: take(example))
    question.on_msg(lambda _, content, __: _soon(answer) if content.get("event") == "submit" else None)
    row = ipywidgets.HBox(buttons)
    box = ipywidgets.VBox([ipywidgets.HTML(_head(language)), text, question, row, outcome, evidence])
    box.add_class("qa-demo")
    return box


def show(language="es", profile="auto"):
    """Show the demo in a notebook or on a page; a sentence where there is no model.

    The model is that of the server, which names it in `QA_COURSE_DEMO_MODEL`, else the course model.
    """
    from IPython.display import HTML, display

    from qa_course import encoder, training

    try:
        model = os.environ.get("QA_COURSE_DEMO_MODEL") or training.course_model(profile)
        box = answer_box(*encoder.load(model, trained=True), language)
    except (OSError, ValueError, RuntimeError) as error:
        box = HTML(paragraph(TEXT[language]["no_model"].format(_reason(error)), language))
    display(box)


def _soon(function):
    """Call it a moment later: a page sends a click at once, but what was typed last only when the kernel is free."""
    try:
        asyncio.get_running_loop().call_later(0.2, function)
    except RuntimeError:  # no kernel, nobody types
        function()


def _fault(text, question, words):
    """What keeps a question from being asked, a sentence, or None."""
    if not text.strip():
        return words["no_text"]
    if not question.strip():
        return words["no_question"]
    if len(question) > LONGEST_QUESTION:
        return words["long_question"].format(len(question), LONGEST_QUESTION)
    return None


def _head(language):
    words = TEXT[language]
    other, name = words["other"]
    link = f'<a href="{other}.ipynb" lang="{other}" hreflang="{other}">{name}</a>'
    title = f"<h1>{words['title']}</h1><p>{words['intro']}</p><p>{link}</p>"
    return f'<style>{STYLE}</style><div lang="{language}">{title}</div>'


def _reason(error):
    """An error in one line of HTML."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {quoted(said if len(said) < 300 else said[:300] + '…')}"


def _example(language):
    """A passage of CuadernoQA, a question that it answers and one that it does not."""
    from qa_course import corpus

    rows = {row["id"]: row for row in corpus.load("cuadernoqa", "validation", language)}
    return rows[EXAMPLE[0]]["context"], *(rows[name]["question"] for name in EXAMPLE)
