# %% [markdown] lang="es"
# # 3 · Explorar el corpus
#
# Un modelo aprende lo que hay en sus datos, también lo que nadie quiso poner. Antes de entrenar nada, aquí abres el corpus del curso, lo cuentas, lo estropeas y lo divides. Al terminar sabrás:
#
# - leer el formato de SQuAD v2 y pasarlo, a mano, a una tabla con una fila por pregunta;
# - describir un corpus con cifras: longitudes, tipos de pregunta, posición de las respuestas, temas y su desequilibrio;
# - comprobar si está sano: nulos, repetidos, espacios y respuestas que no están donde dicen;
# - guardar las respuestas en un CSV y recuperarlas sin perder nada y sin `eval`;
# - dividir por artículos y medir qué nota falsa regala dividir por filas;
# - calcular cuántas ventanas salen de un corpus y cuánto tardará en entrenarse.
#
# **Tiempo:** 90 minutos, más dos entrenamientos cortos la primera vez. **Antes:** la lección 1 (tokens) y nociones de pandas (columnas, máscaras, grupos).

# %% [markdown] lang="en"
# # 3 · Exploring the corpus
#
# A model learns what is in its data, including what nobody meant to put there. Before you train anything, here you open the corpus of the course, count it, damage it and divide it. By the end you will be able to:
#
# - read the SQuAD v2 format and turn it, by hand, into a table with one row per question;
# - describe a corpus in figures: lengths, types of question, where answers stand, topics and their imbalance;
# - check whether it is sound: nulls, duplicates, stray spaces, and answers that are not where they claim to be;
# - save the answers in a CSV and get them back without loss and without `eval`;
# - split by article, and measure the false marks that a split by row gives away;
# - work out how many windows a corpus makes, and how long it will take to train on.
#
# **Time:** 90 minutes, plus two short training runs the first time. **Before:** lesson 1 (tokens) and a little pandas (columns, masks, groups).

# %% [markdown] lang="es"
# ## Un artículo por dentro
#
# CuadernoQA es el corpus de este curso: textos breves de enciclopedia con preguntas, en español y en inglés. Abrimos solo el conjunto de **entrenamiento**: quien curiosea en el de prueba acaba tomando decisiones a su medida, y entonces deja de ser una prueba.

# %% [markdown] lang="en"
# ## Inside an article
#
# CuadernoQA is the corpus of this course: short encyclopedic texts with questions, in Spanish and in English. We open only the **training** set: whoever browses the test set ends up taking decisions that suit it, and then it is no longer a test.

# %% tags=["nbval-ignore-output"]
import json

import datasets
import numpy as np
import pandas as pd
import transformers

from qa_course import checks, corpus, encoder, plots, profiles, report, training, windows

datasets.disable_progress_bars()
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
LANGUAGES = ("es", "en")
path = corpus.folder("cuadernoqa") / f"train.{LANGUAGE}.json"
document = json.loads(path.read_text(encoding="utf-8"))

# %% [markdown] lang="es"
# El archivo es un árbol: `data` es una lista de artículos, un artículo tiene `paragraphs`, y cada uno lleva un `context` (el pasaje) y sus `qas` (las preguntas). Mira la primera pregunta y la última de un pasaje, y averigua tres cosas: qué es `answer_start`, cómo se dice que no hay respuesta y qué guarda `plausible_answers`.

# %% [markdown] lang="en"
# The file is a tree: `data` is a list of articles, an article has `paragraphs`, and each of these holds a `context` (the passage) and its `qas` (the questions). Look at the first and the last question of a passage, and find out three things: what `answer_start` is, how the file says that there is no answer, and what `plausible_answers` holds.

# %%
article = document["data"][0]
passage = article["paragraphs"][0]
few = {"context": passage["context"][:160] + "…", "qas": [passage["qas"][0], passage["qas"][-1]]}
print(json.dumps(article | {"paragraphs": [few]}, ensure_ascii=False, indent=1))

# %% [markdown] lang="es"
# `answer_start` es la posición, en caracteres y desde 0, en que empieza la respuesta dentro del pasaje. Una pregunta sin respuesta lleva `is_impossible` a verdadero y la lista `answers` vacía; `plausible_answers` es el cebo: un tramo del tipo adecuado que no contesta. (`slug` lo añade este corpus: el nombre del artículo, igual en las dos lenguas.)
#
# El árbol ahorra sitio, porque el pasaje se escribe una sola vez, pero para contar es más cómoda una tabla con una fila por pregunta. Aplánalo con tres bucles, uno por nivel. `corpus.load` hace lo mismo y además valida. Mira si las dos tablas son idénticas.

# %% [markdown] lang="en"
# `answer_start` is the position, in characters and from 0, at which the answer begins in the passage. A question without an answer has `is_impossible` set to true and an empty list `answers`; `plausible_answers` is the bait: a span of the right type that does not answer. (`slug` is an addition of this corpus: the name of the article, the same in both languages.)
#
# The tree saves space, since the passage is written only once, but for counting, a table with one row per question is handier. Flatten it with three loops, one a level. `corpus.load` does the same and validates besides. See whether both tables are identical.

# %%
rows = []
for article in document["data"]:
    for passage in article["paragraphs"]:
        for entry in passage["qas"]:
            row = {"id": entry["id"], "title": article["title"], "context": passage["context"]}
            golds = {key: [gold[key] for gold in entry["answers"]] for key in ("text", "answer_start")}
            rows.append(row | {"question": entry["question"], "answers": golds})

flat_agrees = rows == list(corpus.load("cuadernoqa", "train", LANGUAGE))
report.table([{"questions": len(rows), "identical": flat_agrees}], language=LANGUAGE)

# %% [markdown] lang="es"
# ## Dos lenguas, las mismas preguntas
#
# Juntemos las dos lenguas en una tabla de pandas. Sacamos tres columnas más: el artículo, que es el `id` sin sus dos números, y la respuesta con su posición (vacías si no hay). ¿Coinciden las dos filas del recuento?

# %% [markdown] lang="en"
# ## Two languages, the same questions
#
# Let us put both languages into one pandas table. We derive three more columns: the article, which is the `id` without its two numbers, and the answer with its position (empty where there is none). Do the two rows of the count agree?

# %%
tables = {each: corpus.load("cuadernoqa", "train", each) for each in LANGUAGES}
parts = [pd.DataFrame(list(table)).assign(language=each) for each, table in tables.items()]
frame = pd.concat(parts, ignore_index=True)
frame["article"] = frame["id"].str.rsplit("-", n=2).str[0]
frame["answer"] = [answers["text"][0] if answers["text"] else None for answers in frame["answers"]]
frame["start"] = [answers["answer_start"][0] if answers["text"] else None for answers in frame["answers"]]
answered = frame.dropna(subset="start").astype({"start": int})

