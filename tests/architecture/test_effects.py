"""The only files that touch the network, the disk, the clock, the environment, private keys.

Each file stands with the reason why. The lists are complete both ways: a file that starts to touch
something fails, and so does a file on a list that no longer needs to be.
"""

import pytest

from tests.architecture.effects import CLOCK, DISK, ENVIRONMENT, NETWORK, PRIVATE_KEYS, Effect
from tests.architecture.source import module, modules

NETWORK_IN = {
    "gateway/cli/serve.py": "the socket that a worker is given",
    "gateway/cli/workers.py": "the socket that workers are given",
    "adapters/http_client.py": "asks issuers",
    "adapters/connector.py": "the connections of the guarded client",
    "sandbox/issuers/listening.py": "a reference issuer listens",
    "sandbox/demo/stage.py": "the demo's holders and faults",
    "sandbox/demo/doors.py": "a traveler's browser",
    "sandbox/demo/gate.py": "what a gate fetches while it can",
    "conformance/hub/playing_issuers.py": "asks a hub that is tried",
    "conformance/trying.py": "when the certificate of who is tried ends",
    "sandbox/replay/kept_connection.py": "gates and telephones ask",
    "gateway/operation/check_running.py": "what hubs that run say of themselves",
    "gateway/operation/check_surroundings.py": "is the port free, do issuers answer",
    "gateway/cli/hub_client.py": "a client asks the hub",
    "gateway/pages/provider_client.py": "asks the organization's provider who signed in",
    "gateway/http/server.py": "the hub listens",
    "gateway/http/accepting.py": "takes in connections",
    "gateway/http/handshakes.py": "TLS of connections that come in",
    "gateway/operation/certificate_file.py": "what TLS is served with",
    "gateway/http/protocol.py": "a connection of the hub",
    "gateway/http/socket_protocol.py": "a connection that has become a WebSocket",
    "gateway/sharing/redis_line.py": "what workers share",
}
DISK_IN = {
    "gateway/wiring/to_hubs.py": "the keys with which other hubs are asked",
    "gateway/cli/log_matching.py": "the exported logs of two hubs",
    "gateway/operation/check_trust.py": "is one of the hub's own keys on the trust list",
    "sandbox/provisioning/hubs.py": "the states of more hubs",
    "gateway/wiring/states.py": "room on the disk",
    "gateway/storage/sizes.py": "the sizes of the files",
    "gateway/cli/many_workers.py": "a directory for the workers' figures",
    "sandbox/city/store.py": "the reference city's own books",
    "sandbox/issuers/keystore.py": "a reference issuer's own keys",
    "sandbox/federation/members.py": "the members' own secrets",
    "sandbox/federation/__main__.py": "the members' own credential",
    "sandbox/provisioning/federation.py": "the shipped policy that it changes",
    "sandbox/five_days/__main__.py": "are there books already",
    "sandbox/replay/staging.py": "the city's credential, and the document that gates send",
    "gateway/storage/head_file.py": "the head of the log beside the database",
    "gateway/storage/seen_versions.py": "what this machine has taken, beside the database",
    "gateway/cli/init.py": "answers named on the command line",
    "gateway/operation/new_hub.py": "what a new hub has already",
    "gateway/operation/hub_key_files.py": "the hub's own keys, whenever they change",
    "gateway/cli/hub_client.py": "a client's credentials and key",
    "gateway/cli/gate_command.py": "what a gate is told on the command line",
    "gateway/gate/code_source.py": "a serial scanner",
    "gateway/gate/kept_decisions.py": "what a gate knows and has decided",
    "conformance/issuer/participant.py": "the keys and the credential of an issuer that is tried",
    "conformance/trying.py": "the credentials of the issuers that are played",
    "conformance/command.py": "the list of expected failures, and the reports",
    "sandbox/demo/looking_back.py": "the hub's database and policy",
    "sandbox/demo/stage.py": "a temporary state directory",
    "gateway/storage/snapshot.py": "a copy of the database",
    "gateway/operation/backup_form.py": "the files of a backup",
    "gateway/operation/taking_backup.py": "what a backup holds",
    "gateway/operation/public_files.py": "the public files of a backup",
    "gateway/operation/root_files.py": "which versions of the root keys lie here",
    "gateway/operation/restoring.py": "the database that is put back",
    "gateway/operation/check_secrets.py": "the secrets that the settings name",
    "gateway/operation/check_dialects.py": "whose signatures count",
    "gateway/operation/declared_dialects.py": "is it a directory, and of files",
    "gateway/cli/dialect_commands.py": "a file named on the command line",
    "gateway/cli/new_issuer.py": "the templates, and what is written of them",
    "gateway/operation/check_policies.py": "whose signatures count",
    "gateway/operation/check_database.py": "is there a database",
    "gateway/cli/document_checks.py": "is there a database",
    "gateway/operation/check_holders.py": "the holder file",
    "gateway/cli/hand_over.py": "the holder file",
    "gateway/cli/holder_commands.py": "the holder file, and the one in its place",
    "gateway/operation/document_files.py": "the documents that clients name by their ids",
    "sandbox/commands/five_days.py": "are there books already, and a directory for them",
    "gateway/cli/local.py": "is there a database",
    "gateway/cli/policy_preview.py": "the picture named on the command line",
    "gateway/cli/policy_publish.py": "policies and keys named on the command line",
    "sandbox/provisioning/processes.py": "the logs of child processes",
    "sandbox/provisioning/state.py": "the hub's key, which signs what it registers",
    "gateway/cli/recognize.py": "a receipt named on the command line",
    "gateway/cli/log_evidence.py": "receipts, proofs, checkpoints named on the command line",
    "gateway/cli/audit_commands.py": "the log in a file named on the command line",
    "gateway/cli/trust_publish.py": "is there a list already",
    "gateway/cli/root_view.py": "is there a list in force",
    "gateway/cli/root_publish.py": "is there a list in force",
    "gateway/cli/root_keys_commands.py": "keys are never overwritten",
    "gateway/composition.py": "the credential for the figures",
    "gateway/wiring/ground.py": "the hub's keys",
    "gateway/wiring/to_issuers.py": "a key, and the credentials that issuers know the hub by",
    "gateway/wiring/signing_in.py": "what the hub is registered with at the provider",
    "gateway/wiring/ahead.py": "the keys of membership filters",
    "gateway/http/graphiql.py": "the page's assets, once",
    "gateway/pages/gate_page.py": "the files of the gate's page, once",
    "gateway/pages/npm_files.py": "the packages' files, once",
    "gateway/pages/page_files.py": "the pages' styles and scripts, once",
    "gateway/pages/page_questions.py": "what the pages ask, once",
    "gateway/pages/text_tables.py": "the pages' texts, once",
    "gateway/policy/published.py": "policies and the signatures beside them",
    "gateway/operation/files.py": "writes whole files",
    "gateway/operation/alone.py": "the lock on a directory",
    "sandbox/provisioning/trust.py": "the list to be renewed",
    "gateway/settings_file.py": "the settings file",
    "gateway/storage/sqlite.py": "the database",
    "gateway/storage/sqlite_library.py": "the library for it",
    "gateway/operation/log_check.py": "how far the log is checked",
    "gateway/operation/certificate_file.py": "the hub's certificate, whenever it changes",
    "gateway/operation/followed_publications.py": "whose signatures count",
}
CLOCK_IN = {
    "gateway/cli/workers.py": "how long workers live, and may take",
    "adapters/http_client.py": "whether connections are kept, in the event loop's seconds",
    "adapters/replicas.py": "how late an answer is, in the event loop's seconds",
    "sandbox/issuers/__main__.py": "a reference issuer's clock",
    "sandbox/issuers/server.py": "whether anybody still waits for a batch",
    "sandbox/federation/__main__.py": "the members' clock",
    "sandbox/five_days/__main__.py": "how long the five days took",
    "sandbox/commands/through_hub.py": "how long the replay took",
    "gateway/app.py": "hands monotonic time to the applications",
    "gateway/endpoints/forms.py": "hands monotonic time to the key form",
    "gateway/endpoints/of_operations.py": "hands monotonic time to the door",
    "gateway/endpoints/of_operators.py": "hands monotonic time to their application",
    "gateway/endpoints/of_people.py": "hands monotonic time to what counts tries",
    "gateway/cli/main.py": "when the hub could not run",
    "gateway/cli/terminal.py": "the command line's clock",
    "gateway/cli/gate_command.py": "a gate's clocks",
    "conformance/issuer/played_hub.py": "the deadline, in the event loop's seconds",
    "sandbox/demo/actions.py": "how long the hub took",
    "sandbox/demo/events.py": "how long the hub took",
    "sandbox/demo/doors.py": "how long the hub took",
    "sandbox/demo/gate.py": "how long the hub took",
    "sandbox/demo/looking_back.py": "how long the hub took",
    "gateway/composition.py": "the hub's clock",
    "gateway/wiring/ground.py": "the hub's clock, and whether it jumps",
    "gateway/wiring/to_issuers.py": "how long issuers and other workers take",
    "gateway/tracing/span_export.py": "how many requests are traced a second",
    "gateway/wiring/of_passes.py": "how often status lists are published",
    "gateway/wiring/signing_in.py": "how long what is known of a provider counts",
    "gateway/wiring/memories.py": "how long what is remembered counts",
    "gateway/http/request_envelope.py": "how long a request took",
    "gateway/http/deadline.py": "the deadline, in the event loop's seconds",
    "gateway/http/request.py": "when a body is late, in the event loop's seconds",
    "gateway/http/protocol.py": "when a request began, in the event loop's seconds",
    "gateway/http/graphql_socket.py": "how long a socket is idle, in the event loop's seconds",
    "gateway/followup/corrections.py": "the deadline, in the event loop's seconds",
    "gateway/answering/hub.py": "the deadline, in the event loop's seconds",
    "gateway/answering/other_hub.py": "what is left of the deadline, for the next hub",
    "gateway/answering/relaying.py": "the deadline that the asking hub leaves",
    "gateway/wiring/to_hubs.py": "the clock of the circuits",
    "sandbox/demo/cities.py": "how long the province's answer took",
    "gateway/answering/feed_following.py": "the deadline, in the event loop's seconds",
    "gateway/answering/filter_following.py": "the deadline, in the event loop's seconds",
    "gateway/answering/list_following.py": "the deadline, in the event loop's seconds",
    "gateway/answering/issuer_link.py": "how long an issuer took",
    "gateway/answering/between_workers.py": "how long others are followed",
    "gateway/answering/issuer_queue.py": "when questions leave, in the event loop's seconds",
}
ENVIRONMENT_IN = {
    "gateway/cli/many_workers.py": "what workers inherit",
    "sandbox/provisioning/processes.py": "what children inherit",
    "gateway/cli/local.py": "settings",
}
PRIVATE_KEYS_IN = {
    "sandbox/issuers/keystore.py": "a reference issuer's own",
    "sandbox/issuers/signing.py": "a reference issuer's own",
    "sandbox/issuers/sm2.py": "a reference issuer's own",
    "keys/signing.py": "all of the hub's and the clients'",
    "keys/tongsuo.py": "the curve that the other library lacks",
    "keys/libcrypto.py": "the same, by the operating system's library",
}

