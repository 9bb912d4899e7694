"""Exchange with other frameworks: modules and weights to PyTorch and back, safetensors files, and ONNX files."""

from tinygrad_edu.interop import onnx, safetensors, torch

__all__ = ["onnx", "safetensors", "torch"]
