"""Models as ONNX files: `export` writes what a model computes, `load` makes a module of a file."""

from tinygrad_edu.interop.onnx.exporting import export
from tinygrad_edu.interop.onnx.graph import ExportError
from tinygrad_edu.interop.onnx.loading import OnnxModule, load

__all__ = ["ExportError", "OnnxModule", "export", "load"]
