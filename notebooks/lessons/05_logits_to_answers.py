# %% [markdown] lang="es"
# # 5 · De los logits a la respuesta
#
# El modelo no escribe respuestas: da dos números por token. En esta lección los conviertes en un texto, decides cuándo es mejor callar y mides el resultado. Al terminar sabrás:
#
# - leer los logits de inicio y de fin de una ventana y nombrar los fallos de elegir los dos máximos por separado;
# - programar la búsqueda del mejor tramo válido y comprobarla con una búsqueda por fuerza bruta;
# - calcular a mano la coincidencia exacta (EM) y F1, y decir con qué regla de normalización se obtuvo una cifra;
# - reunir varias ventanas de una pregunta y explicar por qué su puntuación nula es el mínimo;
# - elegir un umbral con el conjunto de validación y usarlo en el de prueba.
#
# **Tiempo:** 75 minutos, más el entrenamiento del modelo la primera vez. **Antes:** la lección 2 (logits y softmax) y la lección 4 (ventanas y correspondencia de posiciones).

# %% [markdown] lang="en"
# # 5 · From logits to answers
#
# The model writes no answers: it gives two numbers per token. In this lesson you turn them into a text, decide when it is better to stay silent, and measure the result. By the end you will be able to:
#
# - read the start and end logits of a window, and name the faults of picking the two maxima separately;
# - program the search for the best valid span, and check it against a brute-force search;
# - compute exact match (EM) and F1 by hand, and say which normalisation rule a figure was obtained with;
# - bring several windows of a question together, and explain why its null score is the minimum;
# - choose a threshold on the validation set and use it on the test set.
#
# **Time:** 75 minutes, plus the training of the model the first time. **Before:** lesson 2 (logits and softmax) and lesson 4 (windows and offset mapping).

# %% [markdown] lang="es"
# ## El modelo y las preguntas
#
# El modelo del curso se guarda en una caché; si aún no está en ella, se entrena ahora, una sola vez (en un portátil, una media hora; la lección 7 explica cómo). Con el perfil `smoke` es un modelo diminuto de pesos casi aleatorios: todo se ejecuta, pero sus cifras no dicen nada.

# %% [markdown] lang="en"
# ## The model and the questions
#
# The course model is kept in a cache; if it is not there yet, it is trained now, once (on a laptop, half an hour or so; lesson 7 explains how). Under the `smoke` profile it is a tiny model with almost random weights: everything runs, but its figures mean nothing.

# %% tags=["nbval-ignore-output"]
from textwrap import fill

import numpy as np
import torch

from qa_course import checks, corpus, encoder, plots, report, scoring, spans, training, windows

folder = training.course_model(PROFILE)
tokenizer, model = encoder.load(folder)

# %% [markdown] lang="es"
# Usamos dos conjuntos que el modelo no vio al ajustarse, en los dos idiomas. Con el de **validación** tomarás todas las decisiones; el de **prueba**, del que bastan aquí las 160 primeras preguntas de cada idioma, queda cerrado hasta el final. La última columna cuenta las preguntas sin respuesta: el pasaje habla del tema, pero no contesta.

# %% [markdown] lang="en"
# We use two sets that the model did not see in fine-tuning, in both languages. On the **validation** set you will make every decision; the **test** set, of which the first 160 questions in each language are enough here, stays closed until the end. The last column counts the questions without an answer: the passage is on topic but does not tell.

# %%
LANGUAGES = ("es", "en")
validation = {each: corpus.load("cuadernoqa", "validation", each) for each in LANGUAGES}
test = {each: corpus.load("cuadernoqa", "test[:160]", each) for each in LANGUAGES}

rows = []
for split, tables in (("validation", validation), ("test", test)):
    for each, examples in tables.items():
        silent = sum(not answers["text"] for answers in examples["answers"])
        row = {"set": split, "language": each, "questions": len(examples), "no answer": silent}
        rows.append(row)
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Dos logits por token
#
# Empecemos por una sola pregunta. Lee el pasaje y busca tú la respuesta antes que el modelo.

# %% [markdown] lang="en"
# ## Two logits per token
#
# Let us begin with a single question. Read the passage and find the answer before the model does.

# %%
example = next(row for row in validation[LANGUAGE] if row["id"] == "panama-canal-1-4")
print(fill(example["context"], 100), example["question"], example["answers"]["text"], sep="\n\n")

# %% [markdown] lang="es"
# `windows.evaluation_windows` prepara la ventana, como en la lección 4, y el modelo devuelve dos listas tan largas como ella: `start_logits` dice cuánto conviene cada token como principio de la respuesta y `end_logits`, como final.

# %% [markdown] lang="en"
# `windows.evaluation_windows` makes the window, as in lesson 4, and the model returns two lists as long as it is: `start_logits` says how well each token would do as the beginning of the answer, and `end_logits`, as its end.

# %%
batch = {name: [value] for name, value in example.items()}
made = windows.evaluation_windows(batch, tokenizer)
with torch.inference_mode():
    output = model(**{name: torch.tensor(made[name]) for name in tokenizer.model_input_names})

start, end = output.start_logits[0].numpy(), output.end_logits[0].numpy()
offsets = made["offset_mapping"][0]
tokens = tokenizer.convert_ids_to_tokens(made["input_ids"][0])
print(len(tokens), start.shape, end.shape)

# %% [markdown] lang="es"
# En la figura, una barra por token. Las barras rayadas son la pregunta y los tokens especiales, donde no puede haber respuesta; el token 0 es `<s>`, que hace aquí de `[CLS]`. Los tres logits más altos de cada fila llevan nombre. Fíjate en los `</s>`: el modelo los ve tan parecidos a `<s>` que a veces reciben casi el mismo logit.
#
# **Piensa:** si tomas el token más alto de cada fila, ¿queda el final después del principio? ¿Tiene que ser así por fuerza?

# %% [markdown] lang="en"
# In the figure, one bar per token. The hatched bars are the question and the special tokens, where no answer can be; token 0 is `<s>`, which plays the part of `[CLS]` here. The three highest logits of each row are named. Look at the `</s>` tokens: to the model they look so much like `<s>` that they sometimes get almost the same logit.
#
# **Think:** if you take the highest token of each row, does the end come after the beginning? Must it?

