"""The operations that the callers of these tests send."""

_ANSWER = """
fragment Answer on TravelerRecognition {
  requestId decidedAt holder purpose
  color decision madeGreener evidence decidedBy { id } asOf validUntil receivingRegion mode
  trustListVersion auditIndex receipt
  policy { region number digest }
  reasons { code rule { id } issuer { id } text { zh en } }
  sources {
    issuer { id } outcome evidence evidenceDigest via road
    codes {
      color rawValue issuer { id } issuingPlace basis asOf validUntil previousColor changedAt
    }
  }
  notAsked { issuer { id } reason }
}
"""

REFUSED = "... on Refusal { code text { zh en } }"

TRAVELER = (
    "query($input: TravelerInput!) "
    f"{{ traveler(input: $input) {{ __typename {REFUSED} ...Answer }} }}{_ANSWER}"
)

TRAVELERS = (
    "query($input: ManifestInput!) { travelers(input: $input) "
    f"{{ index ref result {{ __typename {REFUSED} ...Answer }} }} }}{_ANSWER}"
)

SCAN = (
    "query($input: ScannedCodeInput!) "
    f"{{ verifyCode(input: $input) {{ __typename {REFUSED} ...Answer }} }}{_ANSWER}"
)

AUDIT = """
query($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {
  auditEntries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { ...Entry } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
fragment Entry on AuditEntry {
  __typename id index kind entryHash at requestId client receivingRegion
  ... on AuditIntent { purpose issuers { id } }
  ... on AuditOutcome {
    purpose holder color decision ruleId rule { id } decidedBy { id } madeGreener trustListVersion
    policy { region number digest } sources { issuer { id } outcome evidenceDigest }
  }
  ... on AuditRefusal { code askedPurpose }
  ... on AuditAdministration { administrationAction actor }
  ... on AuditArrival { arrivalAction holder recognition }
  ... on AuditCorrection { correctionAction issuer { id } holder evidenceDigest }
  ... on AuditReading { readingAction }
  ... on AuditRelay {
    relayAction holder
    relaySources { issuer { id } relayOutcome evidenceDigest isHandedOver road }
  }
  ... on AuditPublication { publicationAction version digest }
}
"""

TRUST_LIST = "{ trustList { version digest issuers { id } } }"
TYPENAME = "{ __typename }"
