# %% [markdown] lang="es"
# # 9 · Respuestas generadas
#
# Hasta aquí, responder era recortar un trozo del pasaje. Ahora un modelo mucho más pequeño, que empieza sin saber nada, va a *escribir* la respuesta, token a token. Al terminar sabrás:
#
# - decir qué separa a un codificador con cabeza de tramos de un codificador-decodificador, y cuándo hace falta el segundo;
# - poner preguntas y respuestas en la forma de T5, texto a texto, y preparar lo que lee y lo que escribe el decodificador;
# - enmascarar el relleno de las etiquetas con −100 y explicar qué pasa si no lo haces;
# - escribir a mano un paso de entrenamiento y uno de validación, y dejar el resto al `Trainer`, que guarda la mejor época;
# - comparar la búsqueda voraz con la búsqueda en haces, y usar `no_repeat_ngram_size` sabiendo lo que rompe;
# - medir lo que un generador acierta y un tramo no puede, lo que confunde y lo que se inventa.
#
# **Tiempo:** 75 minutos, más unos quince de entrenamiento la primera vez, en un portátil. **Antes:** las lecciones 5 (EM y F1), 6 (un primer ajuste) y 7 (el `Trainer`).

# %% [markdown] lang="en"
# # 9 · Generated answers
#
# So far, answering has meant cutting a piece out of the passage. Now a much smaller model, which starts out knowing nothing, is going to *write* the answer, token by token. By the end you will be able to:
#
# - say what sets an encoder with a span head apart from an encoder-decoder, and when you need the second;
# - put questions and answers into T5's form, text to text, and prepare what the decoder reads and what it writes;
# - mask the padding of the labels with −100, and explain what happens if you do not;
# - write a training step and a validation step by hand, and leave the rest to the `Trainer`, which keeps the best epoch;
# - compare greedy search with beam search, and use `no_repeat_ngram_size` knowing what it breaks;
# - measure what a generator gets right that a span cannot, what it mixes up and what it makes up.
#
# **Time:** 75 minutes, plus some fifteen of training the first time, on a laptop. **Before:** lessons 5 (EM and F1), 6 (a first fine-tuning) and 7 (the `Trainer`).

# %% [markdown] lang="es"
# ## Por qué generar
#
# Un modelo extractivo señala un principio y un final. No puede equivocarse de ortografía ni inventar un nombre; tampoco puede decir «sí», contar, ni cambiar el formato de una fecha: si la respuesta no está escrita en el pasaje, no puede darla.
#
# La figura compara los dos caminos. El codificador es el mismo tipo de red en ambos. A la izquierda, una cabeza da dos números por token. A la derecha, un **decodificador** mira la pregunta y el pasaje a través de la **atención cruzada** (cada token que escribe reparte su atención entre los que leyó el codificador) y elige el token siguiente *de todo el vocabulario*; lo añade a lo ya escrito y vuelve a empezar, hasta que escribe el token final.
#
# **Piensa:** ¿qué flecha de la derecha permite inventar?

# %% [markdown] lang="en"
# ## Why generate
#
# An extractive model points at a start and an end. It cannot misspell or invent a name; nor can it say "yes", count, or change the format of a date: if the answer is not written in the passage, it cannot give it.
#
# The figure compares the two ways. The encoder is the same kind of network in both. On the left, a head gives two numbers per token. On the right, a **decoder** looks at question and passage through **cross-attention** (each token that it writes shares out its attention among those that the encoder read) and chooses the next token *out of the whole vocabulary*; it adds it to what is written already and starts again, until it writes the end token.
#
# **Think:** which arrow on the right makes inventing possible?

# %% tags=["nbval-ignore-output"]
import datasets
import torch
import transformers

from qa_course import checks, corpus, encoder, generation, microworld, plots, profiles, report, scoring, training

datasets.disable_progress_bars()
transformers.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()

plots.architectures(language=LANGUAGE)

# %% [markdown] lang="es"
# La que sube del decodificador: el token siguiente sale de todo el vocabulario, no del pasaje. Copiar, que para el extractivo es inevitable, para el generador es algo que hay que *aprender*.
#
# ## Un micromundo
#
# Los generadores conocidos aprendieron de cientos de gigabytes de texto. Aquí hay que aprender desde cero y en minutos, así que el mundo tiene que ser pequeño: pasajes de una frase sobre personas que no existen, en las dos lenguas, escritos por un programa. Hay siete clases de pregunta. En cuatro la respuesta está en el pasaje; en tres, no: una fecha en cifras, cuántas lenguas hablaba y una de sí o no.

# %% [markdown] lang="en"
# The one that rises from the decoder: the next token comes out of the whole vocabulary, not out of the passage. Copying, which the extractive model cannot help doing, is something that the generator has to *learn*.
#
# ## A micro-world
#
# The well-known generators learned from hundreds of gigabytes of text. Here the model must learn from nothing and within minutes, so the world has to be small: passages of one sentence about people who do not exist, in both languages, written by a program. There are seven kinds of question. For four the answer stands in the passage; for three it does not: a date in figures, how many languages someone spoke, and a yes or no.

# %%
sizes = microworld.sizes(PROFILE)
world = {split: microworld.questions(split, count) for split, count in sizes.items()}
report.table([{"set": split, "questions": len(table)} for split, table in world.items()], language=LANGUAGE)

kind_names = microworld.KIND_NAMES[LANGUAGE]
own = [row for row in world["test"] if row["language"] == LANGUAGE and row["facts"] > 2]
shown = {row["kind"]: row for row in reversed(own)}
rows = []
for kind in (each for each in microworld.KINDS if each in shown):
    row = {"kind": kind_names[kind], "passage": shown[kind]["context"], "question": shown[kind]["question"]}
    start = shown[kind]["answers"]["answer_start"][0]
    rows.append(row | {"answer": shown[kind]["answers"]["text"][0], "in the passage": start >= 0})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# El conjunto de prueba no trae palabras nuevas: trae **combinaciones** nuevas. Cada nombre, lugar, año, oficio e instrumento se ha visto al entrenar, pero ningún nombre aparece en prueba con uno que ya tuviera en entrenamiento. Así, aprenderse de memoria quién nació dónde no sirve de nada: hay que leer.
#
# La tabla cuenta las parejas de nombre y valor de la prueba, las que ya salieron al entrenar y aquellas cuyo nombre o cuyo valor se conocía. **Piensa:** ¿qué sacaría aquí un modelo que se hubiera aprendido las parejas de memoria?

# %% [markdown] lang="en"
# The test set brings no new words: it brings new **combinations**. Every name, place, year, job and instrument was seen in training, but no name comes up in the test with one that it had there. So learning by heart who was born where is of no use: the model must read.
#
# The table counts the pairs of name and value in the test, those already seen in training, and those whose name or value was known. **Think:** what would a model get here that had learned the pairs by heart?