# %%
inside = np.array([offset is not None for offset in offsets])
plots.window_logits(tokens, start, end, inside, language=LANGUAGE)

# %% [markdown] lang="es"
# ## El atajo: dos máximos por separado
#
# Muchos cuadernos toman `argmax` de los logits de inicio, `argmax` de los de fin y recortan el texto entre ambos. Nada obliga a esos dos tokens a entenderse. La función siguiente hace lo mismo y clasifica lo que sale:
#
# - `[CLS]`: los dos máximos caen en el token 0, que fue la etiqueta de «sin respuesta» (lección 4);
# - `outside` (fuera): uno de los dos cae en la pregunta o en un token especial;
# - `end < start`: el tramo termina antes de empezar;
# - `too long` (largo): pasa de 30 tokens;
# - `valid` (válido): un tramo de verdad.

# %% [markdown] lang="en"
# ## The short cut: two separate maxima
#
# Many notebooks take `argmax` of the start logits, `argmax` of the end logits, and cut out the text between them. Nothing obliges those two tokens to agree. The next function does just that, and sorts what comes out:
#
# - `[CLS]`: both maxima fall on token 0, which was the label of "no answer" (lesson 4);
# - `outside`: one of the two falls on the question or on a special token;
# - `end < start`: the span ends before it starts;
# - `too long`: it has more than 30 tokens;
# - `valid`: a real span.

# %%
def argmax_answer(context, offsets, start, end, max_answer_length=30):
    i, j = int(np.argmax(start)), int(np.argmax(end))
    if i == j == 0:
        return "[CLS]", ""
    if offsets[i] is None or offsets[j] is None:
        return "outside", ""
    if j < i:
        return "end < start", ""
    if j - i >= max_answer_length:
        return "too long", ""
    return "valid", context[offsets[i][0] : offsets[j][1]]


print(argmax_answer(example["context"], offsets, start, end))

# %% [markdown] lang="es"
# Una pregunta no prueba nada. Calculemos los logits de toda la validación: los contextos caben enteros en 384 tokens, así que hay una ventana por pregunta. Es una cuenta pesada, y no se repite: el atajo y la búsqueda leerán estos mismos logits. (`spans.predict_logits` pasa las ventanas por el modelo; `training.cached_logits` guarda lo que sale de ella para la próxima vez.)

# %% [markdown] lang="en"
# One question proves nothing. Let us compute the logits of the whole validation set: the contexts fit into 384 tokens, so there is one window per question. It is a heavy computation, and it is not done twice: short cut and search will read these very logits. (`spans.predict_logits` puts the windows through the model; `training.cached_logits` keeps what comes of it for the next time.)

# %%
def logits(examples, max_length=384, stride=128):
    sizes = {"tokenizer": tokenizer, "max_length": max_length, "stride": stride}
    options = {"batched": True, "remove_columns": examples.column_names, "fn_kwargs": sizes}
    made = examples.map(windows.evaluation_windows, **options)
    return made, *training.cached_logits(folder, made)


found = {each: logits(examples) for each, examples in validation.items()}
rows = [{"language": each, "windows": len(found[each][0])} for each in LANGUAGES]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Cuántas veces da el atajo un tramo imposible? Suma las tres últimas columnas: en todas esas preguntas no hay texto que recortar. Busca también cuántas veces calla como le enseñaron, en `[CLS]`, y recuerda los `</s>` de la figura.

# %% [markdown] lang="en"
# How often does the short cut give an impossible span? Add up the last three columns: for all those questions there is no text to cut out. See too how often it is silent as it was taught, on `[CLS]`, and remember the `</s>` tokens of the figure.

# %%
KINDS = ("valid", "[CLS]", "outside", "end < start", "too long")


def argmax_answers(examples, made, starts, ends):
    rows = zip(examples["context"], made["offset_mapping"], starts, ends, strict=True)
    return dict(zip(examples["id"], (argmax_answer(*row) for row in rows), strict=True))


shortcut = {each: argmax_answers(validation[each], *found[each]) for each in LANGUAGES}
kinds = {each: [kind for kind, _ in answers.values()] for each, answers in shortcut.items()}
counts = {each: {kind: kinds[each].count(kind) for kind in KINDS} for each in LANGUAGES}
report.table([{"language": each} | counts[each] for each in LANGUAGES], language=LANGUAGE)

# %% [markdown] lang="es"
# ## La puntuación de un tramo
#
# Casi nunca: cuando el modelo quiere callar, alguno de los dos máximos suele caer en un `</s>`, y el atajo no lo entiende. El remedio es puntuar tramos y no tokens: un tramo de *i* a *j* vale `start[i] + end[j]`. Se suman porque softmax convierte los logits en probabilidades, y el logaritmo del producto de dos probabilidades es la suma de sus logits menos una constante, que no cambia el orden. Solo compiten los tramos **válidos**: dentro del contexto, con *i ≤ j* y de 30 tokens a lo sumo (`max_answer_length`). La celda imprime cuántas parejas de tokens hay y cuántas son válidas; debajo, la mejor y su texto.

# %% [markdown] lang="en"
# ## The score of a span
#
# Hardly ever: where the model would be silent, one of the two maxima tends to fall on a `</s>`, and the short cut does not understand it. The remedy is to score spans and not tokens: a span from *i* to *j* is worth `start[i] + end[j]`. They are added because softmax turns logits into probabilities, and the logarithm of the product of two probabilities is the sum of their logits minus a constant, which does not change the order. Only **valid** spans compete: inside the context, with *i ≤ j*, and of at most 30 tokens (`max_answer_length`). The cell prints how many pairs of tokens there are and how many are valid; below, the best one and its text.

# %%
scores = start[:, None] + end[None, :]
ordered = np.triu(np.ones_like(scores, dtype=bool))
short = ~np.triu(np.ones_like(scores, dtype=bool), k=30)
valid = ordered & short & inside[:, None] & inside[None, :]
print(scores.size, int(valid.sum()))

