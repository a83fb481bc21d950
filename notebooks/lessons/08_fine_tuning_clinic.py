# %% [markdown] lang="es"
# # 8 · La clínica del ajuste fino
#
# Un ajuste fino que falla casi nunca da un error: termina, guarda un modelo y ese modelo no sabe nada. Aquí reproduces esos fallos uno a uno, los diagnosticas por sus síntomas y los reparas. Al terminar sabrás:
#
# - reconocer por la curva de pérdida, las cifras y las predicciones qué avería tiene un entrenamiento;
# - comprobar qué parámetros se entrenan y cuáles se han movido de verdad;
# - explicar por qué un modelo cuantizado a 8 bits no aprende, aunque nada proteste;
# - reparar una función de etiquetas y medir su cobertura;
# - distinguir un fallo del modelo de un fallo al leer sus logits;
# - someter un proyecto tuyo a seis pruebas de un minuto antes de entrenar.
#
# **Tiempo:** 90 minutos, de ellos unos pocos de entrenamiento la primera vez. **Antes:** las lecciones 4 (ventanas y etiquetas), 5 (de los logits a la respuesta) y 7 (ajuste fino).

# %% [markdown] lang="en"
# # 8 · The fine-tuning clinic
#
# A fine-tuning that fails hardly ever gives an error: it ends, saves a model, and that model knows nothing. Here you reproduce such failures one by one, diagnose them by their symptoms and repair them. By the end you will be able to:
#
# - tell from the loss curve, the figures and the predictions what is wrong with a training run;
# - check which parameters train, and which have really moved;
# - explain why a model quantised to 8 bits does not learn, although nothing complains;
# - repair a labelling function and measure its coverage;
# - tell a fault of the model from a fault in the reading of its logits;
# - put a project of your own through six one-minute tests before it trains.
#
# **Time:** 90 minutes, a few of them of training the first time. **Before:** lessons 4 (windows and labels), 5 (from logits to answers) and 7 (fine-tuning).

# %% [markdown] lang="es"
# ## Una historia real
#
# Un estudiante ajustó un modelo para responder preguntas. Su CPU trabajó cuatro horas, la barra llegó al final sin un solo error y el modelo sacó **EM 0,0 y F1 2,9**. Había congelado las capas que no debía y cuantizado los pesos (los redondeó para que cupieran en 8 bits) *antes* de entrenar.
#
# No hacen falta cuatro horas para repetirlo. `clinic.Case` describe un entrenamiento pequeño y sano; sus cuatro primeros campos son interruptores, y mover uno es cometer un error. Lo demás no cambia en toda la lección: las mismas preguntas, el mismo orden, el mismo número de épocas. Míralos en la tabla. También el sano congela los *embeddings* y las capas de abajo (`frozen_layers`), para ir más rápido: `trains="everything"` es todo lo demás. (Con el perfil `smoke` el modelo es diminuto y al azar: las cifras no dicen nada.)

# %% [markdown] lang="en"
# ## A true story
#
# A student fine-tuned a model to answer questions. The CPU worked for four hours, the bar reached its end without a single error, and the model scored **EM 0.0 and F1 2.9**. The wrong layers had been frozen, and the weights quantised (rounded so as to fit into 8 bits) *before* training.
#
# It does not take four hours to repeat that. `clinic.Case` describes a small, healthy training run; its first four fields are switches, and to flip one is to make a mistake. The rest stays the same throughout the lesson: the same questions, the same order, the same number of epochs. See them in the table. The healthy run too freezes the embeddings and the lowest layers (`frozen_layers`), to be quicker: `trains="everything"` is all the rest. (Under the `smoke` profile the model is tiny and random: its figures mean nothing.)

# %% tags=["nbval-ignore-output"]
from dataclasses import asdict

import datasets
import numpy as np
import torch
import transformers

from qa_course import checks, clinic, encoder, plots, report, scoring, training, windows

datasets.disable_progress_bars()
transformers.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()

healthy = clinic.healthy(PROFILE)
report.table([{"field": name, "value": str(value)} for name, value in asdict(healthy).items()], language=LANGUAGE)

# %% [markdown] lang="es"
# `train` son las preguntas con que se entrena y `exam`, las del examen: del conjunto de validación, en las dos lenguas y todas con respuesta, como en SQuAD v1. Por eso aquí nadie puede salvarse callando: de cada pregunta se lee el mejor tramo, y EM y F1 siguen la regla `squad_v1` (lección 5). Las ventanas son cortas a propósito: cada pasaje necesita dos o más.

# %% [markdown] lang="en"
# `train` holds the questions to train on, and `exam` those of the exam: from the validation set, in both languages, all of them with an answer, as in SQuAD v1. So nobody can get by here on silence: the best span is read for each question, and EM and F1 follow the rule `squad_v1` (lesson 5). The windows are short on purpose: each passage needs two or more.

# %%
tokenizer, _ = encoder.load(healthy.encoder)
train = clinic.questions("train", healthy.questions, healthy.seed)
exam = clinic.questions("validation", healthy.exam, healthy.seed)


def grade(case, result, decoding="search"):
    made = clinic.exam_windows(exam, tokenizer, case)
    answers = clinic.answers(exam, made, result.starts, result.ends, decoding)
    return answers, scoring.score(answers, exam, rule="squad_v1")


made = clinic.exam_windows(exam, tokenizer, healthy)
counted = {"train": len(train), "exam": len(exam), "windows of the exam": len(made)}
report.table([counted], language=LANGUAGE)

# %% [markdown] lang="es"
# Primero, la historia en su versión más cruda: todo congelado y los pesos en 8 bits. Mira la pérdida media de cada época y la nota.
#
# **Piensa:** ¿qué pérdida tiene un modelo que elige los dos extremos al azar entre los 144 tokens de una ventana llena?

# %% [markdown] lang="en"
# First, the story at its starkest: everything frozen and the weights in 8 bits. See the mean loss of each epoch, and the mark.
#
# **Think:** what is the loss of a model that picks both ends at random among the 144 tokens of a full window?

