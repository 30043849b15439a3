"""The files that are changed, and for each the tests that try a change."""

from collections.abc import Mapping

Tests = tuple[str, ...]


def _files(folder: str, names: str) -> Tests:
    return tuple(f"tests/{folder}/test_{name}.py" for name in names.split())


def _all(folder: str, names: str, tests: Tests) -> Mapping[str, Tests]:
    return {f"{folder}/{name}.py": tests for name in names.split()}


DECISION: Tests = (
    *_files(
        "recognition", "decisions until_when conditions hearing ruling options carrying counting"
    ),
    *_files("recognition", "lists explain lapsed_greens any_order monotone offers"),
    *_files("oracle", "rows pure_decision"),
    *_files("policy", "examples policy_files coverage_is_exact differences preview policies"),
    *_files("answering", "history rejudging daily_lists hub end_of_trust"),
)
WORDS: Tests = (
    *_files(
        "recognition",
        "explain offers offer_search new_statements offer_words remedies waiting lists decisions "
        "options",
    ),
    *_files("policy", "examples"),
)
KEYS: Tests = (
    *_files("keys", "verification envelopes public_keys trust_list trust_turns sm2 suite_vectors"),
    *_files("keys", "detached_signatures channel client_assertions access_tokens signing"),
    *_files("keys", "receipts trust_store public_names holder strict_texts unknown_suites"),
    *_files("answering", "end_of_trust rejudging"),
)
POLICY: Tests = (
    *_files("policy", "policy_files differences coverage_is_exact examples preview policies"),
    *_files("policy", "refusal rule_shifts"),
)
HISTORY: Tests = _files("answering", "history hub rejudging flip_store daily_lists")

TRIED: Mapping[str, Tests] = {
    **_all(
        "gateway/recognition",
        "decide hearing ruling finding conditions policy carrying counting reasons",
        DECISION,
    ),
    **_all(
        "gateway/recognition",
        "facts explain remedies smallest_change new_statements offer_words waiting",
        WORDS,
    ),
    **_all("keys", "verification envelope suites strict_json trust_list sm2", KEYS),
    **_all("gateway/policy", "coverage rule_shifts", POLICY),
    **_all("gateway/answering", "history", HISTORY),
    **_all("keys", "root_signatures detached_signatures base64url p256 ed25519", KEYS),
}
