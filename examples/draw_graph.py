"""Draw one training step of a small network.

    python examples/draw_graph.py                    # graph.svg, or graph.dot where Graphviz is not installed
    python examples/draw_graph.py picture.png        # .svg, .png and .pdf need Graphviz; .dot and .gv do not

Every box is an operation with the tensor it makes, or a tensor that was given: its shape, its values if they are few,
and its gradient. Parameters, inputs and results differ in colour and shape; the legend in the picture says how. Frames
are modules. Try other layers, or another loss, and see what the network really computes.
"""

import sys

import tinygrad_edu as tg
from tinygrad_edu import nn, viz

tg.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
x = tg.tensor([[0.0, 1.0], [1.0, 1.0]])
target = tg.tensor([[1.0], [0.0]])

with viz.trace() as trace:  # it knows the names of variables, and the modules
    output = model(x)
    loss = nn.functional.mse_loss(output, target)
loss.backward()

drawing = viz.draw(loss, trace=trace, model=model, legend=True)
if len(sys.argv) > 1:
    try:
        path = drawing.save(sys.argv[1])
    except (ValueError, OSError, viz.RenderError) as error:  # another ending, a folder that is not there, no Graphviz
        sys.exit(f"draw_graph.py: {error}")
else:
    try:
        path = drawing.save("graph.svg")
    except viz.RenderError as error:
        print(error)
        path = drawing.save("graph.dot")
print(f"{drawing!r} saved as {path}")