# %% tags=["nbval-ignore-output"]
story = clinic.sick("all_frozen", "int8", profile=PROFILE)
failed = clinic.run(story)
_, failed_score = grade(story, failed)
row = {"epoch 1": failed.epoch_losses[0], "epoch 2": failed.epoch_losses[1]}
row |= {name: failed_score[name] for name in ("exact_match", "f1")}
report.table([row | {"ln(144)": np.log(healthy.max_length)}], language=LANGUAGE)

# %% [markdown] lang="es"
# El mismo desastre, sin las cuatro horas. La pérdida no se ha movido del azar (un poco menos que ln(144), porque hay ventanas más cortas), y F1 no es cero solo porque cualquier tramo roza alguna vez la respuesta. Pero ¿cuál de los errores lo ha causado? Cuando hay dos a la vez, no se sabe. Una clínica los separa: **un interruptor, un paciente, una fila**.

# %% [markdown] lang="en"
# The same disaster, without the four hours. The loss has not moved from a blind guess (a little below ln(144), for some windows are shorter), and F1 is not zero only because any span brushes against the answer now and then. But which of the mistakes did it? With two at once, there is no telling. A clinic takes them apart: **one switch, one patient, one row**.

# %% [markdown] lang="es"
# ## Seis pacientes
#
# En la sala hay seis entrenamientos sin nombre, de A a F. Uno está sano; cada uno de los otros tiene un error y solo uno. La celda los entrena la primera vez (unos minutos en un portátil), después los toma de la caché, y escribe cuántos pasos dio cada uno.

# %% [markdown] lang="en"
# ## Six patients
#
# On the ward lie six training runs without a name, A to F. One is healthy; each of the others has one bug and one only. The cell trains them the first time (some minutes on a laptop), takes them from the cache afterwards, and prints how many steps each one took.

# %% tags=["nbval-ignore-output"]
ward = clinic.ward(PROFILE)
results = {letter: clinic.run(case) for letter, case in ward.items()}
print(*(f"{letter}: {len(result.losses)}" for letter, result in results.items()))

# %% [markdown] lang="es"
# Empieza por las curvas: seis recuadros con los mismos ejes. La línea de puntos es la pérdida de quien elige al azar; la vertical separa las épocas. Fíjate en tres cosas: dónde empieza, si baja y hasta dónde. Una pérdida muy baja, ¿es siempre buena noticia?

# %% [markdown] lang="en"
# Begin with the curves: six panels with the same axes. The dotted line is the loss of a blind guess; the vertical one separates the epochs. Watch three things: where it starts, whether it falls, and how far. Is a very low loss always good news?

# %%
losses = {letter: result.losses for letter, result in results.items()}
plots.patient_losses(losses, np.log(healthy.max_length), healthy.epochs, language=LANGUAGE)

# %% [markdown] lang="es"
# Ahora las constantes vitales: la pérdida media de cada época, la nota y, en «calla», el porcentaje de ventanas del examen en que el inicio más probable cae fuera del pasaje: en `[CLS]`, la señal de «aquí no está», en un separador o en la pregunta. Más o menos la mitad de las ventanas no contiene la respuesta, así que callar en muchas es normal.

# %% [markdown] lang="en"
# Now the vital signs. `epoch 1` and `epoch 2` are the mean loss of each epoch; `silent` is the percentage of exam windows in which the most probable start falls outside the passage: on `[CLS]`, the sign for "not here", on a separator or in the question. Half of the windows or so do not hold the answer, so silence in many of them is normal.

# %%
def silent(case, result):
    offsets = clinic.exam_windows(exam, tokenizer, case)["offset_mapping"]
    pairs = zip(offsets, result.starts, strict=True)
    return 100 * np.mean([window[start.argmax()] is None for window, start in pairs])


graded = {letter: grade(case, results[letter]) for letter, case in ward.items()}
rows = []
for letter, result in results.items():
    row = {"patient": letter, "epoch 1": result.epoch_losses[0], "epoch 2": result.epoch_losses[1]}
    row |= {name: graded[letter][1][name] for name in ("exact_match", "f1")}
    rows.append(row | {"silent (%)": silent(ward[letter], result)})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Las cifras resumen; las predicciones cuentan más. Esta es una pregunta del examen con lo que contesta cada uno. ¿Quién responde algo razonable? ¿Quién recorta un trozo cualquiera?

# %% [markdown] lang="en"
# Figures sum up; predictions tell more. This is a question from the exam with what each of them answers. Who says something sensible? Who cuts out any old piece?

# %%
own = [row for row in exam if row["id"].endswith(f"@{LANGUAGE}")]
best = max(graded.values(), key=lambda pair: pair[1]["f1"])[0]
shown = next((row for row in own if best[row["id"]] in row["answers"]["text"]), own[0])
print(shown["question"], shown["answers"]["text"], sep="\n")
rows = [{"patient": letter, "prediction": graded[letter][0][shown["id"]]} for letter in ward]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Y los análisis, que casi nadie pide y se hacen en un segundo: cuántas ventanas tuvo para entrenarse, cuántos parámetros *iban a* entrenarse («entrenables») y qué porcentaje de ellos ya no vale lo que valía («movidos»).

# %% [markdown] lang="en"
# And the lab results, which hardly anyone asks for and which take a second: how many windows it had to train on, how many parameters *were to* train (`trainable`), and what percentage of those is no longer what it was (`moved`).

# %%
rows = []
for letter, result in results.items():
    row = {"patient": letter, "windows": result.windows, "trainable": result.trainable}
    rows.append(row | {"moved (%)": 100 * result.moved if result.trainable else None})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ### Ejercicio 1: el diagnóstico
