"""What the demo shows, as HTML: functions of what `ask` returns. All that comes from outside is escaped."""

import re
from html import escape

from qa_course import spans
from qa_course.demo.asking import MAX_LENGTH, STRIDE
from qa_course.demo.words import TEXT

AROUND = 1000  # characters of the text shown on either side of the answer


def outcome_html(found, language="es"):
    """HTML of the outcome, for a live region: the question, the answer or that there is none, what was not read.

    `found` is what `ask` returns. All that comes from the text or the question is escaped.
    """
    words = TEXT[language]
    if not found["windows"]:
        return paragraph(words["no_words"], language)
    lines = [words["asked"].format(quoted(found["question"]))]
    if _answered(found):
        answer, score = f"<strong>{quoted(found['text'])}</strong>", _number(found["score"], language)
        lines.append(words["answer"].format(answer, score))
    else:
        lines.append(f"<strong>{words['null'].format(_margin(found, language))}</strong>")
    if found["read"] < len(found["context"]):
        lines.append(words["cut"].format(found["read"], len(found["context"])))
    return f'<div lang="{language}">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>"


def evidence_html(found, language="es"):
    """HTML of what led to the outcome: the answer in the text, the decision, the runners-up, the windows.

    `found` is what `ask` returns. Of a long text only the characters around the answer are shown. All that comes
    from the text or the question is escaped.
    """
    words = TEXT[language]
    if not found["windows"]:
        return ""
    null, score = found["null_score"], found["n_best"][0]["score"]
    facts = {"null": null, "score": score, "odds": null - score, "threshold": found["threshold"]}
    decision = words["odds"].format(**{name: _number(value, language) for name, value in facts.items()})
    verdict = words["span_wins" if _answered(found) else "null_wins"].format(_margin(found, language))
    others = found["n_best"][1:] if _answered(found) else found["n_best"]
    parts = [
        f"<h2>{words['in_text']}</h2>",
        marked_html(found["context"], found["start"], found["end"], language),
        f"<p>{words['score']}</p>",
        f"<h2>{words['decision']}</h2>",
        f"<p>{decision} <strong>{verdict}</strong></p>",
        f"<h2>{words['others' if _answered(found) else 'losers']}</h2>",
        _table(
            words["others_caption"],
            words["others_heads"],
            [
                (quoted(each["text"]), _number(each["score"], language), _range(each["start"], each["end"]))
                for each in others
            ],
        )
        if others
        else f"<p>{words['no_others']}</p>",
        f"<h2>{words['windows']}</h2>",
        *_windows(found, words),
    ]
    return f'<div lang="{language}">' + "\n".join(parts) + "</div>"


def marked_html(text, start, end, language="es"):
    """HTML of a text with the characters `[start, end)` in a `<mark>`; without one where `start` is None.

    Shows `AROUND` characters on either side of them and says how many more there are.
    """
    words = TEXT[language]
    start, end, marked = (0, 0, False) if start is None else (start, end, True)
    first, last = max(0, start - AROUND), min(len(text), end + (AROUND if marked else 2 * AROUND))
    inside = escape(text[start:end])
    pieces = escape(text[first:start]), f"<mark>{inside}</mark>" if marked else "", escape(text[end:last])
    before = f"<p>{words['before'].format(first)}</p>" if first else ""
    after = f"<p>{words['after'].format(len(text) - last)}</p>" if last < len(text) else ""
    return f'{before}<div class="qa-text" dir="auto">{"".join(pieces)}</div>{after}'


def _windows(found, words):
    rows = []
    for number, window in enumerate(found["windows"], 1):
        first, last = window["characters"]
        # An accent behind the window's last character belongs to the answer, and to no token.
        last = spans.whole(found["context"], last)
        holds = words[first <= found["start"] and found["end"] <= last] if _answered(found) else "–"
        rows.append((str(number), _range(*window["tokens"]), _range(first, last), holds))
    shape = "one_window" if len(rows) == 1 else "many_windows"
    yield f"<p>{words[shape].format(MAX_LENGTH, len(rows), STRIDE)}</p>"
    yield _table(words["windows_caption"], words["windows_heads"], rows)


def _table(caption, heads, rows):
    """HTML of a table; cells are HTML, those of digits stand on the right."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    lines = [
        "".join(f'<td class="number">{cell}</td>' if re.match(r"−?\d", cell) else f"<td>{cell}</td>" for cell in row)
        for row in rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def quoted(text):
    """A piece of somebody's text between those of the page: escaped, its direction and its overrides kept inside."""
    return f"<bdi>{escape(text)}</bdi>"


def _range(first, last):
    return f"{first}–{last}"


def _answered(found):
    return found["start"] is not None


def _margin(found, language):
    """By how much the span won or the null score, both over the threshold."""
    return _number(abs(found["null_score"] - found["n_best"][0]["score"] - found["threshold"]), language)


def _number(value, language):
    """A number as one writes it, with the decimal comma in Spanish."""
    text = f"{value:.2f}".replace("-", "−")
    return text.replace(".", ",") if language == "es" else text


def paragraph(text, language):
    return f'<p lang="{language}">{text}</p>'
