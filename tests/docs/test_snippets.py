"""Every piece of program in the README and in the documentation runs, and gives what it says it gives.

The blocks of a page that begin with ```python, ```{code-cell} python, ```{picture} or ```{explorer} are run in order,
in one namespace, in an empty folder. A comment `# -> text` says what a statement gives: the text it prints or, for an
expression that prints nothing, its repr; further lines stand in further such comments below. For an error it is
`# -> Kind: message`. Three dots stand for anything, and the amount of white space does not matter.

    [1, 2] * 2  # -> [1, 2, 1, 2]
    [][0]  # -> IndexError: ... out of range
"""

import ast
import contextlib
import doctest
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinygrad_edu.engine import op
from tinygrad_edu.system.generator import default_generator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/guides").glob("*.md"))]
BLOCK = re.compile(
    r"^```(?:python|\{code-cell\} python|\{picture\}|\{explorer\} \w+\n(?::\w+:[^\n]*\n)+)\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"^(?:[^`\n]*/)?(tinygrad-edu [^\n]*)$", re.MULTILINE)
NEEDED = {"torch": "torch", "onnx": "onnxruntime"}  # marks of pages, and the packages that such pages import
SAYS = re.compile(r"#\s->\s?(.*)$")


@pytest.fixture(autouse=True)
def nothing_stays_behind(monkeypatch, tmp_path):
    """Work in an empty folder; forget operations that a page registers, and the numbers it draws."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(op, "OPS", dict(op.OPS))
    monkeypatch.setattr(op, "NUMPY", dict(op.NUMPY))
    state = default_generator.get_state()
    yield
    default_generator.set_state(state)


def test_the_files_to_read_first_stay_short():
    files = re.findall(r"^\| `(\w+/\w+\.py)` \|", (ROOT / "docs/how-backprop-works.md").read_text(), re.MULTILINE)[:5]
    assert files[-1] == "engine/graph.py"
    lines = [len((ROOT / "tinygrad_edu" / file).read_text().splitlines()) for file in files]
    assert sum(lines) < 700, dict(zip(files, lines, strict=True))


def with_marks(page):
    """Return a page as a parameter of a test; what PyTorch or onnxruntime is needed for is marked."""
    text = page.read_text(encoding="utf-8")
    marks = [getattr(pytest.mark, mark) for mark, package in NEEDED.items() if f"\nimport {package}\n" in text]
    return pytest.param(page, id=page.relative_to(ROOT).as_posix(), marks=marks)


@pytest.mark.parametrize("page", [with_marks(page) for page in PAGES])
def test_page(page, request):
    for mark, package in NEEDED.items():
        if request.node.get_closest_marker(mark):
            pytest.importorskip(package, reason=f"{package} is not installed")
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": "__main__"}
    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n")
        for statement, expected in statements(block.group(1)):
            given = run(statement, namespace, expecting=expected is not None)
            if expected is not None:
                assert agree(expected, given), (
                    f"{page.name}, line {line + statement.lineno}: {ast.unparse(statement)}\n"
                    f"says:  {expected}\ngives: {given}"
                )


def statements(source: str) -> Iterator[tuple[ast.stmt, str | None]]:
    """Yield the statements of a block, each with what the comments in it and below it say it gives."""
    lines = source.splitlines()
    body = ast.parse(source).body
    ends = [following.lineno - 1 for following in body[1:]] + [len(lines)]
    for statement, end in zip(body, ends, strict=True):
        says = [match.group(1) for line in lines[statement.lineno - 1 : end] if (match := SAYS.search(line))]
        yield statement, "\n".join(says) if says else None


def run(statement: ast.stmt, namespace: dict[str, object], expecting: bool) -> str:
    """Run a statement and return what it gives; an error is something given only if something is expected."""
    printed = io.StringIO()
    value = None
    try:
        with contextlib.redirect_stdout(printed):
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), "snippet", "eval"), namespace)
            else:
                exec(compile(ast.Module([statement], []), "snippet", "exec"), namespace)
    except Exception as error:
        if not expecting:
            raise
        return f"{type(error).__name__}: {error}"
    return printed.getvalue() or repr(value)


def agree(expected: str, given: str) -> bool:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(expected + "\n", given.rstrip("\n") + "\n", flags)


COMMANDS = sorted({match for page in PAGES for match in COMMAND.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_and_their_options_exist(command):
    """What is shown to be typed after `tinygrad-edu` is known to it: its help names every option."""
    words = command.partition("#")[0].split()[1:]
    names = words[: 2 if words[0] == "lab" else 1]  # each lab has options of its own
    done = subprocess.run(
        [sys.executable, "-m", "tinygrad_edu", *names, "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    for option in words:
        if option.startswith("--"):
            assert option in done.stdout


def test_the_check_can_fail():
    ((statement, expected),) = statements("1 + 1  # -> 3")
    assert expected == "3"
    assert not agree(expected, run(statement, {}, expecting=True))
    ((statement, expected),) = statements("for i in range(2):\n    print(i)  # -> 0\n# -> 1")
    assert agree(expected, run(statement, {}, expecting=True))
    ((statement, expected),) = statements("[][0]  # -> IndexError: ... range")
    assert agree(expected, run(statement, {}, expecting=True))
    with pytest.raises(IndexError):
        run(statement, {}, expecting=False)


def test_there_is_something_to_check():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        kinds = ("\n```python", "\n```{code-cell}", "\n```{picture}", "\n```{explorer}")
        assert len(BLOCK.findall(text)) == sum(map(text.count, kinds))
    assert sum(len(BLOCK.findall(page.read_text(encoding="utf-8"))) for page in PAGES) > 20