#
# Da a cada paciente uno de estos nombres, como texto (`"int8"`). Cada nombre se usa una vez:
#
# | nombre | qué pasó |
# | --- | --- |
# | `healthy` | nada: está sano |
# | `all_frozen` | se congeló todo, cuerpo y cabeza |
# | `head_only` | se congeló el cuerpo: solo se entrena la cabeza |
# | `int8` | los pesos se cuantizaron a 8 bits antes de entrenar |
# | `equality` | las etiquetas se buscaron por igualdad exacta, y casi todas quedaron en (0, 0) |
# | `truncation` | se cortó el pasaje en una sola ventana |
#
# (Con el perfil `smoke` los pacientes entrenan tan poco que apenas muestran síntomas: este ejercicio está pensado para `offline`.)

# %% [markdown] lang="en"
# ### Exercise 1: the diagnosis
#
# Give each patient one of these names, as a string (`"int8"`). Each name is used once:
#
# | name | what happened |
# | --- | --- |
# | `healthy` | nothing: it is healthy |
# | `all_frozen` | everything was frozen, body and head |
# | `head_only` | the body was frozen: the head alone trains |
# | `int8` | the weights were quantised to 8 bits before training |
# | `equality` | labels were looked up by exact equality, and nearly all ended at (0, 0) |
# | `truncation` | the passage was cut off after a single window |
#
# (Under the profile `smoke` the patients train so little that they hardly show symptoms: this exercise is meant for `offline`.)

# %% tags=["exercise"]
diagnosis = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ..., "F": ...}
checks.match_patients(diagnosis, ward=ward, language=LANGUAGE)

# %% [markdown] lang="es"
# Si dudas entre dos, busca el análisis que los separa: ventanas, parámetros o movimiento. Compara con la solución.

# %% [markdown] lang="en"
# If you hesitate between two, look for the lab result that tells them apart: windows, parameters or movement. Compare with the solution.

# %% tags=["solution"]
diagnosis = {"A": "int8", "B": "healthy", "C": "truncation"}
diagnosis |= {"D": "equality", "E": "all_frozen", "F": "head_only"}
checks.match_patients(diagnosis, ward=ward, language=LANGUAGE)

# %% [markdown] lang="es"
# Ahora se descubren los nombres: cada paciente es el sano con un interruptor cambiado. Los apartados que siguen explican los errores, y cada uno te deja una prueba para hacer **en un minuto** en cualquier proyecto.

# %% [markdown] lang="en"
# Now the names are revealed: each patient is the healthy one with one switch flipped. The sections that follow explain the bugs, and each leaves you a test to run **in a minute** in any project.

# %%
rows = []
for letter, case in ward.items():
    name = clinic.diagnosis(case)
    switch = ", ".join(f"{field}={value!r}" for field, value in clinic.BUGS[name].items())
    rows.append({"patient": letter, "bug": name, "switch": switch} | {"f1": graded[letter][1]["f1"]})
report.table(rows, language=LANGUAGE)
by_name = {clinic.diagnosis(case): letter for letter, case in ward.items()}

# %% [markdown] lang="es"
# ## Congelar por el nombre
#
# `all_frozen` y `head_only` vienen de una línea que se copia mucho: recorrer `named_parameters()` y dejar libres los parámetros cuyo nombre contiene cierta palabra. La tabla dice qué atrapa cada palabra en *este* modelo. La última columna cuenta cuántos de ellos son de la cabeza: deberían ser los dos que tiene (pesos y sesgo) siempre que quieras entrenar.
#
# **Piensa:** ¿por qué `"classifier"`, que funciona en tutoriales de clasificación, aquí no atrapa nada?

# %% [markdown] lang="en"
# ## Freezing by name
#
# `all_frozen` and `head_only` come from a line that is copied a lot: go through `named_parameters()`, and leave free the parameters whose name contains a certain word. The table says what each word catches in *this* model. The last column counts how many of them belong to the head: it should be the two that it has (weight and bias) whenever you want to train.
#
# **Think:** why does `"classifier"`, which works in tutorials on classification, catch nothing here?

# %%
_, model = encoder.load(healthy.encoder)
everything = dict(model.named_parameters())
rows = []
for word in ("classifier", "qa", "layer", "Layer", "output", "bert"):
    caught = {name: parameter for name, parameter in everything.items() if word in name}
    row = {"name test": f'"{word}" in name', "tensors": len(caught)}
    row["parameters"] = sum(parameter.numel() for parameter in caught.values())
    rows.append(row | {"of the head": sum("qa_outputs" in name for name in caught)})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Porque la cabeza se llama `qa_outputs`. Y `"layer"` tampoco dice lo que parece: deja fuera la cabeza y los *embeddings*, incluida su `LayerNorm`, que se escribe con mayúscula. Un nombre no es un plan: **cuenta lo que queda libre**.
#
# Con todo congelado, PyTorch sí protesta. La celda recoge su error y luego prueba el remedio que se lee en los foros, `loss.requires_grad_()`. ¿Cuántos gradientes llegan a los pesos después?

# %% [markdown] lang="en"
# Because the head is called `qa_outputs`. Nor does `"layer"` mean what it seems to: it leaves out the head and the embeddings, their `LayerNorm` included, which is written with a capital. A name is not a plan: **count what is left free**.
#
# With everything frozen, PyTorch does complain. The cell catches its error, and then tries the remedy that one reads in forums, `loss.requires_grad_()`. How many gradients reach the weights after that?

# %%
model.requires_grad_(False)
batch = windows.collate(clinic.training_windows(train.select([0]), tokenizer, healthy), tokenizer)
loss = model(**batch).loss
try:
    loss.backward()
except RuntimeError as error:
    print(f"RuntimeError: {error}")
loss.requires_grad_()
loss.backward()
gradients = sum(parameter.grad is not None for parameter in model.parameters())
print(gradients)

# %% [markdown] lang="es"
# Ninguno: ha callado el aviso, no el problema. Ese es `all_frozen`, el de la pérdida idéntica en las dos épocas.
#
# **En un minuto:** cuenta los parámetros libres de la cabeza y del cuerpo antes de entrenar; tras unos pasos, comprueba que la pérdida se mueve. `head_only` es más traicionero: algo baja, porque la cabeza aprende a preferir `[CLS]`, pero con unos cientos de parámetros no se aprende a leer.

