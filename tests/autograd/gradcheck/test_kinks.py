"""Kinks: skipped and named where a function has no slope, stepped around where one is near, never an excuse."""

import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import gradcheck, gradgradcheck
from tinygrad_edu.autograd.gradcheck import GradcheckError, KinkWarning
from tinygrad_edu.autograd.gradcheck.differences import EPS, Stencil, judge, stencils
from tinygrad_edu.engine.op import Op


def leaf(*values):
    return tg.tensor(np.array(values, dtype=float), requires_grad=True)


def off_by(error, value, slope):
    """Make an operation whose gradient is wrong by a factor."""

    def rule(a):
        return value(a), (lambda g: g * slope(a) * (1 + error),)

    return Op(rule, formula="y = f(a)", derivative=("?",))


def test_a_kink_is_named_and_skipped():
    with pytest.warns(KinkWarning, match=r"kink there: the output with respect to input 0 at \[1\], \[2\]$"):
        assert gradcheck(lambda x: x.relu(), leaf(0.5, 0.0, 0.0, -1.0))
    with pytest.warns(
        KinkWarning, match=r"output 1 with respect to input 0 at \[0\], \[1\], \[2\], \[3\], \[4\] and 3 more"
    ):
        assert gradcheck(lambda x: (x.exp(), (x - 1).clamp(min=0) ** 1), leaf(*[1.0] * 8))
    with pytest.warns(KinkWarning, match="gradgradcheck: .* input 0"):
        assert gradgradcheck(lambda x: x.relu() ** 2, leaf(0.0, 1.0))


def test_where_the_subgradient_is_the_middle_there_is_nothing_to_skip():
    assert gradcheck(lambda x: x.abs(), leaf(0.0, 1.0))
    assert gradcheck(lambda x, y: tg.maximum(x, y), (leaf(1.0, 2.0), leaf(1.0, 3.0)))


@pytest.mark.filterwarnings("ignore::tinygrad_edu.autograd.gradcheck.ZeroGradientWarning")
@pytest.mark.parametrize("distance", [3 * EPS, 1.5 * EPS, 1.99 * EPS, EPS, 0.6 * EPS, 1e-4, 1e-6, 3e-8])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_kink_nearby_is_stepped_around(distance, side):
    assert gradcheck(lambda x: x.relu() * x.exp(), leaf(side * distance))


NEARER_THAN_A_STEP = {
    "abs": (lambda x: x.abs(), 0.0),
    "abs and more": (lambda x: x.abs() + 3 * x.exp(), 0.0),
    "relu": (lambda x: x.relu() + x, 0.0),
    "clamp": (lambda x: x.clamp(max=1000.0) - x / 3, 1000.0),
    "maximum": (lambda x: tg.maximum(x, 2 - x), 1.0),
}


@pytest.mark.parametrize("name", NEARER_THAN_A_STEP)
@pytest.mark.parametrize("distance", [1e-10, -1e-10, 1e-11, -1e-11, 1e-12, 1e-13])
def test_a_kink_nearer_than_the_smallest_step_is_named(name, distance):
    function, kink = NEARER_THAN_A_STEP[name]
    with pytest.warns(KinkWarning):
        assert gradcheck(function, leaf(kink + max(1, kink) * distance))


@pytest.mark.parametrize("error", [1e-5, 1e-3, 0.5, -2.0])
@pytest.mark.parametrize("x", [0.7, 1e-4, 1e-6, -1e-5])
def test_a_wrong_gradient_beside_a_kink_is_no_kink(x, error):
    """A smooth point at some distance from a kink: the kink is seen by the larger steps, and excuses nothing."""
    wrong = off_by(error, lambda a: np.abs(a) + 3 * np.exp(a), lambda a: np.sign(a) + 3 * np.exp(a))
    with pytest.raises(GradcheckError):
        gradcheck(wrong, leaf(x))


