"""The demo as one uses it: in both languages, with the keyboard alone, on a narrow screen, with hostile text."""

import json
import shutil

import pytest
from conftest import free_port, picture

from qa_course import corpus, encoder, training
from qa_course.demo import page as box
from qa_course.demo import words
from qa_course.demo.asking import ask

HOSTILE = (
    "<script>alert('script')</script> <img src=x onerror=\"alert('img')\"> </mark></div></p><h1>injected</h1> "
    "<svg/onload=alert('svg')> {{7*7}} ${7*7} &lt;b&gt; \u202ereversed\u202c \u2067אבג דה\u2069 ولدت فريدا "
    "Z\u0351\u036b\u0343\u036aa\u0301lgo 👩‍🚀👨‍👩‍👧‍👦🇵🇪 " + "interminable" * 60 + " final."
)
LANGUAGES = ("es", "en")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The model of the smoke profile, its threshold moved so that it answers some of the questions in Spanish."""
    folder = tmp_path_factory.mktemp("model") / "smoke"
    shutil.copytree(training.course_model("smoke"), folder)
    loaded = encoder.load(folder)
    text, asked = questions("es")
    found = [ask(*loaded, text, question) for question, _ in asked]
    odds = [each["null_score"] - each["n_best"][0]["score"] for each in found]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["null_threshold"] = (min(odds) + max(odds)) / 2
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def address(serving, model):
    """Where the demo runs with that model, for one language."""
    command = ["qa_course.cli", "demo", "--no-browser", "--port", free_port(), "--model", model]
    found = serving(command, "smoke")
    assert found.endswith("/voila/render/en.ipynb")
    return lambda language: found.replace("/en.ipynb", f"/{language}.ipynb")


@pytest.fixture(scope="module")
def opened(new_page, address):
    """A function that gives the demo's page in one language, opened once."""
    pages = {}

    def give(language):
        if language not in pages:
            pages[language] = Demo(new_page(), address(language), language)
        return pages[language]

    return give


class Demo:
    """The page and its parts, found as a screen reader finds them: by role and name."""

    def __init__(self, page, address, language):
        self.page, self.language, self.words = page, language, words.TEXT[language]
        if address:
            page.goto(address)
        self.text = page.get_by_role("textbox", name=self.words["text"], exact=True)
        self.question = page.get_by_role("textbox", name=self.words["question"], exact=True)
        self.status = page.get_by_role("status")
        self.button = page.get_by_role("button", name=self.words["ask"], exact=True)
        self.button.wait_for()

    def ask(self, text, question):
        self.text.fill(text)
        self.question.fill(question)
        self.button.click()
        self.answered(question)

    def answered(self, question):
        asked = self.words["asked"].format(question)
        self.page.wait_for_function(
            "asked => document.querySelector('[role=status]').innerText.includes(asked)"
            " && document.querySelector('.qa-text')",
            arg=asked,
        )

    def found(self):
        """The answer that is marked, or None; it must be the one that the outcome names."""
        marks = self.page.locator("mark")
        if not marks.count():
            assert self.words["null"].partition(":")[0] in self.status.inner_text()
            return None
        assert marks.text_content() == self.status.locator("strong").text_content()
        return marks.text_content()