i, j = np.unravel_index(np.where(valid, scores, -np.inf).argmax(), scores.shape)
print(i, j, repr(example["context"][offsets[i][0] : offsets[j][1]]))

# %% [markdown] lang="es"
# El mapa muestra todos los tramos a la vez: cada fila es un principio, cada columna un final, y cuanto más claro, mejor. Lo que no es válido queda en blanco. Mira la forma: el triángulo de arriba (*i ≤ j*) recortado a una banda. El cuadrado punteado de la izquierda es lo que se ve ampliado a la derecha, y el marco negro, el mejor tramo.
#
# **Piensa:** ¿aparecen sueltos los tramos buenos, o en filas y columnas? ¿Por qué?

# %% [markdown] lang="en"
# The map shows all spans at once: each row is a start, each column an end, and the lighter the better. What is not valid stays blank. Look at the shape: the upper triangle (*i ≤ j*), cut down to a band. The dotted square on the left is what you see enlarged on the right, and the black frame is the best span.
#
# **Think:** do good spans stand alone, or in rows and columns? Why?

# %%
plots.span_scores(scores, valid, tokens, (int(i), int(j)), language=LANGUAGE)

# %% [markdown] lang="es"
# En filas y columnas: todos los tramos de una fila comparten `start[i]`, y los de una columna, `end[j]`. Por eso los rivales del mejor tramo suelen ser él mismo, un poco más largo o más corto.

# %% [markdown] lang="en"
# In rows and columns: all spans of a row share `start[i]`, and those of a column, `end[j]`. That is why the rivals of the best span are so often that span itself, a little longer or shorter.

# %% [markdown] lang="es"
# ### Ejercicio 1: el mejor tramo
#
# Escribe `best_span`: recibe los logits de inicio y de fin del contexto (dos vectores de NumPy, ya sin pregunta ni tokens especiales) y devuelve el par de posiciones `(i, j)`, primera y última, del tramo válido que más suma. Válido: *i ≤ j* y no más de `max_answer_length` tokens, contando los dos extremos. La comprobación prueba decenas de casos, también con todos los logits negativos.

# %% [markdown] lang="en"
# ### Exercise 1: the best span
#
# Write `best_span`: it takes the start and end logits of the context (two NumPy vectors, already without question and special tokens) and returns the pair of positions `(i, j)`, first and last, of the valid span with the highest sum. Valid: *i ≤ j* and no more than `max_answer_length` tokens, both ends counted. The check tries dozens of cases, some with nothing but negative logits.

# %% tags=["exercise"]
def best_span(start, end, max_answer_length):
    return ...


