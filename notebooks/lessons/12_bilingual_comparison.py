# %% [markdown] lang="es"
# # 12 · ¿En qué lengua responde mejor?
#
# Un estudiante ajustó un modelo inglés con SQuAD v2 y le hizo diez preguntas en cada lengua. En español eligió `[CLS]`, la señal de «sin respuesta», en **diez preguntas de diez**. El trabajo pedía contestar seis preguntas a partir de ese resultado, y diez respuestas no bastan para hacerlo.
#
# Esta lección hace el experimento completo: tres modelos con una misma receta, en la que solo cambia la lengua; el mismo examen para los tres, en las dos lenguas, y en cada casilla una cifra con su margen de error. Al terminar sabrás:
#
# - montar una comparación justa entre modelos y decir qué no es igual en ella;
# - poner un intervalo a una nota, y a una diferencia, sorteando artículos;
# - separar lo que un modelo no sabe leer de lo que no se atreve a decir;
# - clasificar errores con un programa y comparar las dos lenguas pregunta por pregunta;
# - decir cuánto prueban, y cuánto no, diez preguntas de cardiología;
# - contestar las seis preguntas con valores calculados.
#
# **Tiempo:** unos 90 minutos, más dos entrenamientos de un cuarto de hora en un portátil, una sola vez. **Antes:** las lecciones 5 (respuestas, umbral, EM y F1), 7 (el modelo del curso) y 8 (diagnóstico de un ajuste).

# %% [markdown] lang="en"
# # 12 · Which language does it answer better in?
#
# A student fine-tuned an English model on SQuAD v2 and asked it ten questions in each language. In Spanish it chose `[CLS]`, the sign for "no answer", for **ten questions out of ten**. The assignment ended with six questions about that result, and ten answers are not enough to settle them.
#
# This lesson runs the whole experiment: three models made to one recipe, in which only the language changes; one exam for all three, in both languages; and in every cell a figure with its margin of error. By the end you will be able to:
#
# - set up a fair comparison of models, and say what is not equal in it;
# - put an interval on a mark, and on a difference, by drawing articles at random;
# - tell what a model cannot read from what it does not dare to say;
# - sort errors by program, and compare the two languages question by question;
# - say how much ten questions on cardiology prove, and how much they do not;
# - answer the six questions with computed values.
#
# **Time:** about 90 minutes, plus two training runs of a quarter of an hour each on a laptop, once. **Before:** lessons 5 (answers, threshold, EM and F1), 7 (the course model) and 8 (diagnosing a fine-tuning).

# %% [markdown] lang="es"
# ## Tres modelos, una receta
#
# CuadernoQA es paralelo: cada pregunta existe en las dos lenguas, con el mismo `id` y sobre el mismo pasaje traducido. Eso permite entrenar tres veces con la receta de la lección 7 y cambiar solo `languages`: en inglés (`en`), en español (`es`) y en ambas (`en+es`). El tercero es el modelo del curso y sale de la caché; los otros dos se entrenan ahora si aún no están. (Con el perfil `smoke` son diminutos y casi aleatorios: todo se ejecuta, pero sus cifras no dicen nada.)

# %% [markdown] lang="en"
# ## Three models, one recipe
#
# CuadernoQA is parallel: each question exists in both languages, under the same `id` and on the same passage, translated. So we can run the recipe of lesson 7 three times and change only `languages`: English (`en`), Spanish (`es`), and both (`en+es`). The third is the course model, which comes from the cache; the other two are trained now if they are not there yet. (Under the `smoke` profile they are tiny and almost random: everything runs, but their figures mean nothing.)

# %% tags=["nbval-ignore-output"]
from dataclasses import replace
from math import ceil

import datasets
import numpy as np
import pandas as pd
import transformers

from qa_course import checks, corpus, encoder, plots, profiles, report, scoring, training, uncertainty

datasets.disable_progress_bars()
transformers.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()

LANGUAGES = ("en", "es")
TRAINED = {"en": ("en",), "es": ("es",), "en+es": ("en", "es")}
config = training.course_config(PROFILE)
runs = {name: training.fit(replace(config, languages=languages)) for name, languages in TRAINED.items()}

# %% [markdown] lang="es"
# **Piensa** antes de mirar la tabla: ¿qué es igual en los tres y qué no puede serlo?

# %% [markdown] lang="en"
# **Think** before you look at the table: what is the same for all three, and what cannot be?

# %% tags=["nbval-ignore-output"]
def article(name):
    return name.rsplit("-", 2)[0]


part = f"train[:{config.limit}]" if config.limit else "train"
train = {language: corpus.load(config.data, part, language) for language in LANGUAGES}
rows = []
for name, run in runs.items():
    asked = [each for language in TRAINED[name] for each in train[language]["id"]]
    row = {"model": name, "articles": len(set(map(article, asked))), "questions": len(asked)}
    row |= {"epochs": config.epochs, "steps": ceil(run.windows / config.batch_size) * config.epochs}
    rows.append(row | {"threshold": round(run.metrics["null_threshold"], 2)})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Son iguales los artículos, las épocas, la tasa de aprendizaje, la semilla y el codificador, que se preentrenó con las dos lenguas. No lo son las preguntas: el bilingüe lee cada una dos veces, una por lengua, y da el doble de pasos. Si gana, no sabrás solo por eso si le sirvió *la otra lengua* o *leer más*. Tampoco el umbral: cada modelo eligió el suyo con la validación de las lenguas que estudió, porque quien solo habla inglés no puede ensayar en español.
#
# ## El examen
#
# Los tres se presentan a la misma prueba, que ninguno vio al entrenarse: artículos nuevos, en inglés y en español, con la regla de SQuAD v2 y cada cual con su umbral. `exam` guarda una fila por pregunta; con ella se calcula todo lo que sigue. `margin` es cuánto supera el mejor tramo al silencio: si es negativo, el modelo calla. `spoken_f1` es la nota que habría sacado si se le prohibiera callar.

# %% [markdown] lang="en"
# The articles, the epochs, the learning rate and the seed are the same, and so is the encoder, which was pretrained on both languages. The questions are not: the bilingual model reads each one twice, once in each language, and takes twice the steps. If it wins, that alone will not tell you whether *the other language* helped it, or *reading more*. Nor is the threshold: each model chose its own on the validation set of the languages it studied, since a model that only speaks English cannot rehearse in Spanish.
#
# ## The exam
#
# All three sit the same test, which none of them saw in training: new articles, in English and in Spanish, under the SQuAD v2 rule, each with its own threshold. `exam` keeps one row per question, and everything that follows is computed from it. `margin` is how far the best span beats silence: where it is negative, the model is silent. `spoken_f1` is the mark it would have got had silence been forbidden.

# %%
def exam(run, table, language, name=""):
    threshold = run.metrics["null_threshold"]
    forced = training.cached_answers(run.folder, table, progress=f"{name} → {language}")
    chosen = training.cached_answers(run.folder, table, threshold)
    texts = [{key: answer["text"] for key, answer in found.items()} for found in (chosen, forced)]
    marks, spoken = (scoring.by_question(each, table, language) for each in texts)
    frame = table.to_pandas().set_index("id")[["question"]]
    frame["article"] = frame.index.map(article)
    frame["gold"] = [next(iter(answers["text"]), "") for answers in table["answers"]]
    frame["answer"] = [chosen[key]["text"] for key in frame.index]
    frame["verdict"] = [scoring.verdict(chosen[row["id"]], row) for row in table]
    frame["margin"] = [forced[key]["score"] - forced[key]["null_score"] + threshold for key in frame.index]
    frame["exact_match"], frame["f1"] = 100 * np.array([marks[key] for key in frame.index]).T
    frame["spoken_f1"] = [100 * spoken[key][1] for key in frame.index]
    return frame

