"""Questions of one's own: two spreadsheets, sections and questions, made into the rows that `corpus.load` reads."""

import re

from qa_course.corpus import CorpusError


def answer_start(text, answer, occurrence=None):
    """Where an answer stands in a text as whole words, in characters from 0.

    Args:
        occurrence: which time it stands there is meant, from 1; None where it stands there once.

    Raises ValueError, which says what to do, where it does not stand there, or more than once and none is named.
    """
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)]
    if not found:
        other = re.search(re.escape(answer), text, re.IGNORECASE)
        hint = f"; {other[0]!r} at {other.start()} is not quite it" if other else ""
        raise ValueError(f"{answer!r} does not stand in the text: copy it letter by letter{hint}")
    if occurrence is None:
        if len(found) > 1:
            raise ValueError(f"{answer!r} stands there {len(found)} times, at {found}: say which, or write more of it")
        return found[0]
    if not 1 <= occurrence <= len(found):
        raise ValueError(f"there is no occurrence {occurrence} of {answer!r}: it stands there {len(found)} times")
    return found[occurrence - 1]


def rows(sections, questions, language):
    """Rows as `corpus.load` takes them, ids like "05-3@es": section, number in the section, language.

    Args:
        sections: a list of dicts of `section`, `title`, `text`, all strings.
        questions: a list of dicts of `section`, `question`, `answer` ("" where the text does not tell) and, if need
            be, `occurrence` (as in `answer_start`; "" for none), all strings.
        language: the mark in the ids, "es" or "en".

    Raises `CorpusError` with every fault, by row as a spreadsheet counts it: the first below the header is row 2.
    """
    known = {each["section"]: each for each in sections}
    names = [each["section"] for each in sections]
    faults = [f"sections ({language}): {name!r} stands there twice" for name in known if names.count(name) > 1]
    made, counts = [], {}
    for number, each in enumerate(questions, 2):
        name, answer, which = each["section"], each["answer"].strip(), (each.get("occurrence") or "").strip()
        counts[name] = counts.get(name, 0) + 1
        try:
            if name not in known:
                raise ValueError(f"there is no section {name!r}")
            if which and not which.isdecimal():
                raise ValueError(f"occurrence is {which!r}: write a whole number, or nothing")
            text = known[name]["text"]
            start = answer_start(text, answer, int(which) if which else None) if answer else None
        except ValueError as error:
            faults.append(f"questions ({language}), row {number}: {error}")
            continue
        golds = [{"text": answer, "answer_start": start}] if answer else []
        row = {"id": f"{name}-{counts[name]}@{language}", "title": known[name]["title"], "context": text}
        made.append(row | {"question": each["question"].strip(), "answers": golds})
    if faults:
        raise CorpusError("\n".join(faults))
    return made
