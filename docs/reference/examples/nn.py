import tinygrad_edu as tg


# nn.Module
class Neuron(tg.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.weight = tg.nn.Parameter(tg.ones(inputs))
        self.bias = tg.nn.Parameter(tg.zeros(1))

    def forward(self, x):
        return (x @ self.weight + self.bias).tanh()


neuron = Neuron(3)
neuron(tg.tensor([0.1, 0.2, 0.3]))
[name for name, _ in neuron.named_parameters()]

# nn.Parameter
layer = tg.nn.Linear(2, 1)
layer.scale = tg.nn.Parameter(tg.ones(1))
[name for name, _ in layer.named_parameters()]

# nn.ModuleList
layers = tg.nn.ModuleList([tg.nn.Linear(2, 2) for _ in range(3)])
len(layers), len(list(layers.parameters()))

# nn.ModuleDict
layers = tg.nn.ModuleDict({"relu": tg.nn.ReLU(), "tanh": tg.nn.Tanh()})
layers["relu"](tg.tensor([-1.0, 2.0]))

# nn.ParameterList
weights = tg.nn.ParameterList([tg.ones(2), tg.zeros(3)])
[weight.shape for weight in weights]

# nn.ParameterDict
weights = tg.nn.ParameterDict({"a": tg.ones(2), "b": tg.zeros(3)})
weights["b"]

# nn.DataParallel
model = tg.nn.DataParallel(tg.nn.Linear(2, 1))
type(model.module).__name__, model(tg.ones(3, 2)).shape

# nn.MultiheadAttention
attention = tg.nn.MultiheadAttention(embed_dim=4, num_heads=2, batch_first=True)
x = tg.randn(1, 3, 4)
output, weights = attention(x, x, x)
output.shape
weights.sum(2)

# nn.TransformerEncoderLayer
layer = tg.nn.TransformerEncoderLayer(d_model=4, nhead=2, dim_feedforward=8, batch_first=True)
layer(tg.randn(1, 3, 4)).shape

# nn.TransformerEncoder
layer = tg.nn.TransformerEncoderLayer(d_model=4, nhead=2, dim_feedforward=8, batch_first=True)
encoder = tg.nn.TransformerEncoder(layer, num_layers=2)
encoder(tg.randn(1, 3, 4)).shape

# nn.TransformerDecoderLayer
layer = tg.nn.TransformerDecoderLayer(d_model=4, nhead=2, dim_feedforward=8, batch_first=True)
memory = tg.randn(1, 3, 4)
layer(tg.randn(1, 2, 4), memory).shape

# nn.TransformerDecoder
layer = tg.nn.TransformerDecoderLayer(d_model=4, nhead=2, dim_feedforward=8, batch_first=True)
decoder = tg.nn.TransformerDecoder(layer, num_layers=2)
memory = tg.randn(1, 3, 4)
decoder(tg.randn(1, 2, 4), memory).shape

# nn.Transformer
model = tg.nn.Transformer(
    d_model=4, nhead=2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=8, batch_first=True
)
mask = model.generate_square_subsequent_mask(2)
mask
model(tg.randn(1, 3, 4), tg.randn(1, 2, 4), tgt_mask=mask, tgt_is_causal=True).shape

# nn.utils.clip_grad_norm_
w = tg.tensor([3.0, 4.0], requires_grad=True)
(w * w).sum().backward()
tg.nn.utils.clip_grad_norm_([w], max_norm=1.0)
w.grad

# nn.utils.clip_grads_with_norm_
w = tg.tensor([3.0, 4.0], requires_grad=True)
(w * w).sum().backward()
norm = tg.nn.utils.get_total_norm([w.grad])
tg.nn.utils.clip_grads_with_norm_([w], max_norm=1.0, total_norm=norm)
norm, w.grad

# nn.utils.clip_grad_value_
w = tg.tensor([3.0, -4.0], requires_grad=True)
(w * w).sum().backward()
tg.nn.utils.clip_grad_value_([w], clip_value=1.0)
w.grad

# nn.utils.get_total_norm
tg.nn.utils.get_total_norm([tg.tensor([3.0, 4.0]), tg.tensor(12.0)])

# nn.utils.clip_grads_with_norm_
w = tg.tensor([3.0, 4.0], requires_grad=True)
(w * w).sum().backward()
norm = tg.nn.utils.get_total_norm([w.grad])
tg.nn.utils.clip_grads_with_norm_([w], max_norm=1.0, total_norm=norm)
norm, w.grad

# nn.utils.parameters_to_vector
layer = tg.nn.Linear(2, 1)
tg.nn.utils.parameters_to_vector(layer.parameters()).shape

# nn.utils.vector_to_parameters
layer = tg.nn.Linear(2, 1)
tg.nn.utils.vector_to_parameters(tg.tensor([1.0, 2.0, 3.0]), layer.parameters())
layer.weight, layer.bias

# nn.utils.rnn.pad_sequence
tg.nn.utils.rnn.pad_sequence([tg.tensor([1, 2, 3]), tg.tensor([4])], batch_first=True)

# nn.utils.rnn.unpad_sequence
padded = tg.tensor([[1, 2, 3], [4, 0, 0]])
tg.nn.utils.rnn.unpad_sequence(padded, tg.tensor([3, 1]), batch_first=True)

# nn.utils.rnn.pack_sequence, nn.utils.rnn.PackedSequence
packed = tg.nn.utils.rnn.pack_sequence([tg.tensor([1.0, 2.0, 3.0]), tg.tensor([4.0])])
packed.data, packed.batch_sizes

# nn.utils.rnn.invert_permutation
order = tg.tensor([2, 0, 1])
tg.nn.utils.rnn.invert_permutation(order)

# nn.utils.rnn.unpack_sequence
packed = tg.nn.utils.rnn.pack_sequence([tg.tensor([1.0, 2.0, 3.0]), tg.tensor([4.0])])
tg.nn.utils.rnn.unpack_sequence(packed)

# nn.utils.rnn.pack_padded_sequence
padded = tg.tensor([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]])
packed = tg.nn.utils.rnn.pack_padded_sequence(padded, tg.tensor([3, 1]), batch_first=True)
packed.data, packed.batch_sizes