# %%
def pairs(table):
    spans = [row for row in table if row["kind"] in microworld.SPAN_KINDS]
    return {(row["name"], row["answers"]["text"][0]) for row in spans}


trained_pairs, test_pairs = pairs(world["train"]), pairs(world["test"])
known_names, known_values = ({pair[side] for pair in trained_pairs} for side in (0, 1))
new = {
    "test pairs": len(test_pairs),
    "seen in training": len(test_pairs & trained_pairs),
    "known name": sum(name in known_names for name, _ in test_pairs),
    "known value": sum(value in known_values for _, value in test_pairs),
}
report.table([new], language=LANGUAGE)

# %% [markdown] lang="es"
# Cero en las cuatro clases que se copian: ninguna de sus parejas vuelve a salir.
#
# ## Texto a texto
#
# T5 (Raffel y otros, 2020) pone todas las tareas en una misma forma: entra un texto y sale otro. Una pregunta con su pasaje se escribe `question: … context: …`; la respuesta es, sin más, el texto que debe salir. No hay posiciones, ni tramos, ni ventanas con etiquetas.
#
# El tokenizador también se entrena aquí, con los textos de entrenamiento del micromundo y con los pasajes de entrenamiento de CuadernoQA, que harán falta al final. Es un BPE (lección 1) que separa las cifras una a una. Mira en la tabla cómo queda un año.

# %% [markdown] lang="en"
# Zero in the four kinds that are copied: none of their pairs comes back.
#
# ## Text to text
#
# T5 (Raffel et al., 2020) puts all tasks into one form: a text goes in and a text comes out. A question with its passage is written `question: … context: …`; the answer is simply the text that must come out. There are no positions, no spans, no windows with labels.
#
# The tokenizer is trained here too, on the training texts of the micro-world and on the training passages of CuadernoQA, which will be needed at the end. It is a BPE (lesson 1) that splits numbers into single digits. See in the table what becomes of a year.

# %%
config = generation.course_config(PROFILE)
prompts = [generation.prompt(*pair) for pair in zip(world["train"]["question"], world["train"]["context"], strict=True)]
both = [corpus.load("cuadernoqa", "train", language) for language in corpus.LANGUAGES]
passages = sorted({context for table in both for context in table["context"]})
tokenizer = generation.train_tokenizer(prompts + passages, config.vocabulary)

