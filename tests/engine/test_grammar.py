"""Wrong programs are told where they are wrong and how to mend them."""

import pytest

from app.engine.parser import parse
from app.errors import LimitError, ProgramError

WRONG = [
    ("y = a +", 1, 8, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = a b", 1, 7, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = (a + b", 1, 5, "'(' was never closed.", "Close it, or delete it."),
    ("y = a)", 1, 6, "Unmatched ')'.", "Delete it, or open one before it."),
    ("3 = y", 1, 1, "There is an = too many.", "= gives a name to a value, once in a"),
    (" y = a", 1, 1, "This line is indented.", "Begin it at the first column; only"),
    ("y = a\n  z = y", 2, 2, "This line is indented.", "Begin it at the first column; only"),
    ("y = x ^ 2", 1, 5, "^ is not part of the language.", "Powers are written with **: u ** 2."),
    ("y = a << 2", 1, 5, "<< is not part of the language.", "Multiply: a * 2 ** b."),
    ("y = a is b", 1, 5, "The operator 'is' is not part of the language.", "Compare numbers with ==."),
    ("y = a not in b", 1, 5, "The operator 'not in' is not part of the", "Compare numbers with !=."),
    ("y = a and b", 1, 5, "and / or is not part of the language.", "Multiply comparisons, (a > 0) * (b >"),
    ("y = not a", 1, 5, "not is not part of the language.", "Write logical_not(a), or 1 - a."),
    ("y = relv(u)", 1, 5, "There is no operation called relv.", "Did you mean relu?"),
    ("y = softmaks(u)", 1, 5, "There is no operation called softmaks.", "Did you mean softmax?"),
    ("y = 1 + Relu(u)", 1, 9, "There is no operation called Relu.", "Did you mean relu?"),
    ("y = frobnicate(u)", 1, 5, "There is no operation called frobnicate.", "All operations are listed under"),
    ("z = 1\ny = z(3)", 2, 5, "z is a value, not an operation.", "To multiply, write z * (…)."),
    ("z = a * 2\ny = z(3)", 2, 5, "z is a value, not an operation.", "To multiply, write z * (…)."),
    ("y = u.foo", 1, 5, ".foo is not part of the language.", "All operations are listed under"),
    ("y = u.grad", 1, 5, ".grad is not part of the language.", "Write the forward pass alone: the"),
    ("y.backward()", 1, 1, "backward is not part of the language.", "Delete this line: the gradients are"),
    ("y = a\ny.backward()", 2, 1, "backward is not part of the language.", "Delete this line: the gradients are"),
    ("print(y)", 1, 1, "print is not part of the language.", "Delete this line: the gradients are"),
    ("y = a\nprint(y)", 2, 1, "print is not part of the language.", "Delete this line: the gradients are"),
    ("y = f(a)(b)", 1, 5, "Only an operation can be called, by its name.", "Write mean(u), for example."),
    ("y = a < b < c", 1, 5, "Comparisons cannot be chained.", "Write (a < b) * (b < c)."),
    ("y = relu()", 1, 5, "relu takes one argument, not 0.", "It is called as relu(a)."),
    ("y = relu(a, b)", 1, 5, "relu takes one argument, not 2.", "It is called as relu(a)."),
    ("y = add(a)", 1, 5, "add takes two arguments, not 1.", "It is called as add(a, b)."),
    ("y = sum(a, 0, False, 1)", 1, 5, "sum takes at most 3 arguments, not 4.", "It is called as sum(a, axis=None,"),
    ("y = relu(*a)", 1, 10, "Arguments cannot be unpacked with *.", "Write them out, one by one."),
    ("y = sum(a, **k)", 1, 12, "Arguments cannot be unpacked with **.", "Write them out, one by one."),
    ("y = sum(a, axes=0)", 1, 12, "sum takes no argument called axes.", "Did you mean axis=?"),
    ("y = sum(a, axs=0)", 1, 12, "sum takes no argument called axs.", "Did you mean axis=?"),
    ("y = relu(a, axis=0)", 1, 13, "relu takes no argument called axis.", "It is called as relu(a)."),
    ("y = sum(a, 0, axis=1)", 1, 15, "axis is given twice.", "Leave one of them out."),
    ("y = sum(a, axis=k)", 1, 17, "axis must be a whole number such as 0, several", "Write the number itself, a name that"),
    ("y = sum(a, axis=0.5)", 1, 17, "axis must be a whole number such as 0, several", "axis stands in sum(a, axis=None,"),
    ("y = sum(a, axis=True)", 1, 17, "axis must be a whole number such as 0, several", "axis stands in sum(a, axis=None,"),
    ("y = sum(a, axis=(0, 'x'))", 1, 17, "axis must be a whole number such as 0, several", "axis stands in sum(a, axis=None,"),
    ("y = sum(a, keepdims=1)", 1, 21, "keepdims must be True or False, written out.", "keepdims stands in sum(a, axis=None,"),
    ("y = reshape(a)", 1, 5, "reshape needs shape.", "It is called as reshape(a, shape)."),
    ("y = reshape(a, (2, n))", 1, 16, "shape must be sizes such as (3, 1), which the", "Write the number itself, a name that"),
    ("y = reshape(a, None)", 1, 16, "shape must be sizes such as (3, 1), written out.", "shape stands in reshape(a, shape)."),
    ("mean = 3", 1, 1, "The program only names numbers; it calculates", "Write a further line, such as loss ="),
    ("y = 2 * mean", 1, 9, "mean is the name of an operation.", "Call it, mean(…), or choose another"),
    ("y = 'x'", 1, 5, "A string is not part of the language.", "There is no text here, only numbers:"),
    ("y = f'{a}'", 1, 5, "A string is not part of the language.", "There is no text here, only numbers:"),
    ("y = True", 1, 5, "Only real numbers can stand here.", "Write a number, such as 1 or 0.5."),
    ("y = None", 1, 5, "Only real numbers can stand here.", "Write a number, such as 1 or 0.5."),
    ("y = 2j", 1, 5, "Only real numbers can stand here.", "Write a number, such as 1 or 0.5."),
    ("y = ...", 1, 5, "Only real numbers can stand here.", "Write a number, such as 1 or 0.5."),
    ("import os", 1, 1, "import is not part of the language.", "Delete this line: the operations are"),
    ("from os import path", 1, 1, "import is not part of the language.", "Delete this line: the operations are"),
    ("import torch as t", 1, 1, "import is not part of the language.", "Delete this line: the operations are"),
    ("if a: b = 1", 1, 1, "if is not part of the language.", "Choose between values with where(c,"),
    ("for i in x: y = i", 1, 10, "A loop runs over range(…) or a list.", "Write for i in range(3): and use x[i]"),
    ("for i in 5: y = i", 1, 10, "A loop runs over range(…) or a list.", "Write for i in range(3): and use x[i]"),
    ("for i in range(n): y = i", 1, 16, "The number of passes must be known from the", "Write range(3), or n = 3 before it."),
    ("for i in range(2.5): y = a", 1, 16, "The number of passes must be a whole number", "Write the number itself: range(3). A"),
    ("for i in range(): y = a", 1, 10, "range takes one to three whole numbers.", "Write for i in range(3):"),
    ("for i, j in range(3): y = a", 1, 5, "A loop has one name that counts.", "Write for i in range(3): and use"),
    ("for i in range(1, 5, 0): y = a", 1, 22, "range cannot go in steps of 0.", "Leave the third number out."),
    ("for i in range(3): y = a\nelse: z = b", 2, 7, "else is not part of a loop here.", "Write its lines after the loop."),
    ("while x: y = 2", 1, 1, "while is not part of the language.", "Write for i in range(10): with the"),
    ("def f(): pass", 1, 1, "f has no return at its end.", "End it with return and the value."),
    ("def f(x):\n    y = x * 2", 1, 1, "f has no return at its end.", "End it with return and the value."),
    ("def f(x):\n    return", 2, 5, "f has no return at its end.", "End it with return and the value."),
    ("def f(x):\n    if x: return x\n    return x", 2, 11, "A def has a single return, at its end.", "Choose between values with where(c,"),
    ("def f(*x):\n    return x", 1, 1, "A def takes plain arguments, with or without", "Leave * and ** out."),
    ("def f(x):\n    def g(y): return y\n    return g(x)", 2, 5, "A def stands by itself, not inside another or",
     "Move it up, to the first column."),
    ("@jit\ndef f(x):\n    return x", 1, 2, "A decorator is not part of the language.", "Delete this line."),
    ("class A: pass", 1, 1, "class is not part of the language.", "Write its calculation as a def, or as"),
    ("del x", 1, 1, "del is not part of the language.", "Delete this line."),
    ("y = lambda a: a", 1, 5, "lambda is not part of the language.", "Write a def with a return."),
    ("y = (z := a)", 1, 6, ":= is not part of the language.", "Give the value its name in a line of"),
    ("y = sum(a for a in b)", 1, 8, "A comprehension is not part of the language.", "Write a for loop that appends: hs ="),
    ("y = [a for a in b]", 1, 5, "A list comprehension is not part of the", "Write a for loop that appends: hs ="),
    ("y = {1: 2}", 1, 5, "A dictionary is not part of the language.", "Give each value a name of its own."),
    ("y = {1, 2}", 1, 5, "A set is not part of the language.", "Write a list: [a, b]."),
    ("y = 1 + [a, b]", 1, 9, "This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("y == 3", 1, 1, "An expression without a name is not part of the", "One = gives a value its name: y = …"),
    ("y = a\ny", 2, 1, "An expression without a name is not part of the", "Give the value a name: loss = …"),
    ("y: float = 3", 1, 1, "A type annotation is not part of the language.", "Leave it out: name = expression."),
    ("y, z = a", 1, 8, "A tensor is not several values.", "Write one assignment for each value:"),
    ("y, z = 1, 2, 3", 1, 1, "There are 2 names for 3 values.", "Write as many names as there are"),
    ("y, z = mse(a, b)", 1, 8, "A tensor is not several values.", "Write one assignment for each value:"),
    ("x[0] = 3", 1, 1, "Values cannot be changed in place.", "Make a new value, with where(c, a, b)"),
    ("x.grad = None", 1, 1, ".grad cannot be assigned.", "Write the forward pass alone: the"),
    ("x.y = 3", 1, 1, "A statement gives a name to a value.", "Write name = expression."),
    ("(a + b) = 3", 1, 2, "There is an = too many.", "= gives a name to a value, once in a"),
    ("a__b = 3", 1, 1, "A name has at most 64 characters and no double", "Choose a shorter, plainer name."),
    ("y = __import__", 1, 5, "A name has at most 64 characters and no double", "Choose a shorter, plainer name."),
    ("with torch.no_grad(): y = a", 1, 1, "with is not part of the language.", "Write its lines without it, at the"),
    ("try:\n    y = a\nexcept: z = b", 1, 1, "try is not part of the language.", "Write its lines without it."),
    ("assert a", 1, 1, "assert is not part of the language.", "Delete this line."),
    ("raise a", 1, 1, "raise is not part of the language.", "Delete this line."),
    ("global a", 1, 1, "global is not part of the language.", "Delete this line: names outside a def"),
    ("return a", 1, 1, "return is not part of the language.", "It belongs at the end of a def. Write"),
    ("break", 1, 1, "break is not part of the language.", "A loop runs to its end: write the"),
    ("continue", 1, 1, "continue is not part of the language.", "Choose between values with where(c,"),
    ("yield a", 1, 1, "yield is not part of the language.", "A def ends with a single return."),
    ("y = await a", 1, 5, "await is not part of the language.", "Delete it."),
    ("async def f(): pass", 1, 1, "async is not part of the language.", "Write def."),
    ("match a:\n    case 1: pass", 1, 1, "match is not part of the language.", "Choose between values with where(c,"),
    ("y = a[0.5]", 1, 7, "An index is a whole number.", "Write x[0], x[1:3], x[[0, 2]] or x[:,"),
    ("y = a['x']", 1, 7, "An index is a whole number.", "Write x[0], x[1:3], x[[0, 2]] or x[:,"),
    ("y = a[True]", 1, 7, "An index is a whole number.", "Write x[0], x[1:3], x[[0, 2]] or x[:,"),
    ("y = a[::0]", 1, 7, "A slice cannot go in steps of 0.", "Write x[::1], or x[::-1] for the"),
    ("y = x[k, k]", 1, 5, "Only one index can be calculated, beside plain", "Write x[i], x[:, i], or x[arange(n),"),
    ("y = u[u > 0]", 1, 5, "How many numbers a condition picks is not known", "Keep the shape: where(x > 0, x, 0)."),
    ("hs = []\ny = hs[0]", 2, 8, "This list has 0 values, so there is no [0].", "Put values into it first, with append."),
    ("hs = [a]\ny = hs[k]", 2, 8, "A list is indexed by a whole number that the", "Write hs[0] or hs[-1]."),
    ("hs = [a]\ny = hs * 2", 2, 5, "This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("hs = []\ny = stack(hs)", 2, 5, "stack takes a list of values.", "It is called as stack([a, b, …],"),
    ("hs = [a, b]\ny = relu(hs)", 2, 10, "This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("hs.append(a)", 1, 1, "hs is no list.", "Begin it as one: hs = [] in an"),
    ("h = a\nh.append(b)", 2, 1, "h is no list.", "Begin it as one: h = [] in an earlier"),
    ("y = [[1, 2], [3]] * a", 1, 5, "This list is not rectangular.", "Every row needs the same number of"),
    ("y = [[1, 2], [3]]", 1, 5, "This list is not rectangular.", "Every row needs the same number of"),
    ("y = []\nz = y * 2", 2, 5, "This list is empty.", "Put values into it first, with append."),
    ("def f(x): return x\ny = f()", 2, 5, "f needs x.", "It is called as f(x)."),
    ("def f(x): return x\ny = f(1, 2)", 2, 5, "f takes one argument, not 2.", "It is called as f(x)."),
    ("def f(x): return x\ny = f(z=1)", 2, 7, "f takes no argument called z.", "It is called as f(x)."),
    ("def f(x): return x\ny = f(1, x=1)", 2, 10, "x is given twice.", "Leave one of them out."),
    ("y = f(1)\ndef f(x): return x", 1, 5, "There is no operation called f.", "It is defined in line 2: move the def"),
    ("def f(x): return f(x)\ny = f(a)", 1, 18, "f calls itself.", "Recursion is not part of the"),
    ("y = mse(a)", 1, 5, "mse needs target.", "It is called as mse(pred, target)."),
    ("y = mse(a, b, c)", 1, 5, "mse takes two arguments, not 3.", "It is called as mse(pred, target)."),
    ("y = mse(a, b, reduction='mean')", 1, 15, "mse takes no argument called reduction.", "It is called as mse(pred, target)."),
    ("y = lin(x, w, bias=b)", 1, 15, "lin takes no argument called bias.", "It is called as lin(x, w, b=0)."),
    ("y = np.frob(a)", 1, 5, "There is no operation called frob.", "All operations are listed under"),
    ("y = np.random.randn(3)", 1, 5, "There is no np.random.randn.", "Delete this line: the name is an input then"),
    ("y = torch.randn(3)", 1, 5, "There is no operation called randn.", "Delete this line: the name is an input then"),
    ("y = rand(3)", 1, 5, "There is no operation called rand.", "Delete this line: the name is an input then"),
    ("y = np.foo.exp(a)", 1, 5, "There is no np.foo.exp.", "Did you mean exp?"),
    ("y = np.exp", 1, 5, "np.exp is an operation, or unknown.", "Call it, exp(…)."),
    ("y = nn.Linear(2, 3)", 1, 5, "There is no operation called Linear.", "Write x @ w + b, or lin(x, w, b)."),
    ("y = x.frob()", 1, 5, "There is no operation called frob.", "All operations are listed under"),
    ("y = x.size(k)", 1, 5, "The axis of size must be a whole number that", "Write x.size(0)."),
    ("y = len(3)", 1, 1, "The program calculates nothing from its inputs.", "Write a further line, such as loss ="),
    ("y = tahn(a)", 1, 5, "There is no operation called tahn.", "Did you mean tanh?"),
    ("y = hstack([a, b])", 1, 5, "There is no operation called hstack.", "Write concatenate([a, b], axis=1)."),
    ("y = np.random.default_rng(0)", 1, 5, "There is no np.random.default_rng.", "Delete this line"),
    ("opt = torch.optim.SGD(w, 0.1)", 1, 7, "There is no torch.optim.SGD.", "Delete this line: one forward pass is enough."),
    ("w.requires_grad_(True)\ny = w", 1, 1, "requires_grad_ is not part of the language.", "Delete this line"),
    ("y = F.layer_norm(x, (4,))", 1, 5, "layer_norm takes other arguments here than PyTorch's.", "Write layer_norm(x, gamma, beta)"),
    ("y = F.conv2d(x, w, b)", 1, 5, "conv2d takes other arguments here than PyTorch's.", "add the bias"),
    ("y = F.pad(x, (1, 0))", 1, 5, "pad takes other arguments here than PyTorch's.", "Write pad(x, ((0, 0), (1, 2)))"),
    ("y = torch.std(x, 0, False)", 1, 5, "std takes other arguments here than PyTorch's.", "ddof=0"),
    ("y = np.take(x, ids)", 1, 5, "np.take without an axis", "Write take(x, ids, axis=0)."),
    ("y = x.max(1)[0]", 1, 5, "What [0] takes here is not certain.", "Name the values first: m = x.max(1)"),
    ("y = x.split(2, dim=1)[0]", 1, 5, "torch.split takes the size of a part.", "Write chunk(x, 2)"),
    ("y = sort(a)", 1, 5, "There is no operation called sort.", "There is nothing like it here."),
    ("y = einsum(a)", 1, 5, "einsum takes a list of values.", "It is called as einsum([a, b, …],"),
    ("y = einsum('ij')", 1, 5, "einsum needs values to work on.", "It is called as einsum([a, b, …],"),
    ("y = gelu(a, approximate='foo')", 1, 25, "approximate must be 'none' or 'tanh', written", "approximate stands in gelu(a,"),
    ("y = gelu(a, approximate=3)", 1, 25, "approximate must be 'none' or 'tanh', written", "approximate stands in gelu(a,"),
    ("y = attention(x, w)", 1, 5, "attention needs v.", "It is called as attention(q, k, v,"),
    ("y = layer_norm(x, gama=2)", 1, 19, "layer_norm takes no argument called gama.", "Did you mean gamma=?"),
    ("y = mse('a', b)", 1, 9, "A string is not part of the language.", "There is no text here, only numbers:"),
    ("y = mse(lambda x: x, b)", 1, 9, "lambda is not part of the language.", "Write a def with a return."),
    ("y = mse(relv(a), b)", 1, 9, "There is no operation called relv.", "Did you mean relu?"),
    ("y = cross_entropy([a, b], k)", 1, 5, "In cross_entropy: This is a list of several", "Make one tensor of them: stack([a,"),
    ("y = lin(x, [a, b])", 1, 5, "In lin: This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("y = causal_mask(a)", 1, 5, "In causal_mask: shape must be sizes such as (3,", "Write the number itself, a name that"),
    ("y = causal_mask(2.5)", 1, 5, "In causal_mask: shape must be sizes such as (3,", "shape stands in ones(shape)."),
    ("y = @", 1, 5, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = a ! b", 1, 7, "This is not an expression that can be read.", "Write ~a, or logical_not(a)."),
    ("y = a ? b : c", 1, 7, "This is not an expression that can be read.", "Write where(c, a, b)."),
    ("y = x²", 1, 6, "Invalid character '²' (U+00B2).", "Powers are written with **: x ** 2."),
    ("y = a − b", 1, 7, "Invalid character '−' (U+2212).", "Write the keyboard's own sign, -."),
    ("y = 2x", 1, 5, "A name cannot begin with a digit.", "To multiply, write the sign: 2 * x."),
    ("y = 2 x", 1, 7, "This is not an expression that can be read.", "To multiply, write the sign: 2 * x."),
    ("y = a..b", 1, 7, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = .", 1, 5, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = a,", 1, 5, "The program only names numbers; it calculates", "Write a further line, such as loss ="),
    ("y = a;;", 1, 7, "This is not an expression that can be read.", "Leave one of them out."),
    ("y = 08", 1, 5, "A whole number cannot begin with 0.", "Leave the leading zeros out."),
    ("y = 1__0", 1, 6, "A name cannot begin with a digit.", "To multiply, write the sign: 2 * x."),
    ("y = \"abc", 1, 5, "Unterminated string literal (detected at line", "There is no text here, only numbers:"),
    ("def f(x) return x", 1, 10, "Expected ':'.", "The first line of a def or a for ends"),
    ("for i in range(3) y = i", 1, 19, "This is not an expression that can be read.", "The first line of a def or a for ends"),
    ("for i in range(3):\ny = i", 2, 1, "Expected an indented block after 'for'", "Indent the lines below by four spaces."),
    ("def f(x):\nreturn x", 2, 1, "Expected an indented block after function", "Indent the lines below by four spaces."),
    ("\ty = a", 1, 1, "This line is indented.", "Begin it at the first column; only"),
    ("if x > 0:\n    y = a\nelse:\n    y = b", 1, 1, "if is not part of the language.", "Choose between values with where(c,"),
    ("y = relu(a)(b)", 1, 5, "Only an operation can be called, by its name.", "Write mean(u), for example."),
    ("y = a(b)", 1, 5, "There is no operation called a.", "All operations are listed under"),
    ("y = 3(b)", 1, 5, "Only an operation can be called, by its name.", "To multiply, write the sign: 2 * (a + b)."),
    ("y = a b = c", 1, 7, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = x.T()", 1, 5, "There is no operation called T.", "It is no operation: leave the"),
    ("y = x.shape()", 1, 5, "There is no operation called shape.", "It is no operation: leave the"),
    ("y = x.mean", 1, 5, ".mean is an operation.", "Call it: .mean()."),
    ("y = max()", 1, 5, "max takes one argument, not 0.", "It is called as max(a, axis=None,"),
    ("y = min(a, axis=0, foo=1)", 1, 20, "min takes no argument called foo.", "It is called as min(a, axis=None,"),
    ("y = where(a > 0)", 1, 5, "where takes three arguments, not 1.", "It is called as where(a, b, c)."),
    ("y = a if b else c", 1, 5, "if … else is not part of the language.", "Write where(c, a, b): a where c is"),
    ("y -= z -= 1", 1, 8, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y ^= 2", 1, 1, "^ is not part of the language.", "Powers are written with **: u ** 2."),
    ("y++", 1, 4, "This is not an expression that can be read.", "Write += 1."),
    ("y = a && b", 1, 8, "This is not an expression that can be read.", "Write a & b, or (a > 0) * (b > 0)."),
    ("y = a || b", 1, 8, "This is not an expression that can be read.", "Write a | b."),
    ("y = !a", 1, 5, "This is not an expression that can be read.", "Write ~a, or logical_not(a)."),
    ("y = a <> b", 1, 7, "This is not an expression that can be read.", "Write !=."),
    ("y = ∇f", 1, 5, "Invalid character '∇' (U+2207).", "Only letters, digits and the"),
    ("y = a ** ", 1, 10, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = pow(a)", 1, 5, "power takes two arguments, not 1.", "It is called as power(a, b)."),
    ("x = input()", 1, 5, "There is no operation called input.", "Write a name: one that is never"),
    ("y = open('f')", 1, 5, "There is no operation called open.", "All operations are listed under"),
    ("y = exec('a')", 1, 5, "There is no operation called exec.", "All operations are listed under"),
    ("y = eval('a')", 1, 5, "There is no operation called eval.", "All operations are listed under"),
    ("y = getattr(a, 'b')", 1, 5, "There is no operation called getattr.", "All operations are listed under"),
    ("y = a.__dict__", 1, 5, ".__dict__ is not part of the language.", "All operations are listed under"),
    ("y = a.grad.data", 1, 5, ".grad is not part of the language.", "Write the forward pass alone: the"),
    ("y = torch.tensor(3)", 1, 1, "The program only names numbers; it calculates", "Write a further line, such as loss ="),
    ("y = mean", 1, 5, "mean is the name of an operation.", "Call it, mean(…), or choose another"),
    ("def mean(x): return x * 2\ny = mean", 2, 5, "mean is the name of an operation.", "Call it, mean(…), or choose another"),
    ("nonlocal a", 1, 1, "nonlocal is not part of the language.", "Delete this line."),
    ("y = *a", 1, 5, "* is not part of the language.", "Write the values out, one by one."),
    ("y, *z = a, b", 1, 4, "A statement gives a name to a value.", "Write name = expression."),
    ("a.b.c(d)", 1, 1, "An expression without a name is not part of the", "Give the value a name: loss = …"),
    ("loss.backward()\nopt.step()", 1, 1, "backward is not part of the language.", "Delete this line: the gradients are"),
    ("y = a @ b @", 1, 12, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = -", 1, 6, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = x[", 1, 6, "'[' was never closed.", "Close it, or delete it."),
    ("y = x]", 1, 6, "Unmatched ']'.", "Delete it, or open one before it."),
    ("y = x[1", 1, 6, "'[' was never closed.", "Close it, or delete it."),
    ("y = {a", 1, 5, "'{' was never closed.", "Close it, or delete it."),
    ("y = a $ b", 1, 7, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = `a`", 1, 5, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("x = 3; y = x; z", 1, 15, "An expression without a name is not part of the", "Give the value a name: loss = …"),
    ("y = sum(a\nz = 3", 1, 8, "'(' was never closed.", "Close it, or delete it."),
    ("y = foo.bar", 1, 5, ".bar is not part of the language.", "All operations are listed under"),
    ("type x = int", 1, 6, "This is not an expression that can be read.", "Is an operator missing, such as * or"),
    ("y = a\u200b + b", 1, 6, "There is an invisible character, U+200B.", "Delete it: it cannot be seen, and has"),
    ("y = a\nz = é\u202e + y", 2, 6, "There is an invisible character, U+202E.", "Delete it: it cannot be seen, and has"),
    ("y =\x00 a", 1, 4, "There is an invisible character, U+0000.", "Delete it: it cannot be seen, and has"),
    ("y = a\x0c + b", 1, 6, "There is an invisible character, U+000C.", "Delete it: it cannot be seen, and has"),
    ("y = x³", 1, 6, "Invalid character '³' (U+00B3).", "Powers are written with **: x ** 3."),
    ("y = a × b", 1, 7, "Invalid character '×' (U+00D7).", "Write * for elements and @ for"),
    ("y = a ≤ b", 1, 7, "Invalid character '≤' (U+2264).", "Write <=."),
    ("y = √x", 1, 5, "Invalid character '√' (U+221A).", "Write sqrt(x)."),
    ("größe = ü ^ 2", 1, 9, "^ is not part of the language.", "Powers are written with **: u ** 2."),
    ("größe = ü + relv(é)", 1, 13, "There is no operation called relv.", "Did you mean relu?"),
    ("y = (a ^\n  b)", 1, 6, "^ is not part of the language.", "Powers are written with **: u ** 2."),
    ("y = \"a\" + b", 1, 5, "A string is not part of the language.", "There is no text here, only numbers:"),
    ("x.shape = 3", 1, 1, "A statement gives a name to a value.", "Write name = expression."),
    ("y = x.sum(0)(1)", 1, 5, "Only an operation can be called, by its name.", "Write mean(u), for example."),
    ("y = mse(a, b).foo", 1, 5, ".foo is not part of the language.", "All operations are listed under"),
    ("def f(x):\n    return relv(x)\ny = 2 * f(a)", 2, 12, "There is no operation called relv.", "Did you mean relu?"),
    ("def f(x, x2=z.foo):\n    return x\ny = f(a)", 1, 13, ".foo is not part of the language.", "All operations are listed under"),
    ("for i in range(3):\n    def f(x): return x\ny = a", 2, 5, "A def stands by itself, not inside another or",
     "Move it up, to the first column."),
    ("def f(x):\n    import os\n    return x\ny = f(a)", 2, 5, "import is not part of the language.",
     "Delete this line: the operations are"),
    ("y = normalize([a, b])", 1, 5, "In normalize: This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("y = mse(a, [b, c])", 1, 5, "In mse: This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("y = np.linalg.foo(x)", 1, 5, "There is no operation called foo.", "All operations are listed under"),
    ("y = len(c * 2, a)", 1, 5, "len takes one argument, not 2.", "Write len(x)."),
    ("y = a.real.imag", 1, 5, ".imag is not part of the language.", "All operations are listed under"),
    ("y = x[lambda: 0]", 1, 7, "lambda is not part of the language.", "Write a def with a return."),
    ("y = x[a:b]", 1, 7, "An end of a slice must be a whole number that", "Write the number itself, or a size"),
    ("y = hs[0:2.5]", 1, 10, "An end of a slice must be a whole number.", "Write it without a decimal point."),
    ("y = sum(hs.append(a))", 1, 9, "There is no operation called append.", "Write hs.append(h) in a line of its"),
    ("y = np.split", 1, 5, "np.split is an operation, or unknown.", "Call it, split(…)."),
    ("y = x.shape * 2", 1, 5, "The program only names numbers; it calculates", "Write a further line, such as loss ="),
    ("y = sofmax(a)", 1, 5, "There is no operation called sofmax.", "Did you mean softmax?"),
    ("y = a.sigmoyd()", 1, 5, "There is no operation called sigmoyd.", "Did you mean sigmoid?"),
    ("y = a.T.frob", 1, 5, ".frob is not part of the language.", "All operations are listed under"),
    ("y = einsum(\"ij\", (a for a in b))", 1, 18, "A comprehension is not part of the language.", "Write a for loop that appends: hs ="),
    ("y = max(a, key=b)", 1, 12, "max takes no argument called key.", "It is called as max(a, axis=None,"),
    ("y = 1 + (yield a)", 1, 10, "yield is not part of the language.", "A def ends with a single return."),
    ("y = f\"{a}\"", 1, 5, "A string is not part of the language.", "There is no text here, only numbers:"),
    ("y = a[b := 2]", 1, 7, ":= is not part of the language.", "Give the value its name in a line of"),
    ("x: int", 1, 1, "A type annotation is not part of the language.", "Leave it out: name = expression."),
    ("y = [1, 2, [3]]", 1, 5, "This is not a list of numbers.", "Make one tensor of several values:"),
    ("y = a; import os", 1, 8, "import is not part of the language.", "Delete this line: the operations are"),
    ("a, a.b = 1, 2", 1, 4, "A statement gives a name to a value.", "Write name = expression."),
    ("def __f(x): return x", 1, 1, "A name has at most 64 characters and no double", "Choose a shorter, plainer name."),
    ("def f(__x): return x", 1, 7, "A name has at most 64 characters and no double", "Choose a shorter, plainer name."),
    ("for __i in range(3): y = a", 1, 5, "A name has at most 64 characters and no double", "Choose a shorter, plainer name."),
    ("y = torch.split(x, 2)", 1, 5, "torch.split takes the size of a part.", "Write chunk(x, 2), with the number of"),
    ("y = nan.foo", 1, 5, ".foo is not part of the language.", "All operations are listed under"),
    ("y = [] + a", 1, 5, "This list is empty.", "Put values into it first, with append."),
    ("y = -[a, b]", 1, 6, "This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("y = [a, b] > c", 1, 5, "This is a list of several values.", "Make one tensor of them: stack([a,"),
    ("n = 2.5\ny = sum(x, axis=n)", 2, 17, "axis must be a whole number such as 0, several", "axis stands in sum(a, axis=None,"),
    ("y = x[x.shape:]", 1, 7, "An end of a slice must be a whole number.", "Write it without a decimal point."),
    ("y = zeros((2, 2), input=a)", 1, 19, "zeros takes no argument called input.", "It is called as zeros(shape)."),
    ("", 1, 1, "The program is empty.", "Write a first line"),
    ("# only a comment\n\n", 1, 1, "The program is empty.", "Write a first line"),
    (f"y = {'n' * 65}", 1, 5, "at most 64 characters", "shorter, plainer name"),
    (f"y = a + {'9' * 400}", 1, 9, "number is too large", "8e308"),
    (f"y = a + {'9' * 5000}", 1, None, "number is too large", "8e308"),
    ("y = a + 1e999", 1, 9, "number is too large", "8e308"),
    (f"y = {'(' * 10_000}a{')' * 10_000}", 1, None, "Too many nested", "Split it"),
]  # fmt: skip


def fault(text):
    """The first fault of a text that is no program."""
    with pytest.raises((ProgramError, LimitError)) as caught:
        parse(text)
    return caught.value.faults[0]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), WRONG, ids=[repr(row[0][:40]) for row in WRONG])
def test_wrong_program_is_told_where_and_how_to_mend_it(text, line, column, message, hint):
    found = fault(text)
    assert message in found.message
    assert hint in (found.hint or "")
    assert found.line == line
    assert column in (None, found.column)
    assert found.end_column >= found.column >= 1
    assert "<unknown>" not in found.message
    assert "sys." not in found.message


def test_every_hint_says_something():
    assert len(WRONG) > 100
    assert all(message and hint for *_, message, hint in WRONG)


@pytest.mark.parametrize(
    ("text", "end"), [("größe = ü ^ 2", 14), ("größe = ü + relv(é)", 17), ("y = (a ^\n  b)", 9), ("y = x·w", 8), ("y = relv(a)", 9)]
)
def test_the_end_of_a_fault_counts_characters_and_stays_on_its_line(text, end):
    assert fault(text).end_column == end


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(newline):
    found = fault(f"y = a{newline}z = y ^ 2")
    assert (found.line, found.column, found.end_column) == (2, 5, 10)


def test_a_dot_between_names_is_no_product():
    found = fault("y = x·w")
    assert (found.line, found.column, found.end_column) == (1, 5, 8)
    assert "@" in found.hint


@pytest.mark.parametrize("call", ["mse([a, b], c)", "lin(x, [a, b])", "causal_mask(a)", "cross_entropy([a, b], k)", "layer_norm([a, b])"])
def test_what_is_wrong_inside_the_prelude_is_told_at_the_call(call):
    found = fault(f"# first\ny = 2 * {call}")
    assert (found.line, found.column, found.end_column) == (2, 9, 9 + len(call))
    assert found.message.startswith(f"In {call.partition('(')[0]}: ")


def test_what_is_wrong_inside_the_prelude_within_a_def_is_told_in_the_def():
    found = fault("def f(x):\n    return mse(x, [a, b])\ny = f(a)")
    assert (found.line, found.column) == (2, 12)


@pytest.mark.parametrize("sign", ["\u3164", "\u1160", "\uffa0", "\u034f", "\ufe0f", "\u200d", "\u202e", "\U000e0100"])
def test_no_name_holds_a_sign_that_nobody_sees(sign, limits):
    with pytest.raises(ProgramError, match="invisible"):
        parse(f"w{sign} = x * 2", limits)


def test_a_heart_in_a_comment_is_let_be(limits):
    assert parse("# with \u2764\ufe0f\nL = x * 2", limits).statements
