"""``POST /oauth/client-key``: a client changes its own key, and the old one vouches for the new."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from tongxing_client.errors import AnswerUnreadable
from tongxing_client.flow import Flow
from tongxing_client.keys import SigningKey
from tongxing_client.patience import patiently
from tongxing_client.session import Session
from tongxing_client.tokens import assertion, form_request, oauth_answer

Keys = Sequence[Mapping[str, Any]]


def key_change(session: Session, new: SigningKey, overlap_seconds: int) -> Flow[Keys]:
    """All keys of the client from now on, with their ends. What was not heard is sent again: the
    hub puts in the same key once. Raises CredentialsRefused if the old key counts no more, which
    it does after a change that was interrupted; then the new one is tried."""
    own = session.credentials
    url = f"{own.hub}/oauth/client-key"

    def attempt(seconds: float) -> Flow[Keys]:
        at, jti = session.clocks.unix(), str(uuid4())
        named = {"jti": jti, "jkt": new.thumbprint, "replaces": own.key.thumbprint}
        proof = assertion(own, at, named, key=new, typ="client-key-proof+jwt")
        asked = {"jti": jti, "jwk": dict(new.jwk), "proof": proof, "overlap": overlap_seconds}
        request = assertion(own, at, asked, typ="client-key-change+jwt")
        sent = form_request(url, {"request": request}, {})
        reply = yield from session.send(sent, seconds, repeats=True)
        keys = oauth_answer(reply).get("keys")
        if not isinstance(keys, list):
            raise AnswerUnreadable("an answer without keys")
        return keys

    return (yield from patiently(attempt, session.patience, session.clocks))
