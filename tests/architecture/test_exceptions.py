"""Each exception of the product is one that a client gets a code for, one that ends before it
reaches a client, or a fault of ours. A new class has to be put into one of the three."""

import ast
import importlib
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.source import modules
from tongxing.gateway.endpoints.known_errors import KNOWN
from tongxing.gateway.errors import ErrorCode, Refused, codes_of_exceptions
from tongxing.gateway.graphql.misfits import OF_SCALARS as CODES_OF_SCALARS

UNAVAILABLE = {
    "NoSigningKey",
    "AuditDamaged",
    "AuditUnavailable",
    "ClockJumped",
    "KeptWithoutMark",
    "LogLacking",
    "StorageDamaged",
    "StorageUnavailable",
    "TrustListRefused",
}

HANDLED: Mapping[str, str] = {
    # where a value of the schema, an outcome or a code is made of it
    "_LeftToStrawberry": "gateway.graphql.inputs",
    "_NotSure": "gateway.graphql.variables",
    "_NotWritten": "gateway.graphql.writers",
    "BadSignature": "keys.verification",
    "BadSignatures": "gateway.policy.published",
    "Busy": "gateway.graphql.policy_fields",
    "Closed": "gateway.http.graphql_socket",
    "CannotLift": "gateway.graphql.documents",
    "ClientStopped": "gateway.graphql.recognition_fields",
    "CodeRefused": "gateway.pages.provider_sign_in",
    "IdTokenRefused": "gateway.pages.provider_sign_in",
    "ProviderAway": "gateway.pages.provider_sign_in",
    "Unanswered": "gateway.pages.coordinator_page",
    "ConnectionEnded": "adapters.http_client",
    "Declined": "adapters.adapter",
    "Encoded": "adapters.exchange",
    "EndlessHints": "adapters.http_client",
    "CursorTooOld": "gateway.graphql.pages",
    "InvalidCursor": "gateway.graphql.pages",
    "InvalidDocument": "gateway.graphql.recognition_fields",
    "InvalidKey": "keys.trust_list",
    "InvalidNote": "keys.log_proof",
    "InvalidReceipt": "gateway.followup.corrections",
    "InvalidStatement": "gateway.operation.followed_hub_keys",
    "InvalidToken": "gateway.http.authentication",
    "KeptConnectionEnded": "adapters.http_client",
    "FeedRefused": "gateway.answering.feed_following",
    "FilterRefused": "gateway.answering.filter_following",
    "ListRefused": "gateway.answering.list_following",
    "Malformed": "adapters.adapter",
    "MalformedEnvelope": "adapters.adapter",
    "MalformedJson": "keys.envelope",
    "NoPolicyInForce": "gateway.policy.in_force",
    "NotBelieved": "gateway.http.signed_forms",
    "NotSealed": "gateway.answering.shared_statements",
    "NotShown": "gateway.http.authentication",
    "NotRegistered": "gateway.graphql.trusted_document_fields",
    "NotProven": "adapters.adapter",
    "NotSigned": "adapters.adapter",
    "OAuthError": "gateway.http.form_endpoint",
    "OtherHubRefuses": "gateway.answering.other_hub",
    "OutOfBounds": "adapters.adapter",
    "Overtaken": "gateway.answering.daily_lists",
    "MalformedStatuses": "keys.status_list",
    "PassFaulty": "gateway.passes.holder_passes",
    "PassTooLong": "gateway.passes.holder_passes",
    "PolicyRefused": "gateway.graphql.policy_fields",
    "ProofRefused": "keys.log_proof",
    "RedisFailed": "gateway.answering.shared_statements",
    "ReaderTooSlow": "gateway.policy.workshop",
    "Replayed": "adapters.adapter",
    "TimedOut": "adapters.exchange",
    "TooFewTravelers": "gateway.graphql.policy_fields",
    "TooLarge": "adapters.exchange",
    "TooManyClasses": "gateway.policy.coverage",
    "TransportError": "adapters.exchange",
    "Unreachable": "adapters.exchange",
    "Unreadable": "gateway.storage.audit.log",
    "UnreadableStatus": "adapters.exchange",
    "Unusable": "adapters.adapter",
    "Unusual": "gateway.graphql.execution",
    "VerificationFailed": "adapters.adapter",
    "WrongHolder": "adapters.adapter",
    "_FirstMisfit": "gateway.graphql.misfits",
    "_LimitReached": "gateway.recognition.smallest_change",
}
"""Raised while a client waits, and caught on the way."""

