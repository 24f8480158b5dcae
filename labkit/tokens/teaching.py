"""
INSECURE teaching keys: everybody who has labkit has them.

With a frozen clock they make the tokens of the offline lessons the same on every machine and in
every year, so that what a notebook shows can be proven to the letter. Live services never use
them: each `Lab` makes its own keys, and the exposed profile refuses these.

Floor 1: knows keys.
"""

from functools import cache

from labkit.errors import UsageError
from labkit.tokens.keys import SigningKey

INSECURE_PREFIX = "INSECURE-teaching-"

_INSECURE_PEM = {
    "issuer": """\
-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCS18MfK/Dlbs0z
fZ9U/FaVDOKp5MSgE6Mq2UVeiaYhxhxBzjhFsFDqn0d1icuSMjzaVwRTTYYomtdr
zMY/4LZm6iD9eutCzNtNq47azAXh2JOEvPNXTxd0gyGdCVWwZahpzZHZI6rF165K
eU6CrY8W0jfVW50CZdFg0R6KxgnipLYIepsjQZXF2bc2uy8qo0+PyXc9bLTUCIbB
fmTQB82ArVDUhqRQFUQ63RS97UIWaTS/0QzsxX+7f03cNbOfFRgbMUmeDJsh5MWW
Ajm2jU1RZAL9Wb91HUmWHrHjRXD35Ziv6GnAVzh65O+d7gcz+xh8Fwnae2fVs+Y6
svKWsGuHAgMBAAECggEAFvsu4w6sxtt5Fe6Pzxcm3cYvJcj91NJTSP4eqIBWaxa8
OWLy1O/r2gGk3LT8vRv2Vh15jyf6L8Smo40KwdiDSMaqScFrrFVZ77qXwuUHTqSR
1xuojH4o/OfA4k4hsQJX7HxrBQFbVVc/RGczwv6H/wRWD016hx40OeNrKkDQLz4R
495ua181LMde8uppcy941LT6Ej+LY8fWN2ezws9DNakDmbMiTapI5lOPSO2CY+26
OawsZ/sRjgZw34KJ3nGr970hhYnd+0v/rWvUP4RjwigbImnIXcafaZhLhQtTlEY2
FK9EL6zp9NRwQjfyZh2NAP8s6eVHBokdpB7FvgotcQKBgQDFztMa/lvkZCNr+rJd
iYbaFNMkpiUr1Q+FOXJ9Qxt7sudgqP3TOkXoYytMJ+E9yp2Qk+FkyfuYcnptW1lZ
CZIlhUK46xLcXixXsBmds8akTzMXNQ5DT+WQzUXFMhyB6ne6s/rTgV2iO8HNyu9F
MZF6diFwvIMiY+h9TR9GMyOIGwKBgQC+CrB6juJRa+pIYcn6ihvgSQxZw+qYcA7W
UhpeU+PuxnZ8aERpTQFlgvRI9wkwPRVIxMtH2vw/8mj91xXK5LGxzkvIMSs1wigj
yICNwBoXrnKMcPbNo/QNX/EshXW5/7Cqi6COooTNh5wCF76p1J8m9BE9G1HAqlDS
V5xQEZ55BQKBgCP+7R+eZe574o5FwquO2UFaRMoIif8d+IMP3yu4SIoMFlrapcYI
dqxBT6G+KBjshBvJLVz//I7TVkAMPYgcW8IELA4miPodEQir/R1bl6xS1UNF3mCV
a3scP7QQ2Gsz1bHeCqjug7GAGlZutXfr+0NDt/Yh9+MMN0SGAkjuCWs9AoGALbh2
otWzXzFeSRG1vR/y+u+4F/SJgSkceLWCAIWgRbbblKylIMxU9K4fxVohjMh1UW9/
FId7voq8da2EYa7JjWR7WOtzYNiYPZukSfYYkO/4QQ+AYRL7ySf25uYo35nDUBSN
iSNSXfwtLVe3GDa+H2oCp7fl4DtZfHF1etHyVV0CgYAyp2L5a9uTf1N1EofaAHHu
pk2PzUm1wcIAAcMHjzbzByErOPJP29mkZYvDm2/UL6mB/9bDNKF/7WDMj2NBB9w4
HlivYxgnLR271zbeZyWzrXWAeZwaSLNO17SInRGoA6I606zn1FDXUlRvJzKg9NFy
VDhcWEp4kUVlA3ZwTv1VHA==
-----END PRIVATE KEY-----
""",
    "stranger": """\
-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCys/+mSpY/cM4m
EZBAENH7C2Ou81I6fsXzG946iRAcbwx5ukg5fZXJIv1CRVRAjo63Pce13bk0lxCY
hBhyXuFJSU39GabkX5BazSW51AFfMQyjdkhPv5G8puaXR+Cle1CNxQLUvLj0MbSi
m3dqc0y1lDVUfQ4JKvC8muApKrBoiSqMb5IQVcFbB79awGhkNrIqpsg0sH4u8zYi
8Jjwq0jWzwOtwY+pQUqmMN/SAau1VQJ5Pa08JyHrPziXQ/pG5mo3LfNQM8ubCKxA
tEMMFAfC01BhWudFV2dihgSjTVgwHKd+zEWWuaPrnNPnl1apmab5JCSlL0IeTYcM
83B657VXAgMBAAECggEABARjYCDmo4xAIDsm6QPo2Upu4u04vhaevDXx/5LLqlqh
6UMCZCnKMH/h0vn8VU22jjCyxsPuC8sqwcWcjAIrJGEsk0UR/FR2BdcwaWqg74hf
53Uwq2qIuuwHBy5uj4iwjYQa8lpzT2Rh/OgN12VC3cDjMRV1HgQbqieW3BT7FgRT
3EqOLV/R4a7OPpi/AeWKyDzJ7z4efw7pU88JpTedPeOmqV8TAw+55SoFVpZdX80Y
oksDOv+N4WryPShL3DpsycTkWjBcqcT6K41lyFfuB5432/K2d6Wo8MTq+P6lrmTY
XdqzvwPrHVKNgKXfl6c4NsQ6sCDWSpBnLY2i2hDc9QKBgQDdqdsGCRFg1rAj/5wF
d8syYasgOzXgvB+sdGNfbvg13brn3prg67GU+fl3/J+H3gCeWWNQa6hsYKQp7bV8
ScoStpSZ+/bGvp1b3u5+IO2IYfBWtuW4wmmGRfiFe/bhM9vMIU5QyuCIzVfVfScU
6/yvQcyGOiuNgvCtrMvK8sSm3QKBgQDOYoi4CdzOxZ4GNgVwDwaaFGQ9dJV5A3Cm
NgDwRYB8ZyHtBu+RAin2+2TIGuVHAwUZyGS9t4QBxzAd4jvCJcrQJPIoY0u0cpOC
2DrIsB6SmDklC0exRcsHj6tXuUCsOHcIaV8eRAgjvFzvQ1zFPMqdw9WdKaZ/wJ6S
f2bPaM3XwwKBgFjO4aqUXXsP6Lgzg74JFccUrGwYbOiiVopQgzPMEPP75xNY83Jj
290VHeb9tqjHwDWxGIIy7+KkAYGu9ERch/JhZj4fXeqYmhEhyymLZb97hcAoPPd+
JKsgQ4aveOUXUtuBCJCEB9uncaZeIxdVyQIqeZfZnHNw356lmWyxQSqdAoGAJ9SM
XjhJDP7GiJxUYFQGCiZ1Ugb18ezgCLPTaot/SIL+4Se9hFbOkoPh51yJczL6AQfT
qWmJaG5wstO+hLGWeqUmtvSy35hdL5tbfO/Adro6DRQoOeYmUMdBYiS2foZHMrBj
Uwv+JidsKCDv/oDE+b2ZtEMdhvo9oDhGNzEayNECgYBptQpB/GWKd8jtP6v735uQ
mQ0XlFdq3y/5IBjjaECihhGduHdzhzovPDpNj1zIQzXlWxQOToOThVNGB6EYh8bE
e4JyBufg2QLGSmc1yNvnW+y12tB39Q2P9OEl3OQ3yK60TtmwHgvO1Dd+nXFPbzRA
B9jjoD/Kfv23OLxEIFxaQA==
-----END PRIVATE KEY-----
""",
}


@cache
def teaching_key(name: str = "issuer") -> SigningKey:
    """
    Return the INSECURE teaching key called *name*: ``"issuer"``, or ``"stranger"`` for one that
    nobody trusts.

    Raises:
        UsageError: There is no teaching key of this name.
    """
    if name not in _INSECURE_PEM:
        raise UsageError(f"the teaching keys are {' and '.join(_INSECURE_PEM)}")
    return SigningKey.from_pem(_INSECURE_PEM[name], kid=INSECURE_PREFIX + name)


def is_teaching_key(key: SigningKey) -> bool:
    """Tell whether *key* is one of the INSECURE teaching keys, whatever it calls itself."""
    known = (teaching_key(name).public_jwk()["n"] for name in _INSECURE_PEM)
    return key.public_jwk()["n"] in known