groups = frame.groupby("language")
counts = groups.agg(articles=("article", "nunique"), passages=("context", "nunique"), questions=("id", "size"))
counts["no answer"] = groups["answer"].agg(lambda column: column.isna().sum())
report.table(counts.reset_index(), language=LANGUAGE)

# %% [markdown] lang="es"
# El corpus es **paralelo**: una pregunta y su gemela en la otra lengua llevan el mismo `id`. La celda las empareja; comprueba dos cosas: que ninguna se queda sola y que las dos tienen respuesta o ninguna la tiene. En la muestra, fíjate en los títulos: más adelante te jugarán una mala pasada.

# %% [markdown] lang="en"
# The corpus is **parallel**: a question and its twin in the other language have the same `id`. The cell pairs them; check two things: that none is left alone, and that both have an answer or neither does. In the sample, look at the titles: later on they will play a trick on you.

# %%
spanish, english = (frame[frame["language"] == each] for each in LANGUAGES)
twins = spanish.merge(english, on="id", suffixes=("_es", "_en"))
together = (twins["answer_es"].isna() == twins["answer_en"].isna()).all()
pair = {"twins": len(twins), "alone": len(spanish) + len(english) - 2 * len(twins), "same answerability": together}
pair["titles differ"] = (twins["title_es"] != twins["title_en"]).mean() * 100
report.table([pair], language=LANGUAGE)
shown = ["id", "title_es", "question_es", "answer_es", "title_en", "question_en", "answer_en"]
report.table(twins.sample(4, random_state=5)[shown], language=LANGUAGE)

# %% [markdown] lang="es"
# ## ¿Cuánto miden?
#
# Contamos palabras. **Piensa** antes de mirar: para decir lo mismo, ¿qué lengua gastará más? ¿Y cuántas palabras tendrá una respuesta típica? En la figura, el eje vertical es el porcentaje de textos de cada longitud.

# %% [markdown] lang="en"
# ## How long are they?
#
# We count words. **Think** before you look: which language will spend more of them to say the same? And how many words will a typical answer have? In the figure, the vertical axis is the percentage of texts of each length.

# %%
texts = {name: answered[["language", name]].drop_duplicates() for name in ("context", "question", "answer")}
texts["question"] = frame[["language", "question"]]
lengths, rows = {}, []
for name, column in texts.items():
    words = column[name].str.split().str.len()
    lengths[name] = {each: words[column["language"] == each].tolist() for each in LANGUAGES}
    for each in LANGUAGES:
        low, middle, high = pd.Series(lengths[name][each]).quantile([0.05, 0.5, 0.95])
        row = {"column": name, "language": each, "5 %": low, "median": middle, "95 %": high}
        rows.append(row | {"longest": max(lengths[name][each])})
plots.length_histograms(lengths, language=LANGUAGE)

# %% [markdown] lang="es"
# La tabla da lo mismo en cifras: al menos nueve de cada diez textos miden entre lo que dice la columna `5 %` y lo que dice la `95 %`.

# %% [markdown] lang="en"
# The table gives the same in figures: at least nine texts in ten lie between the column `5 %` and the column `95 %`.

# %%
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Los pasajes en español son algo más largos; las preguntas y las respuestas se parecen mucho. Y las respuestas son *cortas*: de ahí que en la lección 5 baste con buscar tramos cortos.
#
# ## ¿Qué se pregunta?
#
# La palabra interrogativa delata el tipo de respuesta: *quién* pide una persona; *cuándo*, una fecha. Esta celda busca la primera que aparece. Es una regla tosca (en inglés toma por pregunta cualquier `when`): sirve para comparar proporciones, no para juzgar una pregunta suelta. Busca los tipos más raros.

# %% [markdown] lang="en"
# Passages in Spanish are a little longer; questions and answers are much alike. And answers are *short*: that is why in lesson 5 it will be enough to search for short spans.
#
# ## What is asked?
#
# The question word gives away the type of answer: *who* asks for a person, *when* for a date. This cell looks for the first one that occurs. It is a crude rule (it takes any `when` for a question): it serves to compare shares, not to judge a single question. Look for the rarest types.

# %%
KINDS = {
    "reason": r"why|(?:por|para) qué",
    "number": r"how (?:many|much|long|old|far|tall|high|deep|often|fast|big|large|wide|heavy)|cuánt[oa]s?",
    "person": r"who|whom|whose|quién(?:es)?",
    "time": r"when|(?:what|which) (?:year|date|day|month|century|decade)|cuándo|qué (?:año|fecha|día|mes|siglo|década)",
    "place": r"where|(?:a|de)?dónde",
    "manner": r"how|cómo",
    "thing": r"what|which|qué|cuál(?:es)?",
}
pattern = "|".join(f"(?P<{name}>{words})" for name, words in KINDS.items())
found = frame["question"].str.lower().str.extract(rf"\b(?:{pattern})\b")
frame["kind"] = found.notna().idxmax(axis=1).where(found.notna().any(axis=1), "other")
shares = {each: 100 * group.value_counts(normalize=True) for each, group in frame.groupby("language")["kind"]}
plots.question_kinds(shares, language=LANGUAGE)

# %% [markdown] lang="es"
# No hay equilibrio: más de un tercio de las preguntas piden una «cosa» y muy pocas, un lugar o un modo. Un modelo entrenado aquí verá pocos ejemplos de estas últimas, y una nota media esconderá si las falla. Cuando midas, mira también por tipos.
#
# ## Lo que el `id` delata
#
# El último número del `id` es el orden de la pregunta en su pasaje. **Piensa:** ¿podrías adivinar con él cuáles no tienen respuesta?

# %% [markdown] lang="en"
# There is no balance: more than a third of the questions ask for a "thing", and very few for a place or a manner. A model trained here will see few examples of the latter, and a mean mark will hide whether it fails them. When you measure, look by type too.
#
# ## What the `id` gives away
#
# The last number of the `id` is the order of the question in its passage. **Think:** could you guess from it which ones have no answer?

# %%
order = frame["id"].str.rsplit("-", n=1).str[1].rename("order in passage")
silent = 100 * frame["answer"].isna().groupby(order).mean()
report.table([{"order in passage": number, "no answer (%)": share} for number, share in silent.items()], language=LANGUAGE)

# %% [markdown] lang="es"
# Lo adivinarías siempre: en cada pasaje son las dos últimas. El modelo no ve el `id`, y por eso no le sirve; pero basta con que alguien añada el orden como dato de entrada para que «aprenda» algo que fuera de este corpus no vale nada. A una pista así se la llama *atajo*. El reparto también es del corpus: una de cada cuatro preguntas no tiene respuesta, y en el mundo nadie garantiza esa proporción.
#
# ## ¿Dónde está la respuesta?
#
# Otro atajo posible: si casi todas las respuestas estuvieran en la primera frase, un modelo que mirase solo ahí parecería listo. Partimos cada pasaje en diez partes y contamos en cuál empieza la respuesta. La línea de puntos es el reparto igual.