@pytest.mark.parametrize("error", [1e-5, 1e-3, 0.5])
@pytest.mark.parametrize("sharpness", [1.0, 1e2, 1e4])
def test_a_wrong_gradient_at_a_sharp_bend_is_no_kink(sharpness, error):
    """log(1 + exp(s x)) / s looks like a kink from afar, but it is smooth."""

    def value(a):
        return np.logaddexp(0, sharpness * a) / sharpness

    def slope(a):
        return 1 / (1 + np.exp(-sharpness * a))

    right, wrong = off_by(0.0, value, slope), off_by(error, value, slope)
    for x in (0.0, 0.3 / sharpness, 1.0 / sharpness):
        assert not gradcheck(wrong, leaf(x), raise_exception=False)
        with warnings.catch_warnings():
            warnings.simplefilter("error", KinkWarning)
            assert gradcheck(right, leaf(x))


def test_a_kink_excuses_only_what_lies_between_its_slopes():
    """At 0 any slope of |x| from -1 to 1 will do, but 1.5 will not."""
    with pytest.warns(KinkWarning):
        assert gradcheck(off_by(0.0, np.abs, np.ones_like), leaf(0.0))
    with pytest.raises(GradcheckError):
        gradcheck(off_by(0.5, np.abs, np.ones_like), leaf(0.0))


def test_a_jump_is_an_error_of_its_own():
    for jump, x in ((np.floor, 1.0), (np.sign, 0.0), (lambda a: a + (a > 2), 2.0), (np.floor, 1 + 1e-12)):
        with pytest.raises(GradcheckError, match="The function jumps at this point"):
            gradcheck(off_by(0.0, jump, np.zeros_like), leaf(x))


def test_rounding_is_no_kink():
    """The values are rough, as where large numbers cancel. Right gradients pass, wrong ones are not excused."""
    rough = off_by(0.0, lambda a: (a + 1e4) - 1e4, np.ones_like)
    with warnings.catch_warnings():
        warnings.simplefilter("error", KinkWarning)
        assert gradcheck(rough, leaf(0.3, 0.7), rtol=1e-5)
        for error in (1e-4, 1e-2):
            wrong = off_by(error, lambda a: (a + 1e4) - 1e4, np.ones_like)
            assert not gradcheck(wrong, leaf(0.3, 0.7), rtol=1e-5, raise_exception=False)


@pytest.mark.parametrize("distance", np.linspace(-1.98, 1.98, 23))
def test_the_bend_bounds_what_a_kink_does_to_the_slope(distance):
    """The claim that `judge` rests on, for a kink anywhere between the five points, and any step."""
    for h in (2.0**-8, 2.0**-20):
        values = lambda d, h=h: [np.array(max(d - distance * h, 0.0) * 3)]  # noqa: E731
        (s,) = stencils(values, values(0.0), h)
        true_slope = 3.0 if distance < 0 else 0.0
        assert abs(s.slope - true_slope) <= s.bend / 2 * (1 + 1e-9) or distance == 0
        assert s.bend <= 3 * (1 + 1e-9)


def test_the_slope_is_of_fourth_order_and_a_smooth_bend_vanishes():
    values = lambda d: [np.exp(np.array(0.3 + d))]  # noqa: E731
    errors, bends = [], []
    for h in (2.0**-3, 2.0**-4, 2.0**-5):
        (s,) = stencils(values, values(0.0), h)
        errors.append(abs(s.slope - np.exp(0.3)))
        bends.append(s.bend)
    assert np.allclose([errors[0] / errors[1], errors[1] / errors[2]], 16, rtol=0.02)
    assert min(bends[0] / bends[1], bends[1] / bends[2]) > 3.9


@pytest.mark.parametrize(
    ("slopes", "analytic", "kind"),
    [
        ([1.0, 1.3, 0.8, 1.1], 1.05, "kink"),  # each step sees other kinks, and they differ more among themselves
        ([1.0, 1.3, 0.8, 1.1], 3.0, "wrong"),  # but not so much as to explain this
        ([1.0, 1.0, 1.0, 1.0], 1.05, "wrong"),
        ([1.3, 1.1, 1.0, 1.0], 1.05, "wrong"),  # the small steps agree with each other
    ],
)
def test_among_many_kinks_the_differences_must_agree_to_blame_the_gradient(slopes, analytic, kind):
    zero = np.zeros(())
    made = (Stencil(EPS / 4**k, np.array(slope), bend=zero, noise=zero) for k, slope in enumerate(slopes))
    assert judge(analytic, np.ones(()), made, atol=1e-10, rtol=1e-6).kind == kind
