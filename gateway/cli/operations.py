"""The GraphQL operations that the command line and its users send.

Each is also a file of ``gateway/documents``, so that a hub knows it by its id. ``make golden``
writes these files.
"""

from collections.abc import Mapping
from types import MappingProxyType

RECOGNITION = """
fragment Answer on TravelerRecognition {
  requestId decidedAt holder purpose
  color decision madeGreener evidence decidedBy { id } asOf validUntil receivingRegion mode
  trustListVersion auditIndex receipt
  policy { region number digest }
  reasons { code rule { id } issuer { id } text { zh en } }
  sources {
    issuer { id name { zh } } outcome evidence evidenceDigest via
    codes { color rawValue issuingPlace basis asOf validUntil previousColor changedAt }
  }
  notAsked { issuer { id name { zh } } reason }
}
"""

TRAVELER = (
    """
query Traveler($input: TravelerInput!) {
  traveler(input: $input) {
    __typename
    ... on Refusal { code text { zh en } }
    ...Answer
  }
}
"""
    + RECOGNITION
)

TRAVELERS = (
    """
query Manifest($input: ManifestInput!) {
  travelers(input: $input) {
    index ref
    result { __typename ... on Refusal { code text { zh en } } ...Answer }
  }
}
"""
    + RECOGNITION
)

VERIFY_CODE = (
    """
query Scan($input: ScannedCodeInput!) {
  verifyCode(input: $input) {
    __typename
    ... on Refusal { code text { zh en } }
    ...Answer
  }
}
"""
    + RECOGNITION
)

EXPLAIN = """
query Explain($input: TravelerInput!) {
  traveler(input: $input) {
    __typename
    ... on Refusal { code text { zh en } }
    ... on TravelerRecognition {
      explanation {
        deciding { rule { id } issuer { id } unmet { rule { id } condition } }
        smallestChange { decision needs { kind issuer { id } after } }
        lines { zh en }
      }
    }
  }
}
"""

HISTORY = """
query History($input: TravelerInput!) {
  traveler(input: $input) {
    __typename
    ... on Refusal { code text { zh en } }
    ... on TravelerRecognition {
      history(first: 100) {
        edges {
          node {
            issuer { id } issuingPlace color basis previousColor asOf changedAt knownAt
            evidenceDigest
          }
        }
      }
    }
  }
}
"""

AUDIT = """
query Audit($filter: AuditFilter, $first: Int!, $after: String) {
  auditEntries(filter: $filter, first: $first, after: $after) {
    edges {
      node { index kind at client receivingRegion ... on AuditOutcome { purpose color decision } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

SHIPPED: Mapping[str, str] = MappingProxyType(
    {
        TRAVELER: "cli_traveler.graphql",
        TRAVELERS: "cli_manifest.graphql",
        VERIFY_CODE: "cli_scan.graphql",
        EXPLAIN: "cli_explain.graphql",
        HISTORY: "cli_history.graphql",
        AUDIT: "cli_audit.graphql",
    }
)
"""Their files, by the texts."""
