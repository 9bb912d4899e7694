"""The page as text: what its policy allows, what its data may hold; saving and showing it."""

import base64
import hashlib
import html
import json
import re
from collections import Counter

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.viz.explorer.page import HERE, SCRIPTS, STYLES, as_script_data

HOSTILE = "</script><script>alert('x')</script><!-- \u2028 & {{data}}"


@pytest.fixture
def explorer():
    x = tg.tensor([1.0, -2.0], requires_grad=True)
    x.name = HOSTILE
    return tg.viz.explore((x * x).sum())


def part(page, pattern):
    (found,) = re.findall(pattern, page, re.DOTALL)
    return found


def test_the_policy_allows_the_one_script_and_the_one_style_by_their_hashes(explorer):
    page = explorer.html
    policy = html.unescape(part(page, 'http-equiv="Content-Security-Policy" content="(.*?)"'))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for name, pattern in [("script-src", "<script>(.*?)</script>"), ("style-src", "<style>(.*?)</style>")]:
        digest = hashlib.sha256(part(page, pattern).encode()).digest()
        assert rules[name] == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_nothing_on_the_page_names_another_place(explorer):
    found = set(re.findall(r"https?://[^\s\"'`)]+", explorer.html))
    assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}
    assert not re.search(r"\s(src|href|style|on\w+)=\"", explorer.html)
    assert "sourceMappingURL" not in explorer.html
    assert "Permission is hereby granted" in explorer.html


def test_data_cannot_end_the_script_it_stands_in(explorer):
    text = part(explorer.html, '<script type="application/json" id="data">(.*?)</script>')
    assert json.loads(text) == json.loads(json.dumps(explorer.data))
    assert not set("<>&") & set(text)
    assert text.isascii()
    assert HOSTILE[:8] not in as_script_data({"a": HOSTILE})
    with pytest.raises(ValueError, match="JSON"):
        as_script_data({"a": float("nan")})


def test_every_script_and_style_is_in_the_page_and_says_what_it_is_for():
    files = [(f"scripts/{name}.js", "// ") for name in SCRIPTS] + [(f"styles/{name}.css", "/* ") for name in STYLES]
    found = {path.relative_to(HERE).as_posix() for path in HERE.glob("s*/*") if path.suffix in (".js", ".css")}
    assert found == {name for name, _ in files}
    for name, comment in files:
        lines = (HERE / name).read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(comment), name
        assert len(lines) <= 300, name
        assert max(map(len, lines)) <= 120, name
        assert not any("innerHTML" in line for line in lines), name


def test_no_name_is_given_twice_in_the_scripts():
    texts = [(HERE / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", "\n".join(texts), re.MULTILINE)
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_a_page_is_saved_whole_or_not_at_all(explorer, tmp_path):
    path = explorer.save(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == explorer.html
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(ValueError, match=r"ends in \.html"):
        explorer.save(tmp_path / "page.svg")
    with pytest.raises(FileNotFoundError, match="create it first"):
        explorer.save(tmp_path / "missing" / "page.html")


def test_a_notebook_shows_it_in_a_sandboxed_frame(explorer):
    frame = explorer._repr_html_()
    assert 'sandbox="allow-scripts"' in frame
    assert html.unescape(part(frame, 'srcdoc="(.*?)"')) == explorer.html
    assert repr(explorer) == ("<Explorer of 2 operations and 2 steps back; save it with .save('backprop.html')>")


def test_exploring_changes_nothing():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 3).sum()
    tg.viz.explore(y)
    tg.viz.explore(y)
    assert x.grad is None
    y.backward()
    assert np.array_equal(x.grad.numpy(), [3.0, 3.0])


def test_what_cannot_be_explored_says_why():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="expected a Tensor, got float"):
        tg.viz.explore(1.0)
    with pytest.raises(GraphError, match="nothing to step through"):
        tg.viz.explore(x)
    with pytest.raises(ValueError, match="shape"):
        tg.viz.explore(x * 2, [1.0, 2.0, 3.0])