def questions(language):
    """A passage and questions about it, `(question, answers)`; the last one has no answer in it."""
    slug = box.EXAMPLE[0].rsplit("-", 1)[0]
    rows = [row for row in corpus.load("cuadernoqa", "validation", language) if row["id"].startswith(slug)]
    chosen = [row for row in rows if row["id"] in (box.EXAMPLE[0], f"{slug}-6", box.EXAMPLE[1])]
    return rows[0]["context"], [(row["question"], row["answers"]["text"]) for row in chosen]


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_questions_are_answered_with_all_that_led_to_it(opened, language):
    demo = opened(language)
    text, asked = questions(language)
    answers = []
    for question, _ in asked:
        demo.ask(text, question)
        answers.append(answer := demo.found())
        assert answer is None or answer in text
        assert demo.page.locator(".qa-text").text_content() == text
        others, cut = demo.page.get_by_role("table").all()
        assert demo.page.get_by_role("table", name=demo.words["others_caption"]).count() == 1
        for row in others.get_by_role("row").all()[1:]:
            span, _, place = row.get_by_role("cell").all_text_contents()
            first, last = map(int, place.split("–"))
            assert text[first:last] == span
        heads = cut.get_by_role("columnheader").all_text_contents()
        assert tuple(heads) == demo.words["windows_heads"] and cut.get_by_role("row").count() == 2
        picture(demo.page, f"demo-{language}-{len(answers)}", full_page=True)
    assert len(answers) == 3 and (language == "en" or (None in answers and any(answers)))
    assert demo.page.noted == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_its_language_title_and_way_to_the_other(opened, language):
    page = opened(language).page
    assert page.locator("html").get_attribute("lang") == language
    assert page.title() == words.TEXT[language]["title"]
    other, name = words.TEXT[language]["other"]
    link = page.get_by_role("link", name=name)
    assert link.get_attribute("href") == f"{other}.ipynb" and link.get_attribute("lang") == other
    assert page.get_by_role("main").count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_is_text(opened, language):
    demo = opened(language)
    before = demo.page.evaluate("document.querySelectorAll('script, img, svg, iframe, h1').length")
    demo.ask(HOSTILE, HOSTILE[:120])
    assert demo.page.locator(".qa-text").text_content() == HOSTILE
    assert (answer := demo.found()) is None or answer in HOSTILE
    assert demo.page.evaluate("document.querySelectorAll('script, img, svg, iframe, h1').length") == before
    inside = demo.page.locator(".qa-text *").evaluate_all("all => all.map(each => each.tagName)")
    assert set(inside) <= {"MARK"}
    assert demo.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(demo.page, f"hostile-{language}", full_page=True)
    assert demo.page.noted == []


def test_a_very_long_text_is_read_in_part_and_kept_whole(opened):
    demo = opened("es")
    text = "Potosí está en Bolivia. <b>& " * 6897
    assert len(text) > 200_000
    demo.ask(text, "¿Dónde está Potosí?")
    assert f"de {len(text)} caracteres; el texto sigue entero" in demo.status.inner_text()
    assert demo.text.input_value() == text
    assert demo.page.get_by_role("table").last.get_by_role("row").count() == 65
    assert demo.page.noted == []


def test_what_is_missing_is_said(opened):
    demo = opened("en")
    for text, question, sentence in (("", "Who?", "no_text"), ("Lima", "", "no_question")):
        demo.text.fill(text)
        demo.question.fill(question)
        demo.button.click()
        demo.status.get_by_text(demo.words[sentence]).wait_for()
        assert demo.page.locator(".qa-text").count() == 0
    demo.text.fill("Lima")
    demo.question.fill("👩‍🚀" * 160)  # more tokens than a window holds
    demo.button.click()
    demo.status.get_by_text(demo.words["error"].partition(";")[0]).wait_for()
    demo.question.fill("why " * 400)
    demo.button.click()
    demo.status.get_by_text(demo.words["long_question"].partition(":")[0]).wait_for()
    assert "Traceback" not in demo.page.inner_text("body") and demo.text.input_value() == "Lima"