# %% [markdown] lang="en"
# None: it has silenced the warning, not the problem. That is `all_frozen`, whose loss is identical in both epochs.
#
# **In a minute:** count the free parameters of head and body before training; after a few steps, check that the loss moves. `head_only` is more treacherous: something falls, for the head learns to prefer `[CLS]`, but a few hundred parameters cannot learn to read.

# %% [markdown] lang="es"
# ## Pesos que no se pueden mover
#
# Un peso en int8 solo puede valer un múltiplo de un paso: el mayor valor absoluto de su matriz dividido entre 127. Nuestro interruptor lo **simula**: redondea los pesos a esa rejilla antes de entrenar y otra vez tras cada actualización, como si en memoria solo cupieran los 8 bits. AdamW mueve cada peso, más o menos, lo que vale la tasa de aprendizaje; si no llega a medio paso de la rejilla, el redondeo lo devuelve a su sitio. La figura compara la tasa (la línea) con el medio paso de cada matriz que se entrena. ¿Cuáles tienen alguna posibilidad?

# %% [markdown] lang="en"
# ## Weights that cannot move
#
# A weight in int8 can only be a multiple of one step: the largest absolute value of its matrix divided by 127. Our switch **simulates** this: it rounds the weights to that grid before training, and again after each update, as if memory had room for the 8 bits only. AdamW moves each weight by about the learning rate; if that is less than half a step of the grid, rounding puts it back. The figure compares the rate (the line) with half a step of each matrix that trains. Which of them have any chance?

# %%
transformers.set_seed(healthy.seed)
_, model = encoder.load(healthy.encoder)
training.freeze(model, healthy.frozen_layers)
scales = clinic.int8_scales(model)
large = [name for name, p in model.named_parameters() if p.requires_grad and p.dim() == 2]
halves = {name: float(scales[name]) / 2 for name in large}
plots.grid_steps(halves | {None: healthy.learning_rate}, language=LANGUAGE)

# %% [markdown] lang="es"
# La que queda a la izquierda de la línea puede dar algún paso: es la cabeza, recién sorteada con números pequeños. Las demás están clavadas, por más épocas que les des. Compruébalo con un peso de la matriz de rejilla más gruesa: sube cien veces y cada vez se redondea. ¿Cuánto ha avanzado en cada formato?

# %% [markdown] lang="en"
# The one to the left of the line may take a step now and then: it is the head, freshly drawn with small numbers. The others are nailed down, however many epochs you give them. Check it with one weight of the matrix with the coarsest grid: it goes up a hundred times, and is rounded each time. How far has it come in each format?

# %%
name = max(halves, key=halves.get)
step, scale = healthy.learning_rate, scales[name]
exact = stored = clinic.round_trip(torch.tensor(0.1), scale)
begun = float(stored)
for _ in range(100):
    exact = exact + step
    stored = clinic.round_trip(stored + step, scale)
row = {"step of int8": float(scale), "update": step}
report.table([row | {"float32": float(exact) - begun, "int8": float(stored) - begun}], language=LANGUAGE)

# %% [markdown] lang="es"
# La cuantización de verdad va más lejos. `quantize_dynamic` de PyTorch cambia cada capa lineal por otra que guarda los pesos empaquetados, y que ya no son parámetros. La celda lo hace con el codificador diminuto: cuenta los tensores que quedan, calcula un gradiente y enseña el aviso que da. (Esa función está en retirada; si tu PyTorch ya no la trae, verás el error.)

# %% [markdown] lang="en"
# Real quantisation goes further. PyTorch's `quantize_dynamic` replaces each linear layer by one that keeps its weights packed, and these are no longer parameters. The cell does it to the tiny encoder: it counts the tensors that are left, computes a gradient and shows the warning that comes. (That function is being retired; if your PyTorch no longer has it, you will see the error.)

# %% tags=["nbval-ignore-output"]
import warnings

_, small = encoder.load("tiny")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        packed = torch.ao.quantization.quantize_dynamic(small, {torch.nn.Linear}, dtype=torch.qint8)
        packed(**batch).loss.backward()
        tensors = {"float32": len(list(small.parameters())), "int8": len(list(packed.parameters()))}
        moved = sum(p.grad is not None and bool(p.grad.any()) for p in packed.parameters())
        report.table([tensors | {"with gradient": moved}], language=LANGUAGE)
    except (AttributeError, RuntimeError, NotImplementedError) as error:
        print(f"{type(error).__name__}: {error}")
if caught:
    print(f"{caught[-1].category.__name__}: {str(caught[-1].message)[:160]}...")

# %% [markdown] lang="es"
# Ningún error: los tensores de las capas lineales han desaparecido de la lista, ninguno de los que quedan recibe gradiente y solo lo dice un aviso, de los que nadie lee. Así se pierden cuatro horas.
#
# **En un minuto:** guarda una copia de los pesos libres, da diez pasos y cuenta cuántos han cambiado. La cuantización se hace *después* de entrenar (lección 11); para ajustar sobre pesos de 8 o 4 bits se añaden matrices pequeñas en coma flotante, que son las que aprenden (QLoRA, al final).

# %% [markdown] lang="en"
# No error: the tensors of the linear layers are gone from the list, none of those left gets a gradient, and only a warning says so, of the kind that nobody reads. That is how four hours are lost.
#
# **In a minute:** keep a copy of the free weights, take ten steps, and count how many have changed. Quantisation comes *after* training (lesson 11); to fine-tune on top of 8-bit or 4-bit weights, small floating-point matrices are added, and those learn (QLoRA, at the end).

# %% [markdown] lang="es"
# ## Etiquetas en (0, 0)
#
# El paciente `equality` aprendió más deprisa que nadie, y con razón: le enseñaron algo facilísimo, que la respuesta es casi siempre `[CLS]`. La culpa es de esta función, `clinic.equality_label`. Léela buscando qué compara, y mira después los tokens de una respuesta y sus caracteres.

