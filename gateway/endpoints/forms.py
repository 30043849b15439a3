"""Where clients get tokens, change their keys and enroll devices."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from time import monotonic

from starlette.types import ASGIApp

from tongxing.gateway.composition import Parts
from tongxing.gateway.endpoints.client_grants import grants_of
from tongxing.gateway.endpoints.known_errors import code_of
from tongxing.gateway.endpoints.recording import record_refusal
from tongxing.gateway.http.client_key_endpoint import CLIENT_KEY_PATH, ClientKeyRequests
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.enrollment_endpoint import ENROLLMENT_PATH, EnrollmentRequests
from tongxing.gateway.http.form_endpoint import AnswersForms, FormEndpoint
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.http.token_endpoint import TokenRequests
from tongxing.gateway.settings import Profile

TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
TOKEN_LIFETIME = timedelta(seconds=300)


def forms_of(parts: Parts, possession: Possession, door: Door) -> Mapping[str, ASGIApp]:
    """The endpoints that take a signed form, by their paths."""
    answering = {
        TOKEN_PATH: _token(parts, possession),
        CLIENT_KEY_PATH: _client_key(parts),
        ENROLLMENT_PATH: _enrollment(parts),
    }
    return {path: _form(parts, form, door) for path, form in answering.items()}


def _form(parts: Parts, form: AnswersForms, door: Door) -> ASGIApp:
    return FormEndpoint(
        form,
        record_refusal=partial(record_refusal, parts),
        code_of=code_of(parts),
        watch=parts.watch,
        door=door,
        deadline_seconds=parts.settings.deadline_seconds,
        tells_why=parts.settings.profile is Profile.OPEN,
    )


def _token(parts: Parts, possession: Possession) -> AnswersForms:
    return TokenRequests(
        signer=parts.hub_keys,
        issuer=parts.settings.hub.id,
        audience=parts.settings.hub.id,
        lifetime=TOKEN_LIFETIME,
        find_grant=grants_of(parts),
        first_use=parts.replay.first_use,
        possession=possession,
        utc_clock=parts.clock,
    )


def _client_key(parts: Parts) -> AnswersForms:
    return ClientKeyRequests(
        audience=parts.settings.hub.id,
        find_grant=grants_of(parts),
        first_use=parts.replay.first_use,
        change_keys=parts.own_keys.change,
        utc_clock=parts.clock,
        seconds=monotonic,
    )


def _enrollment(parts: Parts) -> AnswersForms:
    return EnrollmentRequests(
        audience=parts.settings.hub.id,
        enroll=parts.enrollment.enroll,
        utc_clock=parts.clock,
    )