def test_the_keyboard_is_enough_and_one_sees_where_one_is(opened):
    demo = opened("es")
    page = demo.page
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.get_by_role("heading", level=1).click()
    names = []
    for _ in range(6):
        page.keyboard.press("Tab")
        names.append(page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "none" not in outline and not outline.endswith(" 0px"), (names[-1], outline)
        if names[-1] == demo.words["text"]:
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type("Lima está en el Perú. Quito está en el Ecuador.")
        elif names[-1] == demo.words["question"]:
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type("¿Dónde está Quito?")
            page.keyboard.press("Enter")
            demo.answered("¿Dónde está Quito?")
            picture(page, "keyboard")
    fields = [demo.words["text"], demo.words["question"], demo.words["ask"], *demo.words["examples"]]
    assert names == [demo.words["other"][1], *fields]
    assert page.locator(".qa-text").text_content() == "Lima está en el Perú. Quito está en el Ecuador."
    page.keyboard.press("Space")  # the last of them, the example without an answer
    demo.answered(questions("es")[1][-1][0])
    assert demo.text.input_value() == questions("es")[0]


LEVELS = "all => all.filter(each => each.checkVisibility()).map(each => Number(each.tagName[1]))"
FAINT = """() => {
  const channels = colour => {
    const [r, g, b, a = 1] = colour.match(/[0-9.]+/g).map(Number);
    return {rgb: [r, g, b], a};
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (; element; element = element.parentElement) {
      const {rgb, a} = channels(getComputedStyle(element).backgroundColor);
      if (a === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const found = [];
  let seen = 0;
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!element.checkVisibility() || !(own || element.matches("input, textarea"))) continue;
    seen += 1;
    const pair = [luminance(channels(getComputedStyle(element).color).rgb), luminance(behind(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName} ${element.className} ${element.textContent.slice(0, 30)} ${ratio}`);
  }
  return {seen, found};
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_headings_and_contrast(opened, language):
    demo = opened(language)
    text, asked = questions(language)
    demo.ask(text, asked[0][0])
    page = demo.page
    fields = page.locator("input:visible, textarea:visible, button:visible, select:visible")
    assert fields.count() == 5
    for name in (demo.words["text"], demo.words["question"]):
        assert page.get_by_label(name, exact=True).count() == 1
    for name in (demo.words["ask"], *demo.words["examples"]):
        assert page.get_by_role("button", name=name, exact=True).count() == 1
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(LEVELS)
    assert levels[0] == 1 and levels.count(1) == 1 and len(levels) == 5
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert demo.status.get_attribute("aria-live") == "polite"
    contrast = page.evaluate(FAINT)
    assert contrast["seen"] > 30 and contrast["found"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_screen_does_not_scroll_sideways(opened, language):
    demo = opened(language)
    text, asked = questions(language)
    demo.page.set_viewport_size({"width": 320, "height": 640})
    demo.ask(text, asked[0][0])
    wide = demo.page.evaluate(
        "[...document.querySelectorAll('body *')].filter(each => each.checkVisibility()"
        " && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 120))"
    )
    assert wide == [] and demo.page.evaluate("document.documentElement.scrollWidth") <= 320
    picture(demo.page, f"narrow-{language}", full_page=True)
    demo.page.set_viewport_size({"width": 1000, "height": 900})


def test_the_link_leads_to_the_other_language(opened, address):
    """The last one that uses the page in Spanish."""
    demo = follow(opened("es"))
    assert demo.language == "en" and demo.page.url == address("en") and demo.page.noted == []


def follow(demo):
    """The page in the other language, by its link."""
    other, name = demo.words["other"]
    demo.page.get_by_role("link", name=name).click()
    return Demo(demo.page, None, other)


def test_the_course_model_answers_right(new_page, serving, monkeypatch):
    monkeypatch.delenv("QA_COURSE_PROFILE", raising=False)
    if not training.is_trained(training.course_config("offline")):
        pytest.skip("the course model is not in the cache: qa-course train")
    command = ["qa_course.cli", "demo", "--no-browser", "--port", free_port(), "--language", "es"]
    demo = Demo(new_page(), serving(command, "offline"), "es")
    answers_right(demo)
    answers_right(follow(demo))


def answers_right(demo):
    text, asked = questions(demo.language)
    for question, answers in asked:
        demo.ask(text, question)
        assert demo.found() in (answers or [None]), question
        picture(demo.page, f"course-model-{demo.language}-{'answer' if answers else 'none'}", full_page=True)
    assert demo.page.noted == []
