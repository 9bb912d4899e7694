"""The program that starts several processes; None where there is no MPI."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
MPIEXEC = shutil.which("mpiexec", path=PATH) if importlib.util.find_spec("mpi4py") else None

needs_mpi = pytest.mark.skipif(MPIEXEC is None, reason="MPI is not installed: pip install tinygrad-edu[mpi]")