# %% tags=["nbval-ignore-output"]
part = f"test[:{4 * config.limit}]" if config.limit else "test"
test = {language: corpus.load(config.data, part, language) for language in LANGUAGES}
cells = {(name, each): exam(run, test[each], each, name) for name, run in runs.items() for each in LANGUAGES}

answerable = cells["en+es", "en"]["gold"] != ""
row = {"questions": len(answerable), "articles": cells["en+es", "en"]["article"].nunique()}
row |= {"no answer (%)": round(100 * (~answerable).mean(), 1)}
report.table([row], language=LANGUAGE)

# %% [markdown] lang="es"
# La última columna es la vara de medir: quien calla siempre saca justo esa nota. Y ya está todo para la figura de la lección: tres modelos por dos lenguas, seis casillas de EM a la izquierda y las mismas de F1 a la derecha. Mira primero las que llevan marco, donde cada modelo juega en casa; luego las otras dos, donde responde en una lengua en la que nadie le enseñó a responder.
#
# **Piensa:** ¿cuánto esperas que pierda fuera de casa el que solo estudió en inglés? ¿Todo, como en la historia del principio?

# %% [markdown] lang="en"
# The last column is the yardstick: a model that is always silent gets exactly that mark. And now for the figure of the lesson: three models by two languages, six cells of EM on the left and the same six of F1 on the right. Look first at the framed ones, where each model plays at home; then at the other two, where it answers in a language in which nobody taught it to answer.
#
# **Think:** how much do you expect the English-only model to lose away from home? Everything, as in the story at the beginning?

# %%
marks = ("exact_match", "f1")
matrix = {
    mark: {cell: uncertainty.interval(frame[mark], frame["article"]) for cell, frame in cells.items()} for mark in marks
}
plots.score_matrix(matrix, language=LANGUAGE)

# %% [markdown] lang="es"
# Lo mismo en una tabla, de la mejor casilla a la peor según F1. `desde` y `hasta` son los extremos del intervalo de F1. ¿Quién ocupa los dos primeros puestos? ¿Y hay algún modelo cerca de la nota de quien calla siempre?

# %% [markdown] lang="en"
# The same as a table, from the best cell to the worst by F1. `from` and `to` are the ends of the interval of F1. Who takes the first two places? And is any model near the mark of one that is always silent?

# %%
rows = []
for (name, asked), (low, f1, high) in sorted(matrix["f1"].items(), key=lambda item: -item[1][1]):
    row = {"model": name, "asked in": asked, "exact_match": matrix["exact_match"][name, asked][1]}
    rows.append(row | {"f1": f1, "from": low, "to": high})
