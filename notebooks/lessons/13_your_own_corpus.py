# %% [markdown] lang="es"
# # 13 · Tu propio corpus
#
# Hasta aquí has trabajado con un corpus ajeno. En esta lección haces uno tuyo: unas decenas de preguntas en una hoja de cálculo bastan para empezar. El ejemplo es el reglamento de la biblioteca de una universidad inventada, la de Puertolaguna, y lo que se pregunta sobre él en el mostrador. Al terminar sabrás:
#
# - escribir preguntas que sirvan, con y sin respuesta, y convertirlas en el formato de las lecciones anteriores;
# - encontrar el principio de cada respuesta y entender qué filas fallan y por qué;
# - dividir por secciones y medir primero el modelo que ya tienes;
# - calcular cuántas preguntas hacen falta para afirmar algo;
# - ajustar el modelo del curso con las tuyas, elegir de nuevo el umbral y ver qué aprende y qué olvida;
# - guardar el resultado, cargarlo, preguntarle y decidir el paso siguiente.
#
# **Tiempo:** de 60 a 90 minutos, con unos minutos de entrenamiento la primera vez. **Antes:** las lecciones 5 (respuestas, umbral, EM y F1), 7 (el modelo del curso) y 12 (intervalos, veredictos y la prueba de McNemar).

# %% [markdown] lang="en"
# # 13 · Your own corpus
#
# So far you have worked with somebody else's corpus. In this lesson you make one of your own: a few dozen questions in a spreadsheet are enough to begin. The example is the rules of the library of an invented university, Puertolaguna, and what is asked about them at its counter. By the end you will be able to:
#
# - write questions that are of use, with and without an answer, and turn them into the format of the earlier lessons;
# - find where each answer starts, and understand which rows fail and why;
# - split by section, and first measure the model that you already have;
# - work out how many questions it takes to claim anything;
# - fine-tune the course model on yours, choose the threshold anew, and see what it learns and what it forgets;
# - save the result, load it, ask it, and decide on the next step.
#
# **Time:** 60 to 90 minutes, with a few minutes of training the first time. **Before:** lessons 5 (answers, threshold, EM and F1), 7 (the course model) and 12 (intervals, verdicts and McNemar's test).

# %% [markdown] lang="es"
# ## Tus archivos
#
# Todo lo que sigue se ejecuta con lo que haya en la carpeta `OWN`. De entrada es la del ejemplo; cuando tengas la tuya, cambia solo esta celda. La carpeta lleva dos hojas guardadas como CSV por cada idioma que uses, `sections.es.csv` y `questions.es.csv` o las mismas con `en`. `SEPARATOR` es lo que separa las columnas (Excel en español suele escribir `";"`). En `KEEP` puedes poner una carpeta tuya para conservar lo que se haga aquí; si queda vacía, se usa una temporal que se borra al final. Con el perfil `smoke` el modelo es diminuto y casi aleatorio: todo se ejecuta, pero sus cifras no dicen nada.

# %% [markdown] lang="en"
# ## Your files
#
# Everything below runs on what is in the folder `OWN`. To begin with it is that of the example; when you have yours, change only this cell. The folder holds two sheets saved as CSV for each language that you use, `sections.en.csv` and `questions.en.csv`, or the same with `es`. `SEPARATOR` is what separates the columns (some spreadsheets write `";"`). In `KEEP` you may put a folder of yours, to keep what is made here; if it is left empty, a temporary one is used and deleted at the end. Under the `smoke` profile the model is tiny and almost random: everything runs, but its figures mean nothing.

# %%
from qa_course import corpus

OWN = corpus.folder("university")
SEPARATOR = ","
KEEP = ""

# %% tags=["nbval-ignore-output"]
import json
import re
import tempfile
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import datasets
import pandas as pd
import transformers

from qa_course import checks, encoder, plots, profiles, report, scoring, sheets, training, uncertainty

datasets.disable_progress_bars()
transformers.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()
temporary = tempfile.TemporaryDirectory(prefix="qa-course-", ignore_cleanup_errors=True)
workshop = Path(KEEP or temporary.name)
workshop.mkdir(parents=True, exist_ok=True)

# %% [markdown] lang="es"
# La primera hoja tiene una fila por sección, con las columnas `section`, `title` y `text`; la segunda, una por pregunta, con `section`, `question`, `answer` y, si hace falta, `occurrence`. La celda lee las de cada idioma, imprime el texto de la primera sección y enseña tres de sus preguntas.

# %% [markdown] lang="en"
# The first sheet has one row per section, with the columns `section`, `title` and `text`; the second, one row per question, with `section`, `question`, `answer` and, where needed, `occurrence`. The cell reads those of each language, prints the text of the first section and shows three of its questions.

# %%
from textwrap import fill