# %% [markdown] lang="en"
# ## Labels at (0, 0)
#
# The patient `equality` learned faster than anyone, and no wonder: it was taught something very easy, that the answer is nearly always `[CLS]`. The culprit is this function, `clinic.equality_label`. Read it for what it compares, and then look at the tokens of an answer and their characters.

# %%
def equality_label(offsets, answers):
    first = answers["answer_start"][0]
    last = first + len(answers["text"][0]) - 1
    starts = [token for token, offset in enumerate(offsets) if offset and offset[0] == first]
    ends = [token for token, offset in enumerate(offsets) if offset and offset[1] == last]
    return (starts[0], ends[0]) if starts and ends else (0, 0)


example = next(row for row in train if row["id"].endswith(f"@{LANGUAGE}"))
batch = {name: [value] for name, value in example.items()}
start = example["answers"]["answer_start"][0]
end = start + len(example["answers"]["text"][0])
print(example["answers"]["text"][0], (start, end), "last =", end - 1)
rows = []
for window in windows.evaluation_windows(batch, tokenizer)["offset_mapping"]:
    inside = [offset for offset in window if offset and offset[0] < end and offset[1] > start]
    rows += [{"text": example["context"][a:b], "from": a, "to": b} for a, b in inside]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Cada par de `offset_mapping` acaba *después* del último carácter (como las rebanadas o *slices* de Python), y la función busca uno que acabe *en* él. Casi nunca lo hay, y entonces calla: devuelve (0, 0), que en este oficio significa «sin respuesta». Contemos en todo el entrenamiento. «Señaladas» son las ventanas cuya etiqueta no es (0, 0). Todas las preguntas tienen respuesta: ¿cuántas ventanas señaladas debería haber, por lo menos?

# %% [markdown] lang="en"
# Each pair of `offset_mapping` ends *after* the last character (as Python's slices do), and the function looks for one that ends *at* it. There hardly ever is one, and then it keeps quiet: it returns (0, 0), which in this trade means "no answer". Let us count over the whole training set. `labelled` are the windows whose label is not (0, 0). All questions have an answer: how many labelled windows should there be, at the very least?

# %%
rows = []
labelled = {}
for name in ("healthy", "equality"):
    made = clinic.training_windows(train, tokenizer, clinic.sick(name, profile=PROFILE))
    labelled[name] = sum(window["start_positions"] > 0 for window in made)
    rows.append({"labels": name, "questions": len(train), "windows": len(made), "labelled": labelled[name]})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Al menos una por pregunta. **En un minuto:** cuenta las etiquetas distintas de `[CLS]` y descodifica veinte. Una pérdida que cae mucho antes de lo habitual no es suerte: es una tarea demasiado fácil.
#
# ### Ejercicio 2: repara la función
#
# Escribe `label(offsets, start, end)`. `offsets` es la correspondencia de una ventana (`None` fuera del pasaje); `start` y `end`, los caracteres de la respuesta, sin incluir `end`. Devuelve las posiciones del primer y del último token que la tocan, o (0, 0) si la ventana no la contiene entera.

# %% [markdown] lang="en"
# One per question at least. **In a minute:** count the labels that are not `[CLS]`, and decode twenty of them. A loss that falls much sooner than usual is not luck: the task is too easy.
#
# ### Exercise 2: repair the function
#
# Write `label(offsets, start, end)`. `offsets` is the offset mapping of a window (`None` outside the passage); `start` and `end` are the characters of the answer, `end` not included. Return the positions of the first and the last token that touch it, or (0, 0) where the window does not hold all of it.

# %% tags=["exercise"]
def label(offsets, start, end):
    return ...