# %% [markdown] lang="en"
# You would guess it every time: in each passage it is the last two. The model does not see the `id`, so it is of no use to it; but let someone add the order as an input, and it will "learn" something that is worth nothing outside this corpus. Such a clue is called a *shortcut*. The share belongs to the corpus too: one question in four has no answer, and in the world nobody guarantees that proportion.
#
# ## Where is the answer?
#
# Another possible shortcut: if nearly all answers stood in the first sentence, a model that looked only there would seem clever. We cut each passage into ten parts and count in which one the answer begins. The dotted line is the equal share.

# %%
relative = answered["start"] / answered["context"].str.len()
places = {each: group.tolist() for each, group in relative.groupby(answered["language"])}
plots.answer_positions(places, language=LANGUAGE)

# %% [markdown] lang="es"
# El reparto es casi igual. Solo se queda corta la primera décima parte, donde suele presentarse el tema: por aquí no hay atajo.
#
# ## Los temas
#
# La hoja de datos (`data/cuadernoqa/README.md`) dice que los temas son los de una enciclopedia y que muchos tienen raíces en el mundo hispanohablante. ¿Se puede contar? El número de preguntas por artículo, sí. El tema, no: ningún campo lo guarda. Pero podemos contar en cuántos artículos se *nombra* un país o un continente.

# %% [markdown] lang="en"
# The shares are nearly equal. Only the first tenth falls short, where the subject is usually introduced: no shortcut here.
#
# ## The topics
#
# The data sheet (`data/cuadernoqa/README.md`) says that the topics are those of an encyclopedia and that many are rooted in the Spanish-speaking world. Can that be counted? The number of questions per article can. The topic cannot: no field holds it. But we can count in how many articles a country or a continent is *named*.

# %%
PLACES = {
    "es": "España México Argentina Perú Chile Cuba Brasil Estados_Unidos Inglaterra Francia Alemania Italia "
    "Rusia Egipto India China Japón África Asia",
    "en": "Spain Mexico Argentina Peru Chile Cuba Brazil United_States England France Germany Italy "
    "Russia Egypt India China Japan Africa Asia",
}
own = frame[frame["language"] == LANGUAGE]
whole = own.drop_duplicates("context").groupby("article")["context"].agg(" ".join)
names = [name.replace("_", " ") for name in PLACES[LANGUAGE].split()]
named = {name: int(whole.str.contains(rf"\b{name}\b").sum()) for name in names}
sizes = own["article"].value_counts()
report.table([{"smallest article": sizes.min(), "largest article": sizes.max()}], language=LANGUAGE)
plots.places_named(named, len(whole), language=LANGUAGE)

# %% [markdown] lang="es"
# Todos los artículos tienen el mismo número de preguntas: por ahí no hay desequilibrio. En el mapa, sí: España va muy por delante, la siguen países de América y de Europa occidental, y las palabras «África» y «Asia» apenas salen en un puñado de artículos. Es una decisión del curso y no un error; recuérdala antes de fiarte del modelo en otro terreno. Toma la cuenta con cuidado: nombrar un país no es tratar de él, `Spanish` o `español` no cuentan aquí como España, y de los países africanos la lista solo trae Egipto.
#
# ## ¿Está sano?
#
# Llega el reconocimiento médico. `stands` corta el pasaje por `answer_start` y comprueba que lo cortado es la respuesta. La tabla busca además nulos, `id` repetidos, preguntas repetidas sobre un mismo pasaje y espacios en los bordes. Todo debería ser cero.

# %% [markdown] lang="en"
# All articles have the same number of questions: no imbalance there. On the map there is: Spain is far ahead, countries of the Americas and of western Europe follow, and the words "Africa" and "Asia" occur in no more than a handful of articles. That is a choice of the course and not a mistake; remember it before you trust the model on other ground. Take the count with care: to name a country is not to be about it, `Spanish` or `español` do not count as Spain here, and of the countries of Africa the list has only Egypt.
#
# ## Is it sound?
#
# Time for the medical examination. `stands` cuts the passage at `answer_start` and checks that what it cut is the answer. Besides, the table looks for nulls, repeated `id`s, questions repeated on one passage, and spaces at the edges. All should be zero.

# %%
def stands(row):
    golds = zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True)
    return all(row["context"][start : start + len(text)] == text for text, start in golds)


def health(frame):
    written = frame[["id", "title", "context", "question"]]
    stripped = written.apply(lambda column: column.str.strip())
    return {
        "misplaced answers": int((~frame.apply(stands, axis=1)).sum()),
        "nulls": int(written.isna().sum().sum()),
        "repeated ids": int(frame["id"].duplicated().sum()),
        "repeated questions": int(frame.duplicated(["context", "question"]).sum()),
        "stray spaces": int((written.notna() & (written != stripped)).sum().sum()),
    }


