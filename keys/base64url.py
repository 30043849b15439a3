"""Base64url without padding (RFC 7515 §2), in its one canonical spelling.

Exactly one text for each run of bytes, so that a signed message cannot be respelled and still
verify. Refuses padding, whitespace, other alphabets and stray trailing bits.
"""

from binascii import a2b_base64, b2a_base64

_FROM_URL = bytes.maketrans(b"-_", b"+/")


def encode(octets: bytes) -> str:
    # ``translate`` looks at every character, and takes as long as everything else.
    text = b2a_base64(octets, newline=False).rstrip(b"=")
    return text.replace(b"+", b"-").replace(b"/", b"_").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of ``text``; ValueError unless ``text`` is exactly what ``encode`` gives for them.

    The lenient decoder underneath skips what it does not know. Comparing with the encoding of its
    result finds every such case at once, including non-zero trailing bits.
    """
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    octets = a2b_base64(padded.translate(_FROM_URL))
    if encode(octets) != text:
        raise ValueError("not canonical base64url")
    return octets