example = shown["year"]
question = generation.prompt(example["question"], example["context"])
texts = {"input": question, "output": example["answers"]["text"][0]}
rows = [
    {"what": report.word(name, LANGUAGE), "tokens": " ".join(tokenizer(text).tokens())}
    for name, text in texts.items()
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# El modelo es un T5 en miniatura, con pesos al azar. Una sola tabla de *embeddings* sirve al codificador, al decodificador y a la elección del token de salida. **Piensa:** ¿qué parte se lleva más parámetros?

# %% [markdown] lang="en"
# The model is a T5 in miniature, with random weights. A single table of embeddings serves the encoder, the decoder and the choice of the output token. **Think:** which part takes most of the parameters?

# %%
untrained = generation.new_model(tokenizer, config)
parts = {"embedding": untrained.shared, "encoder": untrained.encoder.block, "decoder": untrained.decoder.block}
rows = [
    {"part": report.word(name, LANGUAGE), "parameters": sum(p.numel() for p in part.parameters())}
    for name, part in parts.items()
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Lo que lee el decodificador
#
# Al responder, el decodificador lee lo que él mismo ha escrito. Al entrenar se hace trampa: se le da a leer **la respuesta correcta**, desplazada un lugar a la derecha, y en cada posición debe escribir el token que viene; una máscara le impide mirar más adelante. Es el forzado del profesor (*teacher forcing*). Tiene dos ventajas: todas las posiciones se calculan a la vez, y un error al principio no estropea lo demás.
#
# La primera entrada es un token de arranque; en T5, el mismo que el del relleno. La última etiqueta es `</s>`, el token final: sin él, el modelo no sabría parar. La tabla muestra un ejemplo; compara cada fila con la siguiente.

# %% [markdown] lang="en"
# ## What the decoder reads
#
# When it answers, the decoder reads what it has written itself. In training we cheat: it is given **the right answer** to read, shifted one place to the right, and at each position it must write the token that comes next; a mask keeps it from looking further ahead. This is *teacher forcing*. It has two advantages: all positions are computed at once, and an early mistake does not spoil the rest.
#
# The first input is a starting token; in T5, the same as the padding. The last label is `</s>`, the end token: without it the model would not know when to stop. The table shows an example; compare each row with the next.

# %%
labels = tokenizer(texts["output"], return_tensors="pt")["input_ids"]
read = untrained.prepare_decoder_input_ids_from_labels(labels)
names = [tokenizer.convert_ids_to_tokens(ids[0].tolist()) for ids in (read, labels)]
rows = [{"position": place, "reads": one, "must write": two} for place, (one, two) in enumerate(zip(*names, strict=True))]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# En un lote, las respuestas cortas se completan con relleno (*padding*). En las entradas es el token de relleno; en las **etiquetas**, −100, el número que la pérdida de PyTorch se salta.
#
# ### Ejercicio 1: entradas y etiquetas
#
# Escribe `prepare`: recibe las respuestas de un lote (listas de identificadores, cada una acabada en su token final), el identificador del relleno y el de arranque. Devuelve dos listas de listas, todas igual de largas: las entradas del decodificador y las etiquetas.

# %% [markdown] lang="en"
# In a batch, short answers are filled up with padding. In the inputs it is the padding token; in the **labels** it is −100, the number that PyTorch's loss skips.
#
# ### Exercise 1: inputs and labels
#
# Write `prepare`: it takes the answers of a batch (lists of ids, each with its end token), the id of the padding and the id to start with. It returns two lists of lists, all of one length: the decoder's inputs and the labels.

# %% tags=["exercise"]
def prepare(answers, pad, start):
    return ...


checks.teacher_forcing(prepare, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución. En la práctica lo hacen `DataCollatorForSeq2Seq`, que pone los −100, y el propio modelo, que desplaza las etiquetas.

# %% [markdown] lang="en"
# Compare with the solution. In practice this is done by `DataCollatorForSeq2Seq`, which sets the −100, and by the model itself, which shifts the labels.

# %% tags=["solution"]
def prepare(answers, pad, start):
    longest = max(len(answer) for answer in answers)
    labels = [answer + [-100] * (longest - len(answer)) for answer in answers]
    inputs = [[start, *answer[:-1]] + [pad] * (longest - len(answer)) for answer in answers]
    return inputs, labels


checks.teacher_forcing(prepare, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Un paso, escrito entero
#
# Un **paso de entrenamiento** son cuatro líneas: calcular la pérdida del lote, calcular los gradientes (`loss.backward()`), mover los pesos (`optimizer.step()`) y borrar los gradientes para el paso siguiente (`optimizer.zero_grad()`).
#
# ### Ejercicio 2: el paso de entrenamiento
#
# Escribe `training_step`. `batch` es un diccionario que el modelo admite con `model(**batch)`, y la salida lleva la pérdida en `.loss`. Devuelve la pérdida como número, no como tensor.

# %% [markdown] lang="en"
# ## One step, written out
#
# A **training step** is four lines: compute the loss of the batch, compute the gradients (`loss.backward()`), move the weights (`optimizer.step()`), and clear the gradients for the next step (`optimizer.zero_grad()`).
#
# ### Exercise 2: the training step
#
# Write `training_step`. `batch` is a dictionary that the model takes as `model(**batch)`, and the output carries the loss in `.loss`. Return the loss as a number, not as a tensor.

# %% tags=["exercise"]
def training_step(model, batch, optimizer):
    return ...


checks.training_step(training_step, language=LANGUAGE)

# %% [markdown] lang="es"
# ¿Devolviste `loss` o `loss.item()`? El tensor arrastra consigo el rastro de todo el cálculo; guardar mil llena la memoria.

# %% [markdown] lang="en"
# Did you return `loss` or `loss.item()`? The tensor drags the record of the whole computation along; keeping a thousand of them fills the memory.

# %% tags=["solution"]
def training_step(model, batch, optimizer):
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


checks.training_step(training_step, language=LANGUAGE)

# %% [markdown] lang="es"
# Un **paso de validación** mide dos cosas distintas. La *pérdida*, sin gradientes y con el profesor delante: ¿cuánto se sorprende el modelo ante la respuesta correcta? Y la *respuesta*, sin profesor: se genera y se compara. La primera es suave y barata; la segunda es la que importa, y las dos pueden no estar de acuerdo.
#
# Lo probamos con el modelo sin entrenar. La pérdida es la media, por token, de menos el logaritmo natural de la probabilidad que da al correcto; por eso se mide en *nats*. **Piensa:** si repartiera la probabilidad por igual entre todo el vocabulario, ¿cuánto valdría? La columna «reparto igual» lo dice.

# %% [markdown] lang="en"
# A **validation step** measures two different things. The *loss*, without gradients and with the teacher present: how surprised is the model by the right answer? And the *answer*, without the teacher: it is generated and compared. The first is smooth and cheap; the second is what counts, and the two may disagree.
#
# We try it on the untrained model. The loss is the mean, over the tokens, of minus the natural logarithm of the probability given to the right one; that is why it is measured in *nats*. **Think:** if it spread the probability evenly over the whole vocabulary, what would the loss be? The column "uniform" tells you.

# %%
import math


def validation_step(model, examples):
    rows = examples.map(generation.features, batched=True, remove_columns=examples.column_names, fn_kwargs={"tokenizer": tokenizer})
    batch = generation.collator(tokenizer)(list(rows)).to(model.device)
    with torch.inference_mode():
        loss = model.eval()(**batch).loss.item()
    answers = generation.generate(model, tokenizer, examples)
    golds = dict(zip(examples["id"], examples["answers"], strict=True))
    right = [scoring.exact_match(text, golds[name]["text"][0]) for name, text in answers.items()]
    return {"loss": loss, "uniform": math.log(len(tokenizer)), "exact_match": 100 * sum(right) / len(right)}


few = world["validation"].select(range(40))
report.table([validation_step(untrained, few)], language=LANGUAGE)

# %% [markdown] lang="es"
# Sin entrenar no acierta nada, y su pérdida es incluso algo peor que la de un reparto igual, el logaritmo del tamaño del vocabulario: los pesos al azar prefieren unos tokens a otros sin motivo.
#
# ## Sin la máscara
#
# ¿Qué pasa si el relleno se queda como etiqueta? Entrenamos dos veces el mismo modelo, con los mismos lotes, durante unos pocos pasos: una con −100 y otra con el token de relleno. A la izquierda, la pérdida que cada uno anuncia; a la derecha, la de ambos *en los tokens de la respuesta*, que es la que cuenta.
#
# **Piensa:** ¿cuál de los dos parecerá mejor a la izquierda?

# %% [markdown] lang="en"
# Untrained, it gets nothing right, and its loss is even a little worse than that of an even spread, the logarithm of the size of the vocabulary: random weights prefer some tokens to others for no reason.
#
# ## Without the mask
#
# What happens if the padding stays in as a label? We train the same model twice, on the same batches, for a few steps: once with −100 and once with the padding token. On the left, the loss that each of them reports; on the right, that of both *on the tokens of the answer*, which is what counts.
#
# **Think:** which of the two will look better on the left?

# %%
def short_run(ignored, steps, size=16):
    model = generation.new_model(tokenizer, config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    options = {"batched": True, "remove_columns": world["train"].column_names, "fn_kwargs": {"tokenizer": tokenizer}}
    rows = list(world["train"].select(range(steps * size)).map(generation.features, **options))
    curves = {"reported": [], "answer": []}
    for first in range(0, len(rows), size):
        with torch.inference_mode():
            honest = generation.collator(tokenizer)(rows[first : first + size])
            curves["answer"].append(model(**honest).loss.item())
        batch = generation.collator(tokenizer, ignored)(rows[first : first + size])
        curves["reported"].append(generation.training_step(model, batch, optimizer))
    return curves


steps = sizes["train"] // 1000 * 2 + 6
curves = {"masked": short_run(-100, steps), "unmasked": short_run(tokenizer.pad_token_id, steps)}
plots.masked_losses(curves, language=LANGUAGE)

# %% [markdown] lang="es"
# El que cuenta el relleno presume de una pérdida menor: buena parte de lo que «acierta» es relleno, que siempre es igual. A la derecha no hay ventaja ninguna: va por detrás, sobre todo al principio. Una pérdida solo se compara con otra calculada sobre los mismos tokens.

# %% [markdown] lang="en"
# The one that counts padding boasts a lower loss: a good part of what it "gets right" is padding, which is always the same. On the right there is no advantage at all: it lags behind, above all at the beginning. A loss can only be compared with another one computed on the same tokens.

# %% [markdown] lang="es"
# ## El entrenamiento completo
#
# El resto lo hace `Seq2SeqTrainer`, que es el `Trainer` de la lección 7 con una diferencia: con `predict_with_generate`, al evaluar también *genera*. Fíjate en los tres últimos argumentos de la tabla: tras cada época se mide la pérdida de validación, y al final se vuelve a la mejor época (`load_best_model_at_end`), que no tiene por qué ser la última.

# %% [markdown] lang="en"
# ## The whole training run
#
# The rest is done by `Seq2SeqTrainer`, which is the `Trainer` of lesson 7 with one difference: with `predict_with_generate` it also *generates* when it evaluates. Look at the last three arguments of the table: after each epoch the validation loss is measured, and at the end the trainer goes back to the best epoch (`load_best_model_at_end`), which need not be the last.

# %%
import tempfile

names = ["num_train_epochs", "per_device_train_batch_size", "learning_rate", "warmup_steps", "predict_with_generate"]
names += ["eval_strategy", "metric_for_best_model", "load_best_model_at_end"]
with tempfile.TemporaryDirectory() as nowhere:
    chosen = generation.arguments(config, nowhere).to_dict()
report.table([{"argument": name, "value": str(chosen[name])} for name in names], language=LANGUAGE)

# %% [markdown] lang="es"
# **Antes de ejecutar:** la primera vez son unos cinco minutos en un portátil, con una barra de progreso; después sale de la caché, y las dos ediciones de la lección usan el mismo modelo. **Piensa** mientras: ¿subirá el EM al ritmo al que baja la pérdida?

# %% [markdown] lang="en"
# **Before you run it:** the first time takes some five minutes on a laptop, with a progress bar; afterwards it comes from the cache, and both editions of the lesson use the same model. **Think** meanwhile: will EM rise as fast as the loss falls?

# %% tags=["nbval-ignore-output"]
folder = generation.fit(config, world["train"], world["validation"], prompts + passages)
log = generation.history(folder)["log"]
plots.generation_curves(log, language=LANGUAGE)

# %% [markdown] lang="es"
# No: en la primera época se va la mayor parte de la pérdida y llega la menor parte del EM. Saber que un año tiene cuatro cifras y que empieza por 19 quita mucha pérdida y no acierta ninguna pregunta; encontrar *qué* año viene después.
#
# La tabla da las mismas cifras y, en la última columna, la época que se queda. **Piensa:** ¿coincide con la de mayor EM? ¿Por qué se elige por la pérdida, si lo que importa es el EM?

# %% [markdown] lang="en"
# No: in the first epoch most of the loss goes, and the smaller part of EM comes. Knowing that a year has four digits and begins with 19 takes away much of the loss and gets no question right; finding *which* year comes later.
#
# The table gives the same figures and, in the last column, the epoch that is kept. **Think:** is it the one with the highest EM? Why choose by the loss, if EM is what counts?

# %%
tested = [entry for entry in log if "eval_loss" in entry]
lowest = min(entry["eval_loss"] for entry in tested)
rows = []
for entry in tested:
    row = {"epoch": entry["epoch"], "eval_loss": entry["eval_loss"]}
    row |= {f"EM ({language})": entry[f"eval_exact_match_{language}"] for language in corpus.LANGUAGES}
    rows.append(row | {"kept": entry["eval_loss"] == lowest})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# En nuestra ejecución coinciden, pero no tiene por qué ser así: la pérdida bajó en todas las épocas y el EM del inglés retrocedió en una. La pérdida es suave: premia cada décima de probabilidad. El EM es todo o nada. Por eso la primera ordena mejor las épocas, sobre todo con pocas preguntas, y por eso hay que mirar las dos medidas.
#
# Ahora, la prueba: combinaciones nuevas, clase por clase. A su lado, el modelo extractivo del curso, que es mucho mayor, viene preentrenado, nunca ha visto este micromundo y aquí contesta siempre. **Piensa:** ¿en qué clases ganará cada uno?

# %% [markdown] lang="en"
# In our run it is, but it need not be: the loss fell in every epoch, and English EM went back in one of them. The loss is smooth: it rewards every tenth of probability. EM is all or nothing. That is why the first ranks the epochs better, above all on few questions, and why both measures are worth a look.
#
# Now the test: new combinations, kind by kind. Beside it, the extractive course model, which is much larger, is pretrained, has never seen this micro-world and here always answers. **Think:** in which kinds will each of them win?

# %%
tokenizer, model = generation.load(folder)
extractor_tokenizer, extractor = encoder.load(training.course_model(PROFILE))


def extract(examples):
    found = training.answer(extractor, extractor_tokenizer, examples, n_best=1)
    return {name: each["text"] for name, each in found.items()}


answers = {"T5": generation.generate(model, tokenizer, world["test"]), "extractive": extract(world["test"])}
kinds = {name: microworld.by_kind(found, world["test"]) for name, found in answers.items()}
plots.exact_by_kind(kinds, language=LANGUAGE)

# %% [markdown] lang="es"
# En las tres últimas clases el extractivo no puede acertar: la respuesta no está en el pasaje. No le falta inteligencia, le falta salida. El generador escribe la fecha cifra a cifra, con el mes convertido en número, y cuenta las lenguas, porque nadie le obliga a recortar.
#
# ¿Y el año, que sí está escrito? Lee qué contesta el extractivo antes de juzgarlo.

# %% [markdown] lang="en"
# In the last three kinds the extractive model cannot be right: the answer is not in the passage. It does not lack intelligence, it lacks an output. The generator writes the date digit by digit, with the month turned into a number, and counts the languages, because nobody makes it cut anything out.
#
# And the year, which is written there? Read what the extractive model answers before you judge it.

# %%
rows = []
for row in (each for each in own if each["kind"] == "year"):
    found = {name: answers[name][row["id"]] for name in answers}
    rows.append({"question": row["question"], "gold": row["answers"]["text"][0]} | found)
report.table(rows[:4], language=LANGUAGE)

# %% [markdown] lang="es"
# Recorta un poco más de lo que se pide, como le enseñaron otras preguntas, y el EM no perdona. El T5 sabe exactamente qué quiere este examen porque se entrenó para él y para nada más: no es más listo, está más adaptado.
#
# La primera tabla da el EM por lenguas. Y antes de celebrar la barra de sí o no, busca la referencia: ¿cuánto sacaría quien dijera siempre lo mismo? Lo calcula la segunda.

# %% [markdown] lang="en"
# It cuts out a little more than is asked for, as other questions taught it, and EM does not forgive. The T5 knows exactly what this exam wants because it was trained for it and for nothing else: it is not cleverer, it is better adapted.
#
# The first table gives EM by language. And before you celebrate the yes-or-no bar, look for the baseline: what would someone get who always says the same? The second works it out.

# %%
marks = {}
for name, found in answers.items():
    for language in corpus.LANGUAGES:
        asked = world["test"].filter(lambda row, language=language: row["language"] == language)
        marks[name, language] = scoring.score(found, asked, language)["exact_match"]
rows = [
    {"model": report.word(name, LANGUAGE), "language": language, "exact_match": mark}
    for (name, language), mark in marks.items()
]
report.table(rows, language=LANGUAGE)

yes_no = [row["answers"]["text"][0] for row in world["test"] if row["kind"] == "speaks"]
no_share = 100 * yes_no.count("no") / len(yes_no)
row = {"kind": kind_names["speaks"], "T5": kinds["T5"]["speaks"], "always the same": max(no_share, 100 - no_share)}
report.table([row], language=LANGUAGE)

# %% [markdown] lang="es"
# En nuestra ejecución la distancia es corta: el modelo ha aprendido que se contesta «sí» o «no», y poco más. Contar lenguas y cambiar un mes por un número se puede hacer mirando solo el pasaje; para decir si alguien hablaba griego hay que *comparar* una palabra de la pregunta con las del pasaje. Esa diferencia volverá pronto.
#
# ## Voraz o en haces
#
# Escribir es buscar. La búsqueda **voraz** toma cada vez el token más probable y no vuelve atrás. La búsqueda **en haces** (*beam search*) mantiene a la vez las `num_beams` continuaciones más probables, y al final se queda con la de mayor probabilidad media (geométrica) por token. La tabla muestra los cuatro haces de una pregunta; sus medias son por token y no tienen por qué sumar 1. ¿Cuánto se separa el segundo del primero?

# %% [markdown] lang="en"
# In our run the distance is short: the model has learned that the answer is "yes" or "no", and little more. Languages can be counted, and a month turned into a number, by looking at the passage alone; to say whether someone spoke Greek, a word of the question must be *compared* with those of the passage. That difference will soon be back.
#
# ## Greedy or beams
#
# To write is to search. **Greedy** search takes the most probable token each time, and never goes back. **Beam search** keeps the `num_beams` most probable continuations at once, and ends with the one of the highest (geometric) mean probability per token. The table shows the four beams of one question; their means are per token and need not add up to 1. How far is the second from the first?

# %%
asked = tokenizer(generation.prompt(shown["date"]["question"], shown["date"]["context"]), return_tensors="pt").to(model.device)
options = {"num_beams": 4, "num_return_sequences": 4, "max_new_tokens": 16}
with torch.inference_mode():
    beams = model.generate(**asked, **options, return_dict_in_generate=True, output_scores=True)
written = tokenizer.batch_decode(beams.sequences, skip_special_tokens=True)
rows = [
    {"beam": number, "answer": text, "mean probability": math.exp(score)}
    for number, (text, score) in enumerate(zip(written, beams.sequences_scores.tolist(), strict=True), 1)
]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Los haces cuestan: cada paso calcula tantas continuaciones como haces. ¿Compensan? La tabla da el EM, cuántas respuestas cambian respecto de la voraz, cuántas de esas mejoran o empeoran, y el tiempo.

# %% [markdown] lang="en"
# Beams cost: each step computes as many continuations as there are beams. Are they worth it? The table gives EM, how many answers differ from the greedy ones, how many of those get better or worse, and the time.

# %% tags=["nbval-ignore-output"]
import time

golds = dict(zip(world["test"]["id"], world["test"]["answers"], strict=True))


def right(found):
    return {name: scoring.exact_match(text, golds[name]["text"][0]) for name, text in found.items()}


greedy, before, rows = answers["T5"], right(answers["T5"]), []
for number in (1, 2, 4):
    began = time.perf_counter()
    found = generation.generate(model, tokenizer, world["test"], num_beams=number)
    seconds = time.perf_counter() - began
    row = {"beams": number, "exact_match": scoring.score(found, world["test"])["exact_match"]}
    row["changed"] = sum(text != greedy[name] for name, text in found.items())
    gains = [mark - before[name] for name, mark in right(found).items()]
    rows.append(row | {"get better": gains.count(1), "get worse": gains.count(-1), "seconds": seconds})
report.table(rows, language=LANGUAGE)
beam_gain = rows[-1]["exact_match"] - rows[0]["exact_match"]

# %% [markdown] lang="es"
# Aquí no: cambian muy pocas respuestas y no todas para bien. Con respuestas de pocos tokens es lo habitual: donde el modelo está seguro, todos los caminos llevan al mismo sitio. Los haces se notan más en textos largos, como resúmenes y traducciones, y cuando el modelo duda.
#
# ## Un remedio que rompe cosas
#
# Los generadores caen en bucles. Para verlo, basta con prohibirle a nuestro modelo que pare: con `min_new_tokens=24`, no puede escribir el token final antes de haber escrito otros 24. El remedio conocido es `no_repeat_ngram_size=n`: ninguna serie de *n* tokens seguidos (un *n-grama*) puede salir dos veces. Mira la primera fila y después las otras.

# %% [markdown] lang="en"
# Not here: very few answers change, and not all for the better. With answers of a few tokens that is usual: where the model is sure, all roads lead to the same place. Beams matter more in long texts, such as summaries and translations, and where the model is in doubt.
#
# ## A remedy that breaks things
#
# Generators fall into loops. To see it, it is enough to forbid our model to stop: with `min_new_tokens=24` it may not write the end token before it has written 24 others. The well-known remedy is `no_repeat_ngram_size=n`: no series of *n* tokens in a row (an *n-gram*) may come twice. Look at the first row, and then at the others.

# %%
one = world["test"].select([world["test"]["id"].index(shown["place"]["id"])])
rows = []
for size in (0, 1, 2, 3):
    options = {"min_new_tokens": 24, "max_new_tokens": 24, "no_repeat_ngram_size": size}
    (text,) = generation.generate(model, tokenizer, one, **options).values()
    rows.append({"no_repeat_ngram_size": size, "answer": text})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# El bucle desaparece, pero no lo que lo causa: obligado a hablar, el modelo no tiene nada que decir, y ahora se inventa algo distinto cada vez.
#
# Y el remedio tiene un precio. **Piensa:** en nuestro tokenizador, 1919 son las cifras `1 9 1 9`. ¿Qué hará con él `no_repeat_ngram_size=2`? ¿Y con una fecha como 1/1/1911? Mídelo: EM en las preguntas de año y de fecha, según *n*, y unas cuantas respuestas rotas.

# %% [markdown] lang="en"
# The loop is gone, but not what causes it: made to speak, the model has nothing to say, and now it makes up something different each time.
#
# And the remedy has a price. **Think:** in our tokenizer, 1919 is the digits `1 9 1 9`. What will `no_repeat_ngram_size=2` do to it? And to a date such as 1/1/1911? Measure it: EM on questions for a year and for a date, by *n*, and a few broken answers.

# %%
numbers = microworld.questions("test", sizes["test"] // 2, kinds=("year", "date"), seed=1)
written = {
    size: generation.generate(model, tokenizer, numbers, no_repeat_ngram_size=size) for size in (0, 1, 2, 3)
}
repeat_marks = {size: microworld.by_kind(found, numbers) for size, found in written.items()}
rows = [
    {"no_repeat_ngram_size": size} | {kind_names[kind]: mark for kind, mark in marks_of.items()}
    for size, marks_of in repeat_marks.items()
]
report.table(rows, language=LANGUAGE)

broken = [row for row in numbers if written[0][row["id"]] == row["answers"]["text"][0] != written[2][row["id"]]]
rows = [{"gold": row["answers"]["text"][0], "answer": written[2][row["id"]]} for row in broken[:4]]
report.table(rows, ["gold", "answer"], language=LANGUAGE)

# %% [markdown] lang="es"
# Una opción que arregla resúmenes estropea años, teléfonos y nombres. Cada opción de `generate` se prueba con las respuestas que te importan, no con las que la hicieron famosa.
#
# ## El límite: ¿de quién?
#
# Hasta ahora cada pasaje hablaba de una sola persona, y bastaba saber *qué* se pregunta. Con dos protagonistas hay que saber también *de quién*: en el pasaje hay dos lugares, dos años, dos oficios. Entrenamos un segundo modelo (otros cinco o siete minutos la primera vez), igual de grande y con los mismos pasos, con pasajes de dos frases, y clasificamos cada respuesta según de dónde sale.
#
# **Piensa:** un modelo que entienda *qué* pero no *de quién*, ¿qué EM sacará?

# %% [markdown] lang="en"
# An option that mends summaries ruins years, telephone numbers and names. Try every option of `generate` on the answers that matter to you, not on those that made it famous.
#
# ## The limit: whose?
#
# So far each passage was about a single person, and it was enough to know *what* is asked. With two protagonists one must also know *whose*: there are two places in the passage, two years, two jobs. We train a second model (another five to seven minutes the first time), of the same size and for the same steps, on passages of two sentences, and sort each answer by where it comes from.
#
# **Think:** a model that understands *what* but not *whose*, what EM will it get?

# %% tags=["nbval-ignore-output"]
crowd = {split: microworld.questions(split, count, protagonists=2) for split, count in sizes.items()}
crowd_prompts = [generation.prompt(*pair) for pair in zip(crowd["train"]["question"], crowd["train"]["context"], strict=True)]
crowd_folder = generation.fit(config, crowd["train"], crowd["validation"], crowd_prompts + passages)
crowd_tokenizer, crowd_model = generation.load(crowd_folder)
crowd_answers = generation.generate(crowd_model, crowd_tokenizer, crowd["test"])
whose = microworld.origins(crowd_answers, crowd["test"])
plots.answer_origins(whose, language=LANGUAGE)

# %% [markdown] lang="es"
# Sabe *qué* se pregunta: a quien pregunta por un oficio no le contesta con un instrumento. No sabe *de quién*: compara el tramo oscuro con el rayado en lugar, oficio e instrumento. Entre dos protagonistas, acertar la mitad es tirar una moneda.
#
# El año es otra cosa, y peor. Lee la tabla: ¿de dónde salen sus cifras?

# %% [markdown] lang="en"
# It knows *what* is asked: whoever asks for a job does not get an instrument. It does not know *whose*: compare the dark part with the hatched one for place, job and instrument. Between two protagonists, being right half the time is tossing a coin.
#
# The year is another matter, and worse. Read the table: where do its digits come from?

# %%
rows = []
for row in crowd["test"]:
    if row["kind"] == "year":
        written_year = crowd_answers[row["id"]]
        golds_of = {"gold": row["answers"]["text"][0], "the other": row["others"][0], "answer": written_year}
        places = {"year in the passage": scoring.stands_in(written_year, row["context"])}
        places |= {"digits in the passage": set(written_year) <= set(row["context"])}
        rows.append({"question": row["question"], "language": row["language"]} | golds_of | places)
columns = ["question", *golds_of, *places]
report.table([row for row in rows if row["language"] == LANGUAGE][:6], columns, language=LANGUAGE)

year_shares = {f"{name} (%)": 100 * sum(row[name] for row in rows) / len(rows) for name in places}
report.table([year_shares], language=LANGUAGE)

# %% [markdown] lang="es"
# Las cifras están siempre en el pasaje; el año, pocas veces. El modelo copia cifras sueltas, de aquí y de allá, y escribe con ellas un año que parece perfectamente bueno: nadie puede ver que es falso sin volver al texto. Un tramo no puede hacer eso: o es un año del pasaje, o es el otro. Así nace una **alucinación**, una respuesta inventada que suena bien, y no hace falta un modelo grande.
#
# Lo que le falta es lo mismo que en las preguntas de sí o no: hay que comparar una palabra de la pregunta con otra del pasaje. ¿Y el extractivo, que viene preentrenado? Las mismas preguntas, sin haber visto jamás este mundo:

# %% [markdown] lang="en"
# The digits are always in the passage; the year seldom is. The model copies single digits, from here and from there, and writes with them a year that looks perfectly good: nobody can see that it is false without going back to the text. A span cannot do that: it is one year of the passage or the other. This is how a **hallucination** is born, an invented answer that sounds right, and it does not take a large model.
#
# What it lacks is the same as in the yes-or-no questions: a word of the question must be compared with another of the passage. And the extractive model, which comes pretrained? The same questions, without ever having seen this world:

# %% tags=["nbval-ignore-output"]
plain = crowd["test"].filter(lambda row: row["kind"] in microworld.SPAN_KINDS)
crowd_marks = {"T5": microworld.by_kind(crowd_answers, plain), "extractive": microworld.by_kind(extract(plain), plain)}
plots.exact_by_kind(crowd_marks, protagonists=2, language=LANGUAGE)

# %% [markdown] lang="es"
# El año vuelve a ser la fecha entera. Lo demás lo acierta casi siempre, también con dos protagonistas: saber *de quién* se habla también hay que aprenderlo, y él lo traía aprendido, de su preentrenamiento, de CuadernoQA o de los dos. Hay otra diferencia, en cómo falla: se lleva palabras de más o se equivoca de dato, pero todo lo que dice está en el pasaje.

# %% [markdown] lang="en"
# The year is the whole date again. The rest it nearly always gets right, with two protagonists too: knowing *whose* has to be learned too, and it came with that learned, from its pretraining, from CuadernoQA or from both. There is another difference, in how it fails: it cuts out too much or takes the wrong fact, but everything it says stands in the passage.

# %% [markdown] lang="es"
# ## Fuera del micromundo: CuadernoQA
#
# ¿Y con preguntas de verdad? El modelo de un protagonista sigue aprendiendo, ahora con una de cada tres preguntas de entrenamiento de CuadernoQA, en las dos lenguas; las que no tienen respuesta tienen como salida el texto vacío, es decir, solo el token final. Es una sola época, uno o dos minutos: no esperes mucho. Lo que interesa es *cómo* falla. La tabla dice en qué cambia la configuración.

# %% [markdown] lang="en"
# ## Outside the micro-world: CuadernoQA
#
# And what of real questions? The model of one protagonist goes on learning, now on one in three of the training questions of CuadernoQA, in both languages; those without an answer have the empty text as their output, that is, the end token alone. It is a single epoch, a minute or two: do not expect much. What matters is *how* it fails. The table says what changes in the configuration.

# %% tags=["nbval-ignore-output"]
real = {split: generation.cuadernoqa(split, PROFILE) for split in ("train", "validation", "test")}
real_config = generation.real_config(folder, PROFILE)
changed = {name: value for name, value in vars(real_config).items() if value != vars(config)[name] and name != "start"}
rows = [{"field": name, "micro-world": str(vars(config)[name]), "CuadernoQA": str(value)} for name, value in changed.items()]
rows.append({"field": report.word("questions", LANGUAGE), "micro-world": str(len(world["train"])), "CuadernoQA": str(len(real["train"]))})
report.table(rows, language=LANGUAGE)

real_folder = generation.fit(real_config, real["train"], real["validation"])
real_tokenizer, real_model = generation.load(real_folder)

# %% [markdown] lang="es"
# ### Ejercicio 3: lo inventado
#
# Antes de mirar las respuestas, la vara de medir. Escribe `share_made_up`: recibe las respuestas y sus pasajes, dos listas igual de largas, y devuelve qué porcentaje de las respuestas **no vacías** no está en su pasaje. Compara textos normalizados (`scoring.normalise`) y palabras enteras: «im» no está en «Lima». Si todas están vacías, 0.

# %% [markdown] lang="en"
# ### Exercise 3: what is made up
#
# Before looking at the answers, the yardstick. Write `share_made_up`: it takes the answers and their passages, two lists of one length, and returns which percentage of the answers that are **not empty** does not stand in its passage. Compare normalised texts (`scoring.normalise`) and whole words: "im" does not stand in "Lima". If all are empty, 0.

# %% tags=["exercise"]
def share_made_up(answers, contexts):
    return ...


checks.made_up(share_made_up, language=LANGUAGE)

# %% [markdown] lang="es"
# Compara con la solución: los espacios alrededor de ambos textos obligan a que coincidan palabras enteras.

# %% [markdown] lang="en"
# Compare with the solution: the spaces around both texts make whole words match.

# %% tags=["solution"]
def share_made_up(answers, contexts):
    pairs = [(text, context) for text, context in zip(answers, contexts, strict=True) if text]
    absent = [f" {scoring.normalise(t)} " not in f" {scoring.normalise(c)} " for t, c in pairs]
    return 100 * sum(absent) / max(1, len(absent))


checks.made_up(share_made_up, language=LANGUAGE)

# %% [markdown] lang="es"
# En el paquete se llama `scoring.made_up`. Ahora la tabla, con las primeras 160 preguntas de prueba en cada lengua: el generador; el mismo, obligado a escribir algo (`min_new_tokens=2`); el extractivo del curso con su umbral y, como referencia, quien calla siempre. Lee `exact_match` junto al porcentaje de veces que calla y a `answerable_f1`: callar acierta las preguntas sin respuesta y ninguna más.

# %% [markdown] lang="en"
# In the package it is called `scoring.made_up`. Now the table, on the first 160 test questions in each language: the generator; the same, made to write something (`min_new_tokens=2`); the extractive course model with its threshold and, as a baseline, one that is always silent. Read `exact_match` next to the percentage of times it is silent, and to `answerable_f1`: silence gets the questions without an answer right, and no other.

# %%
options = {"n_best": 1, "null_threshold": extractor.config.null_threshold}
found = training.answer(extractor, extractor_tokenizer, real["test"], **options)
said = {"T5": generation.generate(real_model, real_tokenizer, real["test"])}
said["T5, min_new_tokens=2"] = generation.generate(real_model, real_tokenizer, real["test"], min_new_tokens=2)
said["extractive"] = {name: each["text"] for name, each in found.items()}
said["always silent"] = dict.fromkeys(real["test"]["id"], "")

columns = ("exact_match", "f1", "answerable_f1")
real_marks = {}
for name, found in said.items():
    marks_of = {key: scoring.score(found, real["test"])[key] for key in columns}
    marks_of["silence (%)"] = 100 * sum(not text for text in found.values()) / len(found)
    real_marks[name] = marks_of | {"made up (%)": scoring.made_up(found, real["test"])}
rows = [{"model": report.word(name, LANGUAGE)} | marks_of for name, marks_of in real_marks.items()]
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# El que calla casi siempre no es prudente: ha aprendido que el texto vacío acierta las preguntas sin respuesta y que todo lo demás le sale mal. Su EM, sin la fila de abajo, engañaría a cualquiera; y lo poco que dice, inventado. El extractivo solo copia, así que su pequeño porcentaje no son invenciones: la normalización de SQuAD no quita comillas como «» o “”, y una palabra recortada sin ellas ya no es la misma.
#
# Ahora, las mismas preguntas lado a lado, con el generador obligado a hablar. Lee cada fila: ¿acierta al menos la *clase* de respuesta (una fecha, un lugar, un nombre)? ¿Te suenan sus respuestas?

# %% [markdown] lang="en"
# The one that is nearly always silent is not prudent: it has learned that the empty text gets the questions without an answer right, and that all else goes wrong for it. Without the row at the bottom, its EM would deceive anyone; and what little it says is made up. The extractive model only copies, so its small percentage is not invention: SQuAD's normalisation does not strip quotation marks such as “” or «», and a word cut out without them is no longer the same.
#
# Now the same questions side by side, with the generator made to speak. Read each row: does it at least get the *kind* of answer right (a date, a place, a name)? Do its answers sound familiar?

# %%
rows = []
for row in real["test"].filter(lambda row: row["language"] == LANGUAGE and row["answers"]["text"]).select(range(8)):
    found = {name: said[name][row["id"]] for name in ("T5, min_new_tokens=2", "extractive")}
    absent = not scoring.stands_in(found["T5, min_new_tokens=2"], row["context"])
    rows.append({"question": row["question"], "gold": row["answers"]["text"][0]} | found | {"is made up": absent})
report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# Se ha traído el micromundo a cuestas: en nuestra ejecución contesta sobre todo con años, pregunten lo que pregunten, y con el mismo aplomo con que acertaba allí. No sabe leer; sabía leer *aquellas frases*. Entre las dos columnas hay algo más que señalar o escribir: el extractivo viene preentrenado, es mayor y estudió CuadernoQA entero, más tiempo. Cuánto pesa cada cosa no lo hemos medido; los generadores que funcionan empiezan todos por un gran corpus.
#
# ## Con el Hub: generadores de verdad
#
# Con el perfil `gpu`, dos T5 pequeños y preentrenados responden a las mismas preguntas. `google/flan-t5-small` (unos 77 millones de parámetros) aprendió sobre todo en inglés y con instrucciones: se prueba sin ajustar. `google/mt5-small` (unos 300 millones, la gran mayoría en el vocabulario de cien lenguas) solo aprendió a rellenar huecos, y sin ajuste escribe `<extra_id_0>`: se ajusta antes con CuadernoQA. Un aviso: mT5 se entrenó en bf16 y en fp16 su pérdida acaba en `nan`; su tokenizador pide el paquete `sentencepiece`.

# %% [markdown] lang="en"
# It has brought the micro-world along: in our run it answers mostly with years, whatever is asked, and with the same aplomb with which it was right there. It cannot read; it could read *those sentences*. There is more between the two columns than pointing or writing: the extractive model is pretrained, is larger, and studied the whole of CuadernoQA, for longer. How much each of these weighs we have not measured; the generators that work all begin with a large corpus.
#
# ## With the Hub: real generators
#
# Under the `gpu` profile, two small pretrained T5s answer the same questions. `google/flan-t5-small` (some 77 million parameters) learned mostly in English, and from instructions: it is tried as it is. `google/mt5-small` (some 300 million, the great majority in the vocabulary of a hundred languages) only learned to fill gaps, and without fine-tuning it writes `<extra_id_0>`: it is fine-tuned on CuadernoQA first. A warning: mT5 was trained in bf16, and in fp16 its loss ends in `nan`; its tokenizer needs the package `sentencepiece`.

# %% tags=["nbval-ignore-output"]
rows = []
if profiles.hub_ready(PROFILE, language=LANGUAGE):
    hub_models = {"flan-t5-small": generation.load("google/flan-t5-small")}
    if generation.has_sentencepiece(language=LANGUAGE):
        hub_folder = generation.fit(generation.hub_config(), real["train"], real["validation"])
        hub_models["mt5-small"] = generation.load(hub_folder)
    for name, (hub_tokenizer, hub_model) in hub_models.items():
        found = generation.generate(hub_model, hub_tokenizer, real["test"])
        for language in corpus.LANGUAGES:
            asked = real["test"].filter(lambda row, language=language: row["language"] == language)
            marks_of = scoring.score(found, asked, language)
            row = {"model": name, "language": language} | {key: marks_of[key] for key in columns}
            rows.append(row | {"made up (%)": scoring.made_up(found, asked)})
    report.table(rows, language=LANGUAGE)

# %% [markdown] lang="es"
# ## Resumen
#
# - **Dos arquitecturas:** la extractiva señala y no puede inventar; el codificador-decodificador escribe con todo el vocabulario, y copiar es algo que aprende.
# - **Texto a texto:** entra `question: … context: …`, sale la respuesta. Al entrenar, el decodificador lee la respuesta correcta, desplazada un lugar.
# - **La máscara:** con −100 el relleno no cuenta; sin él, la pérdida parece mejor y el modelo no lo es.
# - **Los pasos:** entrenar son cuatro líneas; validar, dos medidas: la pérdida y la respuesta generada. Se guarda la época de menor pérdida.
# - **Buscar:** los haces cuestan tiempo y cambian poco donde las respuestas son cortas; `no_repeat_ngram_size` evita bucles y destruye números.
# - **Aciertos y límites:** fechas en cifras y cuentas, sí; comparar, para decir sí o no o saber de quién se habla, apenas; con preguntas de verdad, este modelo sin preentrenar calla o inventa.
#
# **Siguiente paso:** en la lección 10 buscarás sesgos y límites en el modelo extractivo; en la 11 lo pondrás en servicio.

# %% [markdown] lang="en"
# ## Summary
#
# - **Two architectures:** the extractive one points and cannot invent; the encoder-decoder writes with the whole vocabulary, and copying is something it learns.
# - **Text to text:** `question: … context: …` goes in, the answer comes out. In training the decoder reads the right answer, shifted by one place.
# - **The mask:** with −100 the padding does not count; without it the loss looks better and the model is not.
# - **The steps:** training is four lines; validation, two measures: the loss and the generated answer. The epoch with the lowest loss is kept.
# - **Searching:** beams cost time and change little where answers are short; `no_repeat_ngram_size` prevents loops and destroys numbers.
# - **Hits and limits:** dates in figures and counts, yes; comparing, to say yes or no or to know who is meant, hardly; on real questions, this model without pretraining is silent or makes things up.
#
# **Where next:** in lesson 10 you will look for biases and limits in the extractive model; in lesson 11 you will put it into service.

# %% [markdown] lang="es"
# **Para leer más**
#
# - Raffel y otros (2020), *Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer* (T5): <https://arxiv.org/abs/1910.10683>
# - Xue y otros (2021), *mT5: A Massively Multilingual Pre-trained Text-to-Text Transformer*: <https://arxiv.org/abs/2010.11934>
# - Chung y otros (2022), *Scaling Instruction-Finetuned Language Models* (Flan-T5): <https://arxiv.org/abs/2210.11416>
# - Williams y Zipser (1989), *A Learning Algorithm for Continually Running Fully Recurrent Neural Networks* (el forzado del profesor): <https://doi.org/10.1162/neco.1989.1.2.270>
# - Documentación de la generación en transformers: <https://huggingface.co/docs/transformers/generation_strategies>

# %% [markdown] lang="en"
# **Further reading**
#
# - Raffel et al. (2020), *Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer* (T5): <https://arxiv.org/abs/1910.10683>
# - Xue et al. (2021), *mT5: A Massively Multilingual Pre-trained Text-to-Text Transformer*: <https://arxiv.org/abs/2010.11934>
# - Chung et al. (2022), *Scaling Instruction-Finetuned Language Models* (Flan-T5): <https://arxiv.org/abs/2210.11416>
# - Williams and Zipser (1989), *A Learning Algorithm for Continually Running Fully Recurrent Neural Networks* (teacher forcing): <https://doi.org/10.1162/neco.1989.1.2.270>
# - Documentation of generation in transformers: <https://huggingface.co/docs/transformers/generation_strategies>

# %%
figures = {"couples": new["test pairs"], "couples_seen": new["seen in training"], "beam_gain": beam_gain}
figures |= {f"exact_match_{name.lower()}_{language}": mark for (name, language), mark in marks.items()}
for name, by_kind in kinds.items():
    figures |= {f"{name.lower()}_{kind}": mark for kind, mark in by_kind.items()}
for name, curve in curves.items():
    figures |= {f"{name}_{what}": losses[-1] for what, losses in curve.items()}
figures["always_the_same"] = max(no_share, 100 - no_share)
figures |= {f"repeat_{size}_{kind}": repeat_marks[size][kind] for size in (0, 2) for kind in ("year", "date")}
for part in ("right", "other person", "other attribute"):
    shares = [share.get(part, 0.0) for share in whose.values()]
    figures["whose_" + part.replace(" ", "_")] = sum(shares) / len(shares)
figures |= {name.removesuffix(" (%)").replace(" ", "_"): share for name, share in year_shares.items()}
figures |= {f"crowd_extractive_{kind}": mark for kind, mark in crowd_marks["extractive"].items()}
for name, marks_of in zip(("t5", "forced", "extractive", "silent"), real_marks.values(), strict=True):
    renamed = {"silence (%)": "silence", "made up (%)": "made_up"}
    figures |= {f"real_{name}_{renamed.get(key, key)}": mark for key, mark in marks_of.items()}
report.record(OUTPUT, **figures, language=LANGUAGE)
