"""The GraphQL operations that the command line and its users send."""

RECOGNITION = """
fragment Answer on TravelerRecognition {
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
query Traveler(
  $document: TravelDocumentInput!, $purpose: RecognitionPurpose!, $region: RegionCode!
) {
  traveler(document: $document, purpose: $purpose, receivingRegion: $region) {
    __typename
    ... on InvalidDocument { code rule text { zh en } }
    ...Answer
  }
}
"""
    + RECOGNITION
)

TRAVELERS = (
    """
query Manifest($requests: [TravelerRequest!]!) {
  travelers(requests: $requests) {
    __typename
    ... on InvalidDocument { code rule text { zh en } }
    ...Answer
  }
}
"""
    + RECOGNITION
)

VERIFY_CODE = (
    """
query Scan(
  $code: String!, $checkpoint: CheckpointInput!, $region: RegionCode!, $purpose: RecognitionPurpose!
) {
  verifyCode(
    code: $code, checkpoint: $checkpoint, receivingRegion: $region, purpose: $purpose
  ) {
    __typename
    ... on InvalidCode { code rule text { zh en } }
    ...Answer
  }
}
"""
    + RECOGNITION
)

EXPLAIN = """
query Explain(
  $document: TravelDocumentInput!, $purpose: RecognitionPurpose!, $region: RegionCode!
) {
  traveler(document: $document, purpose: $purpose, receivingRegion: $region) {
    __typename
    ... on InvalidDocument { code rule text { zh en } }
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
query History(
  $document: TravelDocumentInput!, $purpose: RecognitionPurpose!, $region: RegionCode!
) {
  traveler(document: $document, purpose: $purpose, receivingRegion: $region) {
    __typename
    ... on InvalidDocument { code rule text { zh en } }
    ... on TravelerRecognition {
      history {
        issuer { id } issuingPlace color basis previousColor asOf changedAt knownAt evidenceDigest
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
