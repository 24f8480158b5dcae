"""
The hints of 10.1, three for each mistake.

Floor 4: imports nothing.
"""

HINTS = {
    "uses-eval": (
        "What else than a sum can stand in a text that eval is given?",
        "eval runs any program, and taking names away from it doesn't help: every value of Python "
        "leads to its class, and from there to all others. Read the text instead: ast.parse says "
        "what stands in it and runs none of it.",
        "tree = ast.parse(expression, mode='eval').body, then a function that knows a few kinds of "
        "node and refuses all others",
    ),
    "unbounded-power": (
        "How many digits has 10 ** 100000, and who pays for making them?",
        "A short text can ask for a number that fills the memory, so look before you work it out. "
        "A power of base b and exponent e has about e * log10(b) digits. A root of a negative "
        "number isn't a real number: Python gives a complex one.",
        "in the branch of **: if base and math.log10(abs(base)) * exponent > <digits>: it is an "
        "error",
    ),
    "unbounded-number": (
        "Which numbers on the way do you look at: powers alone, or all?",
        "A product grows as well, and a number can be long as it is typed. Where every result "
        "passes by, one look is enough. Infinity is larger than any limit.",
        "where a node has been worked out: compare abs(<its result>) with 10 ** 100",
    ),
    "no-length-limit": (
        "What does your function do before it knows that the text is too long?",
        "Reading costs time and memory, too, and a deep nesting exhausts the reader. The cheapest "
        "check is the length, and it comes first.",
        "len(expression) is known without reading it",
    ),
    "not-arithmetic": (
        "Which kinds of node does your function know by name, and what does it do with the others?",
        "List what is allowed, not what is forbidden: nobody can list all that is forbidden. A "
        "Constant may also be a text, or True, which isinstance takes for an int.",
        "ast.Constant only if the type of its value is in (int, float); BinOp and UnaryOp only "
        "with operators of your list; for anything else raise ValueError",
    ),
    "error-raised": (
        "Who catches what your function raises, and who should read it?",
        "What went wrong is for the model: it can mend its call if it is told. So an error is a "
        "result like any other. Texts can fail in many ways; one except Exception around all of it "
        "takes them all.",
        "try: <all of it>, and in except Exception as error: a dict with the text of error",
    ),
    "wrong-value": (
        "What does ast.dump(ast.parse('2 + 3 * 4', mode='eval')) show: which node is inside which?",
        "The tree has the precedence in it already: work out what is inside of a node first, then "
        "the node. A minus before a number is a node of its own, UnaryOp.",
        "for a BinOp: <the function of its op>(<worked out left>, <worked out right>)",
    ),
    "other-shape": (
        "Which two forms can a result have?",
        "Whoever reads the result looks for one name that says that it went well, or for one that "
        "says why it didn't.",
        '{"value": 0.03}, or {"error": "this divides by zero"}',
    ),
}