report.table(rows, language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# ## ¿De dónde salen los intervalos?
#
# Con otros artículos, las notas habrían sido otras. El *bootstrap*, que ya viste en la lección 3, imita ese «otros»: sortea del propio examen, con reemplazo, tantos artículos como tiene, calcula la nota media y repite mil veces. Entre los percentiles 2,5 y 97,5 de esas mil notas está el intervalo del 95 %.
#
# Se sortean **artículos**, no preguntas. Las dieciséis de un artículo comparten texto. Si también comparten la dificultad (quien falla una falla más fácilmente las demás), tratarlas como independientes es creer que se sabe más de lo que se sabe.
#
# ### Ejercicio 1: un intervalo por artículos
#
# Escribe `interval(marks, articles)`: recibe dos vectores de NumPy, la nota de cada pregunta y el nombre de su artículo, y devuelve los dos extremos del intervalo del 95 % de la nota media, `(low, high)`. Te ayudarán `np.unique`, `rng = np.random.default_rng(0)`, `rng.choice(..., replace=True)` y `np.percentile`.

# %% [markdown] lang="en"
# ## Where do the intervals come from?
#
# With other articles, the marks would have been different. The bootstrap, which you met in lesson 3, imitates those other articles: it draws from the exam itself, with replacement, as many articles as there are in it, computes the mean mark, and does so a thousand times. Between percentiles 2.5 and 97.5 of those thousand marks lies the 95% interval.
#
# **Articles** are drawn, not questions. The sixteen questions of an article share a text. If they share its difficulty too (a model that fails one is more likely to fail the others), treating them as independent is to believe that one knows more than one does.
#
# ### Exercise 1: an interval by articles
#
# Write `interval(marks, articles)`: it takes two NumPy vectors, the mark of each question and the name of its article, and returns both ends of the 95% interval of the mean mark, `(low, high)`. `np.unique`, `rng = np.random.default_rng(0)`, `rng.choice(..., replace=True)` and `np.percentile` will help.

# %% tags=["exercise"]
def interval(marks, articles):
    return ...


checks.article_interval(interval, language=LANGUAGE)

# %% [markdown] lang="es"
# La comprobación usa artículos muy desiguales; por eso se da cuenta de que un intervalo es demasiado estrecho cuando se sortean preguntas. Compara con la solución:

# %% [markdown] lang="en"
# The check uses very unequal articles; that is how it notices when an interval is too narrow because questions were drawn. Compare with the solution:

# %% tags=["solution"]
def interval(marks, articles):
    names = np.unique(articles)
    by_article = {name: marks[articles == name] for name in names}
    rng = np.random.default_rng(0)
    means = []
    for _ in range(1000):
        drawn = rng.choice(names, len(names), replace=True)
        means.append(np.concatenate([by_article[name] for name in drawn]).mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return low, high


checks.article_interval(interval, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Y en este examen? Aquí están los dos intervalos de cada lengua para el modelo bilingüe, por artículos y por preguntas. Si el primero es claramente más ancho, las preguntas de un artículo se parecen en dificultad; si no lo es, cada artículo trae de todo: recuerda que todos llevan doce preguntas con respuesta y cuatro sin ella. Antes de medirlo no se sabe; por eso, en la duda, se sortean artículos.

# %% [markdown] lang="en"
# And in this exam? Here are both intervals in each language for the bilingual model, by articles and by questions. If the first is clearly wider, the questions of an article are alike in difficulty; if it is not, each article has a bit of everything: remember that every one holds twelve questions with an answer and four without. You cannot know before you measure; so, when in doubt, draw articles.

# %%
rows = []
for each in LANGUAGES:
    frame = cells["en+es", each]
    for unit, groups in (("articles", frame["article"]), ("questions", frame.index)):
        low, _, high = uncertainty.interval(frame["f1"], groups)
        row = {"asked in": each, "drawn": report.word(unit, LANGUAGE), "from": low, "to": high}
        rows.append(row | {"width": high - low})
report.table(rows, language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# ## Diferencias
#
# Que dos intervalos se solapen no quiere decir que los modelos empaten: los dos hicieron *el mismo examen*, y un artículo difícil lo es para ambos. Lo correcto es restar pregunta a pregunta y poner el intervalo a la resta. Si el intervalo deja fuera el 0 (punto relleno), cuesta achacar la diferencia al azar.
#
# En la figura, «las dos → inglés» se lee: entrenado con las dos, preguntado en inglés. Las cinco restas, de arriba abajo: lo que añade una segunda lengua, dos veces; lo que cuesta jugar fuera de casa, dos veces; y la distancia entre las dos lenguas del modelo bilingüe.
#
# **Piensa:** si la segunda lengua estorbara, ¿a qué lado quedarían los dos primeros puntos?

# %% [markdown] lang="en"
# ## Differences
#
# That two intervals overlap does not mean that the models are level: both sat *the same exam*, and a hard article is hard for both. The right way is to subtract question by question and put the interval on the difference. Where the interval leaves out 0 (filled dot), the difference is hard to put down to chance.
#
# In the figure, "both → English" reads: trained on both, asked in English. The five differences, from the top: what a second language adds, twice; what playing away costs, twice; and the distance between the two languages of the bilingual model.
#
# **Think:** if the second language got in the way, on which side would the first two dots be?

# %%
PAIRS = [(("en+es", each), (each, each)) for each in LANGUAGES]
PAIRS += [(("en", "es"), ("es", "es")), (("es", "en"), ("en", "en"))]
PAIRS += [(("en+es", "en"), ("en+es", "es"))]


def difference(one, other, mark="f1"):
    return uncertainty.interval(cells[one][mark] - cells[other][mark], cells[one]["article"])


compared = [(one, other, difference(one, other)) for one, other in PAIRS]
plots.differences(compared, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Y si lo que añade la segunda lengua fuera solo leer más? Para separarlo haría falta un cuarto modelo: las dos lenguas, pero la mitad de los artículos en cada una, y así las mismas preguntas y los mismos pasos que un monolingüe. Si tienes un cuarto de hora, entrénalo, `runs["half"] = training.fit(replace(config, limit=len(train["en"]) // 2))`, y vuelve a ejecutar desde el examen. Fíjate en el precio: ahora lo desigual son los artículos. Ninguna comparación lo iguala todo.
#
# ## ¿No sabe o no se atreve?
#
# Responder en una lengua en la que no se estudió la tarea se llama transferencia *zero-shot*: sin un solo ejemplo. Puede fallar de dos maneras muy distintas: que el modelo no encuentre el tramo, o que lo encuentre y calle, porque su umbral se ajustó (se **calibró**) para otra lengua. Los diez `[CLS]` de la historia no dicen cuál de las dos cosas pasó.
#
# La figura cuenta los silencios. La barra rayada es la mala: había respuesta. La lisa es la buena. Un modelo perdido en una lengua tendría *las dos* muy largas.

# %% [markdown] lang="en"
# And what if all that the second language adds were more reading? To tell, you would need a fourth model: both languages, but half of the articles in each, and so as many questions and steps as a monolingual one. If you have a quarter of an hour, train it, `runs["half"] = training.fit(replace(config, limit=len(train["en"]) // 2))`, and run again from the exam on. Note the price: now it is the articles that are unequal. No comparison makes everything equal.
#
# ## Does it not know, or not dare?
#
# Answering in a language in which the task was never studied is called zero-shot transfer: without a single example. It can fail in two very different ways: the model does not find the span, or it finds it and stays silent, because its threshold was set (**calibrated**) for another language. The ten `[CLS]` of the story do not tell which of the two it was.
#
# The figure counts silences. The hatched bar is the bad one: there was an answer. The plain one is the good one. A model that is lost in a language would have *both* very long.

# %%
silent = {cell: frame["answer"] == "" for cell, frame in cells.items()}
shares = {cell: tuple(100 * each[side].mean() for side in (answerable, ~answerable)) for cell, each in silent.items()}
plots.silence(shares, language=LANGUAGE)

# %% [markdown] lang="es"
# La tabla separa ambas causas. «F1 sin callar» (`spoken_f1`) cuenta solo las preguntas con respuesta y prohíbe el silencio: mide lectura. `f1` es la nota de antes. `best_f1` sería la nota con el mejor umbral posible para esa casilla, elegido con trampa, viendo las soluciones: lo que le falta a `f1` para llegar ahí, los puntos perdidos, es lo que cuesta un umbral mal puesto. Y para volver a la historia, la última columna: con qué probabilidad callaría diez veces de diez un modelo que calla en esa proporción, si las preguntas fueran independientes.
#
# **Piensa:** en las dos casillas fuera de casa, ¿qué cuesta más puntos, leer peor o callar a destiempo?

# %% [markdown] lang="en"
# The table separates the two causes. `spoken_f1` counts only the questions with an answer and forbids silence: it measures reading. `f1` is the mark from before. `best_f1` would be the mark with the best possible threshold for that cell, chosen by cheating, with the solutions in sight: what `f1` lacks to get there, the points lost, is what a badly placed threshold costs. And to come back to the story, the last column: the probability that a model that is silent at that rate would be silent ten times out of ten, if questions were independent.
#
# **Think:** in the two cells away from home, which costs more points, reading worse or being silent at the wrong time?

# %%
rows = []
for (name, asked), frame in cells.items():
    found = training.cached_answers(runs[name].folder, test[asked])
    best = training.score_answers(found, test[asked], asked)["best_f1"]
    row = {"model": name, "asked in": asked, "silent (%)": silent[name, asked].mean() * 100}
    row |= {"spoken_f1": frame["spoken_f1"][answerable].mean(), "f1": frame["f1"].mean(), "best_f1": best}
    row |= {"points lost": best - frame["f1"].mean()}
    rows.append(row | {"10 of 10": f"{silent[name, asked].mean() ** 10:.1g}"})
report.table(rows, language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# Compara cada casilla de fuera con la de casa en la misma lengua: la bajada de «F1 sin callar» es lectura; la subida de los puntos perdidos, donde la haya, calibración. Y si la última columna es diminuta, diez silencios seguidos no son mala suerte: a aquel modelo le pasaba otra cosa.
#
# Que un modelo responda en una lengua en la que nunca le preguntaron no es magia: el codificador se preentrenó con las dos y las representa de forma parecida (lección 2). Un codificador que solo ha leído inglés tiene poco de donde sacarlo.
#
# La tabla siguiente da algunas respuestas en tu lengua del modelo que estudió solo la otra. Son preguntas que el de casa acierta. ¿Son disparates o casi aciertos?

# %% [markdown] lang="en"
# Compare each cell away from home with the one at home in the same language: the drop in `spoken_f1` is reading, the rise in points lost, where there is one, is calibration. And where the last column is tiny, ten silences in a row are not bad luck: something else was wrong with that model.
#
# That a model answers in a language in which it was never asked is not magic: the encoder was pretrained on both and represents them in a similar way (lesson 2). An encoder that has only read English has little to draw on.
#
# The next table gives some answers in your language by the model that studied only the other one. They are questions that the model at home gets right. Are they nonsense or near misses?

# %%
other = {"en": "es", "es": "en"}[LANGUAGE]
away, home = cells[other, LANGUAGE], cells[LANGUAGE, LANGUAGE]
lost = away[(home["verdict"] == "right") & (away["verdict"] != "right")].groupby("article").head(1).head(6)
lost = lost.assign(verdict=[report.word(each, LANGUAGE) for each in lost["verdict"]])
report.table(lost.replace("", "—"), ["question", "gold", "answer", "verdict"], language=LANGUAGE)

# %% [markdown] lang="es"
# ## Anatomía de los errores
#
# Una nota media no dice *cómo* se falla. Hay seis desenlaces posibles:
#
# | | el modelo calla | el modelo responde |
# | --- | --- | --- |
# | **no hay respuesta** | acierta | *habla de más* |
# | **hay respuesta** | *calla de más* | acierta · toca la correcta, pero con otros *bordes* · otro tramo de la *misma frase* · otro tramo de *otra frase* |
#
# ### Ejercicio 2: clasificar un error
#
# Escribe `kind(answer, gold)`. Cada uno es un tramo `(start, end)` en caracteres, sin incluir `end`, o `None`: el modelo calló, o no hay respuesta. Devuelve `"right"`, `"edges"` (comparten algún carácter), `"elsewhere"` (ninguno: aquí no importa en qué frase), `"silent"` o `"spoke"`.

# %% [markdown] lang="en"
# ## Anatomy of the errors
#
# A mean mark does not tell *how* things go wrong. There are six possible outcomes:
#
# | | the model is silent | the model answers |
# | --- | --- | --- |
# | **there is no answer** | right | *wrongly spoke* |
# | **there is an answer** | *wrongly silent* | right · touches the gold answer, but with other *edges* · another span of the *same sentence* · another span, in an*other sentence* |
#
# ### Exercise 2: classify an error
#
# Write `kind(answer, gold)`. Each is a span `(start, end)` in characters, `end` not included, or `None`: the model was silent, or there is no answer. Return `"right"`, `"edges"` (they share a character), `"elsewhere"` (they share none: the sentence does not matter here), `"silent"` or `"spoke"`.

# %% tags=["exercise"]
def kind(answer, gold):
    return ...


checks.error_kind(kind, language=LANGUAGE)

# %% [markdown] lang="es"
# El caso que se escapa: dos tramos que se tocan sin compartir nada. Compara con la solución:

# %% [markdown] lang="en"
# The case that is easy to miss: two spans that touch without sharing anything. Compare with the solution:

# %% tags=["solution"]
def kind(answer, gold):
    if answer == gold:
        return "right"
    if gold is None:
        return "spoke"
    if answer is None:
        return "silent"
    return "edges" if answer[0] < gold[1] and gold[0] < answer[1] else "elsewhere"


checks.error_kind(kind, language=LANGUAGE)

# %% [markdown] lang="es"
# `scoring.verdict` hace lo mismo con dos finezas: da por buena una respuesta que coincide *una vez normalizada* (lección 5) y divide `elsewhere` según la frase. Así se reparten las preguntas en cada casilla. Busca la parte que más cambia de una fila a otra: ¿son los errores de lectura (bordes y frases) o los de atrevimiento (callar y hablar de más)?

# %% [markdown] lang="en"
# `scoring.verdict` does the same with two refinements: it accepts an answer that matches *once normalised* (lesson 5), and it splits `elsewhere` by sentence. This is how the questions of each cell are shared out. Look for the part that changes most from row to row: is it the errors of reading (edges and sentences), or those of daring (wrongly silent and wrongly spoke)?

# %%
counts = {cell: frame["verdict"].value_counts().to_dict() for cell, frame in cells.items()}
plots.verdicts(counts, language=LANGUAGE)

# %% [markdown] lang="es"
# Detrás de cada color hay preguntas. Esta celda toma dos de cada clase de error del modelo bilingüe en tu lengua («—»: ninguna respuesta). Al leerlas pregúntate si tú habrías puntuado igual, sobre todo las de bordes.

# %% [markdown] lang="en"
# Behind each colour there are questions. This cell takes two of each kind of error that the bilingual model makes in your language ("—": no answer). As you read them, ask yourself whether you would have marked them the same way, above all those of edges.

# %%
wrong = cells["en+es", LANGUAGE].query("verdict != 'right'")
few = wrong.groupby("verdict").head(2).sort_values("verdict", key=lambda each: each.map(scoring.VERDICTS.index))
few = few.assign(verdict=[report.word(each, LANGUAGE) for each in few["verdict"]])
report.table(few.replace("", "—"), ["verdict", "question", "gold", "answer"], language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Qué preguntas cuestan más? Agrupamos las que tienen respuesta por lo que piden y por la longitud de lo que se espera. Los grupos se forman con el texto *en inglés*, de modo que los dos puntos de cada pareja son las mismas preguntas. Cuidado con los grupos pequeños: mira `n` y la altura del intervalo antes de sacar conclusiones.

# %% [markdown] lang="en"
# Which questions are harder? We group those with an answer by what they ask for, and by the length of what is expected. The groups are made from the *English* text, so both dots of a pair are the same questions. Beware of small groups: look at `n` and the height of the interval before you conclude anything.

# %%
import re

KINDS = {"reason": "why", "number": "how (?:many|much|long|old|far|tall|high|deep|often|fast|big|large|wide)"}
KINDS |= {"person": "who|whom|whose", "time": "when|(?:what|which) (?:year|date|day|month|century|decade)"}
KINDS |= {"place": "where", "manner": "how", "thing": "what|which"}
PATTERN = "|".join(f"(?P<{name}>{words})" for name, words in KINDS.items())


def asks_for(question):
    found = re.search(rf"\b(?:{PATTERN})\b", question.lower())
    return found.lastgroup if found else "other"


english = cells["en+es", "en"][answerable]
length = english["gold"].str.split().str.len()
groups = {"kind": english["question"].map(asks_for)}
groups["length"] = pd.cut(length, [0, 1, 2, 4, 99], labels=["1", "2", "3–4", "5+"]).astype(str)

# %%
panels = {}
for grouping, labels in groups.items():
    order = labels.value_counts().index if grouping == "kind" else sorted(labels.unique())
    panels[grouping] = {group: {} for group in order}
    for group in order:
        for each in LANGUAGES:
            chosen = cells["en+es", each].loc[labels.index[labels == group]]
            panels[grouping][group][each] = *uncertainty.interval(chosen["f1"], chosen["article"]), len(chosen)
plots.marks_by_group(panels, language=LANGUAGE)

# %% [markdown] lang="es"
# ## ¿Se falla en las mismas preguntas?
#
# Los `id` paralelos permiten seguir *la misma pregunta* en las dos lenguas. La tabla compara los aciertos comunes con los que tendría un modelo cuyas dos lenguas no tuvieran nada que ver (lo esperado). En la figura, las casillas sin marco son las preguntas con igual suerte en ambas.
#
# **Piensa:** si lo observado supera con mucho a lo esperado, ¿dónde está la dificultad, en la lengua o en la pregunta?

# %% [markdown] lang="en"
# ## Does it fail on the same questions?
#
# The parallel `id`s let you follow *the same question* in both languages. The table compares what is right in both with what a model would get if its two languages had nothing to do with each other (`expected`). In the figure, the cells without a frame are the questions with the same fate in both.
#
# **Think:** if what is observed far exceeds what is expected, where does the difficulty lie, in the language or in the question?

# %%
right = {cell: frame["verdict"] == "right" for cell, frame in cells.items()}
english, spanish = right["en+es", "en"], right["en+es", "es"]
fates = {(a, b): int(((english == a) & (spanish == b)).sum()) for a in (True, False) for b in (True, False)}
plots.both_right(fates, language=LANGUAGE)
expected = len(english) * english.mean() * spanish.mean()
report.table([{"both right": fates[True, True], "expected": round(expected)}], language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 3: la prueba de McNemar
#
# Para saber en qué lengua responde mejor solo cuentan las casillas con marco, las **discordantes**: las otras no prefieren ninguna lengua. Si ambas fueran iguales, cada pregunta discordante caería a un lado u otro como una moneda. La prueba exacta de McNemar pregunta con qué probabilidad una moneda haría un reparto tan desigual, o más.
#
# Escribe `p_value(one, other)`, con las dos cuentas. Sea *n* su suma: suma `comb(n, k) / 2**n` desde *k* = 0 hasta la menor de las dos, incluida; multiplica por 2, porque no sabías de antemano qué lado ganaría, y no dejes que pase de 1.

# %% [markdown] lang="en"
# ### Exercise 3: McNemar's test
#
# To know in which language it answers better, only the framed cells count, the **discordant** ones: the others favour neither language. If both languages were equal, each discordant question would fall on one side or the other like a coin. McNemar's exact test asks how likely a coin is to split them so unevenly, or more.
#
# Write `p_value(one, other)`, of the two counts. Let *n* be their sum: add up `comb(n, k) / 2**n` from *k* = 0 to the smaller of the two, included; multiply by 2, because you did not know beforehand which side would win, and do not let it exceed 1.

# %% tags=["exercise"]
from math import comb


def p_value(one, other):
    return ...


checks.mcnemar(p_value, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Qué da con dos cuentas iguales? Compara con la solución:

# %% [markdown] lang="en"
# What does it give for two equal counts? Compare with the solution:

# %% tags=["solution"]
def p_value(one, other):
    n = one + other
    tail = sum(comb(n, k) for k in range(min(one, other) + 1)) / 2**n
    return min(1, 2 * tail)


checks.mcnemar(p_value, language=LANGUAGE)

# %% [markdown] lang="es"
# Aquí la tienes, aplicada a las cinco comparaciones de antes, que ahora cuentan aciertos en vez de F1. Una *p* pequeña (por costumbre, menor que 0,05) dice que al azar le costaría; una grande **no** dice que sean iguales. Esta prueba trata las preguntas como independientes: donde las de un artículo se parecen, peca de optimista. Compárala con la figura de las diferencias y, si no coinciden, fíate del intervalo por artículos.

# %% [markdown] lang="en"
# Here it is, applied to the five comparisons from before, which now count right answers instead of F1. A small *p* (by custom, below 0.05) says that chance would hardly do it; a large one does **not** say that they are equal. This test treats questions as independent: where those of an article are alike, it is too optimistic. Compare it with the figure of differences and, where they disagree, trust the interval by articles.

# %%
rows = []
for one, other in PAIRS:
    only = [int((right[a] & ~right[b]).sum()) for a, b in ((one, other), (other, one))]
    names = [plots.cell_name(*each, language=LANGUAGE) for each in (one, other)]
    row = {"first": names[0], "second": names[1], "only the first right": only[0]}
    p = uncertainty.mcnemar(*only)
    rows.append(row | {"only the second right": only[1], "p": f"{p:.3f}" if p >= 0.001 else "< 0.001"})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Otro terreno: el corazón
#
# El trabajo original preguntaba sobre imagen cardíaca e inteligencia artificial. `cardiology` es un conjunto así: cinco pasajes y diez preguntas por lengua, tres de ellas sin respuesta; nada de esto se usó para entrenar ni para elegir un umbral. Para que te hagas una idea, un pasaje:

# %% [markdown] lang="en"
# ## Other ground: the heart
#
# The original assignment asked about cardiac imaging and artificial intelligence. `cardiology` is such a set: five passages and ten questions in each language, three of them without an answer; none of it was used to train or to choose a threshold. To give you an idea, one passage:

# %%
from textwrap import fill

cardiology = {language: corpus.load("cardiology", language=language) for language in LANGUAGES}
print(fill(cardiology[LANGUAGE][0]["context"], 100))

# %% [markdown] lang="es"
# Cada tabla enseña las diez preguntas en una lengua y lo que responde cada modelo: ✓ o ✗ y el tramo, o «—» si calla. La segunda columna es la respuesta correcta («—»: no hay). La última es el margen del bilingüe: cuanto más cerca de 0, más dudaba entre hablar y callar.

# %% [markdown] lang="en"
# Each table shows the ten questions in one language and what each model answers: ✓ or ✗ and the span, or "—" where it is silent. The second column is the right answer ("—": there is none). The last one is the margin of the bilingual model: the nearer to 0, the more it wavered between speaking and staying silent.

# %%
heart = {(name, each): exam(run, cardiology[each], each, name) for name, run in runs.items() for each in LANGUAGES}
for each in sorted(LANGUAGES, key=lambda each: each != LANGUAGE):
    shown = heart["en+es", each][["question"]].assign(gold=heart["en+es", each]["gold"].replace("", "—"))
    for name in ("en+es", "en", "es"):
        signs = heart[name, each]["verdict"].map(lambda verdict: "✓" if verdict == "right" else "✗")
        shown[name] = signs + " " + heart[name, each]["answer"].replace("", "—")
    report.table(shown.assign(margin=heart["en+es", each]["margin"]), language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# Cuenta los ✓ de cada columna y decide qué modelo es mejor. ¿Ya? Ahora el intervalo. Con cinco pasajes el *bootstrap* no da para mucho, así que usamos el de Wilson (lección 10), que solo necesita los aciertos y el total.

# %% [markdown] lang="en"
# Count the ✓ of each column and decide which model is best. Done? Now the interval. With five passages the bootstrap cannot do much, so we use Wilson's (lesson 10), which needs only the right answers and the total.

# %%
def wilson(right, n):
    return tuple(100 * end for end in uncertainty.wilson(right, n))


heart_right = {cell: int((frame["verdict"] == "right").sum()) for cell, frame in heart.items()}
intervals = {}
for each in LANGUAGES:
    low, share, high = matrix["exact_match"]["en+es", each]
    intervals["CuadernoQA", each] = low, share, high, len(answerable)
for each in LANGUAGES:
    low, high = wilson(heart_right["en+es", each], 10)
    intervals["cardiology", each] = low, 10 * heart_right["en+es", each], high, 10
plots.exam_sizes(intervals, language=LANGUAGE)

# %% [markdown] lang="es"
# Fíjate en el ancho de los intervalos de cardiología. Donde aun así queden lejos del de CuadernoQA, hay algo que explicar: otro tema, otras preguntas. Pero entre dos modelos parecidos, o entre las dos lenguas, diez preguntas no deciden: sirven para *ver* cómo responde un modelo. La tabla dice con qué precisión se fija una tasa de aciertos cercana al 70 % con diez preguntas, y con más, si fueran independientes.

# %% [markdown] lang="en"
# Look at the width of the intervals of cardiology. Where one lies far from that of CuadernoQA all the same, there is something to explain: another subject, other questions. But between two similar models, or between the two languages, ten questions do not decide: they are good for *seeing* how a model answers. The table says how precisely ten questions, and more, pin down a rate of right answers near 70%, if they were independent.

# %%
sizes = {n: wilson(0.7 * n, n) for n in (10, 100, 1_000, 10_000)}
rows = [{"questions": n, "from": low, "to": high, "± points": (high - low) / 2} for n, (low, high) in sizes.items()]
report.table(rows, language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# ## Con el Hub: BERT, BETO, mBERT y DistilBERT
#
# ¿Qué harían los modelos conocidos en este mismo examen? BERT y DistilBERT se preentrenaron en inglés; BETO, en español; mBERT, en más de cien lenguas. Con el perfil `gpu`, las dos celdas siguientes los ajustan con las mismas 2000 preguntas de cada lengua que estudian (`QUESTIONS = None` las usa todas), y nuestro codificador participa en igualdad de condiciones. Antes de ejecutarlas, apuesta: ¿qué sacará BETO en inglés y BERT en español? ¿Repetirá BERT la historia del principio?

# %% [markdown] lang="en"
# ## With the Hub: BERT, BETO, mBERT and DistilBERT
#
# What would the well-known models do in this same exam? BERT and DistilBERT were pretrained on English; BETO on Spanish; mBERT on more than a hundred languages. Under the `gpu` profile the next two cells fine-tune them on the same 2,000 questions of each language that they study (`QUESTIONS = None` uses them all), and our encoder takes part on equal terms. Place your bets before you run them: what will BETO get in English, and BERT in Spanish? Will BERT repeat the story of the beginning?

# %%
QUESTIONS = 2_000
ENCODERS = {
    "google-bert/bert-base-uncased": ("en",),
    "distilbert/distilbert-base-uncased": ("en",),
    "dccuchile/bert-base-spanish-wwm-cased": ("es",),
    "google-bert/bert-base-multilingual-cased": ("en", "es"),
    "embedded": ("en", "es"),
}
LARGE = {"epochs": 3, "learning_rate": 5e-5, "batch_size": 16, "dropout": 0.1, "freeze_embeddings": False}


def fitted(name, languages):
    options = {} if name == "embedded" else LARGE
    return training.fit(replace(config, encoder=name, languages=languages, limit=QUESTIONS, **options))

# %% tags=["nbval-ignore-output"]
hub = profiles.hub_ready(PROFILE, language=LANGUAGE)
if hub:
    rows = []
    for name, languages in ENCODERS.items():
        run = fitted(name, languages)
        for each in LANGUAGES:
            frame = exam(run, test[each], each, name.split("/")[-1])
            row = {"encoder": name, "trained on": "+".join(languages), "asked in": each}
            row |= {"silent (%)": 100 * (frame["answer"] == "").mean()}
            row |= {"spoken_f1": frame["spoken_f1"][answerable].mean()}
            rows.append(row | {mark: frame[mark].mean() for mark in marks})
    report.table(sorted(rows, key=lambda row: -row["f1"]), language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# ¿Y otro corpus? XQuAD son 1190 preguntas de SQuAD traducidas por profesionales a diez lenguas, todas con respuesta. Con el Hub, la celda siguiente examina a nuestros tres modelos en inglés y en español, con la regla de SQuAD v1 y sin permitirles callar.

# %% [markdown] lang="en"
# And another corpus? XQuAD is 1,190 questions of SQuAD, translated by professionals into ten languages, all of them with an answer. With the Hub, the next cell examines our three models in English and in Spanish, under the SQuAD v1 rule and without letting them stay silent.

# %% tags=["nbval-ignore-output"]
XQUAD = "google/xquad"
if hub:
    rows = []
    for each in LANGUAGES:
        table = corpus.load(XQUAD, "validation", each)
        for name, run in runs.items():
            found = training.cached_answers(run.folder, table, progress=f"{name} → {each}")
            texts = {key: answer["text"] for key, answer in found.items()}
            rows.append({"model": name, "asked in": each} | scoring.score(texts, table, each, "squad_v1"))
    report.table(rows, language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# ## Las seis preguntas
#
# Ya hay con qué contestar las seis preguntas que cerraban el trabajo original. Primero, lo que aún falta por contar.
#
# **¿Qué lengua, y por qué?** Una causa no se lee en una nota; lo que sí se puede es buscar sospechosos y medirlos. ¿Se parte más el texto en una lengua? ¿Son más largas las respuestas? ¿Perjudica la regla de puntuación, que solo conoce los artículos ingleses? Con ella, *the Mayo Clinic* y *Mayo Clinic* coinciden, y «la Clínica Mayo» y «Clínica Mayo», no. Las dos últimas columnas son EM (solo preguntas con respuesta) con la regla de SQuAD y con la de MLQA, que quita los artículos de cada lengua: si la distancia entre las lenguas es casi la misma en ambas, la regla queda libre de sospecha.

# %% [markdown] lang="en"
# ## The six questions
#
# Now there is enough to answer the six questions that ended the original assignment. First, what remains to be counted.
#
# **Which language, and why?** A mark does not show its cause; what you can do is look for suspects and measure them. Is the text of one language cut into more pieces? Are its answers longer? Is it hurt by the scoring rule, which knows only English articles? Under it, "the Mayo Clinic" and "Mayo Clinic" match, while *la Clínica Mayo* and *Clínica Mayo* do not. The last two columns are EM (questions with an answer only) under the rule of SQuAD and under that of MLQA, which drops the articles of each language: if the distance between the languages is nearly the same in both, the rule is cleared.

# %%
tokenizer, _ = encoder.load(config.encoder)
rows = []
for each in LANGUAGES:
    passages = sorted(set(test[each]["context"]))
    words = sum(len(text.split()) for text in passages)
    tokens = sum(map(len, tokenizer(passages, add_special_tokens=False)["input_ids"]))
    row = {"language": each, "words per passage": words / len(passages), "tokens per word": tokens / words}
    row["words per answer"] = cells["en+es", each]["gold"][answerable].str.split().str.len().mean()
    texts = cells["en+es", each]["answer"].to_dict()
    for rule in ("squad_v1", "mlqa"):
        row[f"EM ({rule})"] = scoring.score(texts, test[each], each, rule)["exact_match"]
    rows.append(row)
report.table(rows, language=LANGUAGE, decimals=2)

# %% [markdown] lang="es"
# Y en preguntas: cuántas más se pierden por cada clase de error en la lengua peor que en la mejor (un número negativo es una ventaja). La clase que más suma es por donde habría que empezar a mirar.

# %% [markdown] lang="en"
# And in questions: how many more are lost to each kind of error in the worse language than in the better one (a negative number is an advantage). The kind that adds most is the place to start looking.

# %%
low, ahead, high = compared[-1][2]
better, worse = ("en", "es") if ahead >= 0 else ("es", "en")
low, ahead, high = (low, ahead, high) if ahead >= 0 else (-high, -ahead, -low)
lost_to = {
    kind: counts["en+es", worse].get(kind, 0) - counts["en+es", better].get(kind, 0) for kind in scoring.VERDICTS[1:]
}
heaviest = max(lost_to, key=lost_to.get)
report.table([{"better": better, "worse": worse} | lost_to], language=LANGUAGE)

# %% [markdown] lang="es"
# **¿Cómo de grande es el corpus?** Se puede contar en artículos, pasajes, preguntas o palabras; di siempre en qué. Para situarte, SQuAD v1 tiene 87 599 preguntas de entrenamiento en una sola lengua (lección 3).

# %% [markdown] lang="en"
# **How large is the corpus?** It can be counted in articles, passages, questions or words; always say which. For comparison, SQuAD v1 has 87,599 training questions in a single language (lesson 3).

# %%
rows = []
for name in ("train", "validation", "test"):
    for each in LANGUAGES:
        table = corpus.load("cuadernoqa", name, each)
        passages = set(table["context"])
        row = {"set": report.word(name, LANGUAGE), "language": each, "articles": len(set(map(article, table["id"])))}
        row |= {"passages": len(passages), "questions": len(table)}
        rows.append(row | {"words in all": sum(len(text.split()) for text in passages)})
corpus_size = pd.DataFrame(rows)
report.table(corpus_size, language=LANGUAGE)

# %% [markdown] lang="es"
# **¿Cuántas respuestas son coherentes?** Depende de qué llames coherente. Aquí, de las preguntas con respuesta, las que pasan tres filtros: que el modelo diga algo, que lo dicho esté en el pasaje y que coincida en lo principal con la respuesta correcta (F1 por encima de 50). Cada columna es el porcentaje que queda tras un filtro.
#
# **Piensa:** ¿por qué el segundo no puede eliminar nada aquí, y sí eliminaba en la lección 9?

# %% [markdown] lang="en"
# **How many answers are coherent?** That depends on what you call coherent. Here, of the questions with an answer, those that pass three filters: the model says something, what it says is in the passage, and it agrees in the main with the right answer (F1 above 50). Each column is the percentage left after a filter.
#
# **Think:** why can the second filter remove nothing here, when it could in lesson 9?

# %%
contexts = {each: dict(zip(test[each]["id"], test[each]["context"], strict=True)) for each in LANGUAGES}
rows = []
for (name, asked), frame in cells.items():
    due = frame[answerable]
    speaks = due["answer"] != ""
    inside = speaks & np.array([answer in contexts[asked][each] for each, answer in due["answer"].items()])
    row = {"model": name, "asked in": asked, "says something": speaks.mean(), "in the passage": inside.mean()}
    rows.append(row | {"coherent": (inside & (due["f1"] > 50)).mean()})
coherent = pd.DataFrame(rows).set_index(["model", "asked in"]) * 100
report.table(coherent.reset_index(), language=LANGUAGE, decimals=1)

# %% [markdown] lang="es"
# Un modelo extractivo solo puede copiar. El generativo escribe, y puede escribir lo que no está.
#
# **¿Cuántas lenguas sabe?** Contamos una lengua si el intervalo de F1 queda entero por encima de la nota de quien calla siempre. Es un listón bajo: saber es más que eso.
#
# Con todo ello, las seis respuestas. El texto está escrito de antemano; las cifras, los nombres de las lenguas y cada sí y cada no los pone el cálculo. Con el Hub, añade tú a la quinta lo que viste en XQuAD.

# %% [markdown] lang="en"
# An extractive model can only copy. A generative one writes, and may write what is not there.
#
# **How many languages does it know?** We count a language where the whole interval of F1 lies above the mark of a model that is always silent. That is a low bar: knowing is more than that.
#
# With all this, the six answers. The text was written beforehand; figures, names of languages, and every yes and no come from the computation. With the Hub, add to the fifth what you saw on XQuAD.

# %%
ANSWERS = {
    "es": """1. **¿Hubo diferencia?** {any}: {sure} de las {pairs} comparaciones de F1 dejan el 0 fuera de su intervalo.
   La mayor, ({one}) − ({other}): {largest} puntos.
2. **¿Qué lengua y por qué?** El modelo bilingüe va por delante en {better}, por {ahead} puntos de F1
   (entre {low} y {high}). ¿Más que azar? {certain}. El error que más pesa: «{heaviest}».
3. **¿Cómo de grande es el corpus?** {articles} artículos, {passages} pasajes y {questions} preguntas en cada lengua.
4. **¿Cuántas respuestas son coherentes?** Del modelo bilingüe, el {coherent_en} % en inglés y el {coherent_es} %
   en español.
5. **¿Cambian con otro corpus?** En cardiología el bilingüe acierta {heart_en} de 10 en inglés y {heart_es} de 10 en
   español. ¿Intervalos separados de los de CuadernoQA? En inglés: {apart_en}. En español: {apart_es}.
6. **¿Cuántas lenguas sabe?** El que estudió inglés, {known_en}; el que estudió español, {known_es}; el de ambas,
   {known_both}. Fuera de casa, los dos primeros conservan el {kept_en} % y el {kept_es} % del F1 del modelo local.""",
    "en": """1. **Was there a difference?** {any}: {sure} of the {pairs} comparisons of F1 leave 0 out of their
   interval. The largest, ({one}) − ({other}): {largest} points.
2. **Which language, and why?** The bilingual model is ahead in {better}, by {ahead} points of F1
   (between {low} and {high}). More than chance? {certain}. The kind of error that weighs most: "{heaviest}".
3. **How large is the corpus?** {articles} articles, {passages} passages and {questions} questions in each language.
4. **How many answers are coherent?** Of the bilingual model's, {coherent_en}% in English and {coherent_es}%
   in Spanish.
5. **Does another corpus change them?** On cardiology the bilingual model gets {heart_en} of 10 right in English and
   {heart_es} of 10 in Spanish. Intervals apart from CuadernoQA's? In English: {apart_en}. In Spanish: {apart_es}.
6. **How many languages does it know?** The one that studied English, {known_en}; Spanish, {known_es}; both,
   {known_both}. Away from home, the first two keep {kept_en}% and {kept_es}% of the local model's F1.""",
}

# %%
silence_mark = 100 * (~answerable).mean()
known = {name: sum(matrix["f1"][name, each][0] > silence_mark for each in LANGUAGES) for name in runs}
kept = {a: 100 * matrix["f1"][a, b][1] / matrix["f1"][b, b][1] for a, b in (("en", "es"), ("es", "en"))}
sure = sum(left > 0 or right_end < 0 for *_, (left, _, right_end) in compared)
first, second, (_, largest, _) = max(compared, key=lambda row: abs(row[2][1]))
apart = {}
for each in LANGUAGES:
    large, small = intervals["CuadernoQA", each], intervals["cardiology", each]
    apart[each] = max(large[0], small[0]) > min(large[2], small[2])
size = corpus_size[corpus_size["language"] == LANGUAGE][["articles", "passages", "questions"]].sum()

# %%
from IPython.display import Markdown, display


def said(value):
    if isinstance(value, (bool, np.bool_)):
        return {"es": ("No", "Sí"), "en": ("No", "Yes")}[LANGUAGE][value]
    text = (f"{value:.1f}" if isinstance(value, float) else str(value)).replace("-", "−")
    return text.replace(".", ",") if LANGUAGE == "es" else text


facts = {"any": sure > 0, "sure": sure, "pairs": len(PAIRS), "largest": largest}
facts |= {"ahead": ahead, "low": low, "high": high, "certain": low > 0}
facts |= size.to_dict() | {"known_both": known["en+es"]}
for each in LANGUAGES:
    facts |= {f"coherent_{each}": coherent.loc[("en+es", each), "coherent"], f"known_{each}": known[each]}
    facts |= {f"heart_{each}": heart_right["en+es", each], f"kept_{each}": kept[each], f"apart_{each}": apart[each]}
names = {"es": {"en": "inglés", "es": "español"}, "en": {"en": "English", "es": "Spanish"}}[LANGUAGE]
words = {"better": names[better], "heaviest": report.word(heaviest, LANGUAGE)}
words |= {name: plots.cell_name(*cell, language=LANGUAGE) for name, cell in (("one", first), ("other", second))}
display(Markdown(ANSWERS[LANGUAGE].format(**{name: said(value) for name, value in facts.items()}, **words)))

# %% [markdown] lang="es"
# Vuelve a la historia del principio. Con diez silencios solo se podía decir que el modelo calló, no por qué: ¿no sabía leer, no se atrevía, o su codificador nunca había visto la lengua? Ahora tienes con qué separar las tres cosas.
#
# ## Resumen
#
# - **Comparación justa:** misma receta, mismo examen y una sola cosa distinta. Lo que no se pudo igualar (preguntas, pasos, umbral) se dice al lado de la cifra.
# - **Intervalos:** se sortean artículos, porque sus preguntas pueden parecerse; dos modelos que hacen el mismo examen se comparan restando pregunta a pregunta.
# - **Leer y atreverse:** con `spoken_f1` y el mejor umbral has separado la lectura de la calibración. Un silencio puede esconder una respuesta buena.
# - **Errores:** un programa reparte las preguntas en seis desenlaces y luego se leen; los `id` paralelos dicen si lo difícil es la lengua o la pregunta, y McNemar, si la balanza se inclina.
# - **Diez preguntas:** enseñan cómo responde un modelo. Su intervalo dice que no sirven para elegir entre dos parecidos.
# - **Las seis preguntas:** contestadas con valores que cambian solos si cambia el modelo.
#
# ## Lo recorrido, de un vistazo
#
# 1. **Tokens:** un texto son piezas, y el español paga algo distinto por ellas.
# 2. **Dentro del *pipeline*:** preparar, calcular, leer; la máscara importa.
# 3. **El corpus:** mirar los datos antes de entrenar, y dividir por artículos.
# 4. **Ventanas y etiquetas:** de caracteres a tokens, y comprobar la vuelta.
# 5. **De logits a respuestas:** buscar tramos válidos, y un umbral para callar.
# 6. **Calentamiento:** un primer ajuste, siempre junto a su referencia.
# 7. **Ajuste fino:** el modelo del curso, con curva, copia y tarjeta.
# 8. **La clínica:** los fallos silenciosos, y seis pruebas de un minuto.
# 9. **Generar:** escribir en vez de copiar, con lo que se gana y lo que se inventa.
# 10. **Sesgos y límites:** lo que una nota media no enseña, y lo que cuesta.
# 11. **Servir:** las mismas respuestas, más deprisa, y medir que son las mismas.
# 12. **Comparar:** ninguna cifra sin su intervalo, y ningún porqué sin separar las causas.
#
# **Para seguir:** te falta lo tuyo. En la lección 13 traes tu propio corpus, aunque sean unas decenas de preguntas, y ajustas con él el modelo del curso. Lo aprendido aquí te dirá si la mejora es algo más que azar.

# %% [markdown] lang="en"
# Go back to the story of the beginning. From ten silences you could only say that the model was silent, not why: could it not read, did it not dare, or had its encoder never seen the language? Now you have the means to tell the three apart.
#
# ## Summary
#
# - **Fair comparison:** one recipe, one exam, and one thing different. What could not be made equal (questions, steps, threshold) is stated beside the figure.
# - **Intervals:** articles are drawn, since their questions may be alike; two models that sit the same exam are compared by subtracting question by question.
# - **Reading and daring:** with `spoken_f1` and the best threshold you told reading from calibration. A silence may hide a good answer.
# - **Errors:** a program sorts the questions into six outcomes, and then you read them; parallel `id`s tell whether the language is hard or the question, and McNemar whether the scales tip.
# - **Ten questions:** they show how a model answers. Their interval says that they cannot choose between two that are close.
# - **The six questions:** answered with values that change by themselves if the model does.
#
# ## The road so far, at a glance
#
# 1. **Tokens:** a text is pieces, and Spanish pays a different price for them.
# 2. **Inside the pipeline:** prepare, compute, read; the mask matters.
# 3. **The corpus:** look at the data before you train, and split by article.
# 4. **Windows and labels:** from characters to tokens, and check the way back.
# 5. **From logits to answers:** search valid spans, and a threshold for silence.
# 6. **Warm-up:** a first fine-tuning, always beside its baseline.
# 7. **Fine-tuning:** the course model, with its curve, its copy and its card.
# 8. **The clinic:** the silent failures, and six one-minute tests.
# 9. **Generating:** writing instead of copying, with what it gains and what it makes up.
# 10. **Bias and limits:** what a mean mark does not show, and what it costs.
# 11. **Serving:** the same answers, faster, and measuring that they are the same.
# 12. **Comparing:** no figure without its interval, and no reason without separating the causes.
#
# **Where next:** what is missing is your own. In lesson 13 you bring a corpus of your own, even if it is only a few dozen questions, and fine-tune the course model on it. What you learnt here will tell you whether the gain is more than chance.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Artetxe, Ruder y Yogatama (2020), *On the Cross-lingual Transferability of Monolingual Representations* (XQuAD): <https://arxiv.org/abs/1910.11856>
# - Lewis y otros (2020), *MLQA: Evaluating Cross-lingual Extractive Question Answering*: <https://arxiv.org/abs/1910.07475>
# - Cañete y otros (2020), *Spanish Pre-Trained BERT Model and Evaluation Data* (BETO): <https://arxiv.org/abs/2308.02976>
# - Dror y otros (2018), *The Hitchhiker's Guide to Testing Statistical Significance in Natural Language Processing*: <https://aclanthology.org/P18-1128>
# - Wilson (1927), *Probable Inference, the Law of Succession, and Statistical Inference*: <https://doi.org/10.1080/01621459.1927.10502953>
# - McNemar (1947), *Note on the sampling error of the difference between correlated proportions or percentages*: <https://doi.org/10.1007/BF02295996>

# %% [markdown] lang="en"
# **Further reading**
#
# - Artetxe, Ruder and Yogatama (2020), *On the Cross-lingual Transferability of Monolingual Representations* (XQuAD): <https://arxiv.org/abs/1910.11856>
# - Lewis et al. (2020), *MLQA: Evaluating Cross-lingual Extractive Question Answering*: <https://arxiv.org/abs/1910.07475>
# - Cañete et al. (2020), *Spanish Pre-Trained BERT Model and Evaluation Data* (BETO): <https://arxiv.org/abs/2308.02976>
# - Dror et al. (2018), *The Hitchhiker's Guide to Testing Statistical Significance in Natural Language Processing*: <https://aclanthology.org/P18-1128>
# - Wilson (1927), *Probable Inference, the Law of Succession, and Statistical Inference*: <https://doi.org/10.1080/01621459.1927.10502953>
# - McNemar (1947), *Note on the sampling error of the difference between correlated proportions or percentages*: <https://doi.org/10.1007/BF02295996>

# %%
figures = {"questions": len(answerable), "silence_mark": silence_mark, "mcnemar_p": p, "sure_differences": sure}
figures |= {f"both_right_{a}_{b}".lower(): count for (a, b), count in fates.items()}
for (name, asked), frame in cells.items():
    cell = f"{name.replace('en+es', 'both')}_{asked}"
    figures |= {f"{mark}_{cell}": matrix[mark][name, asked][1] for mark in marks}
    figures[f"silent_{cell}"] = 100 * silent[name, asked].mean()
    figures[f"spoken_f1_{cell}"] = frame["spoken_f1"][answerable].mean()
    figures |= {f"coherent_{cell}": coherent.loc[(name, asked), "coherent"], f"heart_{cell}": heart_right[name, asked]}
for key, (_, _, (_, mean, _)) in zip(("gain_en", "gain_es", "away_es", "away_en", "gap"), compared, strict=True):
    figures[f"difference_{key}"] = mean
report.record(OUTPUT, **figures, language=LANGUAGE)