MAY = {
    "network": (NETWORK, NETWORK_IN),
    "disk": (DISK, DISK_IN),
    "clock": (CLOCK, CLOCK_IN),
    "environment": (ENVIRONMENT, ENVIRONMENT_IN),
    "private keys": (PRIVATE_KEYS, PRIVATE_KEYS_IN),
}


@pytest.mark.parametrize(("effect", "listed"), MAY.values(), ids=MAY)
def test_the_list_is_complete_and_no_longer_than_needed(
    effect: Effect, listed: dict[str, str]
) -> None:
    assert {m.path for m in modules().values() if effect.is_in(m)} == set(listed)


CAUGHT = {
    "a socket": (NETWORK, "import socket"),
    "a client, lazily": (NETWORK, "def f():\n    import httpx2"),
    "a stream": (NETWORK, "import asyncio\nasyncio.open_connection('h', 1)"),
    "open": (DISK, "open('f')"),
    "a path opened": (DISK, "def f(p):\n    return p.open('rb')"),
    "a path's read": (DISK, "def f(p):\n    return p.read_text()"),
    "a database": (DISK, "from sqlite3 import connect"),
    "now": (CLOCK, "from datetime import UTC, datetime\nat = datetime.now(UTC)"),
    "a monotonic clock handed on": (CLOCK, "import time\nclock = time.monotonic"),
    "the environment": (ENVIRONMENT, "import os\nos.environ['A']"),
    "a method handed on": (DISK, "def f(p, run):\n    return run(p.read_bytes)"),
    "the event loop's clock": (CLOCK, "def f(loop):\n    return loop.time()"),
    "a private key": (PRIVATE_KEYS, "from x import load_pem_private_key"),
}


@pytest.mark.parametrize(("effect", "source"), CAUGHT.values(), ids=CAUGHT)
def test_the_rule_catches(effect: Effect, source: str) -> None:
    assert effect.is_in(module("gateway.example", source))


@pytest.mark.parametrize("effect", [effect for effect, _ in MAY.values()], ids=MAY)
def test_the_rule_lets_plain_code_be(effect: Effect) -> None:
    plain = "from datetime import datetime\ndef f(at: datetime) -> str:\n    return at.isoformat()"
    assert not effect.is_in(module("gateway.example", plain))
