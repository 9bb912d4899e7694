import tinygrad_edu as tg

# viz.draw, viz.Drawing
x = tg.tensor(3.0, requires_grad=True)
y = x * x + x
drawing = tg.viz.draw(y, names={"x": x, "y": y})
drawing.operations
drawing.source.splitlines()[0]

# viz.RenderError
try:
    tg.viz.Drawing("this is no graph", operations=0).render("svg")
except tg.viz.RenderError as error:
    print(str(error).splitlines()[0])

# viz.explain, viz.Explanation
x = tg.tensor(3.0, requires_grad=True)
y = x * x
print(tg.viz.explain(y, names={"x": x, "y": y}))

# viz.Step
x = tg.tensor(3.0, requires_grad=True)
y = x * x
step = tg.viz.explain(y, names={"x": x, "y": y})[0]
step.formula, step.upstream.item()

# viz.Contribution
x = tg.tensor(3.0, requires_grad=True)
y = x * x
for share in tg.viz.explain(y, names={"x": x, "y": y})[0].shares:
    print(share.name, share.rule, share.total.item())

# viz.GraphPaths
x = tg.tensor(3.0, requires_grad=True)
y = x * x + x
print(tg.viz.explain(y, at=x, names={"x": x, "y": y}))

# viz.GraphPath
x = tg.tensor(3.0, requires_grad=True)
y = x * x + x
for path in tg.viz.explain(y, at=x, names={"x": x, "y": y}).paths:
    print(path.elements, path.product)

# viz.explore, viz.Explorer
x = tg.tensor([1.0, 2.0], requires_grad=True)
loss = (x * x).sum()
page = tg.viz.explore(loss, names={"x": x, "loss": loss})
page.save("explorer.html").stat().st_size > 10_000

# viz.trace, viz.Trace
x = tg.tensor([1.0, 2.0], requires_grad=True)
with tg.viz.trace() as trace:
    loss = (x * x).sum()

[node.op.name for node in trace.notes]

# viz.Note
x = tg.tensor([1.0, 2.0], requires_grad=True)
with tg.viz.trace() as trace:
    loss = (x * x).sum()

note = trace.notes[loss.node]
note.value, note.text

# viz.record_backward, viz.BackwardPass
x = tg.tensor([1.0, 2.0], requires_grad=True)
loss = (x * x).sum()
passed = tg.viz.record_backward(loss)
[visit.node.op.name for visit in passed.visits]
passed.sum_of(x)

# viz.Visit
x = tg.tensor([1.0, 2.0], requires_grad=True)
visit = tg.viz.record_backward((x * x).sum()).visits[1]
visit.node.op.name, visit.grad, len(visit.shares)

# viz.Share
x = tg.tensor([1.0, 2.0], requires_grad=True)
for share in tg.viz.record_backward((x * x).sum()).received[x]:
    print(share.number, share.array)

# labs.Result
from tinygrad_edu.labs import gradient_descent

result = gradient_descent.run(seeds=1)
[table.name for table in result.tables]

# labs.Table
from tinygrad_edu.labs import Table

rows = [{"way": "a", "seed": 0, "error": 1.0}, {"way": "a", "seed": 1, "error": 3.0}]
print(Table("errors", "One way, two seeds", ("way",), rows))
