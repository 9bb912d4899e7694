"""Exchange with other frameworks: modules and weights to PyTorch and back, safetensors files, and ONNX files."""

from tinygrad_edu.interop import safetensors, torch

__all__ = ["safetensors", "torch"]