# nn.utils.rnn.pad_packed_sequence
packed = tg.nn.utils.rnn.pack_sequence([tg.tensor([1.0, 2.0, 3.0]), tg.tensor([4.0])])
tg.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)


# nn.utils.parametrize.register_parametrization, nn.utils.parametrize.ParametrizationList
class Symmetric(tg.nn.Module):
    def forward(self, weight):
        return weight.triu() + weight.triu(1).T


layer = tg.nn.Linear(2, 2)
_ = tg.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
layer.weight
type(layer.parametrizations.weight).__name__


# nn.utils.parametrize.remove_parametrizations
class Positive(tg.nn.Module):
    def forward(self, weight):
        return weight.exp()


layer = tg.nn.Linear(2, 2)
_ = tg.nn.utils.parametrize.register_parametrization(layer, "weight", Positive())
_ = tg.nn.utils.parametrize.remove_parametrizations(layer, "weight")
tg.nn.utils.parametrize.is_parametrized(layer), layer.weight.min() > 0

# nn.utils.parametrize.is_parametrized
tg.nn.utils.parametrize.is_parametrized(tg.nn.Linear(2, 2))


# nn.utils.parametrize.type_before_parametrizations
class Positive(tg.nn.Module):
    def forward(self, weight):
        return weight.exp()


layer = tg.nn.Linear(2, 2)
_ = tg.nn.utils.parametrize.register_parametrization(layer, "weight", Positive())
tg.nn.utils.parametrize.type_before_parametrizations(layer).__name__


# nn.utils.parametrize.cached
class Counted(tg.nn.Module):
    calls = 0

    def forward(self, weight):
        Counted.calls += 1
        return weight.exp()


layer = tg.nn.Linear(2, 2)
_ = tg.nn.utils.parametrize.register_parametrization(layer, "weight", Counted())
Counted.calls = 0
with tg.nn.utils.parametrize.cached():
    y = layer(layer(tg.ones(1, 2)))

Counted.calls

# nn.functional.batch_norm
x = tg.tensor([[1.0, -2.0], [0.5, 3.0]])
tg.nn.functional.batch_norm(x, training=True)

# nn.init.calculate_gain
tg.nn.init.calculate_gain("relu")

# nn.init.constant_
tg.nn.init.constant_(tg.empty(2, 2), 0.3)
