import numpy as np

import tinygrad_edu as tg

# training.Recipe
from tinygrad_edu import training

recipe = training.Recipe(
    name="tiny",
    hidden=(8,),
    activation="relu",
    init="kaiming",
    loss="cross_entropy",
    optimizer="adam",
    lr=0.01,
    schedule="constant",
    batch_size=32,
    epochs=1,
)
recipe.network, recipe.parameter_count

# training.build_model
from tinygrad_edu import training

training.build_model(training.RECIPES["classic"])

# training.build_optimizer
from tinygrad_edu import training

recipe = training.RECIPES["mlp"]
model = training.build_model(recipe)
optimizer, schedule = training.build_optimizer(recipe, model.parameters(), batches=100)
type(optimizer).__name__, schedule.get_last_lr()

# training.build_transform
from tinygrad_edu import training

prepare = training.build_transform(training.RECIPES["mlp"])
prepare(np.full((28, 28), 255, np.uint8)).max()

# training.Run
from dataclasses import replace
from tinygrad_edu import training, vision

recipe = replace(training.RECIPES["mlp"], hidden=(16,), epochs=3, limit=2000)
digits = vision.datasets.MNIST(train=False, transform=training.build_transform(recipe))
run = training.Run(recipe, digits, tg.utils.data.Subset(digits, range(9000, 10000)))
while run.epoch < recipe.epochs:
    for progress in run.train_epoch():
        pass
    print(run.epoch, run.history[-1]["test_accuracy"] > 0.5)

# training.Progress
from tinygrad_edu import training

progress = training.Progress(batches=10, images=640, sums={"loss": 320.0, "accuracy": 560.0})
progress.averages

# training.train_epoch
from tinygrad_edu import training

inputs, targets = tg.tensor([[1.0, 0.0], [0.0, 1.0]]), tg.tensor([0, 1])
loader = tg.utils.data.DataLoader(tg.utils.data.TensorDataset(inputs, targets), batch_size=2)
model = tg.nn.Linear(2, 2)
optimizer = tg.optim.SGD(model.parameters(), lr=1.0)
for epoch in range(3):
    for progress in training.train_epoch(model, loader, tg.nn.functional.cross_entropy, optimizer):
        print(f"{progress.loss:.3f}")

# training.DivergedError
from tinygrad_edu import training

data = tg.utils.data.TensorDataset(tg.tensor([[float("nan")]]), tg.tensor([0]))
model = tg.nn.Linear(1, 2)
optimizer = tg.optim.SGD(model.parameters(), lr=1.0)
loader = tg.utils.data.DataLoader(data)
try:
    list(training.train_epoch(model, loader, tg.nn.functional.cross_entropy, optimizer))
except training.DivergedError as error:
    print(error)

# training.evaluate
from tinygrad_edu import training

inputs, targets = tg.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), tg.tensor([0, 1, 1])
loader = tg.utils.data.DataLoader(tg.utils.data.TensorDataset(inputs, targets), batch_size=2)
training.evaluate(tg.nn.Identity(), loader)

# training.predict
from tinygrad_edu import training

inputs, targets = tg.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), tg.tensor([0, 1, 1])
loader = tg.utils.data.DataLoader(tg.utils.data.TensorDataset(inputs, targets), batch_size=2)
outputs, targets = training.predict(tg.nn.Identity(), loader)
outputs
targets

# training.accuracy
from tinygrad_edu import training

