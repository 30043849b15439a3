"""Base64url without padding (RFC 7515 §2), in its one canonical spelling.

Exactly one text for each run of bytes, so that a signed message cannot be respelled and still
verify. Refuses padding, whitespace, other alphabets and stray trailing bits.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of ``text``; ValueError unless ``text`` is exactly what ``encode`` gives for them.

    The lenient decoder underneath skips what it does not know. Comparing with the encoding of its
    result finds every such case at once, including non-zero trailing bits.
    """
    octets = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if encode(octets) != text:
        raise ValueError("not canonical base64url")
    return octets
