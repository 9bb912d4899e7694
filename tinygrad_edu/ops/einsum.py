"""Einstein's summation convention."""

import numpy as np

from tinygrad_edu.engine.op import Sample, op


@op(
    formula="y = Σ Π arrays, over the indices that the output does not have",
    derivative=("g in place of the input",),
    samples=[
        Sample((3, 4), (4, 2), subscripts="ij,jk->ik"),
        Sample((3, 4), subscripts="ij->j"),
        Sample((3, 4), subscripts="ij->ji"),
        Sample((2, 3), (2, 3), (2,), subscripts="ij,ij,i->"),
        Sample((3,), (4,), subscripts="i,j->ij"),
        Sample((2, 3, 4), (2, 4, 2), subscripts="bij,bjk->bik"),
        Sample((3, 4), (4,), subscripts="ij,k->i"),
    ],
    reference=lambda *arrays, subscripts: np.einsum(subscripts, *arrays),
)
def einsum(*arrays, subscripts):
    """Multiply, line up and sum. `subscripts` names each index once in an input, and has an output ("ij,jk->ik").

    The way back is a sum of the same kind: the gradient takes the place of the input, and the input's
    indices become the output. An index that only this input has was summed away; ones bring it back.
    """
    terms, output = subscripts.split("->")
    terms = terms.split(",")

    def part(i):
        def grad_part(g):
            factors = [g, *arrays[:i], *arrays[i + 1 :]]
            letters = [output, *terms[:i], *terms[i + 1 :]]
            missing = "".join(letter for letter in terms[i] if letter not in "".join(letters))
            if missing:
                factors.append(np.ones([arrays[i].shape[terms[i].index(letter)] for letter in missing], g.dtype))
                letters.append(missing)
            return einsum(*factors, subscripts=f"{','.join(letters)}->{terms[i]}")

        return grad_part

    # Run on Tensors, the rule is asked for its pullbacks alone, which do not use the value.
    recorded = any(hasattr(x, "__apply_op__") for x in arrays)
    value = None if recorded else np.einsum(subscripts, *arrays, optimize=len(arrays) > 1)
    return value, [part(i) for i in range(len(arrays))]