training.accuracy(np.array([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), np.array([0, 1, 1]))

# training.confusion_matrix
from tinygrad_edu import training

training.confusion_matrix(np.array([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), np.array([0, 1, 1]))

# training.confidences
from tinygrad_edu import training

training.confidences(training.RECIPES["mlp"], np.array([[2.0, 1.0], [0.0, 3.0]], np.float32))

# training.Checkpoint, training.save_checkpoint, training.load_checkpoint
from dataclasses import replace
from tinygrad_edu import training

model = training.build_model(recipe := replace(training.RECIPES["mlp"], hidden=(4,)))
weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
training.save_checkpoint(training.Checkpoint(recipe, weights), "model.npz")
checkpoint = training.load_checkpoint("model.npz")
checkpoint.recipe.hidden, sorted(checkpoint.weights)

# training.CheckpointError
from pathlib import Path
from tinygrad_edu import training

Path("model.npz").write_text("no checkpoint")
try:
    training.load_checkpoint("model.npz")
except training.CheckpointError as error:
    print(error)

# training.RecordError
from pathlib import Path
from tinygrad_edu import training

Path("record.npz").write_text("no record")
try:
    training.load_record("record.npz")
except training.RecordError as error:
    print(error)

# training.Record, training.save_record, training.load_record
from dataclasses import replace
from tinygrad_edu import training, vision

recipe = replace(training.RECIPES["mlp"], hidden=(16,), epochs=1, limit=1000)
digits = vision.datasets.MNIST(train=False, transform=training.build_transform(recipe))
run = training.Run(recipe, digits, digits)
for progress in run.train_epoch():
    pass

training.save_record(run.record(), "record.npz")
record = training.load_record("record.npz")
record.weights, record.steps

# training.report, training.Report
from dataclasses import replace
from tinygrad_edu import training, vision

recipe = replace(training.RECIPES["mlp"], hidden=(16,), epochs=1)
digits = vision.datasets.MNIST(train=False, transform=training.build_transform(recipe))
run = training.Run(recipe, digits, digits)
for progress in run.train_epoch():
    pass

report = training.report(run)
report.findings.accuracy > 0.7
sorted(report.figures)

# training.fit, training.Training
from tinygrad_edu import training

x = np.random.default_rng(0).standard_normal((100, 3)).astype(np.float32)
loader = tg.utils.data.DataLoader((x, (x[:, 0] > 0).astype(np.int64)), batch_size=20)
model = tg.nn.Linear(3, 2)
done = training.fit(model, loader, optimizer=tg.optim.SGD(model.parameters(), lr=1.0), epochs=3)
done.epoch, done.steps, sorted(done.history[-1])

# training.Callback
from tinygrad_edu import training


class Count(training.Callback):
    def on_step(self, training):
        print(training.steps, end=" ")


batches = [(tg.ones(2, 3), tg.tensor([0, 1]))] * 2
done = training.fit(tg.nn.Linear(3, 2), batches, epochs=2, callbacks=[Count()])

# training.EarlyStopping, training.KeepBest
from tinygrad_edu import training

batches = [(tg.eye(2), tg.tensor([0, 1]))]
model = tg.nn.Linear(2, 2)
kept, stopping = training.KeepBest("loss"), training.EarlyStopping("loss", patience=2)
optimizer = tg.optim.SGD(model.parameters(), lr=0.0)
done = training.fit(model, batches, optimizer=optimizer, epochs=50, callbacks=[kept, stopping])
done.stopped, sorted(kept.weights)

# training.HistoryFiles
from pathlib import Path
from tinygrad_edu import training

batches = [(tg.eye(2), tg.tensor([0, 1]))]
done = training.fit(tg.nn.Linear(2, 2), batches, epochs=2, callbacks=[training.HistoryFiles(".")])
print(Path("history.csv").read_text().splitlines()[0])

# training.PrintEpochs
from tinygrad_edu import training

lines = []
batches = [(tg.eye(2), tg.tensor([0, 1]))]
done = training.fit(tg.nn.Linear(2, 2), batches, epochs=2, callbacks=[training.PrintEpochs(lines.append)])
lines[0].split()[:3]

# training.ProgressBar
from tinygrad_edu import training

batches = [(tg.eye(2), tg.tensor([0, 1]))]
done = training.fit(tg.nn.Linear(2, 2), batches, epochs=2, callbacks=[training.ProgressBar(disable=True)])
done.epoch

# training.SaveCheckpoint
from tinygrad_edu import training

batches = [(tg.eye(2), tg.tensor([0, 1]))]
model = tg.nn.Linear(2, 2)
done = training.fit(model, batches, epochs=2, callbacks=[training.SaveCheckpoint("last.npz", seconds=None)])
longer = training.fit(tg.nn.Linear(2, 2), batches, epochs=3, checkpoint="last.npz")  # goes on from there
longer.history[:2] == done.history

# training.TimeBudget
from tinygrad_edu import training

batches = [(tg.eye(2), tg.tensor([0, 1]))]
done = training.fit(tg.nn.Linear(2, 2), batches, epochs=10**9, callbacks=[training.TimeBudget(seconds=0.01)])
done.stopped

# training.top_k_accuracy
from tinygrad_edu import training

training.top_k_accuracy(np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]]), np.array([1, 0]), k=2)

# training.precision, training.recall, training.f1_score
from tinygrad_edu import training

outputs, targets = np.array([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), np.array([0, 1, 1])
training.precision(outputs, targets), training.recall(outputs, targets)
training.f1_score(outputs, targets)

# training.calibrate, training.Calibration
from tinygrad_edu import training

likely = np.array([[0.9, 0.1], [0.2, 0.8], [0.55, 0.45]])
found = training.calibrate(likely, np.array([0, 1, 1]), bins=5)
found.counts, found.error
