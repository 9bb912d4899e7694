"""The page in a real browser: its numbers, its keys, its safety. (How it looks: `test_explorer_layout.py`.)"""

import html

import numpy as np

import tinygrad_edu as tg
from tests.table import CASES, DIFFERENTIABLE, as_tensors, draw
from tests.viz.browser.explorers import network, not_finite
from tests.viz.explorer.reading import array_of
from tinygrad_edu.viz.explorer import explore

HOSTILE = [
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "<!--",
    "]]>&lt;&amp;",
    "\u202eright to left\u2066",
    "שלום",
    "a\x00\x1b\n\tb",
    "{{script}}",
    "x" * 3000,
]


def step_to_end(page):
    for _ in range(page.evaluate("END")):
        page.keyboard.press("ArrowRight")


def numbers_in(page):
    """Return every table of numbers of this step, as arrays of texts by name, after opening them."""
    for summary in page.locator("#panel details.table summary").all():
        summary.click()
    for details in page.locator("#panel details.table").all():
        details.locator("table").wait_for()  # it is filled some time after it was opened
    return page.evaluate(
        """() => [...document.querySelectorAll("#panel table")].map((table) => ({
            name: table.caption.textContent,
            numbers: [...table.querySelectorAll("tbody td")].map((cell) => cell.textContent),
        }))"""
    )


def test_the_numbers_on_the_page_are_numpys_to_the_bit(visit, explorer):
    page = visit(explorer.html).page
    data = explorer.data
    seen = 0
    for i, recorded in enumerate(data["visits"]):
        page.evaluate(f"goTo(SEED + 1 + {i})")
        tables = numbers_in(page)
        known = {
            array_of(data["arrays"][number]).tobytes()
            for share in recorded["shares"]
            for number in (share["raw"], share["array"], recorded["grad"])
        }
        shown = {np.array(table["numbers"], np.float32).tobytes() for table in tables}
        assert known <= shown
        seen += len(shown)
    assert seen > 10


def test_the_line_of_numbers_and_the_running_sum(visit):
    x = tg.tensor([1.0, 2.0, 4.0, 9.0], requires_grad=True)
    loss = ((x - x.mean()) * tg.tensor([1.0, 0.5, -1.0, 2.0])).sum()
    page = visit(explore(loss, names={"x": x}).html, address="#step=9&element=0.1").page
    text = page.inner_text("#panel")
    assert "share of x[1] = (−2.5) × 0.25 = −0.625" in text
    assert "2 of 2 shares have come. dL/dx[1] so far = 0.5 + (−0.625) = −0.125" in text
    assert "The two agree." in text
    assert "sub₁, the only thing that used it, has sent its share" in text
    page.locator("#panel .share .array.result .cell").nth(3).hover()
    assert "dL/dx[3] so far = 2 + (−0.625) = 1.375" in page.inner_text("#panel")


def test_a_matrix_product_shows_which_row_meets_which_column(visit):
    a, b = tg.randn(3, 4, requires_grad=True), tg.randn(4, 2, requires_grad=True)
    explorer = explore((a @ b).sum(), names={"a": a, "b": b})
    page = visit(explorer.html, address="#step=5").page
    page.evaluate("choose(tensors.findIndex((t) => t.name === 'a'), 6)")
    section = page.locator("#panel .share").first
    marked = (
        "(figure) => [...figure.querySelectorAll('.cell')].flatMap((cell, i) => cell.matches('.marked') ? [i] : [])"
    )
    figures = section.locator("figure")
    assert figures.nth(0).evaluate(marked) == [2, 3]  # row 1 of g
    assert figures.nth(1).evaluate(marked) == [4, 5]  # row 2 of b
    assert figures.nth(2).evaluate(marked) == [6]


def test_an_unbroadcast_share_is_shown_as_copies_and_their_sum(visit, explorer):
    page = visit(explorer.html, address="#step=8").page
    text = page.inner_text("#panel")
    assert "b (3 numbers) was repeated 2 times to meet 2 × 3. Each copy gets a share, and its own is their sum." in text
    assert page.locator("figure.copies").count() == 1