checks.best_span(best_span, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución: dos bucles que solo recorren los tramos válidos.

# %% [markdown] lang="en"
# Compare with the solution: two loops that visit valid spans only.

# %% tags=["solution"]
def best_span(start, end, max_answer_length):
    best, top = None, -np.inf
    for i in range(len(start)):
        for j in range(i, min(i + max_answer_length, len(end))):
            if start[i] + end[j] > top:
                best, top = (i, j), start[i] + end[j]
    return best


checks.best_span(best_span, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Los n mejores tramos
#
# Un solo tramo esconde si el modelo dudaba. `spans.best_answers` guarda los mejores tramos distintos de cada pregunta, hasta `n_best`; aquí ves los cinco primeros. La última columna es la probabilidad del principio por la del final. Mira cuánto se parecen los candidatos y cómo cae la probabilidad ya del primero al segundo. ¿Y lo que falta hasta 1? Se lo llevan casi todo los tokens especiales: vuelve a la primera figura y cuenta sus barras altas.

# %% [markdown] lang="en"
# ## The n best spans
#
# A single span hides whether the model hesitated. `spans.best_answers` keeps the best different spans of each question, up to `n_best`; here are the first five. The last column is the probability of the start times that of the end. See how alike the candidates are, and how the probability drops from the first to the second already. And what is missing from 1? Nearly all of it goes to the special tokens: go back to the first figure and count their tall bars.

# %%
answers = {each: spans.best_answers(validation[each], *found[each]) for each in LANGUAGES}
scale = np.log(np.exp(start).sum()) + np.log(np.exp(end).sum())
best = answers[LANGUAGE][example["id"]]["n_best"][:5]
rows = [span | {"probability": float(np.exp(span["score"] - scale))} for span in best]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Es correcta esa búsqueda? `qa_course/spans.py` no tiene bucles sobre tramos: suma vectores enteros y usa una ventana deslizante de NumPy. Es rápida y por eso mismo difícil de leer. La mejor prueba es una versión lenta y evidente que dé lo mismo en todas las preguntas de los dos idiomas: primero la escribimos y luego las comparamos. La última columna cuenta en cuántas coinciden los cinco primeros y su orden.

# %% [markdown] lang="en"
# Is that search right? `qa_course/spans.py` has no loop over spans: it adds whole vectors and uses a sliding window of NumPy. It is fast, and for that very reason hard to read. The best test is a slow and obvious version that gives the same on every question in both languages: first we write it, then we compare the two. The last column counts the questions on which the first five, and their order, agree.

# %%
def brute_force(offsets, start, end, n_best, max_answer_length=30):
    scores = {}
    inside = [token for token, offset in enumerate(offsets) if offset is not None]
    for place, i in enumerate(inside):
        for j in inside[place : place + max_answer_length]:
            span = (offsets[i][0], offsets[j][1])
            scores[span] = max(start[i] + end[j], scores.get(span, -np.inf))
    return sorted(scores, key=scores.get, reverse=True)[:n_best]


# %%
rows = []
for each, (made, starts, ends) in found.items():
    inputs = zip(made["offset_mapping"], starts, ends, strict=True)
    slow = [brute_force(*window, n_best=5) for window in inputs]
    listed = [answer["n_best"][:5] for answer in answers[each].values()]
    fast = [[(span["start"], span["end"]) for span in best] for best in listed]
    equal = sum(one == other for one, other in zip(slow, fast, strict=True))
    rows.append({"language": each, "questions": len(slow), "equal": equal})
search_agrees = all(row["questions"] == row["equal"] for row in rows)
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Medir: EM y F1
#
# La coincidencia exacta (EM) vale 1 si predicción y respuesta son iguales, y 0 si no. F1 premia el acierto parcial: cuenta las palabras comunes y halla la media armónica entre precisión (qué parte de lo predicho es buena) y cobertura (qué parte de la respuesta aparece). Antes de comparar, las dos se **normalizan**: minúsculas, sin puntuación, sin artículos.
#
# **Piensa:** antes de mirar la tabla, apunta qué F1 esperas si el modelo dice «en Sèvres» y lo correcto es «Sèvres», y si dice «platino» y lo correcto es «platino e iridio».

# %% [markdown] lang="en"
# ## Measuring: EM and F1
#
# Exact match (EM) is 1 if prediction and gold answer are equal, else 0. F1 rewards a partial hit: it counts the shared words and takes the harmonic mean of precision (how much of the prediction is right) and recall (how much of the gold answer is there). Before they are compared, both are **normalised**: lower case, no punctuation, no articles.
#
# **Think:** before you look at the table, write down the F1 you expect if the model says "in Sèvres" where "Sèvres" is right, and if it says "platinum" where "platinum and iridium" is right.

# %%
pairs = {
    "es": [("Sèvres", "Sèvres"), ("en Sèvres", "Sèvres"), ("platino", "platino e iridio")],
    "en": [("Sèvres", "Sèvres"), ("in Sèvres", "Sèvres"), ("platinum", "platinum and iridium")],
}
rows = []
for prediction, gold in [*pairs[LANGUAGE], ("1983", "1889"), ("", "")]:
    exact, overlap = scoring.exact_match(prediction, gold), scoring.f1(prediction, gold)
    rows.append({"prediction": prediction, "gold": gold, "EM": exact, "F1": overlap})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# En la segunda fila, una de las dos palabras predichas es buena (precisión 1/2) y no falta ninguna (cobertura 1): F1 = 2 · ½ · 1 / (½ + 1) = ⅔. La última, con los dos textos vacíos, es propia de SQuAD v2: ante una pregunta sin respuesta, callar es acertar.
#
# ### Ejercicio 2: F1 a mano
#
# Escribe `f1(prediction, gold)`: recibe dos textos y devuelve un número de 0 a 1, sin llamar a `scoring.f1`. Puedes usar `scoring.normalise(text)`, que devuelve el texto ya normalizado, y `collections.Counter`, que cuenta palabras (impórtalo en la celda). Cuidado con las palabras repetidas y con los textos vacíos.

# %% [markdown] lang="en"
# In the second row, one of the two predicted words is right (precision 1/2) and none is missing (recall 1): F1 = 2 · ½ · 1 / (½ + 1) = ⅔. The last row, with both texts empty, belongs to SQuAD v2: on a question without an answer, silence is right.
#
# ### Exercise 2: F1 by hand
#
# Write `f1(prediction, gold)`: it takes two texts and returns a number from 0 to 1, without calling `scoring.f1`. You may use `scoring.normalise(text)`, which returns the text already normalised, and `collections.Counter`, which counts words (import it in the cell). Beware of repeated words and of empty texts.

# %% tags=["exercise"]
def f1(prediction, gold):
    return ...


checks.word_f1(f1, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución. `Counter` guarda cuántas veces sale cada palabra, y `&` se queda con el menor de los dos recuentos.

# %% [markdown] lang="en"
# Compare with the solution. `Counter` keeps how often each word occurs, and `&` keeps the lower of the two counts.

# %% tags=["solution"]
from collections import Counter


def f1(prediction, gold):
    predicted, expected = scoring.normalise(prediction).split(), scoring.normalise(gold).split()
    if not predicted or not expected:
        return float(predicted == expected)
    shared = sum((Counter(predicted) & Counter(expected)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(expected)
    return 2 * precision * recall / (precision + recall)


checks.word_f1(f1, language=LANGUAGE)

# %% [markdown] lang="es"
# ## ¿Artículos de qué idioma?
#
# El guion oficial de SQuAD se escribió para el inglés: quita `a`, `an`, `the` y la puntuación ASCII. En español deja `el` y `la`, deja `«` y `¿`, y en cambio borra la preposición *a*. La regla de MLQA atiende al idioma: artículos españoles y toda la puntuación de Unicode. En la tabla, cada respuesta según las dos reglas; fíjate en «a menudo», en «a. C.» y en «los balones».

# %% [markdown] lang="en"
# ## Articles of which language?
#
# SQuAD's official script was written for English: it drops `a`, `an`, `the` and ASCII punctuation. In Spanish it leaves `el` and `la`, leaves `«` and `¿`, and yet deletes the preposition *a*. MLQA's rule heeds the language: Spanish articles and all of Unicode's punctuation. In the table, each answer under both rules; look at "a menudo" (often), "a. C." (BC) and "los balones" (the balls).

# %%
golds = ["El marco", "«El marco»", "a menudo estaba sola", "196 a. C."]
rows = []
for gold in [*golds, "desviar los balones", "0,2 milímetros"]:
    squad, mlqa = scoring.normalise(gold, "es", "squad_v2"), scoring.normalise(gold, "es", "mlqa")
    rows.append({"gold": gold, "squad_v2": squad, "mlqa": mlqa, "equal": squad == mlqa})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Ninguna de las dos es perfecta: ambas convierten «0,2» en «02» y darían por buena la respuesta «02». ¿Cuántas respuestas del corpus entero cambian según la regla? Antes de mirar: ¿en qué idioma esperas más? Las dos últimas columnas son el F1 del modelo en validación, solo con las preguntas que tienen respuesta, según cada regla: los mismos textos, distinta vara. (`squad_v1` limpia los textos igual que `squad_v2`, pero no cuenta las preguntas sin respuesta.)

# %% [markdown] lang="en"
# Neither is perfect: both turn "0,2" into "02", and would accept the answer "02". How many answers of the whole corpus change with the rule? Before you look: in which language do you expect more? The last two columns are the model's F1 on the validation set, answerable questions only, under each rule: the same texts, another yardstick. (`squad_v1` cleans texts just as `squad_v2` does, but leaves out the unanswerable questions.)

# %%
rows, rules = [], ("squad_v1", "mlqa")
for each in LANGUAGES:
    whole = corpus.load("cuadernoqa", language=each)
    golds = [text for gold in whole["answers"] for text in gold["text"]]
    bare = [{scoring.normalise(gold, each, rule) for rule in rules} for gold in golds]
    texts = {name: answer["text"] for name, answer in answers[each].items()}
    row = {"language": each, "golds": len(golds), "changed": sum(len(forms) > 1 for forms in bare)}
    rows.append(row | {r: scoring.score(texts, validation[each], each, r)["f1"] for r in rules})
changed = {row["language"]: row["changed"] for row in rows}
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# En español cambia una respuesta de cada siete y, aun así, F1 apenas se mueve: nuestro modelo copia del pasaje y casi siempre pone el mismo artículo que la respuesta correcta. Con otro modelo podría ser más; por eso una cifra va siempre con su regla. XQuAD suele publicarse en todos los idiomas con la regla inglesa de SQuAD; MLQA, con la suya. En el curso usamos la de SQuAD v2 si no decimos otra cosa.
#
# ## La misma cuenta como métrica de `evaluate`
#
# `evaluate.load("squad_v2")` descarga su código de la red. La métrica del curso es un módulo local de la misma biblioteca, con la misma forma de uso y sin conexión. Las dos filas deben ser iguales.

# %% [markdown] lang="en"
# In Spanish one answer in seven changes, and still F1 hardly moves: our model copies from the passage and nearly always has the same article as the gold answer. With another model it could be more; so a figure always comes with its rule. XQuAD is usually reported with SQuAD's English rule in every language; MLQA, with its own. In the course we use that of SQuAD v2 unless we say otherwise.
#
# ## The same count as an `evaluate` metric
#
# `evaluate.load("squad_v2")` downloads its code from the network. The course's metric is a local module of the same library, used in the same way, without a connection. The two rows must be equal.

# %%
texts = {name: answer["text"] for name, answer in answers[LANGUAGE].items()}
by_hand = scoring.score(texts, validation[LANGUAGE], LANGUAGE)
by_module = scoring.metric().compute(
    predictions=[{"id": name, "prediction_text": text} for name, text in texts.items()],
    references=validation[LANGUAGE].select_columns(["id", "answers"]).to_list(),
    language=LANGUAGE,
)
metric_agrees = by_module == by_hand
shown = ["source", "exact_match", "f1", "answerable_f1", "unanswerable_f1", "n"]
rows = [{"source": "score"} | by_hand, {"source": "metric"} | by_module]
report.table(rows, shown, language=LANGUAGE)

# %% [markdown] lang="es"
# Mira la columna `unanswerable_f1`: es 0 por fuerza, porque hasta ahora contestamos siempre. Falta aprender a callar.
#
# ## Varias ventanas y la puntuación nula
#
# La **puntuación nula** de una ventana es `start[0] + end[0]`, la del token `[CLS]`. Si supera a la del mejor tramo, el modelo prefiere callar. Con una ventana eso basta; con varias hay que decidir qué nula es la de la pregunta. Cortemos los pasajes en español en ventanas de 128 tokens con un solapamiento de 32.

# %% [markdown] lang="en"
# Look at the column `unanswerable_f1`: it has to be 0, because so far we have always answered. We have yet to learn silence.
#
# ## Several windows and the null score
#
# The **null score** of a window is `start[0] + end[0]`, that of its `[CLS]` token. If it exceeds that of the best span, the model would rather stay silent. With one window that is all; with several, we must decide which null score is the question's. Let us cut the English passages into windows of 128 tokens with a stride of 32.

# %%
questions = validation[LANGUAGE]
narrow = logits(questions, max_length=128, stride=32)
sizes = {"questions": len(questions), "windows": len(narrow[0])}
report.table([{"language": LANGUAGE} | sizes], language=LANGUAGE)

# %% [markdown] lang="es"
# Veamos las ventanas de nuestra pregunta. La segunda columna dice si la respuesta correcta está entera en la ventana.
#
# **Piensa:** ¿en qué ventanas conviene una nula alta y en cuáles una baja?

# %% [markdown] lang="en"
# Here are the windows of our question. The second column says whether the right answer lies wholly inside the window.
#
# **Think:** in which windows should the null score be high, and in which low?

# %%
first = example["answers"]["answer_start"][0]
last = first + len(example["answers"]["text"][0])
rows = []
for window, *pair in zip(*narrow, strict=True):
    if window["example_id"] == example["id"]:
        seen = [offset for offset in window["offset_mapping"] if offset]
        alone = {name: [value] for name, value in window.items()}
        answer = spans.best_answers(batch, alone, *([row] for row in pair))[example["id"]]
        holds = seen[0][0] <= first and last <= seen[-1][1]
        rows.append({"window": len(rows) + 1, "holds answer": holds} | answer)
report.table(rows, ["window", "holds answer", "null_score", "score", "text"], language=LANGUAGE)

# %% [markdown] lang="es"
# Un modelo que sabe callar da una nula alta donde la respuesta no está y una baja donde está. El nuestro lo hace en esta pregunta: en la segunda ventana la nula cae y queda por debajo del mejor tramo, que es el bueno. En la tercera, que empieza por «Panamá y no Nicaragua», la palabra sigue ahí, pero no el principio de su frase: el modelo la encuentra y duda. La figura muestra el caso ideal en tres ventanas *inventadas*, de las que solo la segunda contiene la respuesta. ¿Con cuál de las dos líneas habría que comparar la barra oscura más alta? La celda siguiente prueba con las dos.

# %% [markdown] lang="en"
# A model that knows when to be silent gives a high null score where the answer is not, and a low one where it is. Ours does so on this question: in the second window the null score drops, below that of the best span, which is the right one; in the other two it stays above. The figure shows the ideal case in three *invented* windows, of which only the second holds the answer. With which of the two lines should the tallest dark bar be compared? The next cell tries both.

# %%
nulls, bests = [9.1, 1.2, 8.4], [2.0, 7.5, 1.1]
plots.window_scores(nulls, bests, language=LANGUAGE)

# %%
for combine in (min, max):
    print(combine.__name__, combine(nulls) > max(bests))

# %% [markdown] lang="es"
# Con el **mínimo** (`False`: no calla). Una pregunta solo queda sin respuesta si callan *todas* sus ventanas, así que decide la que menos quiere callar; es lo que hacía `run_squad.py`, el programa original de BERT. Un cuaderno muy copiado toma el máximo (`True`): le basta una ventana sin la respuesta, cosa normal, para dar la pregunta por perdida.
#
# ¿Cuánto pesa esto en nuestro modelo? En la tabla, «calla» cuenta las preguntas en que calla cada regla; «vaivén» es la diferencia media entre la nula mayor y la menor de una pregunta; `best_f1` es lo que sacaría cada regla con el umbral que más le conviene (qué es un umbral lo cuenta el apartado siguiente). **Piensa:** ¿puede `max` callar menos veces que `min`?

# %% [markdown] lang="en"
# With the **minimum** (`False`: not silent). A question has no answer only if *all* its windows are silent, so the one least inclined to silence decides, as it did in BERT's own `run_squad.py`. A widely copied notebook takes the maximum (`True`): one window without the answer, which is the usual thing, is enough for it to give the question up.
#
# How much does this weigh in our model? In the table, "silent" counts the questions on which each rule is silent; "spread" is the mean difference between the highest and the lowest null score of a question; `best_f1` is what each rule would get with the threshold that suits it best (the next section tells what a threshold is). **Think:** can `max` be silent less often than `min`?

# %%
def with_nulls(combine, examples, made, starts, ends):
    nulls = {}
    for name, start, end in zip(made["example_id"], starts, ends, strict=True):
        nulls.setdefault(name, []).append(float(start[0] + end[0]))
    spread = np.mean([max(each) - min(each) for each in nulls.values()])
    found = spans.best_answers(examples, made, starts, ends)
    combined = {name: found[name] | {"null_score": combine(nulls[name])} for name in found}
    return combined, spread


# %%
rows = []
for combine in (min, max):
    combined, spread = with_nulls(combine, questions, *narrow)
    silent = sum(answer["null_score"] > answer["score"] for answer in combined.values())
    row = {"null": combine.__name__, "silent": silent, "spread": spread}
    rows.append(row | training.score_answers(combined, questions, LANGUAGE))
low, high = rows
columns = ["null", "silent", "spread", "f1", "answerable_f1", "unanswerable_f1", "best_f1"]
report.table(rows, columns, language=LANGUAGE)

# %% [markdown] lang="es"
# Nunca: el máximo no puede ser menor que el mínimo. A igual umbral, `max` solo puede ganar en `unanswerable_f1` y perder en `answerable_f1`; por eso la comparación justa es `best_f1`. Aquí se ve bien: en la columna `f1`, con umbral 0, nuestro modelo habla de más y le conviene cualquier regla que calle un poco más, así que gana `max`; en `best_f1` gana el mínimo. La diferencia es de uno o dos puntos, porque el vaivén solo cambia la decisión en unas cuantas preguntas. Cuanto mayor sea el vaivén, menos sentido tiene medir el mejor tramo de una ventana con la nula de otra; un umbral a medida lo disimula, pero no lo arregla.
#
# ## El umbral
#
# Comparar nula y tramo tal cual es usar un **umbral** de 0. Nada obliga a que 0 sea el mejor: llamemos `odds` a la puntuación nula menos la del mejor tramo, y callemos cuando `odds` pase del umbral. Volvemos a las ventanas de 384 y a los dos idiomas juntos, pues el modelo lleva un solo umbral.

# %% [markdown] lang="en"
# Never: the maximum cannot be lower than the minimum. At the same threshold, `max` can only win in `unanswerable_f1` and lose in `answerable_f1`; so the fair comparison is `best_f1`. Here one sees why: in column `f1`, with threshold 0, our model speaks too much, any rule that is silent a little more does it good, and `max` wins; in `best_f1` the minimum wins. The gap is a point or two, for the spread changes the decision on a few questions only. The larger the spread, the less sense there is in measuring the best span of one window against the null score of another; a threshold cut to measure hides this, but does not mend it.
#
# ## The threshold
#
# To compare null and span as they are is to use a **threshold** of 0. Nothing says that 0 is the best one: let us call `odds` the null score minus that of the best span, and be silent where `odds` exceed the threshold. We go back to windows of 384 and to both languages together, since the model carries one threshold.

# %%
def decisions(tables, answers):
    rows = []
    for each, examples in tables.items():
        for name, gold in zip(examples["id"], examples["answers"], strict=True):
            answer = answers[each][name]
            overlaps = [scoring.f1(answer["text"], text) for text in gold["text"]]
            odds = answer["null_score"] - answer["score"]
            rows.append((odds, max(overlaps, default=0.0), bool(gold["text"])))
    return [np.array(column) for column in zip(*rows, strict=True)]


odds, right, has_answer = decisions(validation, answers)

# %% [markdown] lang="es"
# Con esos tres vectores (`odds`, el F1 que se gana contestando y si hay respuesta) se calcula el F1 de cualquier umbral sin volver al modelo.
#
# Al subir el umbral se calla menos: la curva de las preguntas con respuesta sube y la de las preguntas sin respuesta baja. Busca el punto más alto de la curva continua. **Piensa:** ¿qué significa su extremo izquierdo, qué F1 saca un modelo que calla siempre? (Compáralo con la primera tabla de la lección.)

# %% [markdown] lang="en"
# With those three vectors (`odds`, the F1 gained by answering, and whether there is an answer) the F1 of any threshold is computed without going back to the model.
#
# As the threshold rises, there is less silence: the curve of the answerable questions goes up and that of the unanswerable ones goes down. Look for the highest point of the solid curve. **Think:** what does its left end mean, and what F1 does a model get if it is always silent? (Compare the first table of the lesson.)

# %%
def curves(odds, right, has_answer):
    thresholds = np.linspace(odds.min() - 1, odds.max() + 1, 300)
    gained = 100 * np.where(odds > thresholds[:, None], ~has_answer, right)
    groups = {"f1": has_answer | True, "answerable_f1": has_answer, "unanswerable_f1": ~has_answer}
    return thresholds, {name: gained[:, chosen].mean(axis=1) for name, chosen in groups.items()}


plots.f1_by_threshold(*curves(odds, right, has_answer), language=LANGUAGE)

# %% [markdown] lang="es"
# A la izquierda del todo se calla siempre y se aciertan justo las preguntas sin respuesta. Un umbral que no mejora ese extremo no sirve de nada.
#
# ### Ejercicio 3: elegir el umbral
#
# Escribe `choose_threshold`: recibe tres vectores de NumPy, un elemento por pregunta, y devuelve un número, el umbral que da el mayor F1 medio (si hay varios, cualquiera). `odds` ya lo conoces; `right` es el F1 que se gana si se contesta; `has_answer` dice si la pregunta tiene respuesta (si no la tiene, callar gana 1). Se calla cuando `odds > umbral`.

# %% [markdown] lang="en"
# At the far left there is silence throughout, and exactly the unanswerable questions are right. A threshold that does not beat that end is of no use.
#
# ### Exercise 3: choose the threshold
#
# Write `choose_threshold`: it takes three NumPy vectors, one element per question, and returns a number, the threshold with the highest mean F1 (of several, any). You know `odds`; `right` is the F1 gained by answering; `has_answer` says whether the question has an answer (if not, silence gains 1). Silence is chosen where `odds > threshold`.

# %% tags=["exercise"]
def choose_threshold(odds, right, has_answer):
    return ...


checks.choose_threshold(choose_threshold, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución. Entre dos `odds` seguidos nada cambia, de modo que basta probar los propios `odds` y un número menor que todos. El valor que se imprime es el que sale con los datos de validación.

# %% [markdown] lang="en"
# Compare with the solution. Between two neighbouring `odds` nothing changes, so it is enough to try the `odds` themselves and one number below them all. The value printed is the one that the validation data give.

# %% tags=["solution"]
def choose_threshold(odds, right, has_answer):
    candidates = np.append(odds.min() - 1, np.sort(odds))
    return max(candidates, key=lambda each: np.where(odds > each, ~has_answer, right).mean())


checks.choose_threshold(choose_threshold, language=LANGUAGE)
print(f"{choose_threshold(odds, right, has_answer):.3f}")

# %% [markdown] lang="es"
# `training.fit` hizo esa misma elección al acabar el ajuste y guardó el umbral en la configuración del modelo, para que nadie tenga que volver a buscarlo. Compáralo con el tuyo; puede separarse un poco si los logits se calcularon con otra precisión o, con `smoke`, con menos preguntas.

# %% [markdown] lang="en"
# `training.fit` made that same choice when fine-tuning ended, and saved the threshold in the model's configuration, so that nobody need look for it again. Compare it with yours; it may be a little off where the logits were computed in another precision or, under `smoke`, on fewer questions.

# %%
threshold = model.config.null_threshold
print(f"{threshold:.3f}")

# %% [markdown] lang="es"
# ## Se abre el conjunto de prueba
#
# Todo está decidido: ya puedes mirar, una vez. La curva es la de antes con preguntas nuevas, y la línea vertical es el umbral elegido *sin verlas*. Mira si cae en la cumbre o solo cerca, y cuánto se pierde por la diferencia.

# %% [markdown] lang="en"
# ## The test set is opened
#
# All is decided: now you may look, once. The curve is the same as before with new questions, and the vertical line is the threshold chosen *without seeing them*. See whether it falls on the summit or only near it, and how much the difference costs.

# %%
test_found = {each: logits(examples) for each, examples in test.items()}
test_answers = {each: spans.best_answers(test[each], *test_found[each]) for each in LANGUAGES}
plots.f1_by_threshold(*curves(*decisions(test, test_answers)), threshold, language=LANGUAGE)

# %% [markdown] lang="es"
# Queda la comparación que da sentido a la lección: tres maneras de leer **los mismos logits**, sin tocar el modelo. `argmax` es el atajo del principio (un tramo imposible cuenta como silencio); `best_answers`, la búsqueda, con umbral 0 y con el elegido. La columna `best_f1` usa el mejor umbral *una vez vistas las soluciones*: es un techo, no un resultado.
#
# **Piensa:** con umbral 0, ¿en qué preguntas pueden diferir el atajo y la búsqueda? ¿Y hacia dónde se moverá `answerable_f1`?

# %% [markdown] lang="en"
# There remains the comparison that the lesson is about: three ways of reading **the same logits**, without touching the model. `argmax` is the short cut from the beginning (an impossible span counts as silence); `best_answers` is the search, with threshold 0 and with the chosen one. The column `best_f1` uses the best threshold *once the solutions have been seen*: it is a ceiling, not a result.
#
# **Think:** with threshold 0, on which questions can short cut and search differ? And which way will `answerable_f1` move?

# %%
rows = []
for each in LANGUAGES:
    naive = argmax_answers(test[each], *test_found[each])
    row = {"language": each, "decoding": "argmax"}
    row["impossible"] = sum(kind in KINDS[2:] for kind, _ in naive.values())
    texts = {name: text for name, (_, text) in naive.items()}
    rows.append(row | scoring.score(texts, test[each], each))
    for value in (0.0, threshold):
        row = {"language": each, "decoding": "best_answers", "impossible": 0, "threshold": value}
        options = {"language": each, "null_threshold": value}
        rows.append(row | training.score_answers(test_answers[each], test[each], **options))
columns = ["language", "decoding", "threshold", "impossible", "exact_match", "f1"]
columns += ["answerable_f1", "unanswerable_f1", "best_f1"]
report.table(rows, columns, language=LANGUAGE)

# %% [markdown] lang="es"
# Solo en las imposibles. Si los dos máximos forman un tramo válido, no hay suma mayor y la búsqueda encuentra ese mismo tramo; si caen en `[CLS]`, las dos lecturas callan. Por eso, con umbral 0, la búsqueda nunca pierde en `answerable_f1`: contesta donde el atajo se quedó sin texto. Lo que puede perder está en la otra columna: muchos de los tramos imposibles son silencios mal dichos, en un `</s>`, y entre ellos hay preguntas sin respuesta. Cuándo callar lo decide el umbral, no un accidente.
#
# ¿Y el umbral elegido? En los dos idiomas mejora al 0: es bajo, y a este modelo le sienta bien callar más. En inglés alcanza a `best_f1`; en español se queda por debajo, que lo elegido en validación no tiene por qué ser lo mejor en prueba, y hasta el atajo, callando por accidente, saca allí unas décimas más. No son nada. Con tan pocas preguntas, una sola mueve la tabla (divide 100 entre las de cada idioma y verás cuánto), y una diferencia de dos o tres de esos pasos, como la del español, no permite afirmar nada. Si basta una mayor, como la del inglés, sabrás decirlo en la lección 12.

# %% [markdown] lang="en"
# Only on the impossible ones. If the two maxima form a valid span, no sum is higher and the search finds that very span; if they fall on `[CLS]`, both readings are silent. So with threshold 0 the search never loses in `answerable_f1`: it answers where the short cut was left without a text. What it may lose is in the other column: many of the impossible spans are silences put badly, on a `</s>`, and some of those questions have no answer. When to be silent is for the threshold to decide, not for an accident.
#
# And the chosen threshold? In both languages it beats 0: it is low, and more silence does this model good. In English it reaches `best_f1`; in Spanish it stays below, since what is chosen on validation need not be the best on test, and even the short cut, silent by accident, gets a few tenths more there. They are nothing. With so few questions, a single one moves the table (divide 100 by those of each language and you will see by how much), and a difference of two or three such steps, like that of Spanish, does not support any claim. Whether a larger one does, like that of English, you will be able to tell in lesson 12.

# %% [markdown] lang="es"
# ## Resumen
#
# - **Logits:** el modelo puntúa principios y finales por separado; tomar dos máximos da a veces tramos imposibles, los más fuera del contexto y algunos al revés o demasiado largos.
# - **Búsqueda:** un tramo vale la suma de sus dos logits, y solo compiten los válidos. La versión de NumPy y la de fuerza bruta dieron lo mismo.
# - **EM y F1:** se comparan textos normalizados, y la regla decide qué es un artículo. Una cifra va siempre con su regla.
# - **Ventanas:** la puntuación nula de una pregunta es el mínimo de las de sus ventanas; con el máximo basta una para callar.
# - **Umbral:** se elige en validación y se mide en prueba, una vez.
#
# **Y ahora:** en la lección 6 harás tu primer ajuste fino y en la 7 ajustarás el modelo que has usado aquí. En la 8 volverás a ver, entre otras averías, lo que hace una mala lectura de los logits, y la 11 mete todo esto en un *pipeline*.

# %% [markdown] lang="en"
# ## Summary
#
# - **Logits:** the model scores starts and ends separately; taking two maxima sometimes gives impossible spans, mostly outside the context, and now and then reversed or too long ones.
# - **Search:** a span is worth the sum of its two logits, and only valid ones compete. The NumPy version and the brute-force one gave the same.
# - **EM and F1:** normalised texts are compared, and the rule decides what an article is. A figure always comes with its rule.
# - **Windows:** the null score of a question is the minimum over its windows; with the maximum, one of them is enough for silence.
# - **Threshold:** it is chosen on validation and measured on test, once.
#
# **Where next:** in lesson 6 you will do your first fine-tuning, and in lesson 7 you will fine-tune the model that you have used here. In lesson 8 you will see again, among other faults, what a bad reading of the logits does, and lesson 11 puts all of this into a pipeline.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Devlin y otros (2019), *BERT: Pre-training of Deep Bidirectional Transformers*, secciones 4.2 y 4.3: <https://arxiv.org/abs/1810.04805>
# - Rajpurkar y otros (2016), *SQuAD: 100,000+ Questions for Machine Comprehension of Text*: <https://arxiv.org/abs/1606.05250>
# - Rajpurkar, Jia y Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - Lewis y otros (2020), *MLQA: Evaluating Cross-lingual Extractive Question Answering*: <https://arxiv.org/abs/1910.07475>

# %% [markdown] lang="en"
# **Further reading**
#
# - Devlin et al. (2019), *BERT: Pre-training of Deep Bidirectional Transformers*, sections 4.2 and 4.3: <https://arxiv.org/abs/1810.04805>
# - Rajpurkar et al. (2016), *SQuAD: 100,000+ Questions for Machine Comprehension of Text*: <https://arxiv.org/abs/1606.05250>
# - Rajpurkar, Jia and Liang (2018), *Know What You Don't Know: Unanswerable Questions for SQuAD*: <https://arxiv.org/abs/1806.03822>
# - Lewis et al. (2020), *MLQA: Evaluating Cross-lingual Extractive Question Answering*: <https://arxiv.org/abs/1910.07475>

# %%
figures = {"search_agrees": search_agrees, "metric_agrees": metric_agrees, "threshold": threshold}
figures |= {"f1_of_minimum": low["f1"], "f1_of_maximum": high["f1"]}
figures |= {"extra_silence_of_maximum": high["silent"] - low["silent"]}
for k, each in enumerate(LANGUAGES):
    naive, search, chosen = rows[3 * k : 3 * k + 3]
    own = {"questions": chosen["n"], "golds_changed": changed[each]}
    own |= {"impossible": naive["impossible"]}
    own |= {"answerable_gain": search["answerable_f1"] - naive["answerable_f1"]}
    own |= {"argmax_f1": naive["f1"], "f1": chosen["f1"], "exact_match": chosen["exact_match"]}
    figures |= {f"{name}_{each}": value for name, value in own.items()}
report.record(OUTPUT, **figures, language=LANGUAGE)