sick = {each: health(frame[frame["language"] == each]) for each in LANGUAGES}
report.table([{"language": each} | found for each, found in sick.items()], language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Para qué guardar la posición? ¿No basta con buscar el texto? No siempre: la tercera columna cuenta las respuestas que aparecen más de una vez en su pasaje y la última, aquellas en las que `find` se quedaría con otra aparición. Son pocas porque los pasajes son cortos; pero en cada una el modelo aprendería a señalar un sitio que no contesta a la pregunta.

# %% [markdown] lang="en"
# Why keep the position? Is it not enough to search for the text? Not always: the third column counts the answers that occur more than once in their passage, and the last one those for which `find` would settle on another occurrence. They are few because passages are short; but from each of them the model would learn to point at a place that does not answer the question.

# %%
rows = []
for each, group in answered.groupby("language"):
    texts = list(zip(group["context"], group["answer"], group["start"], strict=True))
    row = {"language": each, "answers": len(group), "repeated": sum(c.count(a) > 1 for c, a, _ in texts)}
    rows.append(row | {"wrong": sum(context.find(answer) != start for context, answer, start in texts)})
lost_start = {row["language"]: row["wrong"] for row in rows}
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 1: encuentra las filas dañadas
#
# `checks.damaged_copy` toma unas decenas de filas sanas y estropea algunas. La tabla cuenta los síntomas, que ya conoces: algo nulo, repetido, con espacios o fuera de sitio. En qué filas, lo dices tú. Escribe `damaged_rows(frame)`, que devuelve los números de las filas con algún fallo (`frame.index[máscara]`). De un `id` repetido está mal la segunda fila, la que llega después. Cuidado: una lista de respuestas vacía no es un fallo.

# %% [markdown] lang="en"
# ### Exercise 1: find the damaged rows
#
# `checks.damaged_copy` takes a few dozen sound rows and spoils some of them. The table counts the symptoms, which you know by now: something null, repeated, with spaces, or out of place. In which rows, it is for you to say. Write `damaged_rows(frame)`, which returns the numbers of the rows with some fault (`frame.index[mask]`). Of a repeated `id`, the second row is wrong, the one that comes later. Beware: an empty list of answers is no fault.

# %%
patients = tables[LANGUAGE].select(range(48))
damaged = pd.DataFrame(checks.damaged_copy(patients))
report.table([health(damaged)], language=LANGUAGE)

# %% tags=["exercise"]
def damaged_rows(frame):
    return ...


checks.damaged_rows(damaged_rows, examples=patients, language=LANGUAGE)

# %% [markdown] lang="es"
# La comprobación prueba tu función con otra copia más y con las filas sanas. Compara con una solución: una máscara por síntoma, unidas con `|`.

# %% [markdown] lang="en"
# The check tries your function on one more copy and on the sound rows. Compare with a solution: one mask per symptom, joined by `|`.

# %% tags=["solution"]
def damaged_rows(frame):
    question = frame["question"]
    misplaced = ~frame.apply(stands, axis=1)
    spaces = question.notna() & (question != question.str.strip())
    return frame.index[misplaced | question.isna() | spaces | frame["id"].duplicated()]


checks.damaged_rows(damaged_rows, examples=patients, language=LANGUAGE)
report.table(damaged.loc[damaged_rows(damaged), ["id", "question", "answers"]], language=LANGUAGE)

# %% [markdown] lang="es"
# Nadie quiere escribir esto en cada proyecto, así que `corpus.load` valida siempre: o carga la tabla entera o nombra archivo, fila y fallo, con una pista (en inglés, como todos los mensajes del paquete). Compara lo que dice con lo que has encontrado (cuenta las filas desde 1; pandas, desde 0): ¿qué síntoma *no* denuncia?

# %% [markdown] lang="en"
# Nobody wants to write this in every project, so `corpus.load` always validates: it either loads the whole table or names file, row and fault, with a hint. Compare what it says with what you found (it counts rows from 1, pandas from 0): which symptom does it *not* report?

# %%
import tempfile
from pathlib import Path

temporary = tempfile.TemporaryDirectory(prefix="qa-course-", ignore_cleanup_errors=True)
workshop = Path(temporary.name)
copy = workshop / "damaged.json"
copy.write_text(damaged.to_json(orient="records", force_ascii=False), encoding="utf-8")
try:
    corpus.load(copy)
except corpus.CorpusError as error:
    reported = str(error).splitlines()
    print(*reported, sep="\n")

# %% [markdown] lang="es"
# Los espacios en los bordes de una pregunta: no impiden entrenar y las ventanas los quitan. Lo que rompe las etiquetas detiene la carga; lo demás queda a tu juicio.
#
# ## Ida y vuelta a un CSV
#
# Un CSV guarda textos y números, no diccionarios. La columna `answers` hay que convertirla en texto, y aquí nace una avería clásica. Si se la dejas a pandas, escribe lo que da `str(dict)`, con comillas simples: parece JSON y no lo es. Mira el error.

# %% [markdown] lang="en"
# The spaces at the edges of a question: they do not prevent training, and the windows strip them. What breaks the labels stops the loading; the rest is left to your judgement.
#
# ## To a CSV and back
#
# A CSV holds texts and numbers, not dictionaries. The column `answers` has to become text, and a classic fault is born here. If you leave it to pandas, it writes what `str(dict)` gives, with single quotes: it looks like JSON and is not. See the error.

# %%
columns = ["id", "title", "context", "question", "answers"]
sound = pd.DataFrame(list(patients))[columns]
sound.to_csv(workshop / "careless.csv", index=False)
cell = pd.read_csv(workshop / "careless.csv")["answers"][0]
print(type(cell).__name__, cell)
try:
    json.loads(cell)
except json.JSONDecodeError as error:
    print(f"JSONDecodeError: {error}")

# %% [markdown] lang="es"
# Un consejo que circula mucho es `eval(cell)`. Funciona, y ese es el problema: `eval` no *lee* un diccionario, **ejecuta** una expresión de Python, la que sea. La celda de abajo podría venir en el CSV de un desconocido. No la ejecutamos: `ast.parse` solo la analiza y nos deja ver qué llamadas haría.

# %% [markdown] lang="en"
# A piece of advice that goes around is `eval(cell)`. It works, and that is the trouble: `eval` does not *read* a dictionary, it **runs** a Python expression, any expression. The cell below could come in a stranger's CSV. We do not run it: `ast.parse` only analyses it, and lets us see which calls it would make.

# %%
import ast

hostile = "{'text': [__import__('os').getcwd()], 'answer_start': [0]}"
tree = ast.parse(hostile, mode="eval")
print([ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)])
try:
    ast.literal_eval(hostile)
except ValueError as error:
    print(f"ValueError: {str(error).partition(':')[0]}")

# %% [markdown] lang="es"
# Esta solo preguntaría en qué carpeta está; con la misma sintaxis se borran archivos o se envían contraseñas. `ast.literal_eval` admite literales (textos, números, listas, diccionarios) y rechaza todo lo demás. Es el modo seguro de leer lo que ya está mal escrito; para escribirlo bien, usa JSON.
#
# ### Ejercicio 2: leer sin ejecutar
#
# Escribe `read_answers(cell)`: recibe el texto de una celda, escrito con `json.dumps` o con `str`, y devuelve el diccionario. Con cualquier otra cosa debe salir un error, no un resultado inventado.

# %% [markdown] lang="en"
# This one would only ask which folder it is in; with the same syntax one deletes files or sends passwords. `ast.literal_eval` admits literals (texts, numbers, lists, dictionaries) and refuses all else. It is the safe way to read what has already been badly written; to write it well, use JSON.
#
# ### Exercise 2: read without running
#
# Write `read_answers(cell)`: it takes the text of a cell, written with `json.dumps` or with `str`, and returns the dictionary. For anything else an error must come out, not an invented result.

# %% tags=["exercise"]
def read_answers(cell):
    return ...


