# %% [markdown] lang="es"
# # 11 · Servir y escalar
#
# El modelo ya responde. Ahora tiene que hacerlo para otros: muchas preguntas, documentos largos, una máquina modesta. Al terminar sabrás:
#
# - reconstruir por dentro un *pipeline* de respuesta a preguntas y comprobar que da lo mismo;
# - formar lotes que apenas paguen relleno, y medir velocidades sin engañarte;
# - responder sobre documentos de miles de palabras y decir qué cuesta y qué se pierde;
# - dar varias respuestas y elegir el umbral que cumple una precisión pedida;
# - cuantizar *después* de entrenar y juzgarlo en una sola tabla: respuestas, tamaño y velocidad;
# - entrenar con varios procesos y describir varias máquinas a `accelerate`;
# - dejar el modelo listo para otros: tarjeta, Hub y demo.
#
# **Tiempo:** 90 minutos de lectura y ejercicios; la máquina solo trabaja unos pocos, además de entrenar el modelo del curso si no está en la caché. **Antes:** las lecciones 4 (ventanas), 5 (tramos, puntuación nula, umbral), 7 (el modelo del curso y su tarjeta) y 8 (los pesos en int8).

# %% [markdown] lang="en"
# # 11 · Serving and scaling
#
# The model answers. Now it has to do so for others: many questions, long documents, a modest machine. By the end you will be able to:
#
# - rebuild a question-answering pipeline from the inside, and check that it gives the same;
# - make batches that pay for hardly any padding, and time things without fooling yourself;
# - answer over documents of thousands of words, and say what that costs and what is lost;
# - give several answers, and choose the threshold that meets a wanted precision;
# - quantise *after* training and judge it in one table: answers, size and speed;
# - train with several processes, and describe several machines to `accelerate`;
# - leave the model ready for others: card, Hub and demo.
#
# **Time:** 90 minutes of reading and exercises; the machine works for only a few, besides training the course model if it is not in the cache. **Before:** lessons 4 (windows), 5 (spans, null score, threshold), 7 (the course model and its card) and 8 (weights in int8).

# %% [markdown] lang="es"
# ## El modelo y la máquina
#
# Todo lo de esta lección se mide en el procesador, aunque tengas GPU: es donde se sirven muchos modelos pequeños, y donde más duele el despilfarro. La tabla dice cuál es; **las velocidades que verás son las de esa máquina** y en la tuya serán otras. Por eso casi siempre las damos como cocientes. Con el perfil `smoke` el modelo es diminuto y de pesos casi aleatorios: sus cifras no dicen nada.

# %% [markdown] lang="en"
# ## The model and the machine
#
# Everything in this lesson is measured on the processor, even if you have a GPU: that is where many small models are served, and where waste hurts most. The table says which one it is; **the speeds you will see are those of that machine**, and on yours they will be different. That is why we nearly always give them as ratios. Under the `smoke` profile the model is tiny, with almost random weights: its figures mean nothing.

# %% tags=["nbval-ignore-output"]
import time
from collections import Counter
from math import ceil
from statistics import median

import numpy as np
import torch
import transformers

from qa_course import checks, corpus, encoder, int8, plots, profiles
from qa_course import report, scoring, spans, training, windows
from qa_course.answering import QuestionAnswerer

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

# %% tags=["nbval-ignore-output"]
folder = training.course_model(PROFILE)
tokenizer, model = encoder.load(folder)
model.eval()
machine = {"processor": profiles.processor(), "cores": profiles.cores()}
machine |= {"precision": training.best_precision()}
report.table([{"profile": profiles.resolve(PROFILE)} | machine], language=LANGUAGE)

# %% [markdown] lang="es"
# ## El camino de una pregunta
#
# `QuestionAnswerer` hace en una llamada lo que hacía `pipeline("question-answering")` antes de que transformers lo retirara. Por dentro no hay nada que no conozcas. En la figura, cada flecha es una función y cada caja, lo que sale de ella.
#
# **Piensa:** ¿cuál de las flechas crees que se lleva casi todo el tiempo?

# %% [markdown] lang="en"
# ## The path of one question
#
# `QuestionAnswerer` does in one call what `pipeline("question-answering")` did before transformers removed it. Inside there is nothing you do not know. In the figure, each arrow is a function and each box what comes out of it.
#
# **Think:** which of the arrows do you think takes nearly all of the time?

# %%
plots.question_path(language=LANGUAGE)

# %% [markdown] lang="es"
# La primera flecha es la lección 4: de cada par de textos, una o más ventanas, cada una con las posiciones de sus tokens y el número de su pregunta (`example_id`). Todavía no hay relleno. Las ocho primeras preguntas de prueba miden, en tokens:

# %% [markdown] lang="en"
# The first arrow is lesson 4: from each pair of texts one window or more, each with the positions of its tokens and the number of its question (`example_id`). There is no padding yet. The first eight test questions measure, in tokens:

# %%
part = "test[:48]" if profiles.resolve(PROFILE) == "smoke" else "test"
test = {each: corpus.load("cuadernoqa", part, each) for each in ("es", "en")}


def cut(questions, contexts, max_length=384, stride=128):
    names = [str(number) for number in range(len(questions))]
    batch = {"id": names, "question": questions, "context": contexts}
    made = windows.evaluation_windows(batch, tokenizer, max_length, stride)
    return [dict(zip(made, row, strict=True)) for row in zip(*made.values(), strict=True)]


first = test[LANGUAGE].select(range(8))
print([len(row["input_ids"]) for row in cut(list(first["question"]), list(first["context"]))])

# %% [markdown] lang="es"
# Segunda y tercera flecha: lotes y modelo. `order` dice en qué orden pasan las ventanas; los logits vuelven a su sitio, sin el relleno, de modo que **el orden cambia la velocidad y no las respuestas**. `windows.collate` rellena cada lote hasta su ventana más larga.

# %% [markdown] lang="en"
# Second and third arrow: batches and model. `order` says in which order the windows go through; the logits come back to their own place, without the padding, so that **the order changes the speed and not the answers**. `windows.collate` pads each batch to its longest window.

# %%
def forward(network, rows, order, size):
    starts, ends = [None] * len(rows), [None] * len(rows)
    for first in range(0, len(order), size):
        chosen = order[first : first + size]
        batch = windows.collate([rows[i] for i in chosen], tokenizer)
        with torch.inference_mode():
            output = network(**batch)
        for place, i in enumerate(chosen):
            length = len(rows[i]["input_ids"])
            starts[i] = output.start_logits[place, :length].float().numpy()
            ends[i] = output.end_logits[place, :length].float().numpy()
    return starts, ends

# %% [markdown] lang="es"
# Las dos últimas son la lección 5 con un añadido. Para comparar ventanas y enseñar una puntuación que se entienda, los logits se vuelven probabilidades: un softmax sobre los tokens del contexto **y el token 0**, que representa el silencio; la probabilidad de un tramo es la de su inicio por la de su final. (`logaddexp.reduce` da el logaritmo del denominador del softmax sin desbordarse.) Así, una ventana que no contiene la respuesta puede dar casi toda su probabilidad a callar, y sus tramos salen con poca. Si el mismo texto aparece en varias ventanas, se suma.

# %% [markdown] lang="en"
# The last two are lesson 5 with one addition. To compare windows, and to show a score that people understand, logits become probabilities: a softmax over the context's tokens **and token 0**, which stands for silence; the probability of a span is that of its start times that of its end. (`logaddexp.reduce` gives the logarithm of the denominator of the softmax without overflowing.) So a window that does not hold the answer can give nearly all of its probability to silence, and its spans come out with little. If the same text turns up in several windows, its probabilities are added.

# %%
def gather(contexts, rows, starts, ends, longest=30):
    scores = [Counter() for _ in contexts]
    for row, start, end in zip(rows, starts, ends, strict=True):
        offsets, number = row["offset_mapping"], int(row["example_id"])
        rivals = [0, *(token for token, offset in enumerate(offsets) if offset is not None)]
        scale = sum(np.logaddexp.reduce(np.float64(logits[rivals])) for logits in (start, end))
        ((begins, stops, sums),) = spans.search([offsets], [start], [end], 1, longest)
        for i, j, total in zip(begins, stops, sums, strict=True):
            text = contexts[number][offsets[i][0] : offsets[j][1]]
            scores[number][text.lower()] += float(np.exp(total - scale))
    return [each.most_common(1)[0] for each in scores]


