"""
Numbers as words: "seven", "third".

Floor 1: imports nothing of labkit.
"""

_SMALLEST = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES = "first second third fourth fifth sixth seventh eighth ninth tenth"
CARDINALS = {word: n for n, word in enumerate(_SMALLEST.split())} | {
    word: 10 * n for n, word in enumerate(_TENS.split(), 2)
}
"""How many: 0 to 20, then the tens."""
ORDINALS = {word: n for n, word in enumerate(_PLACES.split(), 1)}
"""In which place."""