def test_nothing_is_asked_of_the_network_and_nothing_is_complained_about(visit, explorer):
    for made in (explorer, network()):
        opened = visit(made.html)
        step_to_end(opened.page)
        for summary in opened.page.locator("#panel details summary").all():
            summary.click()
        assert opened.complaints == []
        assert opened.requests == [opened.url]


def test_all_operations_are_stepped_through(visit):
    first = {}
    for i in DIFFERENTIABLE:
        first.setdefault(CASES[i][0].name, CASES[i])
    total = tg.tensor(0.0)
    for op, sample in first.values():
        total = total + op(*as_tensors(draw(op, sample, dtype=np.float32)), **sample.params).sum()
    opened = visit(explore(total).html)
    bad = opened.page.evaluate(
        """() => {
            const bad = [];
            for (let i = 0; i <= END; i++) {
                try { goTo(i); } catch (error) { bad.push(`${titleText(i)}: ${error}`); }
                const text = document.getElementById("panel").textContent;
                if (/undefined|\\[object/.test(text)) bad.push(titleText(i));
            }
            return bad;
        }"""
    )
    assert bad == []
    assert opened.complaints == []


def test_the_keyboard_alone_suffices(visit, explorer):
    page = visit(explorer.html).page
    press, step = page.keyboard.press, lambda: page.evaluate("state.step")
    press("ArrowRight")
    press("ArrowRight")
    assert step() == 2
    press("ArrowLeft")
    assert step() == 1
    press("End")
    assert step() == page.evaluate("END")
    press("Home")
    assert step() == 0
    press("/")
    page.keyboard.type("pow")
    press("Enter")
    assert "pow" in page.inner_text("#panel h2")
    press("Escape")
    press(" ")
    assert page.evaluate("state.playing")
    press(" ")
    assert not page.evaluate("state.playing")
    reached = set()
    for _ in range(80):
        press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"forward", "slider", "search", "entry", "scroller", "fit"} <= reached
    page.locator("#list .entry").nth(5).focus()
    press("Enter")
    assert step() == 5
    field = page.locator("#panel .chooser input").first
    field.focus()
    before = page.inner_text("#panel")
    press("ArrowUp" if field.input_value() == "0" else "ArrowDown")
    press("Enter")
    assert page.inner_text("#panel") != before


def test_a_heatmap_is_gone_through_with_the_arrow_keys_and_the_pointer(visit):
    page = visit(network().html, address="#step=11").page
    heat = page.locator("#panel .heat[role=application]").first
    heat.focus()
    before = page.inner_text("#panel .numbers")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("state.step") == 10
    assert page.inner_text("#panel .numbers") != before
    heat.locator("canvas").hover(position={"x": 5, "y": 5})
    assert "[0, 0]" in page.inner_text("#panel .numbers")


def test_boxes_lead_to_their_steps_and_modules_fold(visit):
    page = visit(network().html).page
    page.locator(".box", has_text="relu₂").first.click()
    assert "relu₂" in page.inner_text("#panel h2")
    count = page.locator(".box").count()
    page.locator(".frame-label").first.click()
    assert page.locator(".box").count() < count
    page.locator(".box.group").first.click()
    assert page.locator(".box").count() == count
    page.keyboard.press("Enter")  # the frame's label has got the focus
    assert page.locator(".box").count() < count
    page.keyboard.press("Enter")
    assert page.locator(".box").count() == count


def test_empty_arrays_and_numbers_that_are_none(visit):
    empty = tg.zeros(0, 4, requires_grad=True) @ tg.ones(4, 2)
    x = tg.tensor([0.0, 1.0, float("inf")], requires_grad=True)
    with np.errstate(all="ignore"):
        total = empty.sum() + (x * 0).log().sum()
    opened = visit(explore(total).html)
    opened.page.evaluate("() => { for (let i = 0; i <= END; i++) goTo(i); }")
    assert opened.complaints == []
    opened.page.evaluate("goTo(operations.findIndex(({ op }) => op === 'log'))")
    assert "−inf" in opened.page.inner_text("#panel")
    assert "NaN" in opened.page.inner_text("#panel")


