"""What each operation means, told to HIPS autograd without our table: by name, a function of the arrays and the static arguments."""

from twins import activation, arithmetic, elementwise, linalg, neural, reduce, shape

TWINS = arithmetic.TWINS | elementwise.TWINS | activation.TWINS | reduce.TWINS | linalg.TWINS | shape.TWINS | neural.TWINS
