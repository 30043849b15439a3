"""The operations that the callers of these tests send."""

_ANSWER = """
fragment Answer on TravelerRecognition {
  color decision madeGreener evidence decidedBy { id } asOf validUntil receivingRegion mode
  trustListVersion auditIndex receipt
  policy { region number digest }
  reasons { code rule { id } issuer { id } text { zh en } }
  sources {
    issuer { id } outcome evidence evidenceDigest via
    codes {
      color rawValue issuer { id } issuingPlace basis asOf validUntil previousColor changedAt
    }
  }
}
"""

TRAVELER = (
    """
query(
  $document: TravelDocumentInput!, $purpose: RecognitionPurpose!, $receivingRegion: RegionCode!
) {
  traveler(document: $document, purpose: $purpose, receivingRegion: $receivingRegion) {
    __typename ... on InvalidDocument { code rule text { zh en } } ...Answer
  }
}
"""
    + _ANSWER
)

TRAVELERS = (
    """
query($requests: [TravelerRequest!]!) {
  travelers(requests: $requests) {
    __typename ... on InvalidDocument { code rule text { zh en } } ...Answer
  }
}
"""
    + _ANSWER
)

SCAN = (
    """
query(
  $code: String!, $checkpoint: CheckpointInput!, $receivingRegion: RegionCode!,
  $purpose: RecognitionPurpose = ENTRY
) {
  verifyCode(
    code: $code, checkpoint: $checkpoint, receivingRegion: $receivingRegion, purpose: $purpose
  ) {
    __typename ... on InvalidCode { code rule text { zh en } } ...Answer
  }
}
"""
    + _ANSWER
)

AUDIT = """
query($filter: AuditFilter, $first: Int! = 50, $after: String) {
  auditEntries(filter: $filter, first: $first, after: $after) {
    edges { cursor node { index kind requestId client code receivingRegion purpose holder } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

TRUST_LIST = "{ trustList { version digest issuers { id } } }"
TYPENAME = "{ __typename }"