def test_ten_thousand_operations_fold_to_150_boxes(visit):
    x = tg.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    opened = visit(explore(y).html)
    page = opened.page
    for _ in range(12):
        assert 0 < page.locator(".box").count() <= 150
        groups = page.locator(".box.group")
        groups.nth(groups.count() // 2).click()
    assert page.locator("#list .entry").count() < 500
    page.evaluate("goTo(15000)")
    assert page.locator("#list .entry[aria-current]").count() == 1
    assert opened.complaints == []


def test_the_state_is_in_the_address(visit, explorer):
    opened = visit(explorer.html, address="#step=7&element=1.2")
    page = opened.page
    assert page.evaluate("state.step") == 6
    assert page.evaluate("chosenOf(1)") == 2
    page.keyboard.press("ArrowRight")
    page.evaluate("location.hash = '#step=3'")
    page.wait_for_timeout(500)
    assert page.evaluate("state.step") == 2
    opened = visit(explorer.html, address="#step=7&element=1.2")
    page = opened.page
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert page.evaluate("location.hash").startswith("#step=8&element=1.2")
    for broken in ("#step=x", "#step=-3&element=99.9", "#open=7.8.9", "#%E0%A4%A", "#element=0.-1"):
        assert visit(explorer.html, address=broken).complaints == []


def test_in_a_sandboxed_frame_as_in_a_notebook(visit, explorer):
    opened = visit(f"<!doctype html><title>notebook</title>{explorer._repr_html_()}")
    opened.page.wait_for_selector("iframe")
    frame = opened.page.frames[1]
    frame.wait_for_selector("#panel h2")
    frame.locator("#forward").press("ArrowRight")
    assert frame.evaluate("state.step") == 1
    frame.wait_for_timeout(300)  # by then it has tried to change the address
    assert opened.complaints == []
    assert frame.evaluate("origin") == "null"


def test_names_and_lines_may_hold_anything(visit):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for name in HOSTILE:
        y = y * 2 + x
        y.name = name
    x.name = HOSTILE[0]
    explorer = explore(y.sum())
    for page in (explorer.html, f"<!doctype html><title>n</title>{explorer._repr_html_()}"):
        opened = visit(page)
        frame = opened.page.frames[-1]
        frame.wait_for_selector("#panel h2")
        frame.evaluate("() => { for (let i = 0; i <= END; i++) goTo(i); }")
        assert opened.complaints == []
        assert all(url in (opened.url, "about:srcdoc") for url in opened.requests)
        assert frame.evaluate("document.querySelectorAll('img, script').length") == 2
        assert frame.evaluate("tensors.some((tensor) => tensor.name.startsWith('</script><script>alert(1)</script>'))")
    assert html.escape(HOSTILE[0]) not in explorer.html


def test_the_policy_stops_what_does_not_belong_to_the_page(visit, explorer):
    opened = visit(explorer.html.replace("<main>", "<script>window.foreign = true</script><main>"))
    assert opened.page.evaluate("window.foreign === undefined")
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)


def test_of_a_large_array_there_is_a_coarse_heatmap(visit):
    weight = tg.randn(300, 250, requires_grad=True)
    opened = visit(explore((weight * 2).sum(), names={"weight": weight}).html)
    figures = opened.page.locator("#panel figure")
    assert "coarse: each cell is the mean of about 13 × 10 numbers" in figures.first.inner_text()
    assert figures.first.locator("canvas").count() == 1
    assert opened.page.locator(".box canvas").count() >= 2
    opened.page.emulate_media(color_scheme="dark")  # it is drawn again
    assert opened.complaints == []


def test_names_are_spelt_in_sentences_as_they_are_in_formulas(visit):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.name = "שלום"
    page = visit(explore((y * y).sum(), names={"x": x}).html, address="#step=6").page
    text = page.inner_text("#panel")
    assert "The upstream gradient, dL/d(mul₁)" in text
    assert "dL/dmul₁" not in page.evaluate("document.body.textContent")
    page.keyboard.press("ArrowRight")
    assert "mul₁, the only thing that used it, has sent its 2 shares" in page.inner_text("#panel")
    assert (
        page.locator("#list .entry", has_text="sends shares to x").evaluate(
            "(entry) => getComputedStyle(entry).direction"
        )
        == "ltr"
    )


def test_what_has_no_slope_is_said_in_a_sentence(visit):
    page = visit(not_finite().html, address="#step=8").page
    assert "Nearby the value is not finite" in page.inner_text("#panel")
    assert "L changes about" not in page.inner_text("#panel .checks")