NOT_WHILE_A_CLIENT_WAITS = {
    "ContractBroken",
    "_Broken",
    "DialectRefused",
    "InvalidVectors",
    "WorkerFailed",
    "BackupInTheWay",
    "NoAccessToken",
    "NotAlone",
    "StillInForce",
    "BackupRefused",
    "CannotListen",
    "CertificateRefused",
    "CannotRejudge",
    "CannotRun",
    "CannotStart",
    "CommandFailed",
    "DocumentFileRefused",
    "DraftUnusable",
    "InvalidClient",
    "InvalidExport",
    "InvalidLogKey",
    "InvalidPrivateKey",
    "InvalidProof",
    "GateStopped",
    "HubBusy",
    "HubKeysRefused",
    "HubRefuses",
    "HubSilent",
    "HubUnreachable",
    "InvalidRootKeys",
    "InvalidBackupStatement",
    "PlaceTaken",
    "JudgedByOthers",
    "QuestionRefused",
    "ScannerGone",
    "RootKeysRefused",
    "KeyIsMissing",
    "KeysAreGone",
    "MadeElsewhere",
    "SettingsRefused",
    "StepRefused",
    "StorageFault",
    "StorageRefused",
    "TokenRefused",
    "TrustedDocumentFileRefused",
    "_MissingOption",
    "_Misused",
    "_Usage",
    "_NoRegion",
    "_NotAPeriod",
    "_NotARegion",
    "_NotAWindow",
    "_NotOneOfTwo",
    "_NotOneWay",
    "_OnTheCommandLine",
    "_OneWay",
}
"""Raised by commands, and at the start."""

NOT_RAISED = {"Unlisted", "_SchemaError", "_ValueError"}
"""Handed over as values."""

OF_SCALARS = {kind.__name__ for kind in CODES_OF_SCALARS}
"""Raised by the scalars of the schema, caught by graphql-core, and given a code."""

OURS = {"InconsistentSources", "Undecided"}
"""The hub contradicts itself: INTERNAL, and an event for the operators."""


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def product() -> dict[str, type[Exception]]:
    for module in modules():
        if not module.startswith("tongxing.sandbox") and not module.endswith("__main__"):
            importlib.import_module(module)
    mine = (each for each in _below(Exception) if each.__module__.startswith("tongxing."))
    return {e.__name__: e for e in mine if not e.__module__.startswith("tongxing.sandbox")}


@pytest.fixture(scope="module", name="classes")
def classes_() -> dict[str, type[Exception]]:
    return product()


def test_each_exception_has_its_place(classes: dict[str, type[Exception]]) -> None:
    carrying_a_code = {name for name, kind in classes.items() if issubclass(kind, Refused)}
    places = [
        UNAVAILABLE,
        set(HANDLED),
        NOT_WHILE_A_CLIENT_WAITS,
        NOT_RAISED,
        OF_SCALARS,
        OURS,
        carrying_a_code,
    ]
    assert set(classes) == set().union(*places)
    assert sum(map(len, places)) == len(classes)


def test_what_stops_the_hub_is_no_internal_error(classes: dict[str, type[Exception]]) -> None:
    unexpected: list[Exception] = []
    code_of = codes_of_exceptions(KNOWN, unexpected.append)
    codes = {
        name: code_of(kind.__new__(kind)) for name, kind in classes.items() if name in UNAVAILABLE
    }
    assert set(codes.values()) == {ErrorCode.UNAVAILABLE}
    assert unexpected == []


def test_a_fault_of_ours_is_told(classes: dict[str, type[Exception]]) -> None:
    unexpected: list[Exception] = []
    code_of = codes_of_exceptions(KNOWN, unexpected.append)
    assert {code_of(classes[name]("x")) for name in OURS} == {ErrorCode.INTERNAL}
    assert len(unexpected) == len(OURS)


@pytest.mark.parametrize(("name", "where"), HANDLED.items())
def test_what_is_caught_on_the_way_is_named_where_it_is_caught(
    classes: dict[str, type[Exception]], name: str, where: str
) -> None:
    kinds = {kind.__name__ for kind in classes[name].__mro__ if issubclass(kind, Exception)}
    handlers = [n for n in modules()[f"tongxing.{where}"].nodes if isinstance(n, ast.ExceptHandler)]
    types = [handler.type for handler in handlers if handler.type is not None]
    nodes = [node for each in types for node in ast.walk(each)]
    named = {node.id for node in nodes if isinstance(node, ast.Name)}
    named |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert kinds & named