checks.repaired_label(label, examples=train.select(range(20)), tokenizer=tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# Tocar en vez de coincidir: así no importa si un token se pasa del borde. Compara:

# %% [markdown] lang="en"
# Touching instead of coinciding: then it does not matter if a token crosses the edge. Compare:

# %% tags=["solution"]
def label(offsets, start, end):
    touched = [token for token, each in enumerate(offsets) if each and each[0] < end and each[1] > start]
    if not touched:
        return 0, 0
    first, last = touched[0], touched[-1]
    whole = offsets[first][0] <= start and offsets[last][1] >= end
    return (first, last) if whole else (0, 0)


checks.repaired_label(label, examples=train.select(range(20)), tokenizer=tokenizer, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Pasajes cortados
#
# El paciente truncado aprende y responde: por su curva, nadie lo ingresaría. Su enfermedad está en los datos. Con `truncation=True` y sin `return_overflowing_tokens`, cada pasaje pierde lo que no cabe, al entrenar y también en el examen. Separa las preguntas del examen en dos: las que tienen la respuesta en la primera ventana y las que la tienen más allá. La primera tabla las cuenta; la segunda da el F1 en cada parte.
#
# **Piensa:** ¿qué nota esperas del truncado en las segundas?

# %% [markdown] lang="en"
# ## Passages cut off
#
# The truncated patient learns and answers: going by its curve alone, nobody would keep it in. Its illness is in the data. With `truncation=True` and without `return_overflowing_tokens`, each passage loses what does not fit, in training and in the exam too. Split the questions of the exam in two: those whose answer is in the first window, and those where it lies beyond. The first table counts them; the second gives the F1 on each part.
#
# **Think:** what mark do you expect of the truncated one on the latter?

# %%
cut = clinic.sick("truncation", profile=PROFILE)
first = clinic.training_windows(exam, tokenizer, cut)
inside = {row["id"]: window["start_positions"] > 0 for row, window in zip(exam, first, strict=True)}
beyond = len(exam) - sum(inside.values())
rows = []
for name in ("healthy", "truncation"):
    answers, _ = graded[by_name[name]]
    row = {"model": name}
    for where, wanted in (("first window", True), ("beyond", False)):
        part = exam.select([index for index, each in enumerate(exam["id"]) if inside[each] == wanted])
        row[where] = scoring.score(answers, part, rule="squad_v1")["f1"]
    rows.append(row)
report.table([{"questions": len(exam), "first window": len(exam) - beyond, "beyond": beyond}], language=LANGUAGE)
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# En las segundas solo puede rozar la respuesta por casualidad. Y en las primeras también pierde, porque se entrenó con menos ventanas y dio menos pasos. **En un minuto:** divide las ventanas entre las preguntas. Si sale exactamente 1 y tus pasajes son largos, estás tirando lo que sobra.

# %% [markdown] lang="en"
# On the latter it can only brush against the answer by chance. And it loses on the former too, for it had fewer windows to train on and took fewer steps. **In a minute:** divide the windows by the questions. If that gives exactly 1 and your passages are long, you are throwing the overflow away.

# %% [markdown] lang="es"
# ## Dos que pasan inadvertidos
#
# No todo error hunde la nota. `head_frozen` viene de `"layer" in name`: se entrenan las capas de arriba, y la cabeza se queda como salió del sorteo. ¿Cuánto crees que pierde frente al sano? Apuéstalo antes de ejecutar, y compara también la pérdida.

# %% [markdown] lang="en"
# ## Two that go unnoticed
#
# Not every bug sinks the mark. `head_frozen` comes from `"layer" in name`: the upper layers train, and the head stays as the draw made it. How much do you think it loses to the healthy one? Place your bet before you run it, and compare the loss too.

# %% tags=["nbval-ignore-output"]
case = clinic.sick("head_frozen", profile=PROFILE)
stiff = clinic.run(case)
scores = {clinic.diagnosis(case): graded[letter][1] for letter, case in ward.items()}
scores["head_frozen"] = grade(case, stiff)[1]
rows = []
for name, result in (("healthy", results[by_name["healthy"]]), ("head_frozen", stiff)):
    row = {"bug": name, "epoch 1": result.epoch_losses[0], "epoch 2": result.epoch_losses[1]}
    rows.append(row | {key: scores[name][key] for key in ("exact_match", "f1")})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Con cien preguntas, una sola vale un punto. Una cabeza al azar, pero fija, estorba menos de lo que se teme: las capas de arriba se amoldan a ella, y quien solo mire la nota pensará que el modelo es mediocre, no que está averiado.
#
# El segundo, `lost_start`, viene de guardar los datos en un CSV sin `answer_start` y buscarlo después con `str.find`, que da la *primera* aparición: «2» puede estar dentro de «1872». La primera tabla cuenta las respuestas de *todo* el conjunto de entrenamiento que acaban en otro sitio, según su longitud en caracteres; la segunda enseña tres, dónde las encuentra `str.find` y dónde están. ¿Cuáles peligran más?

# %% [markdown] lang="en"
# With a hundred questions, a single one is worth a point. A head that is random but fixed is less of a hindrance than one fears: the upper layers adapt to it, and whoever looks at the mark alone will think the model mediocre, not broken.
#
# The second, `lost_start`, comes from saving the data as a CSV without `answer_start`, and searching for it later with `str.find`, which gives the *first* occurrence: "2" may be inside "1872". The first table counts the answers of the *whole* training set that end up elsewhere, by their length in characters; the second shows three, where `str.find` finds them and where they are. Which are most at risk?

# %%
every = clinic.questions("train", None)
lengths, wrong = [], []
for row in every:
    text, start = row["answers"]["text"][0], row["answers"]["answer_start"][0]
    lengths.append(len(text))
    if (found := row["context"].find(text)) != start:
        around = [row["context"][max(0, at - 15) : at + len(text) + 15] for at in (found, start)]
        wrong.append({"answer": text, "str.find": around[0], "gold": around[1]})
rows = []
for least, most in ((1, 4), (5, 12), (13, 999)):
    row = {"characters": f"{least}–{most}", "answers": sum(least <= length <= most for length in lengths)}
    row["misplaced"] = sum(least <= len(each["answer"]) <= most for each in wrong)
    rows.append(row | {"percent": 100 * row["misplaced"] / max(1, row["answers"])})
report.table(rows, language=LANGUAGE)
report.table(sorted(wrong, key=lambda row: len(row["answer"]))[:3], language=LANGUAGE)

# %% [markdown] lang="es"
# Pocas, y cuanto más corta la respuesta, más peligra: CuadernoQA procura que la respuesta salga una sola vez. ¿Y entre las preguntas de esta lección? Si todas las etiquetas son iguales, el entrenamiento sería el del sano, cifra por cifra, y no hay nada que volver a entrenar.

# %% [markdown] lang="en"
# Few, and the shorter the answer, the greater the risk: CuadernoQA takes care that an answer occurs only once. And among the questions of this lesson? If all labels are equal, the training would be that of the healthy one, figure by figure, and there is nothing to train again.

# %%
lost = clinic.training_windows(train, tokenizer, clinic.sick("lost_start", profile=PROFILE))
same_labels = lost == clinic.training_windows(train, tokenizer, healthy)
report.table([{"questions": len(train), "equal": same_labels}], language=LANGUAGE)

# %% [markdown] lang="es"
# Aquí el error es inofensivo por suerte; con respuestas cortas que se repiten dejaría de serlo, y ni siquiera entonces lo diría F1 con claridad, porque el texto de la etiqueta mala es el mismo que el de la buena. La lección: **una nota normal no prueba que no haya errores**. Estos dos se encuentran contando. **En un minuto:** guarda `answer_start` y comprueba que el contexto dice ahí la respuesta, como en la lección 3.

# %% [markdown] lang="en"
# Here the bug is harmless by luck; with short answers that repeat it would not be, and even then F1 would not say so clearly, because the text of the wrong label is the same as that of the right one. The lesson: **a normal mark does not prove that there are no bugs**. These two are found by counting. **In a minute:** keep `answer_start`, and check that the context reads as the answer there, as in lesson 3.

# %% [markdown] lang="es"
# ## El modelo sano, mal leído
#
# Quedan los errores que no tocan el entrenamiento. No hay nada que entrenar: las tres filas salen de **los mismos logits del paciente sano**. `search` es la búsqueda de la lección 5; `argmax` toma inicio y fin por separado; `longest` se queda, entre los mejores tramos de cada ventana, con el más largo, como quien confunde extenso con completo. «Vacías» son las preguntas que se quedan sin texto; la última columna da las palabras por respuesta (una vacía cuenta como cero).

# %% [markdown] lang="en"
# ## The healthy model, badly read
#
# There remain the bugs that do not touch training. There is nothing to train: all three rows come from **the same logits of the healthy patient**. `search` is the search of lesson 5; `argmax` takes start and end separately; `longest` keeps the longest of the best spans of each window, like someone who takes long for complete. `empty` counts the questions left without a text; the last column gives the words per answer (an empty one counts as zero).

# %%
rows = []
for decoding in clinic.DECODINGS:
    answers, score = grade(healthy, results[by_name["healthy"]], decoding)
    row = {"decoding": decoding, "exact_match": score["exact_match"], "f1": score["f1"]}
    row["empty"] = sum(not text for text in answers.values())
    rows.append(row | {"words": np.mean([len(text.split()) for text in answers.values()])})
    if decoding != "search":
        scores[decoding] = score
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Con ventanas cortas, una de cada dos no contiene la respuesta, y su mejor tramo, por largo que sea, no vale nada: la puntuación tiene que decidir. El `argmax` deja preguntas sin texto porque la ventana que más puntúa es a menudo la que dice `[CLS]`. **En un minuto:** antes de volver a entrenar, guarda los logits y léelos de otra manera. Repetir la lectura cuesta segundos; el entrenamiento, horas.
#
# ## El cuadro completo
#
# Una fila por error, con la misma receta y el mismo examen, de mejor a peor (`lost_start` no está: aquí es igual que el sano). Mira cuántas se apiñan abajo: con solo la nota no podrías separarlas.

# %% [markdown] lang="en"
# With short windows, one in two does not hold the answer, and its best span, however long, is worth nothing: the score must decide. `argmax` leaves questions without a text because the window that scores highest is often the one that says `[CLS]`. **In a minute:** before you train again, keep the logits and read them another way. Reading again costs seconds; training, hours.
#
# ## The whole picture
#
# One row a bug, with the same recipe and the same exam, from best to worst (`lost_start` is missing: here it equals the healthy one). See how many crowd together at the bottom: by the mark alone you could not tell them apart.

# %%
plots.bug_scores({name: (score["f1"], score["exact_match"]) for name, score in scores.items()}, language=LANGUAGE)

# %% [markdown] lang="es"
# ## La lista de control
#
# Antes de entrenar, por orden:
#
# 1. **Parámetros:** ¿se entrenan algunos de la cabeza *y* algunos del cuerpo? Cuéntalos; no te fíes de un nombre.
# 2. **Pesos:** ¿están en coma flotante, sin redondear?
# 3. **Cobertura:** ¿tiene cada pregunta con respuesta al menos una ventana que la señala?
# 4. **Etiquetas:** ¿se leen como la respuesta?
# 5. **Pérdida inicial:** ¿está cerca de ln(longitud)? Muy por encima: mala inicialización o etiquetas fuera de la ventana. Muy por debajo: estos pesos ya habían visto la tarea.
# 6. **Un lote:** ¿se lo aprende de memoria en unas decenas de pasos? Quien no puede con cuatro ventanas no podrá con diez mil.
#
# Después: mira la pérdida de los primeros pasos, y diez predicciones, antes de irte a dormir. Y si la nota es mala, prueba primero otra lectura de los logits.
#
# `checks.training_sanity` hace las seis pruebas y sirve en cualquier proyecto de respuesta extractiva con modelos de transformers. La última trabaja sobre una copia: tu modelo sale como entró.

# %% [markdown] lang="en"
# ## The checklist
#
# Before training, in this order:
#
# 1. **Parameters:** do some of the head *and* some of the body train? Count them; do not trust a name.
# 2. **Weights:** are they floating-point numbers, unrounded?
# 3. **Coverage:** does each answerable question have at least one window that marks its answer?
# 4. **Labels:** do they read as the answer?
# 5. **First loss:** is it near ln(length)? Far above: bad initialisation, or labels outside the window. Far below: these weights have seen the task before.
# 6. **One batch:** can it be learned by heart in a few dozen steps? What fails at four windows will fail at ten thousand.
#
# Afterwards: look at the loss of the first steps, and at ten predictions, before you go to bed. And if the mark is bad, try another reading of the logits first.
#
# `checks.training_sanity` runs the six tests, and works in any extractive question-answering project with transformers models. The last one uses a copy: your model comes out as it went in.

# %%
tokenizer, model, made = clinic.prepare(healthy, train)
verdicts = checks.training_sanity(model, tokenizer, made, train, language=LANGUAGE)

# %% [markdown] lang="es"
# (Con `smoke`, el modelo diminuto puede no aprenderse el lote: es así de pequeño.) Devuelve además un diccionario, para que tu programa se niegue a empezar: `assert all(verdicts.values())`.
#
# ### Ejercicio 3: lee el informe
#
# Llega una urgencia, y tiene más de un error; se empieza por el primero. Lee las líneas de arriba abajo y guarda en `bug` el error que delata el primer ✗, con su nombre de la clínica (`"int8"`, `"equality"`, `"head_only"`, `"head_frozen"`, `"all_frozen"`...).

# %% [markdown] lang="en"
# (Under `smoke`, the tiny model may fail to learn the batch: it is that small.) It also returns a dictionary, so that your program can refuse to start: `assert all(verdicts.values())`.
#
# ### Exercise 3: read the report
#
# An emergency comes in, with more than one bug; begin with the first. Read the lines from the top, and store in `bug` the one that the first ✗ gives away, by its name in the clinic (`"int8"`, `"equality"`, `"head_only"`, `"head_frozen"`, `"all_frozen"`...).

# %%
emergency = clinic.emergency(PROFILE)
tokenizer, model, made = clinic.prepare(emergency, train)
alarms = checks.training_sanity(model, tokenizer, made, train, language=LANGUAGE)

# %% tags=["exercise"]
bug = ...
checks.first_bug(bug, case=emergency, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Y el segundo? Lo dicen la cobertura y las etiquetas: es `equality`. Fíjate en qué pruebas *pasan* pese a los dos errores: por eso hacen falta seis. Compara:

# %% [markdown] lang="en"
# And the second one? Coverage and labels give it away: it is `equality`. Notice which tests *pass* in spite of both bugs: that is why there are six. Compare:

# %% tags=["solution"]
bug = "head_frozen"
checks.first_bug(bug, case=emergency, language=LANGUAGE)

# %% [markdown] lang="es"
# ## El alta
#
# Volvamos a la historia. La primera fila es la ejecución del principio; las dos siguientes, con uno de los errores reparado, y la última, con los dos. ¿Bastaba con reparar uno?

# %% [markdown] lang="en"
# ## Discharged
#
# Back to the story. The first row is the run from the beginning; the next two have one of its bugs repaired, and the last has both repaired. Would it have been enough to mend one?

# %%
stages = {"all_frozen + int8": (failed, failed_score)}
for name in ("int8", "all_frozen", "healthy"):
    stages[name] = (results[by_name[name]], scores[name])
rows = []
for name, (result, score) in stages.items():
    row = {"bugs left": None if name == "healthy" else name, "epoch 1": result.epoch_losses[0], "epoch 2": result.epoch_losses[1]}
    rows.append(row | {key: score[key] for key in ("exact_match", "f1")})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# No: quien repara un error de dos ve casi la misma nota y cree que la reparación no sirvió. Por eso se prueban las piezas una a una, y por eso el informe va antes del entrenamiento y no después. Con doscientas preguntas y dos épocas, el entrenamiento sano aprende a leer; las cuatro horas no hacían falta.

# %% [markdown] lang="en"
# No: whoever mends one of two bugs sees nearly the same mark, and believes that the repair was no use. That is why the parts are tested one by one, and why the report comes before the training and not after it. With two hundred questions and two epochs the healthy run learns to read; the four hours were not needed.

# %% [markdown] lang="es"
# ## Resumen
#
# - **Síntomas:** una pérdida plana dice que nada se mueve; una que cae demasiado pronto, que la tarea es trivial; una que baja con mala nota, que faltan datos o se leen mal los logits.
# - **Parámetros:** cuenta los libres por partes y los que han cambiado. Un nombre que no atrapa nada no avisa, y `loss.requires_grad_()` solo calla el error.
# - **8 bits:** una actualización menor que medio paso de la rejilla se borra. Se cuantiza después de entrenar.
# - **Etiquetas:** el final de un *offset* no se incluye; se buscan los tokens que tocan la respuesta, y se mide la cobertura.
# - **Lectura:** los logits guardados se leen de nuevo en segundos; las ventanas compiten por puntuación, no por longitud.
# - **Seis pruebas:** `training_sanity` antes de entrenar, también en tus proyectos.
#
# **Siguiente paso:** en la lección 9 las respuestas no se recortan, se generan, y aparecen averías nuevas. La 11 cuantiza como es debido.

# %% [markdown] lang="en"
# ## Summary
#
# - **Symptoms:** a flat loss says that nothing moves; one that falls too soon, that the task is trivial; one that falls while the mark is bad, that data are missing or the logits are badly read.
# - **Parameters:** count the free ones part by part, and those that have changed. A name that catches nothing gives no warning, and `loss.requires_grad_()` only silences the error.
# - **8 bits:** an update of less than half a step of the grid is wiped out. Quantise after training.
# - **Labels:** the end of an offset is not included; look for the tokens that touch the answer, and measure coverage.
# - **Reading:** logits that were kept can be read again in seconds; windows compete by score, not by length.
# - **Six tests:** `training_sanity` before training, in your own projects too.
#
# **Where next:** in lesson 9 answers are not cut out but generated, and new faults appear. Lesson 11 quantises as it should be done.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Karpathy (2019), *A Recipe for Training Neural Networks*: <https://karpathy.github.io/2019/04/25/recipe/>
# - Kingma y Ba (2015), *Adam*, sección 2.1 (el tamaño de un paso): <https://arxiv.org/abs/1412.6980>
# - Jacob y otros (2018), *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*: <https://arxiv.org/abs/1712.05877>
# - Dettmers y otros (2023), *QLoRA: Efficient Finetuning of Quantized LLMs*: <https://arxiv.org/abs/2305.14314>

# %% [markdown] lang="en"
# **Further reading**
#
# - Karpathy (2019), *A Recipe for Training Neural Networks*: <https://karpathy.github.io/2019/04/25/recipe/>
# - Kingma and Ba (2015), *Adam*, section 2.1 (the size of a step): <https://arxiv.org/abs/1412.6980>
# - Jacob et al. (2018), *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*: <https://arxiv.org/abs/1712.05877>
# - Dettmers et al. (2023), *QLoRA: Efficient Finetuning of Quantized LLMs*: <https://arxiv.org/abs/2305.14314>

# %%
figures = {f"f1_{name}": score["f1"] for name, score in scores.items()}
figures |= {f"loss_{name}": results[letter].epoch_losses[-1] for name, letter in by_name.items()}
figures |= {"f1_story": failed_score["f1"], "loss_drift_story": abs(np.diff(failed.epoch_losses)[0])}
figures |= {"moved_int8": results[by_name["int8"]].moved, "moved_healthy": results[by_name["healthy"]].moved}
figures |= {"labelled_healthy": labelled["healthy"], "labelled_equality": labelled["equality"]}
figures |= {"gradients_frozen": gradients, "nailed": sum(half > healthy.learning_rate for half in halves.values())}
figures |= {"beyond": beyond, "find_wrong": len(wrong), "same_labels": same_labels}
figures |= {f"sane_{name}": passed for name, passed in verdicts.items()}
figures |= {f"alarm_{name}": not passed for name, passed in alarms.items()}
report.record(OUTPUT, **figures, language=LANGUAGE)
