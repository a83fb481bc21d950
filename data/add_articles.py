"""Turn drafts of articles into CuadernoQA: check them, find the offsets, add them to the six SQuAD files.

    python data/add_articles.py --check drafts/*.json      say every fault, write nothing
    python data/add_articles.py drafts/*.json              add the articles; one with the same slug is replaced

A draft is one article as its author writes it, without offsets or ids:

    {"slug": "potosi", "split": "train", "title": {"en": "...", "es": "..."},
     "passages": [{"context": {"en": "...", "es": "..."},
                   "questions": [{"en": {"question": "...", "answer": "..."},
                                  "es": {"question": "...", "answer": "...", "occurrence": 2}},
                                 {"en": {"question": "...", "plausible": "..."}, "es": {...}}]}]}

`answer` is a span of the context (the `occurrence`-th, 1 if left out); `plausible` marks a question without
an answer and names the span that tempts. Ids are `slug-passage-question`, the same in both languages.
"""

import argparse
import json
import re
from pathlib import Path

LANGUAGES = ("en", "es")
SPLITS = ("train", "validation", "test")
WORDS = (90, 180)
CHARACTERS = re.compile(r"[^A-Za-z0-9áéíóúüñÁÉÍÓÚÜÑçãâêôàèöäøåéëï ¿?¡!.,;:()«»“”‘’'\"–—%°/&€$+×²³ªº-]")


def nth(text, part, occurrence=1):
    """Character position of the `occurrence`-th time that `part` stands in `text` as whole words, or -1."""
    edges = rf"(?<!\w){re.escape(part)}(?!\w)"
    found = [match.start() for match in re.finditer(edges, text)]
    return found[occurrence - 1] if 0 < occurrence <= len(found) else -1


def faults(draft):
    """Every fault of a draft, one line each."""
    slug = draft.get("slug", "?")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        yield f"{slug}: the slug must be lower-case words joined by hyphens"
    if draft.get("split") not in SPLITS:
        yield f"{slug}: split must be one of {SPLITS}"
    for p, passage in enumerate(draft["passages"], 1):
        questions = passage["questions"]
        answerable = sum("answer" in q["en"] for q in questions)
        if (len(questions), answerable) != (8, 6):
            yield f"{slug}-{p}: {len(questions)} questions, {answerable} answerable; expected 8 and 6"
        for language in LANGUAGES:
            context = passage["context"][language]
            where = f"{slug}-{p} [{language}]"
            words = len(context.split())
            if not WORDS[0] <= words <= WORDS[1]:
                yield f"{where}: {words} words; expected {WORDS[0]} to {WORDS[1]}"
            if context != " ".join(context.split()):
                yield f"{where}: stray white space"
            for q, question in enumerate(questions, 1):
                entry, here = question[language], f"{where} question {q}"
                text, span = entry["question"], entry.get("answer", entry.get("plausible", ""))
                if ("answer" in entry) != ("answer" in question["en"]) or ("answer" in entry) == ("plausible" in entry):
                    yield f"{here}: exactly one of answer and plausible, the same in both languages"
                if nth(context, span, occurrence := entry.get("occurrence", 1)) < 0 or not span:
                    yield f"{here}: {span!r} (occurrence {occurrence}) is not in the passage as whole words"
                elif len(re.findall(rf"(?<!\w){re.escape(span)}(?!\w)", context)) > 1 and "occurrence" not in entry:
                    yield f"{here}: {span!r} occurs more than once; say which with occurrence"
                if len(span.split()) > 10:
                    yield f"{here}: an answer of {len(span.split())} words; the shortest span that answers, please"
                if not text.endswith("?") or (language == "es" and "¿" not in text):
                    yield f"{here}: not punctuated as a question: {text!r}"
                if span and nth(text.lower(), span.lower()) >= 0:
                    yield f"{here}: the question gives the answer away"
                for name, value in (("question", text), ("context", context)):
                    if odd := sorted(set(CHARACTERS.findall(value))):
                        yield f"{here}: {name} has characters outside the course's alphabet: {odd}"


def article(draft, language):
    """One article of the SQuAD v2 format."""
    paragraphs = []
    for p, passage in enumerate(draft["passages"], 1):
        context, entries = passage["context"][language], []
        for q, question in enumerate(passage["questions"], 1):
            entry = question[language]
            span = entry.get("answer", entry.get("plausible"))
            gold = [{"text": span, "answer_start": nth(context, span, entry.get("occurrence", 1))}]
            row = {"id": f"{draft['slug']}-{p}-{q}", "question": entry["question"]}
            if "answer" in entry:
                row |= {"is_impossible": False, "answers": gold}
            else:
                row |= {"is_impossible": True, "answers": [], "plausible_answers": gold}
            entries.append(row)
        paragraphs.append({"context": context, "qas": entries})
    return {"title": draft["title"][language], "slug": draft["slug"], "paragraphs": paragraphs}


def add(drafts, folder):
    """Write the articles into `folder/{split}.{language}.json`, sorted by slug."""
    replaced = {draft["slug"] for draft in drafts}
    for language in LANGUAGES:
        for split in SPLITS:
            path = folder / f"{split}.{language}.json"
            old = json.loads(path.read_text(encoding="utf-8"))["data"] if path.exists() else []
            kept = [a for a in old if a["slug"] not in replaced]
            new = [article(draft, language) for draft in drafts if draft["split"] == split]
            data = sorted(kept + new, key=lambda a: a["slug"])
            document = {"version": "v2.0", "language": language, "data": data}
            path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("drafts", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="check only")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "cuadernoqa")
    args = parser.parse_args()
    drafts = [json.loads(path.read_text(encoding="utf-8")) for path in args.drafts]
    found = [fault for draft in drafts for fault in faults(draft)]
    if found:
        raise SystemExit("\n".join(found))
    if not args.check:
        add(drafts, args.folder)
    print(f"{len(drafts)} articles, {sum(len(d['passages']) for d in drafts)} passages: no fault")


if __name__ == "__main__":
    main()
