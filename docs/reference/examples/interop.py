import tinygrad_edu as tg

# interop.safetensors.save_file, interop.safetensors.load_file
from tinygrad_edu.interop import safetensors

model = tg.nn.Linear(2, 1)
safetensors.save_file(model.state_dict(), "model.safetensors")
state = safetensors.load_file("model.safetensors")
sorted(state)
model.load_state_dict(state)

# interop.onnx.export, interop.onnx.load, interop.onnx.OnnxModule
from tinygrad_edu.interop import onnx

model = tg.nn.Sequential(tg.nn.Linear(2, 3), tg.nn.ReLU())
onnx.export(model, tg.ones(1, 2), "model.onnx")
again = onnx.load("model.onnx")
again
x = tg.randn(5, 2)  # another size of the batch
tg.allclose(again(x), model(x))

# interop.onnx.ExportError
from tinygrad_edu.interop import onnx


class Scaled(tg.nn.Module):
    def forward(self, x):
        return x / x.max().item()


try:
    onnx.export(Scaled(), tg.ones(1, 2), "scaled.onnx")
except onnx.ExportError as error:
    print(str(error)[-32:])