def by_length(rows):
    return sorted(range(len(rows)), key=lambda i: len(rows[i]["input_ids"]))

# %% [markdown] lang="es"
# ¿Da lo mismo que el del paquete? La prueba: las mismas preguntas en las dos lenguas, con ventanas de 384 tokens (una por pregunta) y de 128 (varias). Mira cuántas respuestas coinciden y cuál es la mayor diferencia de puntuación. `align_to_words=False` apaga lo único que no hemos reconstruido: alargar los tramos que cortan una palabra.

# %% [markdown] lang="en"
# Does it give the same as the package's? The test: the same questions in both languages, with windows of 384 tokens (one a question) and of 128 (several). See how many answers agree, and the largest difference in score. `align_to_words=False` turns off the one thing we have not rebuilt: extending spans that cut a word.

# %%
qa = QuestionAnswerer(model, tokenizer)
questions = [question for each in test.values() for question in each[:8]["question"]]
contexts = [context for each in test.values() for context in each[:8]["context"]]
table, agree = [], []
for length, stride in ((384, 128), (128, 48)):
    rows = cut(questions, contexts, length, stride)
    mine = gather(contexts, rows, *forward(model, rows, by_length(rows), 16))
    sizes = {"max_seq_len": length, "doc_stride": stride, "max_answer_len": 30, "align_to_words": False}
    theirs = qa(question=questions, context=contexts, **sizes)
    pairs = list(zip(mine, theirs, strict=True))
    agree += [text == each["answer"].lower() for (text, _), each in pairs]
    gap = max(abs(score - each["score"]) for (_, score), each in pairs)
    row = {"max_length": length, "windows": len(rows), "questions": len(pairs)}
    table.append(row | {"equal": sum(agree[-len(pairs) :]), "largest difference": f"{gap:.0e}"})
report.table(table, language=LANGUAGE)

# %% [markdown] lang="es"
# Y la pregunta del principio: el tiempo. Tres partes de la misma llamada, en tanto por ciento. La mayor es la que vale la pena acelerar.

# %% [markdown] lang="en"
# And the question from the beginning: time. Three parts of the same call, in percent. The largest is the one worth speeding up.

# %% tags=["nbval-ignore-output"]
began = [time.perf_counter()]
rows = cut(questions, contexts)
began.append(time.perf_counter())
logits = forward(model, rows, by_length(rows), 16)
began.append(time.perf_counter())
gather(contexts, rows, *logits)
began.append(time.perf_counter())
shares = 100 * np.diff(began) / (began[-1] - began[0])
names = ("windows", "model", "spans")
report.table([dict(zip(names, shares.round(1), strict=True))], language=LANGUAGE)

# %% [markdown] lang="es"
# ## Lotes: el relleno se paga
#
# A un servicio le llegan textos de todos los tamaños. Imitémoslo: veinticuatro preguntas, cada una con las primeras frases de su pasaje, unas veces una y otras todas. Tres maneras de atenderlas: de una en una; en lotes de ocho según llegan; en lotes de ocho por longitud. La tabla cuenta los tokens que pasan por el modelo y qué parte es relleno.

# %% [markdown] lang="en"
# ## Batches: padding is paid for
#
# A service gets texts of all sizes. Let us imitate that: twenty-four questions, each with the first sentences of its passage, sometimes one and sometimes all. Three ways of serving them: one by one; in batches of eight as they come; in batches of eight by length. The table counts the tokens that go through the model, and how much of that is padding.

# %%
def some_sentences(number, context):
    sentences = context.split(". ")
    return ". ".join(sentences[: 1 + number % len(sentences)])


few = test[LANGUAGE].select(range(24))
short = [some_sentences(*pair) for pair in enumerate(few["context"])]
requests = cut(list(few["question"]), short)
lengths = [len(row["input_ids"]) for row in requests]
orders = {"given": list(range(len(requests))), "sorted": by_length(requests)}

# %%
def paid(order, size):
    batches = [[lengths[i] for i in order[first : first + size]] for first in range(0, len(order), size)]
    return sum(len(batch) * max(batch) for batch in batches)


tokens = [paid(orders[name], size) for name, size in (("given", 1), ("given", 8), ("sorted", 8))]
padding = [100 * (1 - sum(lengths) / each) for each in tokens]
columns = ("one by one", "as they come", "by length")
table = [dict(zip(columns, values, strict=True)) for values in (tokens, padding)]
report.table([{"what": "tokens"} | table[0], {"what": "padding (%)"} | table[1]], language=LANGUAGE)

# %% [markdown] lang="es"
# Ahora el tiempo. Medir bien tiene sus reglas: **varias vueltas**, porque la primera siempre sale lenta y cualquiera puede coincidir con otra tarea; **intercaladas**, para que un rato malo de la máquina los castigue a todos por igual; la **mediana**, que no hace caso de un valor disparatado; y un **cociente** como resultado, que viaja mejor que los segundos.
#
# **Piensa:** ¿cuánto ganará cada orden al crecer el lote? ¿Puede un lote ser *más lento* que ir de una en una? Y si tu máquina está ocupada con otra cosa, la figura no dirá nada: repítela.

# %% [markdown] lang="en"
# Now the time. Timing well has its rules: **several turns**, since the first is always slow and any may coincide with another task; **interleaved**, so that a bad moment of the machine punishes all alike; the **median**, which does not heed one absurd value; and a **ratio** as the result, which travels better than seconds.
#
# **Think:** how much will each order gain as the batch grows? Can a batch be *slower* than going one by one? And if your machine is busy with something else, the figure will tell nothing: repeat it.

# %% tags=["nbval-ignore-output"]
SIZES = (1, 4, 8, 24)
taken = {("given", 1): []} | {(name, size): [] for name in orders for size in SIZES[1:]}
for _ in range(3):
    for (name, size), seconds in taken.items():
        began = time.perf_counter()
        forward(model, requests, orders[name], size)
        seconds.append(time.perf_counter() - began)