def sheet(name, language):
    path = Path(OWN) / f"{name}.{language}.csv"
    frame = pd.read_csv(path, sep=SEPARATOR, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return frame.to_dict("records")


found = [each for each in ("en", "es") if (Path(OWN) / f"questions.{each}.csv").exists()]
written = {each: (sheet("sections", each), sheet("questions", each)) for each in found}
shown_in = LANGUAGE if LANGUAGE in written else found[0]
sections, questions = written[shown_in]
print(fill(sections[0]["text"], 100))
report.table(questions[2:5], {name: name for name in ("section", "question", "answer")}, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Qué necesita una pregunta
#
# - **El pasaje**, una sección con sentido por sí sola. Más corta que una ventana, si puede ser (lección 4).
# - **La pregunta**, con las palabras de quien no ha leído el pasaje. Si copia las del pasaje, el examen sale fácil y la vida no.
# - **La respuesta, copiada letra por letra**: el tramo más corto que responde. Se puede llegar a ella por varios caminos, pero ha de estar escrita ahí.
# - **Preguntas sin respuesta**, alrededor de una de cada cinco, con la celda vacía. Han de ser verosímiles: el mismo tema, un dato que falta y, si puede ser, otro cerca que tiente.
#
# Y dos reglas de juego limpio. Escribe las preguntas **antes** de que ningún modelo conteste una sola, y no las cambies después por lo que responda: así se hicieron las del ejemplo. Y pide a otra persona que conteste unas cuantas: si lo que señala no se parece a lo que pusiste tú, la pregunta no está clara, y tampoco lo estará para el modelo.
#
# **Piensa:** una de las tres preguntas de la tabla no tiene respuesta. ¿Qué tramo del texto invita a equivocarse?

# %% [markdown] lang="en"
# ## What a question needs
#
# - **The passage**, a section that makes sense by itself. Shorter than a window, if possible (lesson 4).
# - **The question**, in the words of someone who has not read the passage. If it copies those of the passage, the exam will be easy, and life will not.
# - **The answer, copied letter by letter**: the shortest span that answers. There may be several ways to it, but it must be written there.
# - **Questions without an answer**, about one in five, with the cell left empty. They must be plausible: the same subject, a fact that is missing and, if possible, another one nearby that tempts.
#
# And two rules of fair play. Write the questions **before** any model answers one of them, and do not change them afterwards because of what it says: those of the example were made so. And ask someone else to answer a few: where what they mark is not much like what you put, the question is not clear, nor will it be to the model.
#
# **Think:** one of the three questions in the table has no answer. Which span of the text tempts you to give one?

# %% [markdown] lang="es"
# ## De la respuesta a su posición
#
# La tentación era la hora de apertura, las siete y media, pero el mostrador «tiene un horario propio».
#
# Nadie cuenta caracteres en una hoja de cálculo, pero el modelo se entrena con posiciones (lección 4). Hay que encontrar cada respuesta en su texto, y `str.find` tiene dos trampas: se conforma con un trozo de palabra (halla «tres» dentro de «trescientos») y se queda con la primera vez. Contra la primera sirve una expresión regular: `(?<!\w)` y `(?!\w)` exigen que antes y después no haya letra ni cifra, y `re.escape` hace que un punto de la respuesta sea solo un punto. La tabla enseña las respuestas que, contando palabras enteras, aparecen más de una vez en su sección. En esas filas, quien escribe tiene que decir cuál es: para eso está la columna `occurrence` («aparición»).

# %% [markdown] lang="en"
# ## From the answer to its position
#
# The temptation was the opening time, half past seven, but the desk "keeps its own timetable".
#
# Nobody counts characters in a spreadsheet, but the model trains on positions (lesson 4). Each answer has to be found in its text, and `str.find` has two traps: it is content with a piece of a word (it finds "six" in "sixty"), and it takes the first time. Against the former a regular expression helps: `(?<!\w)` and `(?!\w)` demand that there be no letter or digit before and after, and `re.escape` makes a full stop in the answer just a full stop. The table shows the answers that, counting whole words, occur more than once in their section. In those rows the author has to say which one it is: that is what the column `occurrence` is for.

# %%
texts = {each["section"]: each["text"] for each in sections}
rows = []
for each in questions:
    pattern = rf"(?<!\w){re.escape(each['answer'])}(?!\w)"
    times = len(re.findall(pattern, texts[each["section"]])) if each["answer"] else 0
    if times > 1:
        rows.append(each | {"times": times})
report.table(rows, ["section", "question", "answer", "times", "occurrence"], language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 1: dónde empieza
#
# Escribe `find_answer(text, answer, occurrence)`: devuelve el carácter, contando desde 0, en que empieza la respuesta. Solo valen palabras enteras, y mayúsculas y minúsculas cuentan. `occurrence` dice qué aparición es, desde 1; con `None` la respuesta tiene que estar una sola vez. Si no está (o no tantas veces), o si está varias y nadie dice cuál, devuelve -1. Te servirán la expresión de la celda anterior y `re.finditer`, que recorre los hallazgos: el `start()` de cada uno es su posición.

# %% [markdown] lang="en"
# ### Exercise 1: where it starts
#
# Write `find_answer(text, answer, occurrence)`: it returns the character, counted from 0, at which the answer starts. Only whole words count, and case matters. `occurrence` says which time it is, from 1; with `None` the answer must stand there just once. Where it does not stand there (or not so many times), or several times and nobody says which, return -1. The expression of the cell above will help, and `re.finditer`, which goes through the matches: the `start()` of each is its position.

# %% tags=["exercise"]
def find_answer(text, answer, occurrence):
    return ...


checks.answer_place(find_answer, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución: primero se buscan todos los sitios y después se decide cuál vale.

# %% [markdown] lang="en"
# Compare with the solution: first all places are found, and then it is decided which one counts.

# %% tags=["solution"]
def find_answer(text, answer, occurrence):
    places = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)]
    if occurrence is None:
        return places[0] if len(places) == 1 else -1
    return places[occurrence - 1] if occurrence <= len(places) else -1


checks.answer_place(find_answer, language=LANGUAGE)

# %% [markdown] lang="es"
# `sheets.rows` hace lo mismo con las hojas enteras y, en vez de -1, dice qué fila falla y por qué. Probémoslo con tres filas mal escritas: una respuesta citada de memoria, otra que está dos veces sin que se diga cuál y una sección que no existe. Las filas se numeran como en la hoja, donde la 1 son los encabezados. Lee los tres avisos y piensa qué harías con cada fila. (Los errores del paquete están en inglés, como los de Python.)

# %% [markdown] lang="en"
# `sheets.rows` does the same for whole sheets and, instead of -1, says which row fails and why. Let us try it on three badly written rows: an answer quoted from memory, one that stands there twice without saying which, and a section that does not exist. Rows are numbered as in the sheet, where row 1 holds the headings. Read the three messages, and think what you would do with each row.

# %%
SMALL = {
    "es": ("Películas: tres días. Libros: treinta días. Mapas: tres días.", "30 días", "tres días"),
    "en": ("Films: three days. Books: thirty days. Maps: three days.", "30 days", "three days"),
}
small, wrong, twice = SMALL[LANGUAGE]
bad = [{"section": name, "question": "?", "answer": each} for name, each in (("1", wrong), ("1", twice), ("2", twice))]
print(small, end="\n\n")
try:
    sheets.rows([{"section": "1", "title": "", "text": small}], bad, LANGUAGE)
except corpus.CorpusError as error:
    print(error)

# %% [markdown] lang="es"
# La primera se copia del texto; la segunda necesita un 1 o un 2 en `occurrence`, según por qué se pregunte; la tercera, una sección que exista. Con las hojas del ejemplo no hay avisos, y el resultado son filas como las de la lección 3. La celda imprime cuántas son, el `id` de la primera (sección, número e idioma) y su respuesta.

# %% [markdown] lang="en"
# The first is copied from the text; the second needs a 1 or a 2 in `occurrence`, depending on what is asked about; the third, a section that exists. The sheets of the example give no message, and what comes out are rows like those of lesson 3. The cell prints how many there are, the `id` of the first (section, number and language) and its answer.

# %%
rows = [row for each, pair in written.items() for row in sheets.rows(*pair, each)]


def save(rows, name):
    path = workshop / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


print(len(rows), rows[0]["id"], rows[0]["answers"], sep="\n")

# %% [markdown] lang="es"
# ## Validar antes de entrenar
#
# Entre tu hoja y el entrenamiento hay copias, ordenaciones y programas que «ayudan». `corpus.load` comprueba cada fila y, si algo no cuadra, no carga nada y nombra todas las faltas. Estropeamos una copia de tres maneras corrientes: una posición contada desde 1, como cuenta la función ENCONTRAR de una hoja de cálculo; una fila que se copió para escribir otra pregunta y conserva el `id`; y una respuesta a la que el programa ha puesto mayúscula inicial.

# %% [markdown] lang="en"
# ## Validate before you train
#
# Between your sheet and the training there are copying, sorting and programs that "help". `corpus.load` checks every row and, where something is amiss, loads nothing and names every fault. We spoil a copy in three common ways: a position counted from 1, as the function FIND of a spreadsheet counts; a row that was copied to write another question and kept the `id`; and an answer that the program has begun with a capital.

# %%
broken = deepcopy(rows)
answered = [row for row in broken if row["answers"]]
answered[0]["answers"][0]["answer_start"] += 1
answered[2]["id"] = answered[1]["id"]
answered[3]["answers"][0]["text"] = answered[3]["answers"][0]["text"].capitalize()
faults = 0
try:
    corpus.load(save(broken, "broken.jsonl"))
except corpus.CorpusError as error:
    faults = len(str(error).splitlines())
    print(error)

# %% [markdown] lang="es"
# **Piensa:** la primera fila se habría cargado sin protestar en muchos programas. ¿Qué habría aprendido el modelo de ella?
#
# La copia buena sí se carga. Aquí están las mismas tres preguntas del principio, ahora con su posición; la última columna es lo que hay en el pasaje desde `inicio`, con el largo de la respuesta.

# %% [markdown] lang="en"
# **Think:** many programs would have loaded the first row without a word. What would the model have learned from it?
#
# The good copy does load. Here are the same three questions from the beginning, now with their position; the last column is what stands in the passage from `start`, for the length of the answer.

# %%
own = corpus.load(save(rows, "own.jsonl"))
few = [row for row in own if row["id"].endswith(shown_in)][2:5]
shown = []
for row in few:
    text, start = (next(iter(row["answers"][name]), None) for name in ("text", "answer_start"))
    cut = row["context"][start : start + len(text)] if text else None
    shown.append({"id": row["id"], "answer": text, "start": start, "stands there": cut})
report.table(shown, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Mirarlo
#
# Como en la lección 3, antes de entrenar se mira. A la izquierda, los tokens de cada sección con su pregunta más larga, frente a los 384 de una ventana; a la derecha, las preguntas de cada sección. Busca dos cosas: si alguna sección no cabe y si las preguntas sin respuesta están repartidas o amontonadas.

# %% [markdown] lang="en"
# ## Look at it
#
# As in lesson 3, look before you train. On the left, the tokens of each section with its longest question, against the 384 of a window; on the right, the questions of each section. Look for two things: whether a section does not fit, and whether the questions without an answer are spread or heaped.

# %%
course = training.course_model(PROFILE)
tokenizer, model = encoder.load(course)


def section(name):
    return name.rsplit("-", 1)[0]


frame = own.to_pandas()
frame["section"], frame["language"] = frame["id"].map(section), frame["id"].str[-2:]
frame["answered"] = [bool(answers["text"]) for answers in own["answers"]]
frame["tokens"] = [len(ids) for ids in tokenizer(own["question"][:], own["context"][:])["input_ids"]]
tokens = {each: part.groupby("section")["tokens"].max().to_dict() for each, part in frame.groupby("language")}
counts = frame[frame["language"] == shown_in].groupby("section")["answered"].agg(["sum", "count"])
counts = {name: (each["sum"], each["count"] - each["sum"]) for name, each in counts.iterrows()}
plots.own_sections(tokens, counts, 384, language=LANGUAGE)

# %% [markdown] lang="es"
# En el ejemplo todo cabe con holgura, y cada sección tiene una o dos preguntas sin respuesta.
#
# Una segunda mirada: ¿cuánto se parecen las preguntas a sus pasajes? De las palabras de cuatro letras o más de cada pregunta, contamos las que comparten las cinco primeras letras con alguna del pasaje. Se compara con una muestra del conjunto de prueba de CuadernoQA, el corpus con el que aprendió el modelo. **Piensa:** según lo que salga, ¿esperas que el modelo lo tenga más fácil o más difícil que en casa?

# %% [markdown] lang="en"
# In the example everything fits with room to spare, and each section has one or two questions without an answer.
#
# A second look: how much are the questions like their passages? Of the words of four letters or more in each question, we count those that share their first five letters with one of the passage. This is compared with a sample of the test set of CuadernoQA, the corpus that the model learned from. **Think:** from what comes out, do you expect the model to find it easier than at home, or harder?

# %%
familiar = corpus.load("cuadernoqa", "test").shuffle(seed=13).select(range(160))


def shared(row):
    asked, told = ({word[:5] for word in re.findall(r"\w{4,}", row[name].lower())} for name in ("question", "context"))
    return 100 * len(asked & told) / max(1, len(asked))


common = {name: sum(map(shared, table)) / len(table) for name, table in (("own", own), ("CuadernoQA", familiar))}
silent = {"own": 100 * (~frame["answered"]).mean()}
silent["CuadernoQA"] = 100 * sum(not answers["text"] for answers in familiar["answers"]) / len(familiar)
named = {"own": report.word("own", LANGUAGE), "CuadernoQA": "CuadernoQA"}
shown = [{"corpus": named[name], "shared words (%)": common[name], "no answer (%)": silent[name]} for name in common]
report.table(pd.DataFrame(shown).round(1), language=LANGUAGE)

# %% [markdown] lang="es"
# En el ejemplo las preguntas comparten muchas menos palabras con su pasaje: piden «cuánto debo» donde el texto habla de retrasos y multas. Es lo que pasa en un mostrador, y es más difícil.
#
# ## Dividir por secciones
#
# La regla de la lección 3: las preguntas de una sección comparten texto, así que van juntas. Las dos lenguas de una sección también. Y hay que decidir el reparto antes de entrenar nada: con tan poco material, la prueba no puede ser una sobra, porque de ella sale todo lo que podrás afirmar.
#
# ### Ejercicio 2: tres conjuntos
#
# Escribe `three_sets(ids, test, validation, seed)`: recibe los `id` de las preguntas (`"05-3@es"`) y devuelve una lista igual de larga con el conjunto de cada una: `"test"` para las de `test` secciones sorteadas, `"validation"` para las de otras `validation` y `"train"` para las demás. La misma semilla da siempre el mismo reparto. Te servirán `section`, de la celda de la figura, y `random.Random(seed)`.

# %% [markdown] lang="en"
# In the example the questions share far fewer words with their passages: they ask "what do I owe" where the text speaks of delays and fines. That is what happens at a counter, and it is harder.
#
# ## Split by section
#
# The rule of lesson 3: the questions of a section share a text, so they stay together. So do the two languages of a section. And the shares are decided before anything trains: with so little material, the test set cannot be a leftover, for all that you will be able to claim comes from it.
#
# ### Exercise 2: three sets
#
# Write `three_sets(ids, test, validation, seed)`: it takes the `id`s of the questions (`"05-3@en"`) and returns a list of the same length with the set of each: `"test"` for those of `test` sections drawn at random, `"validation"` for those of `validation` others, and `"train"` for the rest. The same seed always gives the same sets. `section`, from the cell of the figure, and `random.Random(seed)` will help.

# %% tags=["exercise"]
import random


def three_sets(ids, test, validation, seed):
    return ...


checks.three_sets(three_sets, language=LANGUAGE)

# %% [markdown] lang="es"
# Quien sortea por `id` reparte una misma sección, o sus dos lenguas, en varios conjuntos, y la prueba pregunta por un texto ya visto. Y `sorted` no sobra: el orden de un conjunto de cadenas cambia de una sesión a otra, y con él el reparto. Compara:

# %% [markdown] lang="en"
# Whoever draws by `id` spreads one section, or its two languages, over several sets, and the test asks about a text already seen. And `sorted` is needed: the order of a set of strings changes from one session to the next, and the split with it. Compare:

# %% tags=["solution"]
def three_sets(ids, test, validation, seed):
    names = sorted({section(name) for name in ids})
    random.Random(seed).shuffle(names)
    drawn = dict.fromkeys(names[:test], "test") | dict.fromkeys(names[test : test + validation], "validation")
    return [drawn.get(section(name), "train") for name in ids]


checks.three_sets(three_sets, language=LANGUAGE)

# %% [markdown] lang="es"
# `corpus.split` reparte en dos con la misma idea; dos llamadas dan tres. La mitad de las secciones entrena, y de la otra mitad la mayor parte examina. La semilla se eligió sin mirar ningún resultado.

# %% [markdown] lang="en"
# `corpus.split` splits in two by the same rule; two calls give three. Half of the sections train, and most of the other half examine. The seed was chosen without looking at any result.

# %%
train, rest = corpus.split(own, frame["section"], 0.5, seed=13)
test, validation = corpus.split(rest, [section(name) for name in rest["id"]], 0.7, seed=13)
sets = {"train": train, "validation": validation, "test": test}
shown = []
for name, table in sets.items():
    names = sorted({section(each) for each in table["id"]})
    quiet = sum(not answers["text"] for answers in table["answers"])
    row = {"set": report.word(name, LANGUAGE), "sections": ", ".join(names), "questions": len(table)}
    shown.append(row | {"no answer": quiet})
report.table(shown, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Primero, lo que ya tienes
#
# Antes de ajustar nada se mide el modelo del curso tal cual, con su umbral, en tus secciones de prueba. Puede que ya te baste, y sin esta cifra no sabrías después si ajustar sirvió. `exam` guarda una fila por pregunta, como en la lección 12: lo que se responde, su veredicto y su nota. El grupo es la sección o, en CuadernoQA, el artículo; los intervalos se calculan sorteando grupos (lección 12).

# %% [markdown] lang="en"
# ## First, what you already have
#
# Before anything is fine-tuned, the course model is measured as it is, with its own threshold, on your test sections. It may be good enough, and without this figure you could not tell later whether fine-tuning helped. `exam` keeps one row per question, as in lesson 12: what is answered, its verdict, its mark. The group is the section or, in CuadernoQA, the article; intervals are computed by drawing groups (lesson 12).

# %%
def group(name):
    return section(name) if name in owned else section(section(name))


def exam(folder, table, threshold):
    forced, chosen = (training.cached_answers(folder, table, each) for each in (None, threshold))
    texts = ({name: each["text"] for name, each in found.items()} for found in (chosen, forced))
    marks, spoken = (scoring.by_question(each, table) for each in texts)
    rows = []
    for row in table:
        name, gold = row["id"], next(iter(row["answers"]["text"]), "")
        known = {"id": name, "group": group(name), "question": row["question"], "gold": gold}
        known |= {"answer": chosen[name]["text"], "verdict": scoring.verdict(chosen[name], row)}
        known |= {"exact_match": 100 * marks[name][0], "f1": 100 * marks[name][1]}
        rows.append(known | {"spoken_f1": 100 * spoken[name][1] if gold else None})
    return pd.DataFrame(rows).set_index("id")


owned = set(own["id"])

# %% [markdown] lang="es"
# En la tabla, `desde` y `hasta` son los extremos del intervalo de F1, y «F1 sin callar», la nota en las preguntas con respuesta si se prohíbe el silencio. Mira la distancia entre las dos filas, y sobre todo el ancho de cada intervalo.

# %% [markdown] lang="en"
# In the table, `from` and `to` are the ends of the interval of F1, and `spoken_f1` the mark on the questions with an answer if silence is forbidden. Look at the distance between the two rows and, above all, at the width of each interval.

# %% tags=["nbval-ignore-output"]
exams = {"own": test, "CuadernoQA": familiar}
threshold = model.config.null_threshold
before = {name: exam(course, table, threshold) for name, table in exams.items()}
shown = []
for name, marks in before.items():
    low, f1, high = uncertainty.interval(marks["f1"], marks["group"])
    row = {"exam": named[name], "questions": len(marks), "exact_match": marks["exact_match"].mean(), "f1": f1}
    row |= {"from": low, "to": high, "spoken_f1": marks["spoken_f1"].mean()}
    shown.append(row | {"silent (%)": 100 * (marks["answer"] == "").mean()})
report.table(pd.DataFrame(shown).round(1), language=LANGUAGE)

# %% [markdown] lang="es"
# La caída es grande, y buena parte de ella es silencio: en el ejemplo calla en cerca de cuatro de cada cinco preguntas, cuando solo una de cada cinco carece de respuesta. Pero ¿qué vale una cifra sacada de tan pocas preguntas?
#
# ## ¿Cuántas preguntas hacen falta?
#
# Con *n* preguntas independientes y una proporción de aciertos *p*, el intervalo del 95 % se aleja a cada lado unos
#
# $$1{,}96\,\sqrt{p\,(1-p)/n}.$$
#
# La raíz es la mala noticia: para reducir el margen a la mitad hacen falta cuatro veces más preguntas.
#
# ### Ejercicio 3: las que hacen falta
#
# Escribe `questions_needed(rate, margin)`: la proporción de aciertos y el margen que quieres a cada lado, los dos de 0 a 1. Devuelve el menor número entero de preguntas con el que el margen no se pasa; `math.ceil` redondea hacia arriba (`import math` en la celda). **Piensa** antes cuántas dirías para 5 puntos.

# %% [markdown] lang="en"
# It is a large drop, and a good part of it is silence: in the example the model is silent on about four questions in five, when only one in five has no answer. But what is a figure worth that comes from so few questions?
#
# ## How many questions does it take?
#
# With *n* independent questions and a rate of right answers *p*, the 95% interval reaches to either side about
#
# $$1.96\,\sqrt{p\,(1-p)/n}.$$
#
# The root is the bad news: to halve the margin takes four times as many questions.
#
# ### Exercise 3: as many as it takes
#
# Write `questions_needed(rate, margin)`: the rate of right answers and the margin that you want on either side, both from 0 to 1. Return the smallest whole number of questions for which the margin is not exceeded; `math.ceil` rounds up (`import math` in the cell). **Think** first how many you would say for 5 points.

# %% tags=["exercise"]
def questions_needed(rate, margin):
    return ...


checks.questions_needed(questions_needed, language=LANGUAGE)

# %% [markdown] lang="es"
# Se despeja *n* y se redondea hacia arriba. Compara; debajo, las que harían falta para 10, 5 y 2 puntos con la mitad de aciertos, que es el peor caso.

# %% [markdown] lang="en"
# Solve for *n* and round up. Compare; below, those needed for 10, 5 and 2 points with half of the answers right, which is the worst case.

# %% tags=["solution"]
import math


def questions_needed(rate, margin):
    return math.ceil(1.96**2 * rate * (1 - rate) / margin**2)


checks.questions_needed(questions_needed, language=LANGUAGE)
print([questions_needed(0.5, margin) for margin in (0.1, 0.05, 0.02)])

# %% [markdown] lang="es"
# La figura dibuja esa curva dos veces, con la proporción de aciertos (EM) del modelo del curso en cada examen. El cuadrado y el círculo son los márgenes medidos, sorteando secciones o artículos. Si uno quedara por encima de su curva, diría que las preguntas de un grupo se parecen y cuentan por menos de las que son.
#
# **Piensa:** con un margen como el de tu prueba, ¿qué mejora podrías afirmar y cuál no?

# %% [markdown] lang="en"
# The figure draws that curve twice, for the rate of right answers (EM) of the course model on each exam. The square and the circle are the measured margins, drawing sections or articles. Either of them above its curve would say that the questions of a group are alike, and count for fewer than they are.
#
# **Think:** with a margin like that of your test set, which improvement could you claim, and which not?

# %%
reaches = {}
for name, marks in before.items():
    low, mean, high = uncertainty.interval(marks["exact_match"], marks["group"])
    reaches[name] = mean / 100, len(marks), (high - low) / 2
plots.margins(reaches, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿El cuadrado de tus preguntas está por debajo de su curva? No es buena suerte: sortear entre cinco secciones es sortear entre poca cosa, y el margen suele quedarse corto. Con tan pocas, quédate con el mayor de los dos. Y cuidado con contar dos veces: las dos lenguas de una pregunta no son dos preguntas independientes. Para tu corpus vale más una sección nueva con sus preguntas que otras tantas sobre una vieja.
#
# ## Ajustar, solo y con repaso
#
# Partimos del modelo del curso, que ya sabe qué es responder: `encoder` es su carpeta, con cabeza y todo. Como sabe, los pasos son cortos: la mitad de su tasa de aprendizaje y tres épocas, decididas de antemano. Dos versiones: con tus preguntas nada más y con ellas **y un repaso**, sesenta preguntas que ya vio en CuadernoQA. ¿Para qué? Un modelo que solo practica lo nuevo puede olvidar lo de antes, y a eso se le llama **olvido catastrófico**. Las dos lenguas se entrenan juntas.
#
# **Piensa:** ¿qué versión ganará en tu prueba, y cuál en CuadernoQA?

# %% [markdown] lang="en"
# Is the square of your questions below its curve? That is no good luck: to draw from five sections is to draw from very little, and the margin tends to fall short. With so few, take the larger of the two. And beware of counting twice: the two languages of a question are not two independent questions. For your corpus, a new section with its questions is worth more than as many again on an old one.
#
# ## Fine-tune, alone and with rehearsal
#
# We start from the course model, which already knows what answering is: `encoder` is its folder, head and all. As it knows, the steps are short: half of its learning rate and three epochs, decided beforehand. Two versions: with your questions alone, and with them **and a rehearsal**, sixty questions of CuadernoQA that it has seen before. What for? A model that practises only what is new may forget what it knew; this is called **catastrophic forgetting**. Both languages train together.
#
# **Think:** which version will win on your test set, and which on CuadernoQA?

# %% tags=["nbval-ignore-output"]
config = replace(training.course_config(PROFILE), encoder=str(course), epochs=3, learning_rate=1e-4)
rehearsal = corpus.load("cuadernoqa", "train").shuffle(seed=13).select(range(60))
lessons = {"fine-tuned": train, "with rehearsal": datasets.concatenate_datasets([train, rehearsal])}
runs = {name: training.fit(config, table=table) for name, table in lessons.items()}
shown = [{"model": report.word(name, LANGUAGE), "questions": len(lessons[name])} for name in runs]
for row, run in zip(shown, runs.values(), strict=True):
    row |= {"windows": run.windows, "epochs": config.epochs, "seconds": round(run.seconds)}
report.table(shown, language=LANGUAGE)

# %% [markdown] lang="es"
# ## El umbral, otra vez
#
# Cuándo callar se decidió con la validación de CuadernoQA. Con otras preguntas y otro modelo, esa decisión ya no vale, y `fit` deja el umbral a 0 cuando entrena con una tabla que se le da. `training.best_threshold` lo elige de nuevo con tu validación, como en la lección 5. También para el modelo del curso sin tocar: así sabrás qué parte de la mejora viene de ajustar y qué parte, del umbral.
#
# La tabla da los umbrales (cuanto más alto, más habla un mismo modelo) y el F1 en la propia validación. No te fíes de este último: el umbral se eligió para que fuera alto, y con tan pocas preguntas se ajusta al azar de unas cuantas.

# %% [markdown] lang="en"
# ## The threshold, again
#
# When to be silent was decided on the validation set of CuadernoQA. For other questions and another model that decision no longer holds, and `fit` leaves the threshold at 0 where it trains on a table that it is given. `training.best_threshold` chooses it anew on your validation set, as in lesson 5. For the untouched course model too: so you will know which part of the gain comes from fine-tuning and which from the threshold.
#
# The table gives the thresholds (the higher, the more a given model speaks), and the F1 on the validation set itself. Do not trust the latter: the threshold was chosen to make it high, and with so few questions it follows the luck of some of them.

# %% tags=["nbval-ignore-output"]
def chosen_threshold(folder):
    return training.best_threshold(training.cached_answers(folder, validation), validation)


folders = {"as it is": course, "new threshold": course} | {name: run.folder for name, run in runs.items()}
thresholds = {name: chosen_threshold(folder) for name, folder in folders.items()} | {"as it is": threshold}
shown = []
for name, folder in folders.items():
    f1 = exam(folder, validation, thresholds[name])["f1"].mean()
    shown.append({"model": report.word(name, LANGUAGE), "threshold": thresholds[name], "F1 (validation)": f1})
report.table(pd.DataFrame(shown).round(2), language=LANGUAGE)

# %% [markdown] lang="es"
# ## Qué se gana y qué se olvida
#
# Los cuatro se presentan a los dos exámenes: tus secciones de prueba, con las que ninguno se ajustó, y la muestra de CuadernoQA. Los círculos son el modelo del curso, sin ajustar; los cuadrados, los ajustados; la línea de puntos, la nota de partida. Cada panel tiene su escala. A la izquierda, ¿quién queda a su derecha? A la derecha, ¿quién se cae hacia la izquierda?

# %% [markdown] lang="en"
# ## What is gained and what is forgotten
#
# All four sit both exams: your test sections, on which none was fine-tuned, and the sample of CuadernoQA. The circles are the course model, not fine-tuned; the squares, the fine-tuned ones; the dotted line, the mark to start from. Each panel has its own scale. On the left, who stands to the right of it? On the right, who falls off to the left?

# %%
results = {
    (exam_name, name): exam(folder, table, thresholds[name])
    for exam_name, table in exams.items()
    for name, folder in folders.items()
}
marks = {}
for (exam_name, name), each in results.items():
    marks.setdefault(exam_name, {})[report.word(name, LANGUAGE)] = uncertainty.interval(each["f1"], each["group"])
plots.learned_and_kept(marks, language=LANGUAGE)

# %% [markdown] lang="es"
# En cifras, con lo que cada nota esconde. «F1 sin callar» dice si *encuentra* mejor la respuesta; «calla bien (%)», en qué parte de las preguntas sin respuesta se calla. `best_f1` es lo que daría el mejor umbral posible, elegido con trampa, viendo las soluciones: lo que le falta a `f1` para llegar ahí es, sobre todo, el precio de haberlo elegido con otras preguntas, o con muy pocas.

# %% [markdown] lang="en"
# In figures, with what each mark hides. `spoken_f1` tells whether it *finds* the answer better; `rightly silent (%)`, on what part of the questions without an answer it is silent. `best_f1` is what the best possible threshold would give, chosen by cheating, with the solutions in sight: what `f1` lacks to get there is, above all, the price of having chosen it on other questions, or on very few.

# %%
shown = []
for (exam_name, name), each in results.items():
    row = {"exam": named[exam_name], "model": report.word(name, LANGUAGE)}
    row |= {column: each[column].mean() for column in ("exact_match", "f1", "spoken_f1")}
    row["rightly silent (%)"] = 100 * (each["answer"][each["gold"] == ""] == "").mean()
    answers = training.cached_answers(folders[name], exams[exam_name])
    shown.append(row | {"best_f1": training.score_answers(answers, exams[exam_name])["best_f1"]})
report.table(pd.DataFrame(shown).round(1), language=LANGUAGE)

# %% [markdown] lang="es"
# ## ¿Es más que azar?
#
# Los modelos hicieron el mismo examen, así que se comparan pregunta a pregunta (lección 12). La tabla da la diferencia de F1 con su intervalo por secciones o artículos, las preguntas que solo acierta él y las que solo acierta el otro, y la *p* de McNemar. Recuerda cómo se leen: un intervalo que contiene el 0, o una *p* grande, no dicen que los modelos sean iguales, sino que este examen no los distingue. McNemar cree que todas las preguntas son independientes, y peca de optimista.

# %% [markdown] lang="en"
# ## Is it more than chance?
#
# The models sat the same exam, so they are compared question by question (lesson 12). The table gives the difference of F1 with its interval by section or article, the questions that only it gets right and those that only the other does, and McNemar's *p*. Remember how to read them: an interval that holds 0, or a large *p*, does not say that the models are equal, but that this exam does not tell them apart. McNemar takes all questions for independent, and errs on the optimistic side.

# %%
PAIRS = [("new threshold", "as it is"), ("fine-tuned", "as it is"), ("with rehearsal", "as it is")]
PAIRS += [("with rehearsal", "new threshold"), ("with rehearsal", "fine-tuned")]
compared, shown = {}, []
for exam_name in exams:
    for one, other in PAIRS:
        first, second = results[exam_name, one], results[exam_name, other]
        low, mean, high = uncertainty.interval(first["f1"] - second["f1"], first["group"])
        only = [int((a["exact_match"] > b["exact_match"]).sum()) for a, b in ((first, second), (second, first))]
        compared[exam_name, one, other] = low, mean, high, uncertainty.mcnemar(*only)
        row = {"exam": named[exam_name], "model": report.word(one, LANGUAGE), "against": report.word(other, LANGUAGE)}
        row |= {"difference": mean, "from": low, "to": high, "only it right": only[0]}
        shown.append(row | {"only the other right": only[1], "p": uncertainty.mcnemar(*only)})
report.table(pd.DataFrame(shown).round(3), language=LANGUAGE)

# %% [markdown] lang="es"
# Cómo se lee, en el ejemplo:
#
# - **Del principio al final:** en tu prueba, el modelo con repaso acierta de lleno muchas más preguntas que el de partida, la *p* de esa fila es pequeña y el intervalo de F1 deja fuera el 0. Hay mejora, y no solo por hablar más: también sube «F1 sin callar». De *cuánto* es, cinco secciones no alcanzan a decirlo: mira el ancho del intervalo.
# - **Mover el umbral**, sin entrenar nada, apenas cambia las notas. Y ni eligiéndolo con trampa bastaría: con `best_f1`, el modelo de partida se queda por debajo de los ajustados con el umbral que les tocó. Un umbral reparte lo que el modelo sabe; no le enseña a leer un reglamento.
# - **El eslabón débil** sigue siendo el umbral: en tu prueba, `best_f1` queda por encima de `f1` en los dos modelos ajustados, y muy por encima en el que no repasó, que calla demasiado. Dos secciones de validación no dan para elegirlo. Antes que otro modelo, más validación.
# - **El repaso** da más F1 en tu prueba, pero apenas cambia cuántas se aciertan de lleno: unas que uno falla las acierta el otro, y viceversa. Lo que separa a los dos es sobre todo el umbral. Y olvido había poco que evitar: en CuadernoQA, «F1 sin callar» apenas se mueve al ajustar; `f1` baja, sobre todo porque el modelo calla más, pero los intervalos contienen el 0. Con tan pocos pasos, y tan cortos, casi no da tiempo a olvidar; con más épocas o una tasa mayor, vuelve a medirlo.

# %% [markdown] lang="en"
# How to read it, in the example:
#
# - **From start to end:** on your test set, the model with rehearsal gets many more questions exactly right than the one it started from, the *p* of that row is small, and the interval of F1 leaves out 0. There is a gain, and not only from speaking more: `spoken_f1` rises too. *How large* it is, five sections cannot say: see how wide the interval is.
# - **Moving the threshold**, with no training at all, hardly changes the marks. Even chosen with the solutions at hand it would not be enough: at `best_f1` the model that we started from stays below the fine-tuned ones at the threshold that fell to them. A threshold shares out what the model knows; it does not teach it to read a set of rules.
# - **The weak link** is the threshold all the same: on your test set, `best_f1` is above `f1` for both fine-tuned models, and far above for the one without rehearsal, which is too silent. Two sections of validation are too few to choose it. Before another model, more validation.
# - **The rehearsal** gives more F1 on your test set, but hardly changes how many are exactly right: some that the one gets wrong the other gets right, and the other way round. What lies between the two is mostly the threshold. And there was little forgetting to prevent: on CuadernoQA, `spoken_f1` hardly moves when the model is fine-tuned; `f1` drops, mostly because the model is silent more often, but the intervals hold 0. With so few steps, and so short, there is hardly time to forget; with more epochs or a higher rate, measure it again.

# %% [markdown] lang="es"
# ## Lo que sigue mal
#
# Una nota no dice qué hacer; los errores, sí. La tabla cuenta los veredictos de la lección 12 en tu prueba, antes y después: busca qué error baja y cuál pesa más. Debajo están algunas de las preguntas que el modelo con repaso aún falla («—»: ninguna respuesta).

# %% [markdown] lang="en"
# ## What is still wrong
#
# A mark does not tell what to do; errors do. The table counts the verdicts of lesson 12 on your test set, before and after: look for the error that falls, and for the one that weighs most. Below it are some of the questions that the model with rehearsal still gets wrong ("—": no answer).

# %%
FINAL = "with rehearsal"
kinds = {name: results["own", name]["verdict"].value_counts() for name in ("as it is", FINAL)}
shown = []
for kind in scoring.VERDICTS:
    row = {"verdict": report.word(kind, LANGUAGE)}
    shown.append(row | {report.word(name, LANGUAGE): int(each.get(kind, 0)) for name, each in kinds.items()})
report.table(shown, language=LANGUAGE)
wrong = results["own", FINAL].query("verdict != 'right'")
wrong = wrong[wrong.index.str.endswith(shown_in)].groupby("verdict").head(2).replace("", "—")
wrong = wrong.assign(verdict=[report.word(each, LANGUAGE) for each in wrong["verdict"]])
report.table(wrong, ["verdict", "question", "gold", "answer"], language=LANGUAGE)

# %% [markdown] lang="es"
# En el ejemplo baja mucho el callar, que aun así es lo que más pesa. De lo que el modelo callaba y ahora dice, no todo está bien: suben las otras frases y los bordes. Cada clase pide otra cosa:
#
# | si abunda… | prueba primero |
# | --- | --- |
# | **bordes** | un criterio: ¿«tres días» o «solo por tres días»? Corrige tus respuestas de entrenamiento para que sigan uno |
# | **misma frase** | más preguntas que pidan cosas distintas de una misma frase |
# | **otra frase** | más preguntas con palabras propias; si el pasaje es largo, pártelo o busca antes (lección 11) |
# | **calla** donde hay respuesta | el umbral, con más secciones de validación; después, preguntas de respuesta indirecta |
# | **habla de más** | más preguntas sin respuesta, con un tramo cercano que tiente; o el umbral |
#
# Lo que mires aquí deja de ser prueba: si lo usas para mejorar, la próxima medida necesita secciones nuevas.
#
# ## Guardar y volver a cargar
#
# Nos quedamos con el modelo con repaso, cosa que se decidió antes de ver las notas. Hay una trampa: el umbral vive en la configuración, y `fit` lo dejó a 0. Hay que escribirlo antes de guardar. Después se carga la copia y se comprueba que da, con *su* umbral, las mismas respuestas en toda la prueba. La primera tabla dice lo que pesa cada archivo.

# %% [markdown] lang="en"
# In the example silence falls by a lot, and still weighs most. Of what the model kept to itself and now says, not all is right: other sentences and edges rise. Each kind asks for something else:
#
# | if there is much… | try first |
# | --- | --- |
# | **edges** | one rule: "three days" or "for three days only"? Mend your training answers so that they follow it |
# | **same sentence** | more questions that ask for different things in one sentence |
# | **other sentence** | more questions in words of their own; if the passage is long, cut it, or search first (lesson 11) |
# | **silent** where there is an answer | the threshold, on more sections of validation; then, questions with an indirect answer |
# | **spoke** | more questions without an answer, with a span nearby that tempts; or the threshold |
#
# What you look at here is a test no longer: if you use it to improve, the next measurement needs new sections.
#
# ## Save and load back
#
# We keep the model with rehearsal, which was decided before the marks were seen. There is a trap: the threshold lives in the configuration, and `fit` left it at 0. It has to be written there before saving. Then the copy is loaded, and must give, with *its* threshold, the same answers on the whole test set. The first table says how large each file is.

# %% tags=["nbval-ignore-output"]
tokenizer, model = encoder.load(runs[FINAL].folder)
model.config.null_threshold = thresholds[FINAL]
home = workshop / "model"
model.save_pretrained(home)
tokenizer.save_pretrained(home)

tokenizer, again = encoder.load(home, trained=True)
again.to("cuda" if profiles.has_cuda() else "cpu")
answers = training.answer(again, tokenizer, test, n_best=1, null_threshold=again.config.null_threshold)
same = sum(answers[name]["text"] == text for name, text in results["own", FINAL]["answer"].items())
files = [{"file": path.name, "megabytes": round(path.stat().st_size / 1e6, 3)} for path in sorted(home.iterdir())]
report.table(files, language=LANGUAGE)
kept = {"questions": len(test), "same answers": same, "threshold": again.config.null_threshold}
report.table([kept], language=LANGUAGE)

# %% [markdown] lang="es"
# La carpeta temporal se borra al final; en Colab, todo se borra. Allí, escribe en `DRIVE` el nombre de una carpeta: la celda pide permiso, monta tu Drive y copia el modelo y las filas.

# %% [markdown] lang="en"
# The temporary folder is deleted at the end; on Colab, everything is. There, write the name of a folder into `DRIVE`: the cell asks for permission, mounts your Drive, and copies the model and the rows.

# %%
import shutil

DRIVE = ""
if drive := profiles.drive_folder(DRIVE, language=LANGUAGE):
    shutil.copytree(home, drive / "model", dirs_exist_ok=True)
    shutil.copy(workshop / "own.jsonl", drive)

# %% [markdown] lang="es"
# ## Preguntarle
#
# Lo que has guardado se usa como cualquier otro modelo del curso. Pon en `QUESTION` una pregunta tuya sobre la primera sección de la prueba, cuyo texto se imprime; mientras esté vacía, se le hacen las primeras del examen. `ask` es lo que hay detrás de la demo: ventanas, búsqueda y el umbral guardado (el `QuestionAnswerer` de la lección 7 también lo carga, pero compara probabilidades y no mira el umbral). El margen es cuánto supera el mejor tramo al silencio: si es negativo, calla («—»). La última columna enseña el mejor tramo, lo haya dicho o no.

# %% [markdown] lang="en"
# ## Ask it
#
# What you have saved is used like any other model of the course. Put into `QUESTION` a question of yours on the first section of the test set, whose text is printed; while it is empty, the first ones of the exam are asked. `ask` is what stands behind the demo: windows, search, and the saved threshold (the `QuestionAnswerer` of lesson 7 loads it too, but compares probabilities and does not look at the threshold). The margin is by how much the best span beats silence: where it is negative, the model is silent ("—"). The last column shows the best span, said or not.

# %%
from qa_course.demo.asking import ask

QUESTION = ""
few = [row for row in test if row["id"].endswith(shown_in)]
passage = few[0]["context"]
asked = [QUESTION] if QUESTION else [row["question"] for row in few[:5] if row["context"] == passage]
print(fill(passage, 100))
shown = []
for each in asked:
    found = ask(tokenizer, again, passage, each)
    margin = found["threshold"] - found["null_score"] + found["score"]
    row = {"question": each, "answer": found["text"] or "—", "margin": round(margin, 1)}
    shown.append(row | {"best span": found["n_best"][0]["text"]})
report.table(shown, language=LANGUAGE)

# %% [markdown] lang="es"
# El ejemplo no luce: acierta unas y falla otras, o calla donde hay respuesta. Es la nota de antes, vista de cerca, en una sección difícil, con tres clases de lectores y un número para cada una. Por eso se mide con un examen y no con cinco preguntas bien elegidas.
#
# Si has puesto una carpeta en `KEEP`, tres órdenes lo usan fuera del cuaderno:
#
# ```bash
# qa-course demo --model CARPETA/model --language es         # la página de la lección 11, con tu modelo
# qa-course ask --model CARPETA/model --language es --context reglamento.txt "¿Hasta qué hora abren?"
# qa-course evaluate --model CARPETA/model --data CARPETA/own.jsonl --language es
# ```
#
# La última mide todas tus filas, también las de entrenamiento: esa nota no es un examen.
#
# ## Otro codificador
#
# El nuestro es pequeño. Con una GPU puedes cambiarlo por uno del Hub y repetir los dos pasos: primero CuadernoQA, para que aprenda a responder, y después lo tuyo con el repaso. Con el perfil `gpu`, la celda lo hace con mBERT y la misma receta que la lección 12; si ya la ejecutaste, el primer paso sale de la caché. Si solo te interesa el español, prueba BETO, `dccuchile/bert-base-spanish-wwm-cased`, con `languages=("es",)` en `large`.

# %% [markdown] lang="en"
# The example does not shine: some it gets right and some wrong, or it is silent where there is an answer. It is the mark from before, seen from near by, on a hard section, with three kinds of reader and a number for each. That is why one measures with an exam, and not with five well-chosen questions.
#
# If you have put a folder into `KEEP`, three commands use it outside the notebook:
#
# ```bash
# qa-course demo --model FOLDER/model --language en         # the page of lesson 11, with your model
# qa-course ask --model FOLDER/model --language en --context rules.txt "Until when are you open?"
# qa-course evaluate --model FOLDER/model --data FOLDER/own.jsonl --language en
# ```
#
# The last one measures all your rows, those of training too: that mark is no exam.
#
# ## Another encoder
#
# Ours is small. With a GPU you can swap it for one from the Hub and repeat both steps: first CuadernoQA, for it to learn what answering is, and then your own with the rehearsal. Under the `gpu` profile, the cell does so with mBERT and the recipe of lesson 12; if you have run that, the first step comes from the cache. If you only care about English, try BERT, `google-bert/bert-base-uncased`, with `languages=("en",)` in `large`.

# %% tags=["nbval-ignore-output"]
ENCODER, QUESTIONS = "google-bert/bert-base-multilingual-cased", 2_000
LARGE = {"epochs": 3, "learning_rate": 5e-5, "batch_size": 16, "dropout": 0.1, "freeze_embeddings": False}
if profiles.hub_ready(PROFILE, language=LANGUAGE):
    large = replace(training.course_config(PROFILE), encoder=ENCODER, limit=QUESTIONS, **LARGE)
    start = training.fit(large)
    further = training.fit(replace(large, encoder=str(start.folder), learning_rate=2e-5), table=lessons[FINAL])
    shown = []
    for name, folder in (("as it is", start.folder), (FINAL, further.folder)):
        each = exam(folder, test, chosen_threshold(folder))
        low, f1, high = uncertainty.interval(each["f1"], each["group"])
        row = {"model": report.word(name, LANGUAGE), "exact_match": each["exact_match"].mean(), "f1": f1}
        shown.append(row | {"from": low, "to": high, "spoken_f1": each["spoken_f1"].mean()})
    report.table(pd.DataFrame(shown).round(1), language=LANGUAGE)

# %% [markdown] lang="es"
# ## Cuando no basta
#
# En este orden, de lo barato a lo caro:
#
# 1. **Mira los datos.** ¿Están las respuestas donde deben? ¿Se divide por secciones? (lección 3) ¿Cabe todo en la ventana? (lección 4)
# 2. **Mueve el umbral.** Si calla en muchas más preguntas de las que carecen de respuesta y «F1 sin callar» es bueno, el modelo sabe y no se atreve; probarlo no cuesta nada. (lección 5)
# 3. **Comprueba el ajuste.** Las seis pruebas de un minuto, antes de otra noche de entrenamiento. (lección 8)
# 4. **Escribe más secciones.** Primero para la validación y la prueba, hasta que el umbral y el margen sean de fiar; después, de la clase de error que más pesa.
# 5. **Cambia el codificador** o entrena con más preguntas ajenas, si hay GPU. (lecciones 7 y 12)
# 6. **Cambia de método.** Si tus usuarios esperan frases, compara con un modelo que las escriba; si preguntan a un manual entero, busca primero y extrae después. (lecciones 9 y 11)
# 7. **No lo pongas en marcha.** Si una respuesta equivocada cuesta más que ninguna, sube la exigencia o no contestes. (lecciones 10 y 11)

# %% [markdown] lang="en"
# ## When it is not enough
#
# In this order, from the cheapest to the dearest:
#
# 1. **Look at the data.** Are the answers where they should be? Is it split by section? (lesson 3) Does all of it fit the window? (lesson 4)
# 2. **Move the threshold.** Where it is silent on many more questions than have no answer, and `spoken_f1` is good, the model knows and does not dare; trying costs nothing. (lesson 5)
# 3. **Check the fine-tuning.** The six one-minute tests, before another night of training. (lesson 8)
# 4. **Write more sections.** First for validation and test, until threshold and margin can be relied on; then of the kind of error that weighs most.
# 5. **Swap the encoder**, or train on more questions written by others, if there is a GPU. (lessons 7 and 12)
# 6. **Change the method.** If your users expect sentences, compare with a model that writes them; if they ask a whole manual, search first and extract afterwards. (lessons 9 and 11)
# 7. **Do not put it into service.** Where a wrong answer costs more than none, demand more, or do not answer. (lessons 10 and 11)

# %% [markdown] lang="es"
# ## Resumen
#
# - **Escribir:** pasaje, pregunta con palabras propias, respuesta copiada, y una de cada cinco sin respuesta; todo, antes de que conteste ningún modelo.
# - **Posiciones:** palabras enteras y una sola aparición, o decir cuál. Lo que no cuadra no se carga, y el aviso nombra la fila.
# - **Dividir y medir primero:** por secciones, con las dos lenguas juntas; el modelo que ya tienes es la referencia.
# - **Cuántas:** el margen baja con la raíz de *n*: para la mitad de margen, cuatro veces más preguntas.
# - **Ajustar:** desde el modelo del curso, con pasos cortos, solo y con repaso, y con el umbral elegido de nuevo. Se mide lo que se gana y lo que se olvida, y se dice lo que el examen no distingue.
# - **Guardar y preguntar:** el umbral viaja con el modelo si alguien lo escribe; la copia dio las mismas respuestas.
#
# ## Despedida
#
# Empezaste partiendo palabras en trozos y acabas con un modelo que contesta sobre un texto tuyo, en dos lenguas, y que sabe callar unas veces sí y otras no. Por el camino hubo una misma costumbre: mirar los datos, decir la cifra con su referencia y su margen, y dudar de lo que sale demasiado bien. Los modelos de este curso envejecerán; la costumbre, no. Gracias por llegar hasta aquí.

# %% [markdown] lang="en"
# ## Summary
#
# - **Writing:** passage, a question in its own words, the answer copied, and one in five without; all of it before any model answers.
# - **Positions:** whole words that stand there once, or say which. What does not fit is not loaded, and the message names the row.
# - **Split and measure first:** by section, both languages together; the model that you already have is the baseline.
# - **How many:** the margin falls with the root of *n*: half the margin takes four times the questions.
# - **Fine-tuning:** from the course model, with short steps, alone and with rehearsal, and with the threshold chosen anew. What is gained is measured, and what is forgotten; and it is said what the exam cannot tell apart.
# - **Saving and asking:** the threshold travels with the model if somebody writes it there; the copy gave the same answers.
#
# ## Farewell
#
# You began by cutting words into pieces, and end with a model that answers about a text of yours, in two languages, and knows, some of the time, when to be silent. One habit went all the way: look at the data, give a figure with its baseline and its margin, and doubt what comes out too well. The models of this course will age; the habit will not. Thank you for coming this far.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Rajpurkar, Jia y Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - McCloskey y Cohen (1989), *Catastrophic Interference in Connectionist Networks: The Sequential Learning Problem*: <https://doi.org/10.1016/S0079-7421(08)60536-8>
# - Gururangan y otros (2020), *Don't Stop Pretraining: Adapt Language Models to Domains and Tasks*: <https://arxiv.org/abs/2004.10964>
# - Card y otros (2020), *With Little Power Comes Great Responsibility* (cuántos ejemplos hacen falta para ver una diferencia): <https://arxiv.org/abs/2010.06595>
# - Gebru y otros (2021), *Datasheets for Datasets*: <https://arxiv.org/abs/1803.09010>

# %% [markdown] lang="en"
# **Further reading**
#
# - Rajpurkar, Jia and Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - McCloskey and Cohen (1989), *Catastrophic Interference in Connectionist Networks: The Sequential Learning Problem*: <https://doi.org/10.1016/S0079-7421(08)60536-8>
# - Gururangan et al. (2020), *Don't Stop Pretraining: Adapt Language Models to Domains and Tasks*: <https://arxiv.org/abs/2004.10964>
# - Card et al. (2020), *With Little Power Comes Great Responsibility* (how many examples it takes to see a difference): <https://arxiv.org/abs/2010.06595>
# - Gebru et al. (2021), *Datasheets for Datasets*: <https://arxiv.org/abs/1803.09010>

# %%
temporary.cleanup()
figures = {"questions": len(own), "sections": frame["section"].nunique(), "no_answer": silent["own"]}
figures |= {"faults": faults, "test_questions": len(test), "train_questions": len(train), "same_answers": same}
figures |= {f"shared_words_{name}".lower(): value for name, value in common.items()}
figures |= {f"margin_{name}".lower(): reach for name, (_, _, reach) in reaches.items()}
short = {"as it is": "before", "new threshold": "moved", "fine-tuned": "own", "with rehearsal": "rehearsed"}
for (exam_name, name), each in results.items():
    for mark in ("exact_match", "f1", "spoken_f1"):
        figures[f"{mark}_{short[name]}_{exam_name}".lower()] = each[mark].mean()
_, figures["gain"], _, figures["gain_p"] = compared["own", FINAL, "as it is"]
report.record(OUTPUT, **figures, language=LANGUAGE)