checks.read_answers(read_answers, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Probaste a cambiar las comillas con `replace`? Un apóstrofo en la respuesta lo estropea. Compara:

# %% [markdown] lang="en"
# Did you try to swap the quotes with `replace`? An apostrophe in the answer spoils it. Compare:

# %% tags=["solution"]
def read_answers(cell):
    try:
        return json.loads(cell)
    except ValueError:
        return ast.literal_eval(cell)


checks.read_answers(read_answers, language=LANGUAGE)

# %% [markdown] lang="es"
# El camino limpio: `json.dumps` al escribir y `json.loads` al leer. `corpus.load` entiende los dos archivos, el cuidadoso y el descuidado, sin ejecutar nada. La tabla dice si lo que vuelve es idéntico a lo que salió.

# %% [markdown] lang="en"
# The clean way: `json.dumps` when writing and `json.loads` when reading. `corpus.load` understands both files, the careful one and the careless one, and runs nothing. The table says whether what comes back is identical to what went out.

# %%
careful = sound.assign(answers=[json.dumps(answers, ensure_ascii=False) for answers in sound["answers"]])
careful.to_csv(workshop / "careful.csv", index=False)
back = {name: list(corpus.load(workshop / name)) for name in ("careful.csv", "careless.csv")}
rows = [{"file": name, "identical": found == list(patients)} for name, found in back.items()]
round_trip = all(row["identical"] for row in rows)
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Posiciones que se corren
#
# Otra avería clásica no da error. Alguien «limpia» los pasajes y no toca `answer_start`. Probemos cinco limpiezas inocentes sobre una copia: descomponer los acentos (`NFD`: la `é` pasa a ser una `e` y un signo), leer UTF-8 como si fuera Latin-1, quitar lo que no sea ASCII, poner dos espacios tras cada punto y conservar la marca de orden de bytes (`BOM`) que algunos editores ponen al principio. La tabla da el porcentaje de respuestas que siguen en su sitio.
#
# **Piensa:** ¿qué lengua sufrirá más? ¿Y cuál de las cinco las mueve *todas*?

# %% [markdown] lang="en"
# ## Positions that shift
#
# Another classic fault gives no error. Someone "cleans" the passages and leaves `answer_start` alone. Let us try five innocent clean-ups on a copy: decompose the accents (`NFD`: `é` becomes an `e` and a mark), read UTF-8 as if it were Latin-1, remove what is not ASCII, put two spaces after each full stop, and keep the byte order mark (`BOM`) that some editors put at the beginning. The table gives the percentage of answers that are still in their place.
#
# **Think:** which language will suffer more? And which of the five moves *all* of them?

# %%
import unicodedata

CLEANINGS = {
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "Latin-1": lambda text: text.encode("utf-8").decode("latin-1"),
    "ASCII": lambda text: unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode(),
    "'. ' → '.  '": lambda text: text.replace(". ", ".  "),
    "BOM": lambda text: "\ufeff" + text,
}
rows, kept = [], {}
for name, clean in CLEANINGS.items():
    moved = answered.assign(context=answered["context"].map(clean)).apply(stands, axis=1)
    kept[name] = 100 * moved.groupby(answered["language"]).mean()
    rows.append({"change": name} | {each: kept[name][each] for each in LANGUAGES})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# El español, por sus acentos: tras `NFD` o Latin-1 casi ninguna respuesta queda en su sitio, mientras que en inglés sobreviven bastantes y es fácil que el fallo pase inadvertido. Una sola marca al principio basta para correrlas todas. Y fíjate en las que *sí* sobreviven: al mirar una muestra es fácil ver solo esas. La regla: si tocas el pasaje, vuelve a calcular las posiciones y compruébalas con `stands`.
#
# ## La división y la fuga
#
# Queda una decisión que puede falsear todas las notas: cómo apartar el conjunto de prueba. Se llama *fuga* a lo que se cuela de la prueba en el entrenamiento. Lo natural en una tabla es sortear **filas**. Pero en esta tabla hay varias preguntas por pasaje, y cada una tiene una gemela en la otra lengua. Si repartes filas, ¿de cuántas preguntas de prueba quedará algo en el entrenamiento? Apartamos 48 artículos: 16 no los verá nadie hasta el final y los otros 32 se dividen por la mitad, una vez por filas y otra por artículos. Para no mezclar asuntos, tomamos solo las preguntas con respuesta.

# %% [markdown] lang="en"
# Spanish, because of its accents: after `NFD` or Latin-1 hardly any answer is left in place, whereas in English a good many survive and the fault easily goes unnoticed. A single mark at the beginning is enough to shift them all. And mind those that *do* survive: when you look at a sample it is easy to see only them. The rule: if you touch the passage, compute the positions anew and check them with `stands`.
#
# ## The split and the leak
#
# There remains a decision that can falsify every mark: how to set the test set aside. What gets from the test set into training is called a *leak*. With a table it is natural to draw **rows**. But in this table there are several questions per passage, and each has a twin in the other language. If you deal out rows, how many test questions will leave something of theirs in training? We set 48 articles aside: 16 will be seen by nobody until the end, and the other 32 are divided in half, once by rows and once by articles. So as not to mix matters, we take only the questions with an answer.

# %%
smoke = profiles.resolve(PROFILE) == "smoke"


def article_of(names):
    return [name.rsplit("-", 2)[0] for name in names]


questions = corpus.load("cuadernoqa", "train").filter(lambda row: len(row["answers"]["text"]) > 0)
taken = 6 if smoke else 48
share = 1 - taken / len(set(article_of(questions["id"])))
_, chosen = corpus.split(questions, article_of(questions["id"]), share, seed=3)
unseen, pool = corpus.split(chosen, article_of(chosen["id"]), 1 / 3, seed=3)
groups = {"row": pool["id"], "article": article_of(pool["id"])}
halves = {name: corpus.split(pool, labels, 0.5, seed=3) for name, labels in groups.items()}

# %% [markdown] lang="es"
# `corpus.split` reparte *grupos*: si cada fila es su propio grupo, divide por filas; si el grupo es el artículo, sus filas van juntas. En la tabla, `row` es la división por filas y `article`, la división por artículos. (Cargadas las dos lenguas a la vez, el `id` acaba en `@es` o `@en`.) Mira las dos últimas columnas: cuántas preguntas de prueba tienen su pasaje también en el entrenamiento y cuántas tienen allí a su gemela.

# %% [markdown] lang="en"
# `corpus.split` deals out *groups*: if each row is a group of its own, it splits by row; if the group is the article, its rows stay together. In the table, `row` is the split by row and `article` the split by article. (With both languages loaded at once, the `id` ends in `@es` or `@en`.) Look at the last two columns: how many test questions have their passage in training too, and how many have their twin there.

# %%
def twin(name):
    return name[:-2] + ("es" if name.endswith("en") else "en")


rows, known_twin = [], {}
for name, (train, test) in halves.items():
    passages, ids = set(train["context"]), set(train["id"])
    known_twin[name] = {question: twin(question) in ids for question in test["id"]}
    row = {"split": name, "train": len(train), "test": len(test)}
    row["passage in train"] = sum(context in passages for context in test["context"])
    rows.append(row | {"twin in train": sum(known_twin[name].values())})
leaked = {row["split"]: row["passage in train"] for row in rows}
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 3: dividir por artículos
#
# Por filas, casi todas las preguntas de prueba tienen su pasaje en el entrenamiento y alrededor de la mitad, también a su gemela; por artículos, ninguna. Escribe esta división con pandas: `split_by_article(frame, share, seed)` devuelve dos tablas, `train` y `test`, que conservan el índice de `frame`. La primera lleva `share` de los artículos, sorteados con la semilla `seed`. `frame` trae las columnas `id`, `title`, `context`, `question` y `answers` de las dos lenguas. ¿Recuerdas los títulos de la muestra de gemelas?

# %% [markdown] lang="en"
# ### Exercise 3: split by article
#
# By row, nearly all test questions have their passage in training, and about half have their twin there too; by article, none. Write the latter split with pandas: `split_by_article(frame, share, seed)` returns two tables, `train` and `test`, which keep the index of `frame`. The first holds `share` of the articles, drawn with the seed `seed`. `frame` brings the columns `id`, `title`, `context`, `question` and `answers` of both languages. Do you remember the titles in the sample of twins?

# %%
sample = frame[frame["article"].isin(frame["article"].unique()[:30])][columns]

# %% tags=["exercise"]
def split_by_article(frame, share, seed):
    return ...


checks.split_by_article(split_by_article, frame=sample, language=LANGUAGE)

# %% [markdown] lang="es"
# Agrupar por `title` era la trampa: el mismo artículo suele titularse de otra manera en la otra lengua, así que puede quedar repartido entre los dos lados. Compara:

# %% [markdown] lang="en"
# Grouping by `title` was the trap: the same article often has another title in the other language, so it may end up on both sides. Compare:

# %% tags=["solution"]
def split_by_article(frame, share, seed):
    articles = frame["id"].str.rsplit("-", n=2).str[0]
    drawn = articles.drop_duplicates().sample(frac=1, random_state=seed)
    first = articles.isin(drawn[: round(share * len(drawn))])
    return frame[first], frame[~first]


checks.split_by_article(split_by_article, frame=sample, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Medir la fuga
#
# Entrenamos el mismo modelo dos veces, con las dos mitades de entrenamiento: las mismas épocas (pasadas completas por los datos) y los mismos pasos; solo cambia la división. Las ocho capas de abajo quedan congeladas (no aprenden), para que sea rápido: unos minutos cada uno en un portátil la primera vez, y un instante desde la caché. Lo que ocurre dentro es asunto de la lección 7. Con el perfil `smoke` el modelo es diminuto y sus notas no dicen nada.

# %% [markdown] lang="en"
# ## Measuring the leak
#
# We train the same model twice, on the two training halves: the same epochs (full passes over the data), the same steps; only the split changes. The eight lowest layers stay frozen (they do not learn), to make it quick: a few minutes each on a laptop the first time, and an instant from the cache. What happens inside is the business of lesson 7. Under the `smoke` profile the model is tiny, and its marks mean nothing.

# %% tags=["nbval-ignore-output"]
from dataclasses import replace

config = training.course_config(PROFILE)
if not smoke:
    config = replace(config, epochs=3, learning_rate=4e-4, frozen_layers=8)
runs = {name: training.fit(config, table=train) for name, (train, _) in halves.items()}
rows = [{"split": name, "windows": run.windows, "epochs": run.config.epochs} for name, run in runs.items()]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Cada modelo se examina dos veces: con *su propia* prueba, la que su división apartó, y con los mismos 16 artículos que ninguno vio. La nota es F1: de 0 a 100, cuántas palabras comparten la respuesta dada y la correcta (lección 5). Como las preguntas de un artículo se parecen, el intervalo del 95 % sale de sortear mil veces *artículos* enteros, con repetición (*bootstrap*).
#
# **Piensa** antes de mirar: ¿qué dos barras deberían ser casi iguales? ¿En cuál se verá la fuga?

# %% [markdown] lang="en"
# Each model sits two exams: on *its own* test, the one that its split set aside, and on the same 16 articles that neither saw. The mark is F1: from 0 to 100, how many words the given answer and the right one share (lesson 5). Since the questions of one article are alike, the 95% interval comes from drawing whole *articles* a thousand times, with replacement (the *bootstrap*).
#
# **Think** before you look: which two bars should be nearly equal? In which one will the leak show?

# %%
def resampled(marks, draws=1000):
    by_article = marks.groupby(article_of(marks.index)).agg(["sum", "count"]).to_numpy()
    drawn = np.random.default_rng(3).integers(len(by_article), size=(draws, len(by_article)))
    totals = by_article[drawn].sum(axis=1)
    return totals[:, 0] / totals[:, 1]


def interval(marks):
    low, high = np.percentile(resampled(marks), [2.5, 97.5])
    return low, marks.mean(), high


exams = {}
for name, run in runs.items():
    for exam, table in (("own", halves[name][1]), ("unseen", unseen)):
        exams[name, exam] = 100 * pd.Series(training.question_f1(run.folder, table))

# %%
plots.split_marks({key: interval(marks) for key, marks in exams.items()}, language=LANGUAGE)

# %% [markdown] lang="es"
# La tabla pone cifras a las dos parejas de barras: `own` es la propia prueba y `unseen`, los artículos que ninguno vio. La diferencia es la nota del modelo dividido por filas menos la del dividido por artículos. Si el intervalo contiene el 0, la diferencia puede ser azar.

# %% [markdown] lang="en"
# The table puts figures on both pairs of bars: `own` is a model's own test and `unseen` the articles that neither saw. The difference is the mark of the model split by row minus that of the one split by article. Where the interval contains 0, the difference may be chance.

# %%
gain = resampled(exams["row", "own"]) - resampled(exams["article", "own"])
paired = exams["row", "unseen"] - exams["article", "unseen"]
rows = []
for exam, draws in (("own", gain), ("unseen", resampled(paired))):
    row, article = (exams[name, exam].mean() for name in ("row", "article"))
    low, high = np.percentile(draws, [2.5, 97.5])
    row = {"exam": exam, "by row": row, "by article": article, "difference": row - article}
    rows.append(row | {"from": low, "to": high})
false_gain, unseen_gap = rows
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# La segunda línea (`unseen`) es la comparación justa: el mismo examen para los dos. ¿Sigue ahí por delante el que presumía en su propia prueba? La primera línea (`own`) es la que cada cual publicaría. Pero compara pruebas *distintas*, y con tan pocos artículos el intervalo es ancho: por sí sola prueba poco. Si la fuga regala algo, hay que buscarlo dentro de esa prueba.
#
# La prueba del modelo dividido por filas mezcla dos clases de preguntas, repartidas por el azar: las que dejaron a su gemela en el entrenamiento (`twin`) y las demás, que a lo sumo dejaron allí otras preguntas de su pasaje (`passage`). La tercera barra son los artículos de los que no vio nada (`unseen`). La tabla resta de la primera barra cada una de las otras dos.
#
# **Piensa:** ¿qué regala más, haber leído otras preguntas del pasaje o haber visto la misma pregunta en la otra lengua?

# %% [markdown] lang="en"
# The second line (`unseen`) is the fair comparison: the same exam for both. Is the one that boasted in its own test still ahead there? The first line (`own`) is the one that each would publish. But it compares *different* tests, and with so few articles the interval is wide: on its own it proves little. If the leak gives something away, one has to look for it inside that test.
#
# The test of the model split by row mixes two kinds of questions, dealt out by chance: those that left their twin in training (`twin`), and the rest, which left at most other questions on their passage there (`passage`). The third bar is the articles of which it saw nothing (`unseen`). The table subtracts each of the other two bars from the first.
#
# **Think:** which gives away more, having read other questions on the passage, or having seen the same question in the other language?

# %%
mark, known = exams["row", "own"], pd.Series(known_twin["row"])
seen = {"twin": mark[known], "passage": mark[~known], "unseen": exams["row", "unseen"]}
plots.leak_marks({name: interval(marks) for name, marks in seen.items()}, language=LANGUAGE)
rows = []
for other in ("passage", "unseen"):
    low, high = np.percentile(resampled(seen["twin"]) - resampled(seen[other]), [2.5, 97.5])
    difference = seen["twin"].mean() - seen[other].mean()
    rows.append({"pair": f"twin - {other}", "difference": difference, "from": low, "to": high})
twin_effect = rows[0]["difference"]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# La gemela. El modelo contesta mucho mejor lo que ya vio contestado en la otra lengua, aunque el texto que tiene delante sea otro: más que leer, es recordar. Haber leído solo otras preguntas del pasaje no se nota en un entrenamiento tan corto: esa barra y la última apenas se distinguen. Con más épocas o un modelo mayor, más capaz de memorizar, podría notarse.
#
# La frase que hay que recordar: **una nota vale lo que vale su división**. Un sorteo de filas mezcla lectura y memoria, y nadie que mire solo la nota sabe en qué proporción. Por eso CuadernoQA viene dividido por artículos, con las dos lenguas de cada uno en el mismo lado.
#
# ## Filas, bytes y ventanas
#
# ¿Cuánto ocupa todo esto y cuánto se tarda en entrenar con ello? El árbol JSON escribe cada pasaje una vez; la tabla lo repite en cada fila. El modelo tampoco se libra: recibe **ventanas** (lección 4), y cada una lleva la pregunta y el pasaje. Los pasajes de CuadernoQA caben enteros, así que sale una ventana por fila. Contamos las dos lenguas juntas; la última columna dice cuántos tokens lee el modelo por cada token de los pasajes, contados una sola vez.
#
# **Piensa:** con ocho preguntas por pasaje, ¿cuánto valdrá, más o menos?

# %% [markdown] lang="en"
# The twin. The model answers much better what it has already seen answered in the other language, although the text before it is another: that is remembering rather than reading. Having read only other questions on the passage does not show in so short a training run: that bar and the last one can hardly be told apart. With more epochs or a larger model, better able to memorise, it might show.
#
# The sentence to remember: **a mark is worth what its split is worth**. Drawing rows mixes reading and memory, and nobody who looks at the mark alone knows in what proportion. That is why CuadernoQA comes split by article, with both languages of each on the same side.
#
# ## Rows, bytes and windows
#
# How much space does all this take, and how long does it take to train on? The JSON tree writes each passage once; the table repeats it in every row. Nor is the model spared: it gets **windows** (lesson 4), and each holds the question and the passage. The passages of CuadernoQA fit whole, so there is one window per row. We count both languages together; the last column says how many tokens the model reads for each token of the passages, counted once.
#
# **Think:** with eight questions per passage, about how much will it be?

# %% tags=["nbval-ignore-output"]
tokenizer, _ = encoder.load(config.encoder)
counted = frame[frame["article"].isin(groups["article"])] if smoke else frame
asked = counted["question"], counted["context"]
made = windows.tokenize(*asked, tokenizer, config.max_length, config.stride)["input_ids"]
tree = sum((path.parent / f"train.{each}.json").stat().st_size for each in LANGUAGES)
flat = len(frame[columns].to_csv(index=False).encode("utf-8"))
read = sum(map(len, made))
once = sum(map(len, tokenizer(counted["context"].drop_duplicates().tolist(), add_special_tokens=False)["input_ids"]))
row = {"rows": len(counted), "JSON (MB)": tree / 1e6, "CSV (MB)": flat / 1e6, "windows": len(made)}
report.table([row | {"tokens": read, "times read": read / once}], language=LANGUAGE)

# %% [markdown] lang="es"
# Algo más de ocho, porque cada ventana lleva también su pregunta. Lo que cuesta un entrenamiento no lo dicen los megabytes, sino las ventanas: *segundos = ventanas × épocas ÷ ventanas por segundo*. Con la velocidad que midió el segundo de tus dos entrenamientos (con ocho capas congeladas; sin ellas sería menor) sale esta tabla. La primera fila (`half`) es ese entrenamiento; la última es SQuAD v2, con una ventana por fila como mínimo (Rajpurkar y otros, 2018, tabla 2).

# %% [markdown] lang="en"
# A little over eight, since each window holds its question too. What a training run costs is not told by megabytes but by windows: *seconds = windows × epochs ÷ windows per second*. With the speed measured by the second of your two training runs (with eight frozen layers; without them it would be lower), this table comes out. The first row (`half`) is that run; the last is SQuAD v2, with one window per row at the least (Rajpurkar et al., 2018, table 2).

# %% tags=["nbval-ignore-output"]
speed = runs["article"].examples_per_second
amounts = {"half": runs["article"].windows, "CuadernoQA": len(made), "SQuAD v2": 130_319}
rows = [
    {"corpus": name, "windows": amount, "windows per second": speed, "minutes an epoch": amount / speed / 60}
    for name, amount in amounts.items()
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Ahí está la razón de que el curso entrene con un corpus pequeño, y de que SQuAD entero pida una GPU.
#
# ## Los corpus grandes
#
# ¿Cómo queda CuadernoQA al lado de los conocidos? La tabla da las cifras publicadas de los conjuntos de entrenamiento de SQuAD (la misma tabla 2). En SQuAD v2, una de cada tres preguntas no tiene respuesta.

# %% [markdown] lang="en"
# That is why the course trains on a small corpus, and why the whole of SQuAD asks for a GPU.
#
# ## The large corpora
#
# How does CuadernoQA look beside the well-known ones? The table gives the published figures of the training sets of SQuAD (the same table 2). In SQuAD v2, one question in three has no answer.

# %%
published = [("SQuAD v1.1", 442, 87_599, 0), ("SQuAD v2.0", 442, 130_319, 43_498)]
mine = ("CuadernoQA (en)", counts.loc["en", "articles"], len(english), int(english["answer"].isna().sum()))
rows = [
    {"corpus": name, "articles": articles, "questions": total, "questions per article": total / articles}
    | {"no answer (%)": 100 * silent / total}
    for name, articles, total, silent in [*published, mine]
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# La media no dice si unos artículos tienen muchas más preguntas que otros. Con el perfil `gpu`, la celda siguiente baja del Hub SQuAD v1, SQuAD v2 y su traducción automática, SQuAD-es, y lo cuenta. Fíjate en las tres columnas de preguntas por artículo: en el nuestro las tres son iguales. Y en una traducción automática, desconfía de `answer_start`: la última columna aplica `stands` a cada fila.

# %% [markdown] lang="en"
# The mean does not tell whether some articles have many more questions than others. Under the `gpu` profile the next cell fetches SQuAD v1, SQuAD v2 and its machine translation, SQuAD-es, from the Hub and counts it. Look at the three columns of questions per article: in ours, all three are equal. And in a machine translation, distrust `answer_start`: the last column applies `stands` to every row.

# %% tags=["nbval-ignore-output"]
parquet = {"data_files": {"train": "v2.0.0/train/*.parquet"}, "revision": "refs/convert/parquet"}
HUB = {"rajpurkar/squad": {}, "rajpurkar/squad_v2": {}, "ccasimiro/squad_es": parquet}


def shape(name, table):
    sizes = table["title"].value_counts()
    silent = 100 * np.mean([len(answers["text"]) == 0 for answers in table["answers"]])
    row = {"corpus": name, "articles": len(sizes), "questions": len(table), "no answer (%)": silent}
    row |= {"smallest article": sizes.min(), "median": sizes.median(), "largest article": sizes.max()}
    return row | {"misplaced answers": int((~table.apply(stands, axis=1)).sum())}


rows = [shape(f"CuadernoQA ({each})", table) for each, table in frame.groupby("language")]
if profiles.hub_ready(PROFILE, language=LANGUAGE):
    for name, options in HUB.items():
        rows.append(shape(name, datasets.load_dataset(name, split="train", **options).to_pandas()))
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Resumen
#
# - **Formato:** artículos, pasajes y preguntas en un árbol; tu tabla plana es idéntica a la de `corpus.load`.
# - **Cifras:** respuestas cortas, «qué» por encima de todo, un mapa con España por delante y, después, América y Europa occidental. Ningún modelo aprenderá lo que aquí falta, y un orden o un `id` pueden ser un atajo.
# - **Salud:** antes de entrenar se buscan nulos, repetidos, espacios y respuestas fuera de sitio; quien toca el pasaje tiene que recalcular las posiciones.
# - **CSV:** JSON al escribir; al leer, `json.loads` o `ast.literal_eval`, y nunca `eval`.
# - **División:** se reparten artículos (con sus dos lenguas juntas), no filas. Al dividir por filas, las preguntas que dejan su gemela en el entrenamiento sacan una nota que no se sostiene con artículos nuevos.
# - **Tiempo:** lo que se paga son ventanas, no megabytes.
#
# **Y ahora:** la lección 4 hace esas ventanas y les pone etiquetas.

# %% [markdown] lang="en"
# ## Summary
#
# - **Format:** articles, passages and questions in a tree; your flat table is identical to the one of `corpus.load`.
# - **Figures:** short answers, "what" above all, a map with Spain ahead, then the Americas and western Europe. No model will learn what is missing here, and an order or an `id` can be a shortcut.
# - **Health:** before training one looks for nulls, duplicates, spaces and misplaced answers; whoever touches the passage has to compute the positions anew.
# - **CSV:** JSON for writing; for reading, `json.loads` or `ast.literal_eval`, and never `eval`.
# - **Splitting:** deal out articles (both languages of each together), not rows. Under a split by row, the questions that leave their twin in training get a mark that does not hold on new articles.
# - **Time:** what you pay for is windows, not megabytes.
#
# **Where next:** lesson 4 makes those windows and puts labels on them.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Rajpurkar y otros (2016), *SQuAD: 100,000+ Questions for Machine Comprehension of Text*: <https://arxiv.org/abs/1606.05250>
# - Rajpurkar, Jia y Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - Carrino, Costa-jussà y Fonollosa (2020), *Automatic Spanish Translation of SQuAD Dataset for Multi-lingual Question Answering*: <https://arxiv.org/abs/1912.05200>
# - Lewis, Stenetorp y Riedel (2021), *Question and Answer Test-Train Overlap in Open-Domain Question Answering Datasets*: <https://arxiv.org/abs/2008.02637>
# - Gebru y otros (2021), *Datasheets for Datasets*: <https://arxiv.org/abs/1803.09010>
# - Documentación de `ast.literal_eval`: <https://docs.python.org/3/library/ast.html#ast.literal_eval>

# %% [markdown] lang="en"
# **Further reading**
#
# - Rajpurkar et al. (2016), *SQuAD: 100,000+ Questions for Machine Comprehension of Text*: <https://arxiv.org/abs/1606.05250>
# - Rajpurkar, Jia and Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - Carrino, Costa-jussà and Fonollosa (2020), *Automatic Spanish Translation of SQuAD Dataset for Multi-lingual Question Answering*: <https://arxiv.org/abs/1912.05200>
# - Lewis, Stenetorp and Riedel (2021), *Question and Answer Test-Train Overlap in Open-Domain Question Answering Datasets*: <https://arxiv.org/abs/2008.02637>
# - Gebru et al. (2021), *Datasheets for Datasets*: <https://arxiv.org/abs/1803.09010>
# - Documentation of `ast.literal_eval`: <https://docs.python.org/3/library/ast.html#ast.literal_eval>

# %%
temporary.cleanup()
figures = {"flat_agrees": flat_agrees, "questions": len(frame), "twins": len(twins), "together": together}
figures |= {"kinds_other": max(shares[each].get("other", 0) for each in LANGUAGES)}
figures |= {"largest_first_kind": max(share.max() for share in shares.values())}
figures |= {"first_tenth": 100 * (relative < 0.1).mean(), "silent_last": silent.iloc[-1]}
figures |= {"reported": len(reported), "round_trip": round_trip, "windows": len(made), "times_read": read / once}
figures |= {"row_leaked": leaked["row"], "article_leaked": leaked["article"]}
figures |= {"row_f1": false_gain["by row"], "article_f1": false_gain["by article"], "twin_effect": twin_effect}
figures |= {"false_gain": false_gain["difference"], "unseen_gap": unseen_gap["difference"]}
for each in LANGUAGES:
    figures |= {f"faults_{each}": sum(sick[each].values()), f"find_fails_{each}": lost_start[each]}
    figures |= {f"left_by_nfd_{each}": kept["NFD"][each]}
report.record(OUTPUT, **figures, language=LANGUAGE)