one = median(taken["given", 1])
speeds = {name: [1, *(one / median(taken[name, size]) for size in SIZES[1:])] for name in orders}
plots.batch_speeds(SIZES, speeds, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara las dos líneas: la distancia entre ellas es el relleno. En una GPU los lotes grandes ganan mucho, porque hay miles de unidades esperando trabajo; en unos pocos núcleos una sola ventana ya los ocupa: el lote ordenado gana poco, y el desordenado sale *más lento* que no hacer lotes. El último punto, todas en un lote, casi junta las dos líneas: con un lote único no hay nada que ordenar, y todas pagan lo que mide la más larga. Quien sirve en CPU no gana haciendo lotes más grandes, sino **más parejos**.
#
# ### Ejercicio 1: lotes con presupuesto
#
# Un tamaño fijo trata igual ocho ventanas de 40 tokens que ocho de 384, y la memoria no. Los servidores fijan un **presupuesto de tokens** por lote. Escribe `token_batches(lengths, budget)`: devuelve una lista de lotes, y cada lote es una lista de índices de `lengths`; cada índice va una vez y ningún lote pasa de `budget` tokens *contando el relleno* (ventanas × la más larga). Y que salgan pocos: no más que recorriéndolas por longitud y llenando cada lote mientras quepa la siguiente. Ninguna ventana es más larga que el presupuesto.

# %% [markdown] lang="en"
# Compare the two lines: the distance between them is the padding. On a GPU large batches gain a lot, since thousands of units are waiting for work; on a few cores a single window already keeps them busy: the sorted batch gains little, and the unsorted one is *slower* than making no batches. The last point, all in one batch, nearly brings the two lines together: with a single batch there is nothing to sort, and all pay for the length of the longest. Whoever serves on a CPU gains not by larger batches but by **more even** ones.
#
# ### Exercise 1: batches on a budget
#
# A fixed size treats eight windows of 40 tokens like eight of 384, and memory does not. Servers set a **budget of tokens** per batch. Write `token_batches(lengths, budget)`: it returns a list of batches, each of them a list of indices of `lengths`; each index goes once, and no batch has more than `budget` tokens *counting the padding* (windows × the longest). And let there be few: no more than you get by going through them by length and filling each batch as long as the next one fits. No window is longer than the budget.

# %% tags=["exercise"]
def token_batches(lengths, budget):
    return ...


checks.token_batches(token_batches, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución. Ordenadas de corta a larga, la última que entra es siempre la más larga: basta con mirarla a ella.

# %% [markdown] lang="en"
# Compare with the solution. Sorted from short to long, the last one in is always the longest: it is enough to look at that one.

# %% tags=["solution"]
def token_batches(lengths, budget):
    batches = [[]]
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if (len(batches[-1]) + 1) * lengths[index] > budget:
            batches.append([])
        batches[-1].append(index)
    return batches


checks.token_batches(token_batches, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Documentos largos
#
# Un pasaje del corpus cabe en una ventana; un manual, no. Enterremos cada pasaje en mitad de un documento hecho con pasajes de *otros* artículos, y hagámosle la misma pregunta. Dos cosas cambian: hay más ventanas que calcular y más tramos que pueden ganar al bueno. Nadie vuelve a entrenar nada. La primera celda imprime cuántos pasajes hay, cuántas preguntas haremos y la ventana más larga que el modelo admite, en tokens. La segunda da medias por documento: «veces» es el tiempo respecto al pasaje solo, e «iguales», las respuestas que no cambian.
#
# **Piensa:** si el documento crece 12 veces, ¿cuánto crece el tiempo? ¿Y si todo cupiera en *una* ventana 12 veces más larga?

# %% [markdown] lang="en"
# ## Long documents
#
# A passage of the corpus fits into one window; a manual does not. Let us bury each passage in the middle of a document made of passages from *other* articles, and put the same question to it. Two things change: there are more windows to compute, and more spans that may beat the right one. Nobody trains anything again. The first cell prints how many passages there are, how many questions we shall ask, and the longest window that the model takes, in tokens. The second gives means per document: `times` is the time against that of the passage alone, and `same` the answers that do not change.
#
# **Think:** if the document grows 12 times, how much does the time grow? And if everything fitted into *one* window 12 times as long?

# %%
passages = list(dict.fromkeys(zip(test[LANGUAGE]["title"], test[LANGUAGE]["context"], strict=True)))
draw = np.random.default_rng(11)


def bury(example, count):
    others = [text for title, text in passages if title != example["title"]]
    chosen = [others[i] for i in draw.permutation(len(others))[: count - 1]]
    chosen.insert(len(chosen) // 2, example["context"])
    return "\n\n".join(chosen)


answerable = [row for row in test[LANGUAGE] if row["answers"]["text"]]
sought = answerable[:: ceil(len(answerable) / 16)]
print(len(passages), len(sought), model.config.max_position_embeddings)

# %% tags=["nbval-ignore-output"]
table, alone = [], None
for count in (1, 4, 12):
    documents = [bury(each, count) for each in sought]
    began = time.perf_counter()
    found = qa(question=[each["question"] for each in sought], context=documents, max_answer_len=30)
    seconds = (time.perf_counter() - began) / len(sought)
    texts = [each["answer"] for each in found]
    alone = alone or texts
    row = {"passages": count}
    row["words of the document"] = sum(len(text.split()) for text in documents) / len(sought)
    row["windows"] = len(cut([each["question"] for each in sought], documents)) / len(sought)
    row["times"] = seconds / (table[0]["seconds"] if table else seconds)
    row["same (%)"] = 100 * sum(map(scoring.exact_match, texts, alone)) / len(sought)
    golds = [each["answers"]["text"] for each in sought]
    marks = [max(scoring.f1(text, gold) for gold in each) for text, each in zip(texts, golds, strict=True)]
    table.append(row | {"f1": 100 * sum(marks) / len(marks), "seconds": seconds})
shown = ["passages", "words of the document", "windows", "times", "same (%)", "f1"]
report.table(table, shown, language=LANGUAGE)

# %% [markdown] lang="es"
# La figura pone esa tabla en dos dibujos: a la izquierda, si ventanas y tiempo van en línea recta con las palabras; a la derecha, cuántas respuestas son las mismas que con el pasaje solo.

# %% [markdown] lang="en"
# The figure puts that table into two drawings: on the left, whether windows and time go in a straight line with the words; on the right, how many answers are the same as with the passage alone.

# %%
costs = [[row[name] for row in table] for name in ("words of the document", "windows", "times", "same (%)")]
plots.long_documents(*costs, language=LANGUAGE)

# %% [markdown] lang="es"
# Las ventanas crecen en línea recta con el documento, y el tiempo, con ellas: algo más deprisa, porque las de un documento largo van llenas y la del pasaje solo, no. Una sola ventana gigante costaría mucho más, porque la atención crece con el *cuadrado* de la longitud; además, el modelo no conoce tantas posiciones. Y las respuestas aguantan solo en parte: cada pasaje ajeno es una ocasión más de equivocarse. (También importa por dónde se cortan las ventanas, y dieciséis preguntas son pocas: que un documento más largo salga alguna vez mejor parado no desmiente nada.) Mira, si los hay, algunos de los cambios. No te extrañe ver una coma o un punto y coma al final de una respuesta: los tramos se alargan hasta acabar la palabra, que aquí es lo que hay entre espacios; EM y F1 no miran la puntuación.

# %% [markdown] lang="en"
# The windows grow in a straight line with the document, and the time with them: somewhat faster, since those of a long document are full and that of the passage alone is not. One giant window would cost much more, since attention grows with the *square* of the length; besides, the model does not know that many positions. And the answers hold only in part: each passage of others is one more chance to be wrong. (It also matters where the windows are cut, and sixteen questions are few: if a longer document now and then comes off better, that refutes nothing.) See some of the changes, if there are any. Do not be surprised by a comma at the end of an answer: spans are extended to the end of the word, which here is what stands between spaces; EM and F1 ignore punctuation.

# %%
changes = [
    {"question": each["question"], "passage alone": before, "long document": after}
    for each, before, after in zip(sought, alone, texts, strict=True)
    if not scoring.exact_match(before, after)
]
report.table(changes[:4], ["question", "passage alone", "long document"], language=LANGUAGE)

# %% [markdown] lang="es"
# Por eso un sistema de verdad no lee la biblioteca entera con cada pregunta: primero **busca** los pocos pasajes que se parecen a ella (con un índice de palabras o con vectores como los de la lección 2) y solo después extrae. Es la receta de Chen y otros (2017).
#
# ## Varias respuestas
#
# Quien pregunta puede preferir tres candidatas a una. `top_k` las da, de mejor a peor, cada una con su probabilidad y con su sitio en el texto. Con `handle_impossible_answer=True` compite también el silencio, que sale como texto vacío si llega a las primeras.

# %% [markdown] lang="en"
# That is why a real system does not read the whole library for each question: first it **retrieves** the few passages that resemble it (with an index of words, or with vectors like those of lesson 2), and only then does it extract. It is the recipe of Chen et al. (2017).
#
# ## Several answers
#
# Somebody who asks may prefer three candidates to one. `top_k` gives them, best first, each with its probability and its place in the text. With `handle_impossible_answer=True` silence competes too, and comes out as an empty text if it is among the first.

# %%
chosen = sought[1]
print(chosen["question"])
several = qa(question=chosen["question"], context=chosen["context"], top_k=4, handle_impossible_answer=True)
report.table(several, ["answer", "score", "start", "end"], language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Merece la pena enseñar más de una? La tabla cuenta, en una muestra mayor, en cuántas preguntas con respuesta está la exacta entre las *k* primeras. Lo que gana la última columna sobre la primera son aciertos que el modelo tenía y no puso arriba.

# %% [markdown] lang="en"
# Is it worth showing more than one? The table counts, on a larger sample, on how many answerable questions the exact one is among the first *k*. What the last column gains over the first are right answers that the model had, and did not put on top.

# %%
many = answerable[:: ceil(len(answerable) / 48)]
asked = {name: [each[name] for each in many] for name in ("question", "context")}
lists = qa(**asked, top_k=5, max_answer_len=30)
lists = [each if isinstance(each, list) else [each] for each in lists]
hits = [
    [any(scoring.exact_match(one["answer"], gold) for gold in each["answers"]["text"]) for one in found]
    for each, found in zip(many, lists, strict=True)
]
top = {k: 100 * sum(any(each[:k]) for each in hits) / len(hits) for k in (1, 2, 3, 5)}
row = {f"top {k} (%)": value for k, value in top.items()}
report.table([{"questions": len(hits)} | row], language=LANGUAGE)

# %% [markdown] lang="es"
# ## Un umbral para una necesidad
#
# En la lección 5 elegiste el umbral que daba más F1. Un servicio suele pedir otra cosa: «contesta solo si aciertas nueve de cada diez veces» (un manual de un aparato médico) o «contesta casi siempre» (un buscador). Llamemos **precisión** a la parte de las respuestas *dadas* que son exactas y **cobertura** a la parte de las preguntas que reciben respuesta. Contestar a una pregunta sin respuesta cuenta como fallo.
#
# `training.cached_answers` da el mejor tramo y la puntuación nula de cada pregunta y los guarda, como se guarda un entrenamiento. `odds` es la nula menos la del tramo: se contesta cuando no pasa del umbral. `right` vale 1 si la respuesta, de darse, sería exacta.

# %% [markdown] lang="en"
# ## A threshold for a need
#
# In lesson 5 you chose the threshold that gave most F1. A service often asks for something else: "answer only if you are right nine times in ten" (the manual of a medical device), or "answer nearly always" (a search engine). Let us call **precision** the share of the answers *given* that are exact, and **coverage** the share of the questions that get an answer. To answer a question that has no answer counts as a miss.
#
# `training.cached_answers` gives the best span and the null score of each question, and keeps them as a training run is kept. `odds` is the null score minus the span's: a question is answered where they do not exceed the threshold. `right` is 1 if the answer, were it given, would be exact.

# %% tags=["nbval-ignore-output"]
def decisions(tables):
    odds, right = [], []
    for each, questions in tables.items():
        found = training.cached_answers(folder, questions, progress=each)
        for name, golds in zip(questions["id"], questions["answers"], strict=True):
            answer = found[name]
            odds.append(answer["null_score"] - answer["score"])
            right.append(any(scoring.exact_match(answer["text"], gold) for gold in golds["text"]))
    return np.array(odds), np.array(right, dtype=float)


size = 48 if len(test["es"]) == 48 else 200
validation = {each: corpus.load("cuadernoqa", f"validation[:{size}]", each) for each in test}
odds, right = decisions(validation)
test_odds, test_right = decisions(test)
report.table([{"validation": len(odds), "test": len(test_odds)}], language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 2: el umbral que cumple
#
# Escribe `threshold_for(odds, right, wanted)`: recibe dos *arrays* de NumPy y una proporción entre 0 y 1, y devuelve el umbral que **contesta más preguntas** entre los que dan una precisión de al menos `wanted`. Se contesta cuando `odds <= umbral`. Dos avisos: la precisión no baja siempre al contestar más, así que no te pares en el primer fallo; y si nada llega a lo pedido, hay que callar siempre: devuelve un número menor que todos los `odds`.

# %% [markdown] lang="en"
# ### Exercise 2: the threshold that delivers
#
# Write `threshold_for(odds, right, wanted)`: it takes two NumPy arrays and a share between 0 and 1, and returns the threshold that **answers most questions** among those that give a precision of at least `wanted`. A question is answered where `odds <= threshold`. Two warnings: precision does not always fall as more is answered, so do not stop at the first failure; and if nothing reaches what is wanted, one must be silent throughout: return a number below all `odds`.

# %% tags=["exercise"]
def threshold_for(odds, right, wanted):
    return ...


checks.precision_threshold(threshold_for, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución. Basta probar los propios `odds`: entre dos seguidos no cambia nada.

# %% [markdown] lang="en"
# Compare with the solution. It is enough to try the `odds` themselves: between two neighbours nothing changes.

# %% tags=["solution"]
def threshold_for(odds, right, wanted):
    enough = [each for each in odds if right[odds <= each].mean() >= wanted]
    return max(enough, default=odds.min() - 1)


checks.precision_threshold(threshold_for, language=LANGUAGE)

# %% [markdown] lang="es"
# El paquete trae esa función como `scoring.precision_threshold`. Con ella elegimos **en validación** los umbrales para una precisión del 70 % y del 80 %, y miramos qué pasa **en prueba**. (Ocho de cada diez ya es mucho para este modelo: mira qué cobertura le queda.) Si la promesa no se cumple del todo, no te extrañe: se eligió con pocas preguntas, y con otras nuevas la cifra se mueve.

# %% [markdown] lang="en"
# The package has that function as `scoring.precision_threshold`. With it we choose **on validation** the thresholds for a precision of 70% and of 80%, and look at what happens **on test**. (Eight in ten is a lot for this model already: see what coverage it is left with.) If the promise is not quite kept, do not be surprised: it was made on few questions, and on new ones the figure moves.

# %%
def outcome(odds, right, threshold):
    answered = odds <= threshold
    return 100 * answered.mean(), 100 * right[answered].mean() if answered.any() else 0.0


table, marks = [], {}
for wanted in (70, 80):
    limit = scoring.precision_threshold(odds, right, wanted / 100)
    coverage, precision = outcome(odds, right, limit)
    marks[wanted] = outcome(test_odds, test_right, limit)
    row = {"wanted (%)": wanted, "threshold": limit, "coverage, validation": coverage}
    row |= {"precision, validation": precision, "coverage, test": marks[wanted][0]}
    table.append(row | {"precision, test": marks[wanted][1]})
report.table(table, language=LANGUAGE)

# %% [markdown] lang="es"
# La curva entera enseña el trato: cada punto es un umbral; hacia la derecha se contesta más y, a la larga, se acierta menos, aunque no a cada paso: hay un buen trecho en que la precisión apenas se mueve. Fíjate en cuánta cobertura cuesta cada punto de precisión y en el extremo izquierdo, donde la línea baila porque se apoya en un puñado de respuestas.

# %% [markdown] lang="en"
# The whole curve shows the bargain: each point is a threshold; towards the right more is answered and, in the long run, less of it is right, though not at each step: there is a long stretch where precision hardly moves. Note how much coverage each point of precision costs, and the far left, where the line dances because it rests on a handful of answers.

# %%
def curve(odds, right):
    places = [outcome(odds, right, each) for each in np.unique(odds)]
    return tuple(map(np.array, zip(*places, strict=True)))


curves = {"validation": curve(odds, right), "test": curve(test_odds, test_right)}
plots.coverage_precision(curves, marks, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Menos bits, después de entrenar
#
# En la lección 8 viste morir un entrenamiento: con los pesos en la rejilla de int8, casi ninguna actualización llegaba a medio paso y el redondeo la borraba. *Después* de entrenar ya no hay actualizaciones que perder. Solo queda el error de redondear una vez, y depende de cómo se reparta la rejilla.
#
# Un entero de 8 bits da 256 valores; usamos 255, de −127 a 127, para que la rejilla sea simétrica. El **paso** es lo que separa dos vecinos: la mayor magnitud (el mayor valor absoluto) entre 127. ¿La mayor de la matriz entera o la de cada fila (cada salida de la capa, un *canal*)? Mira en la figura cuánto difieren las filas de una matriz del modelo: cuanto más baja la zona sombreada respecto a la línea, más pasos desperdicia una rejilla común.

# %% [markdown] lang="en"
# ## Fewer bits, after training
#
# In lesson 8 you saw a training run die: with the weights on the grid of int8, hardly any update reached half a step, and rounding wiped it out. *After* training there are no updates left to lose. All that remains is the error of rounding once, and it depends on how the grid is laid out.
#
# An integer of 8 bits has 256 values; we use 255, from −127 to 127, to keep the grid symmetric. The **step** is what lies between two neighbours: the largest magnitude (the largest absolute value) over 127. The largest of the whole matrix, or of each row (each output of the layer, a *channel*)? See in the figure how much the rows of one matrix of the model differ: the lower the shaded area lies under the line, the more steps a common grid wastes.

# %%
weight = model.base_model.encoder.layer[-1].output.dense.weight.detach()
plots.row_ranges(weight.abs().amax(1), language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 3: cuantizar por filas
#
# Escribe `quantise(weight)`: recibe una matriz de PyTorch y devuelve dos tensores, los enteros (`torch.int8`, de la misma forma) y los pasos (uno por fila, de forma `(filas, 1)`). Su producto debe dar la matriz con medio paso de error como mucho. Cuidado con las filas de ceros y con que convertir a `int8` corta, no redondea.

# %% [markdown] lang="en"
# ### Exercise 3: quantise by rows
#
# Write `quantise(weight)`: it takes a PyTorch matrix and returns two tensors, the integers (`torch.int8`, of the same shape) and the steps (one a row, of shape `(rows, 1)`). Their product must give the matrix back, half a step off at most. Beware of rows of zeros, and of the fact that converting to `int8` cuts off and does not round.

# %% tags=["exercise"]
def quantise(weight):
    return ...


checks.quantised_rows(quantise, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución. `clamp_min` impide dividir por cero, y la división por el paso nunca pasa de 127.

# %% [markdown] lang="en"
# Compare with the solution. `clamp_min` keeps us from dividing by zero, and the division by the step never exceeds 127.

# %% tags=["solution"]
def quantise(weight):
    steps = weight.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
    return (weight / steps).round().to(torch.int8), steps


checks.quantised_rows(quantise, language=LANGUAGE)

# %% [markdown] lang="es"
# `qa_course/int8.py` lleva esa función y lo que sigue. El error medio de todas las matrices, con una rejilla por matriz y con una por fila, en tanto por ciento de la magnitud media de los pesos. El número suelto se explica después.

# %% [markdown] lang="en"
# `qa_course/int8.py` holds that function and what follows. The mean error over all matrices, with one grid a matrix and one a row, in percent of the mean magnitude of the weights. The lone number is explained below.

# %%
def mean_error(by_row):
    lost, size = 0.0, 0.0
    for matrix in int8.matrices(model).values():
        matrix = matrix.detach()
        integers, steps = int8.quantise(matrix, by_row)
        lost += float((integers * steps - matrix).abs().sum())
        size += float(matrix.abs().sum())
    return 100 * lost / size


errors = {"one step a matrix (%)": mean_error(False), "one step a row (%)": mean_error(True)}
report.table([errors], language=LANGUAGE)
embeddings = model.base_model.embeddings.word_embeddings.weight[:100]
print(max(len(block.unique()) for block in embeddings.reshape(-1, 32)))

# %% [markdown] lang="es"
# El número suelto es una advertencia sobre este modelo: en su tabla de *embeddings*, un bloque de 32 números seguidos tiene a lo sumo esos valores distintos. Son 16 con el codificador del curso, porque **se distribuye ya en 4 bits** y esa tabla, que el ajuste congeló, sigue como llegó. Nuestro float32 no es, pues, un punto de partida del todo fino: solo las capas, que se entrenaron, han salido de esa rejilla.
#
# Guardar en int8 no obliga a *calcular* en int8. Hay dos usos, y conviene no confundirlos:
#
# - **Solo los pesos:** ocupan la cuarta parte en disco y se devuelven a float32 al cargar. No hay ganancia de velocidad.
# - **Pesos y activaciones:** lo que entra en cada capa se redondea también, sobre la marcha (*dynamic quantization*), y el procesador multiplica enteros, que es lo que puede ir más deprisa («productos», en la tabla). También aquí hay que decidir la rejilla: un paso por token o uno para todo el lote.
#
# **Piensa:** ¿qué será peor, una rejilla tosca en los pesos o en las activaciones? ¿Y qué le pasa a tu respuesta si el paso del lote lo fija la pregunta de otro?

# %% [markdown] lang="en"
# The lone number is a warning about this model: in its table of embeddings, a block of 32 consecutive numbers has at most that many different values. They are 16 with the course's encoder, for it **is distributed in 4 bits already**, and that table, which fine-tuning froze, is still as it came. So our float32 is not an altogether fine starting point: only the layers, which trained, have left that grid.
#
# Saving in int8 does not oblige one to *compute* in int8. There are two uses, and they had better not be confused:
#
# - **Weights only:** they take a quarter of the space on disk, and are turned back into float32 on loading. Nothing gets faster.
# - **Weights and activations:** what enters each layer is rounded too, on the fly (dynamic quantization), and the processor multiplies integers, which is what may go faster (`products` in the table). Here too there is a grid to decide on: one step a token, or one for the whole batch.
#
# **Think:** which will be worse, a coarse grid in the weights or in the activations? And what happens to your answer if the step of the batch is set by somebody else's question?

# %%
variants = {
    "float32": model,
    "bfloat16": encoder.load(folder, dtype=torch.bfloat16)[1].eval(),
    "weights, one step": int8.rounded(model, by_row=False),
    "weights by rows": int8.rounded(model),
    "products, one step": int8.integer(model, by_token=False),
    "products by token": int8.integer(model),
}
TIMED = ("float32", "bfloat16", "products, one step", "products by token")
SPANISH = ("float32", "bfloat16", "pesos, un paso", "pesos por filas")
SPANISH += ("productos, un paso", "productos por token")
NAMES = dict(zip(variants, SPANISH if LANGUAGE == "es" else variants, strict=True))

# %% [markdown] lang="es"
# Una muestra fija del conjunto de prueba, repartida de principio a fin, en las dos lenguas. Cada lote pasa por las seis variantes (también bfloat16, de la lección 7) antes de ir al siguiente: así van intercaladas. Se decide con el umbral guardado en el modelo; «Iguales» compara las decisiones, silencio incluido, con las de float32.

# %% [markdown] lang="en"
# A fixed sample of the test set, spread from beginning to end, in both languages. Each batch goes through the six variants (bfloat16, from lesson 7, among them) before the next one: so they are interleaved. Decisions are made with the threshold saved in the model; `same` compares them, silence included, with those of float32.

# %% tags=["nbval-ignore-output"]
threshold = model.config.null_threshold
step = max(1, len(test["es"]) // 40)
sample = {each: table.select(range(0, len(table), step)[:40]) for each, table in test.items()}
said, seconds = {name: {} for name in variants}, {name: [] for name in variants}
for each, questions in sample.items():
    for first in range(0, len(questions), 8):
        chunk = questions.select(range(first, min(first + 8, len(questions))))
        rows = cut(list(chunk["question"]), list(chunk["context"]))
        made = {"offset_mapping": [row["offset_mapping"] for row in rows]}
        made |= {"attention_mask": [row["attention_mask"] for row in rows]}
        made["example_id"] = [chunk["id"][int(row["example_id"])] for row in rows]
        for name, network in variants.items():
            began = time.perf_counter()
            logits = forward(network, rows, by_length(rows), 8)
            seconds[name].append(time.perf_counter() - began)
            found = spans.best_answers(chunk, made, *logits, n_best=1, null_threshold=threshold)
            said[name] |= {(each, one): answer["text"] for one, answer in found.items()}

# %% [markdown] lang="es"
# La latencia se mide aparte, con una sola ventana cada vez: en un servicio con poca gente nadie espera a llenar un lote. Y el tamaño, escribiendo los archivos.

# %% [markdown] lang="en"
# Latency is measured apart, with a single window at a time: in a service with few people nobody waits to fill a batch. And size, by writing the files.

# %% tags=["nbval-ignore-output"]
import tempfile
from pathlib import Path

temporary = tempfile.TemporaryDirectory(prefix="qa-course-", ignore_cleanup_errors=True)
workshop = Path(temporary.name)
single = {name: [] for name in TIMED}
for _ in range(7):
    for name, waits in single.items():
        began = time.perf_counter()
        forward(variants[name], rows[:1], [0], 1)
        waits.append(time.perf_counter() - began)
for name in ("float32", "bfloat16"):
    variants[name].save_pretrained(workshop / name)
int8.save(model, workshop / "int8.safetensors")
files = {name: workshop / name / "model.safetensors" for name in ("float32", "bfloat16")}
files["int8"] = workshop / "int8.safetensors"
written = {name: path.stat().st_size / 1e6 for name, path in files.items()}

# %% [markdown] lang="es"
# La tabla. La latencia es el tiempo de una pregunta y el rendimiento, las preguntas por segundo en lotes de ocho, los dos respecto a float32: buena es una latencia menor que 1 y un rendimiento mayor que 1. Un guion es lo que no procede medir: esos pesos se calculan en float32. Léela por columnas y anota qué variante descartarías sin mirar el F1.

# %% [markdown] lang="en"
# The table. `latency` is the time of one question and `throughput` the questions per second in batches of eight, both against float32: good is a latency below 1 and a throughput above 1. A dash is what there is no point in measuring: those weights are computed in float32. Read it by columns, and note which variant you would discard without looking at F1.

# %% tags=["nbval-ignore-output"]
pooled = {"id": [], "answers": []}
for each, questions in sample.items():
    pooled["id"] += [(each, name) for name in questions["id"]]
    pooled["answers"] += list(questions["answers"])
quality, table = {}, []
for name, answers in said.items():
    quality[name] = scoring.score(answers, pooled)
    quality[name]["same"] = 100 * sum(answers[key] == said["float32"][key] for key in answers) / len(answers)
    row = {"variant": NAMES[name], "exact_match": quality[name]["exact_match"], "f1": quality[name]["f1"]}
    row |= {"same (%)": quality[name]["same"], "megabytes": written.get(name, written["int8"])}
    if name in TIMED:
        row["latency"] = median(single[name]) / median(single["float32"])
        pairs = zip(seconds["float32"], seconds[name], strict=True)
        row["throughput"] = median(one / other for one, other in pairs)
    table.append(row)
report.table([{"questions": len(pooled["id"])} | machine], language=LANGUAGE)
shown = ["variant", "exact_match", "f1", "same (%)", "megabytes", "latency", "throughput"]
report.table(table, shown, language=LANGUAGE)

# %% [markdown] lang="es"
# Cómo leerla. **F1 engaña en las muestras pequeñas**: una pregunta que se pierde y otra que se gana se anulan; por eso la columna que decide es «iguales». Las dos filas de un solo paso son el aviso: el mismo número de bits, una rejilla mal puesta y otras respuestas. Con las activaciones es peor, porque unas pocas llegan muy lejos y se llevan la rejilla entera (Dettmers y otros, 2022); además, la respuesta pasa a depender de quién comparta tu lote. Por filas y por token, los mismos 8 bits no cambian aquí ninguna, o casi.
#
# La velocidad, en cambio, la deciden los circuitos. bfloat16 gana solo donde hay instrucciones para ello (lección 7), y los productos de enteros, donde el procesador los hace de golpe: en otros, int8 puede salir *más lento* que float32, porque redondear cada entrada también cuesta. **Mide antes de prometer.** Y si sirves fuera de PyTorch, por ejemplo con ONNX Runtime, no des por buena la conversión: pásale esta misma tabla.

# %% [markdown] lang="en"
# How to read it. **F1 deceives on small samples**: a question lost and another gained cancel out; so the column that decides is `same`. The two rows with a single step are the warning: the same number of bits, a badly laid grid, and other answers. With activations it is worse, since a few of them reach very far and take the whole grid with them (Dettmers et al., 2022); besides, the answer comes to depend on who shares your batch. By rows and by token, the same 8 bits change none here, or hardly any.
#
# Speed, however, is decided by the circuits. bfloat16 gains only where there are instructions for it (lesson 7), and products of integers where the processor does many at once: on others int8 may come out *slower* than float32, for rounding each input has its cost too. **Measure before you promise.** And if you serve outside PyTorch, for instance with ONNX Runtime, do not take the conversion on trust: put it through this same table.

# %% [markdown] lang="es"
# ## Dos procesos, un entrenamiento
#
# Servir más es poner más copias del modelo. Entrenar más deprisa exige que varias copias **aprendan lo mismo**. En el paralelismo de datos cada proceso tiene una copia *entera* del modelo y de los promedios de AdamW, y recibe una parte de cada lote. Lo único que viaja entre ellos es el gradiente: *all-reduce* lo suma, lo divide entre los procesos y da a todos el mismo resultado. Así todos dan el mismo paso y las copias no se separan.

# %% [markdown] lang="en"
# ## Two processes, one training run
#
# Serving more means running more copies of the model. To train faster, several copies must **learn the same**. In data parallelism each process has a *whole* copy of the model and of the averages of AdamW, and gets a part of each batch. All that travels between them is the gradient: all-reduce adds it up, divides it by the number of processes and gives everyone the same result. So all of them take the same step, and the copies do not drift apart.

# %%
plots.all_reduce(language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Por qué vale la media? Porque la pérdida de un lote es la media de sus ventanas, y la derivada de una media es la media de las derivadas. Compruébalo a mano con el codificador diminuto: el gradiente de ocho ventanas contra la media de los de sus dos mitades. Tomamos solo ventanas de la misma longitud, porque el softmax de la pérdida abarca también el relleno, y cada mitad tendría el suyo. La última columna, la mayor diferencia respecto al mayor gradiente, debería quedarse en redondeo: del orden de una millonésima.

# %% [markdown] lang="en"
# Why will the mean do? Because the loss of a batch is the mean over its windows, and the derivative of a mean is the mean of the derivatives. Check it by hand on the tiny encoder: the gradient of eight windows against the mean of those of its two halves. We take only windows of one length, since the softmax of the loss runs over the padding too, and each half would have its own. The last column, the largest difference against the largest gradient, should be no more than rounding: about a millionth.

# %%
transformers.set_seed(0)
small_tokenizer, small = encoder.load("tiny")
labelled = windows.training_windows(test["es"][:24], small_tokenizer, 128, 32)
labelled = [dict(zip(labelled, row, strict=True)) for row in zip(*labelled.values(), strict=True)]
eight = [row for row in labelled if len(row["input_ids"]) == 128][:8]


def gradient(rows):
    small.eval().zero_grad()
    small(**windows.collate(rows, small_tokenizer)).loss.backward()
    return torch.cat([each.grad.flatten() for each in small.parameters() if each.grad is not None])


whole, halves = gradient(eight), [gradient(eight[:4]), gradient(eight[4:])]
apart = float((whole - sum(halves) / 2).abs().max() / whole.abs().max())
row = {"windows": len(eight), "parameters": len(whole), "largest difference": f"{apart:.0e}"}
report.table([row], language=LANGUAGE)

# %% [markdown] lang="es"
# Ahora de verdad. El guion siguiente es un entrenamiento corriente con `Trainer`, de treinta pasos. Léelo: **nada en él habla de procesos**. El tamaño del lote y la carpeta llegan por la línea de órdenes, y solo el proceso principal escribe las pérdidas. El *dropout* va a cero: cada proceso sortearía sus propias máscaras, y la comparación ya no sería exacta.

# %% [markdown] lang="en"
# Now for real. The next script is an ordinary training run with `Trainer`, of thirty steps. Read it: **nothing in it speaks of processes**. The batch size and the folder come from the command line, and only the main process writes down the losses. Dropout is at zero: each process would draw masks of its own, and the comparison would no longer be exact.

# %%
SCRIPT = """
import json, pathlib, sys, transformers
from qa_course import corpus, encoder, windows

size, folder = int(sys.argv[1]), sys.argv[2]
transformers.set_seed(0)
calm = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
tokenizer, model = encoder.load("tiny", **calm)
made = windows.training_windows(corpus.load("cuadernoqa", "train[:48]", "es")[:], tokenizer, 128, 32)
rows = [dict(zip(made, row)) for row in zip(*made.values()) if len(row[0]) == 128][:64]
chosen = {"max_steps": 30, "logging_steps": 1, "learning_rate": 3e-3, "per_device_train_batch_size": size}
chosen |= {"use_cpu": True, "save_strategy": "no", "report_to": "none", "disable_tqdm": True}
arguments = transformers.TrainingArguments(folder, remove_unused_columns=False, **chosen)
collate = lambda rows: windows.collate(rows, tokenizer)
trainer = transformers.Trainer(model, arguments, train_dataset=rows, data_collator=collate)
trainer.train()
if trainer.is_world_process_zero():
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    pathlib.Path(folder, "losses.json").write_text(json.dumps(losses))
"""

# %% [markdown] lang="es"
# Quien habla de procesos es `torchrun`, que aquí llamamos por su módulo. Lanza tantas copias del guion como diga `--nproc-per-node` y le da a cada una su número (`RANK`) y el total (`WORLD_SIZE`) en variables de entorno; `Trainer` las lee y reparte. En CPU los procesos se hablan por Gloo; en varias GPU, por NCCL. Como cualquier entrenamiento del curso, el resultado va a la caché.

# %% [markdown] lang="en"
# What speaks of processes is `torchrun`, which we call by its module here. It starts as many copies of the script as `--nproc-per-node` says, and gives each one its number (`RANK`) and the total (`WORLD_SIZE`) in environment variables; `Trainer` reads them and shares out. On a CPU the processes talk through Gloo; on several GPUs, through NCCL. Like any training in the course, the result goes to the cache.

# %%
import json
import os
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    processes: int
    size: int
    script: str = SCRIPT

# %%
def launch(spread, folder):
    script = folder / "train.py"
    script.write_text(spread.script, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={spread.processes}", script, str(spread.size), folder]
    done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])

# %% [markdown] lang="es"
# **Piensa:** un proceso con lotes de 8 y dos procesos con lotes de 4 por proceso. ¿Cuántas ventanas entran en cada paso? ¿Serán las pérdidas parecidas o las mismas?

# %% [markdown] lang="en"
# **Think:** one process with batches of 8, and two processes with batches of 4 each. How many windows go into each step? Will the losses be alike, or the same?

# %% tags=["nbval-ignore-output"]
losses = {}
for processes, size in ((1, 8), (2, 4)):
    spread = Spread(processes, size)
    kept = training.cached(spread, lambda work, spread=spread: launch(spread, work))
    losses[processes] = json.loads((kept / "losses.json").read_text(encoding="utf-8"))
rows = [
    {"processes": processes, "windows a process": 8 // processes}
    | {f"loss, step {step}": f"{series[step - 1]:.4f}" for step in (1, 10, 20, 30)}
    for processes, series in losses.items()
]
report.table(rows, language=LANGUAGE)
loss_gap = max(abs(a - b) for a, b in zip(*losses.values(), strict=True))
print(f"{loss_gap:.0e}")

# %% [markdown] lang="es"
# Son las mismas salvo el redondeo: el último número es la mayor diferencia en los treinta pasos. Dos consecuencias prácticas. Con *N* procesos el lote que aprende es *N* veces `per_device_train_batch_size`: si no lo bajas, has cambiado el entrenamiento, y la tasa de aprendizaje quizá ya no valga. Y aquí no busques velocidad, porque los dos procesos comparten los mismos núcleos. El reparto paga cuando cada proceso trae su propia GPU o su propia máquina.
#
# ## Varias máquinas: la configuración de `accelerate`
#
# `accelerate launch` hace lo que `torchrun`, con las opciones en un archivo. Escribamos el de dos máquinas con dos GPU cada una, un proceso por GPU, y leámoslo de vuelta con la propia biblioteca. Hace falta un archivo por máquina: primero verás el de la máquina 0, y en la tabla, en qué se distinguen los dos.

# %% [markdown] lang="en"
# They are the same but for rounding: the last number is the largest difference over the thirty steps. Two practical consequences. With *N* processes the batch that learns is *N* times `per_device_train_batch_size`: unless you lower it, you have changed the training run, and the learning rate may no longer suit. And look for no speed here, since both processes share the same cores. It pays where each process brings its own GPU or its own machine.
#
# ## Several machines: the configuration of `accelerate`
#
# `accelerate launch` does what `torchrun` does, with the options in a file. Let us write the one for two machines with two GPUs each, one process a GPU, and read it back with the library itself. Each machine needs a file of its own: first you see that of machine 0, and in the table, where the two differ.

# %%
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file

shared = {"compute_environment": "LOCAL_MACHINE", "distributed_type": "MULTI_GPU", "debug": False}
shared |= {"num_machines": 2, "num_processes": 4, "mixed_precision": "no", "use_cpu": False}
shared |= {"main_process_ip": "10.0.0.1", "main_process_port": 29500, "rdzv_backend": "static"}
for rank in range(2):
    ClusterConfig(machine_rank=rank, **shared).to_yaml_file(str(workshop / f"machine{rank}.yaml"))
print((workshop / "machine0.yaml").read_text(encoding="utf-8"))

# %%
read = [load_config_from_file(str(workshop / f"machine{rank}.yaml")).to_dict() for rank in range(2)]
fields = ["machine_rank", *shared]
rows = [{"field": name, "machine 0": str(read[0][name]), "machine 1": str(read[1][name])} for name in fields]
rows = [row | {"same": row["machine 0"] == row["machine 1"]} for row in rows]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Las líneas que hemos escrito nosotros (las demás son valores por defecto):
#
# - `machine_rank`: el número de esta máquina. La 0 es la principal; es lo único que cambia de un archivo a otro.
# - `compute_environment`: máquinas propias y no un servicio gestionado.
# - `distributed_type`: entre qué se reparte; `MULTI_GPU` son las GPU de NVIDIA. Con `MULTI_CPU`, `accelerate` necesita además MPI: sin él lanza un solo proceso por máquina.
# - `debug`: comprobar que todos los procesos mandan tensores de la misma forma; lento, útil cuando algo se cuelga.
# - `num_machines`, `num_processes`: máquinas y procesos **en total**, no por máquina. Es el error más corriente.
# - `mixed_precision`: `no`, `fp16` o `bf16` (lección 7).
# - `use_cpu`: con `true` no se toca la GPU aunque la haya.
# - `main_process_ip`, `main_process_port`: dónde espera la máquina 0. La dirección es inventada: pon la tuya, y abre ese puerto entre ellas.
# - `rdzv_backend`: cómo se encuentran los procesos; `static` los da por conocidos.
#
# En cada máquina, con su archivo: `accelerate launch --config_file machine0.yaml train.py 4 salida`. El guion es el de antes, sin la opción `use_cpu`, que lo ataba al procesador; `salida` es una carpeta que ya existe. En máquinas sin GPU basta `torchrun`: añade `--nnodes`, `--node-rank` y `--master-addr` a la orden de antes.

# %% [markdown] lang="en"
# The lines that we wrote ourselves (the others are defaults):
#
# - `machine_rank`: the number of this machine. Number 0 is the main one; it is all that changes from file to file.
# - `compute_environment`: machines of your own, not a managed service.
# - `distributed_type`: what the work is spread over; `MULTI_GPU` means NVIDIA GPUs. With `MULTI_CPU`, `accelerate` needs MPI as well: without it, it starts a single process on each machine.
# - `debug`: check that all processes send tensors of the same shape; slow, useful when something hangs.
# - `num_machines`, `num_processes`: machines, and processes **in all**, not per machine. This is the most common mistake.
# - `mixed_precision`: `no`, `fp16` or `bf16` (lesson 7).
# - `use_cpu`: `true` leaves the GPU alone even if there is one.
# - `main_process_ip`, `main_process_port`: where machine 0 waits. The address is invented: put in yours, and open that port between them.
# - `rdzv_backend`: how the processes find each other; `static` takes them as known.
#
# On each machine, with its own file: `accelerate launch --config_file machine0.yaml train.py 4 results`. The script is the one from before, without the option `use_cpu`, which tied it to the processor; `results` is a folder that exists already. On machines without a GPU `torchrun` will do: add `--nnodes`, `--node-rank` and `--master-addr` to the command from before.

# %% [markdown] lang="es"
# ## Dejarlo listo para otros
#
# En la lección 7 escribiste la tarjeta para personas. El Hub lee además una cabecera para máquinas, que va delante: lengua, licencia, tarea y **resultados**, con el conjunto y la regla con que se midieron. `ModelCardData` la escribe y comprueba su forma; las cifras salen de la ejecución guardada junto al modelo y son de validación, como dice la tarjeta.

# %% [markdown] lang="en"
# ## Leave it ready for others
#
# In lesson 7 you wrote the card for people. The Hub also reads a header for machines, which goes before it: language, licence, task and **results**, with the set and the rule they were measured by. `ModelCardData` writes it and checks its form; the figures come from the run saved with the model, and are those of validation, as the card says.

# %% tags=["nbval-ignore-output"]
from huggingface_hub import EvalResult, ModelCard, ModelCardData

run = training.load_run(folder)
task = {"task_type": "question-answering", "dataset_type": "cuadernoqa", "dataset_split": "validation"}
results = []
for name in ("exact_match", "f1"):
    for each in run.config.languages:
        own = {"dataset_name": f"CuadernoQA ({each})", "dataset_config": each}
        own |= {"metric_type": name, "metric_name": f"{name} (SQuAD v2)"}
        results.append(EvalResult(**task, **own, metric_value=run.metrics[f"{name}_{each}"]))
facts = {"language": ["en", "es"], "license": "mit", "library_name": "transformers"}
facts |= {"model_name": "cuadernoqa-qa", "base_model": encoder.HUB_ID}
facts |= {"pipeline_tag": "question-answering", "eval_results": results}
card = ModelCard(f"---\n{ModelCardData(**facts).to_yaml()}\n---\n\n# CuadernoQA\n")
print("\n".join(card.data.to_yaml().splitlines()[:24]))

# %% [markdown] lang="es"
# Guardamos los tres ingredientes (configuración, pesos y tokenizador) y la tarjeta en una carpeta y hacemos lo que hará quien se la descargue: cargarla sin más y preguntar. La respuesta tiene que ser la de antes, con la misma puntuación.

# %% [markdown] lang="en"
# We save the three ingredients (configuration, weights and tokenizer) and the card into a folder, and do what whoever downloads it will do: load it, nothing more, and ask. The answer must be the one from before, with the same score.

# %% tags=["nbval-ignore-output"]
release = workshop / "release"
model.save_pretrained(release)
tokenizer.save_pretrained(release)
card.save(release / "README.md")
one = {"question": chosen["question"], "context": chosen["context"]}
before, after = qa(**one), QuestionAnswerer(release)(**one)
released_equal = before == after
rows = [{"file": path.name, "megabytes": path.stat().st_size / 1e6} for path in sorted(release.iterdir())]
report.table(rows, language=LANGUAGE)
report.table([{"answer": after["answer"], "score": after["score"], "same": released_equal}], language=LANGUAGE)

# %% [markdown] lang="es"
# Para subirlo hace falta una cuenta en el Hub y una clave con permiso de escritura, que allí llaman *token* (nada que ver con los de un texto), se crea en sus ajustes y se guarda en la variable `HF_TOKEN` (en Colab, en «Secretos»), **nunca en el cuaderno**. Escribe en `REPOSITORY` algo como `tu-nombre/cuadernoqa-qa`. Sin nombre, sin token o sin Hub, la celda lo dice y no hace nada. El repositorio nace privado: antes de abrirlo, relee la tarjeta y la licencia de lo que usaste.

# %% [markdown] lang="en"
# To push it you need an account on the Hub and a key with permission to write, which is called a token there (nothing to do with those of a text); you make it in its settings and keep it in the variable `HF_TOKEN` (on Colab, under "Secrets"), **never in the notebook**. Write into `REPOSITORY` something like `your-name/cuadernoqa-qa`. Without a name, a token or the Hub, the cell says so and does nothing. The repository is born private: before you open it, read again the card and the licence of what you used.

# %% tags=["nbval-ignore-output"]
REPOSITORY = ""
if profiles.may_push(REPOSITORY, language=LANGUAGE):
    model.push_to_hub(REPOSITORY, private=True)
    tokenizer.push_to_hub(REPOSITORY)
    card.push_to_hub(REPOSITORY)

# %% [markdown] lang="es"
# ### La demo
#
# Una cifra convence a quien ya sabe leerla; una página, a los demás. `make demo`, en la carpeta del curso, abre en el navegador una página en tu lengua: pegas un texto, preguntas y ves la respuesta señalada con su puntuación, las otras candidatas y la decisión de callar. Es este mismo modelo detrás de un cuaderno servido con Voilà. Prueba a engañarlo: es la mejor manera de entender dónde acaba.
#
# ## Resumen
#
# - **Pipeline:** ventanas, lotes, logits, tramos con probabilidad y una suma por texto. Lo reconstruiste y dio lo mismo que `QuestionAnswerer`; casi todo el tiempo se va en el modelo.
# - **Lotes:** ordenar por longitud quita buena parte del relleno sin cambiar una respuesta. La velocidad se mide por vueltas intercaladas, con medianas y cocientes.
# - **Documentos largos:** el tiempo crece con las ventanas, y cada pasaje ajeno es una ocasión de fallar. Primero buscar, después extraer.
# - **Top-k y umbral:** la buena está a veces en segundo lugar; el umbral se elige en validación para la precisión que se necesita, y se paga en cobertura.
# - **Cuantizar:** después de entrenar y por filas; la tabla decide qué se gana y qué cambia en *tu* máquina.
# - **Varios procesos:** se reparte el lote y se promedia el gradiente; lo demás está repetido. Dos procesos dieron las pérdidas de uno solo con un lote el doble de grande.
# - **Publicar:** pesos, configuración, tokenizador y tarjeta; el token, fuera del cuaderno.
#
# **Y ahora:** en la lección 12 preguntarás en dos lenguas a tres modelos y harás el análisis de errores.

# %% [markdown] lang="en"
# ### The demo
#
# A figure convinces those who can read it; a page, the rest. `make demo`, in the course's folder, opens a page in your language in the browser: you paste a text, ask, and see the answer marked with its score, the other candidates and the decision to be silent. It is this very model behind a notebook served with Voilà. Try to fool it: there is no better way to learn where it ends.
#
# ## Summary
#
# - **Pipeline:** windows, batches, logits, spans with a probability, and a sum per text. You rebuilt it, and it gave the same as `QuestionAnswerer`; nearly all of the time goes into the model.
# - **Batches:** sorting by length takes much of the padding away without changing an answer. Speed is timed in interleaved turns, with medians and ratios.
# - **Long documents:** the time grows with the windows, and each passage of others is a chance to fail. Retrieve first, then extract.
# - **Top-k and threshold:** the right one is sometimes in second place; the threshold is chosen on validation for the precision that is needed, and paid for in coverage.
# - **Quantising:** after training and by rows; the table decides what is gained, and what changes, on *your* machine.
# - **Several processes:** the batch is divided and the gradient averaged; the rest is repeated. Two processes gave the losses of one with twice the batch.
# - **Publishing:** weights, configuration, tokenizer and card; the token stays out of the notebook.
#
# **Where next:** in lesson 12 you will put questions in two languages to three models, and analyse their errors.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Chen y otros (2017), *Reading Wikipedia to Answer Open-Domain Questions*: <https://arxiv.org/abs/1704.00051>
# - Kamath, Jia y Liang (2020), *Selective Question Answering under Domain Shift*: <https://arxiv.org/abs/2006.09462>
# - Dettmers y otros (2022), *LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale*: <https://arxiv.org/abs/2208.07339>
# - Li y otros (2020), *PyTorch Distributed: Experiences on Accelerating Data Parallel Training*: <https://arxiv.org/abs/2006.15704>
# - Documentación de `torchrun`: <https://docs.pytorch.org/docs/stable/elastic/run.html>; de `accelerate`: <https://huggingface.co/docs/accelerate>; de las tarjetas del Hub: <https://huggingface.co/docs/hub/model-cards>

# %% [markdown] lang="en"
# **Further reading**
#
# - Chen et al. (2017), *Reading Wikipedia to Answer Open-Domain Questions*: <https://arxiv.org/abs/1704.00051>
# - Kamath, Jia and Liang (2020), *Selective Question Answering under Domain Shift*: <https://arxiv.org/abs/2006.09462>
# - Dettmers et al. (2022), *LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale*: <https://arxiv.org/abs/2208.07339>
# - Li et al. (2020), *PyTorch Distributed: Experiences on Accelerating Data Parallel Training*: <https://arxiv.org/abs/2006.15704>
# - Documentation of `torchrun`: <https://docs.pytorch.org/docs/stable/elastic/run.html>; of `accelerate`: <https://huggingface.co/docs/accelerate>; of the Hub's cards: <https://huggingface.co/docs/hub/model-cards>

# %%
temporary.cleanup()
figures = {"equal_to_package": all(agree), "padding_given": padding[1], "padding_sorted": padding[2]}
figures |= {"windows_longest": costs[1][-1], "same_longest": costs[3][-1], "top_1": top[1], "top_5": top[5]}
for wanted, (coverage, precision) in marks.items():
    figures |= {f"coverage_{wanted}": coverage, f"precision_{wanted}": precision}
figures |= {"error_one_step": errors["one step a matrix (%)"]}
figures |= {"error_by_rows": errors["one step a row (%)"]}
shorter = ("float32", "bfloat16", "weights_one", "weights_rows", "products_one", "products_token")
for name, short in zip(variants, shorter, strict=True):
    figures |= {f"f1_{short}": quality[name]["f1"], f"same_{short}": quality[name]["same"]}
figures |= {"size_int8": written["int8"] / written["float32"], "gradient_gap": apart, "loss_gap": loss_gap}
figures |= {"first_loss": losses[2][0], "last_loss": losses[2][-1], "released_equal": released_equal}
report.record(OUTPUT, **figures, language=LANGUAGE)
