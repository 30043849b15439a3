// The documents of this library's methods. `make golden` writes this file.

export const ACKNOWLEDGE_ARRIVAL = `# and acknowledges it.
mutation AcknowledgeArrival($input: AcknowledgeArrivalInput!) {
  acknowledgeArrival(input: $input) {
    __typename
    ... on TravelerArrival { id acknowledgedAt }
    ... on Refusal { code text { zh en } }
  }
}
`;

export const FOLLOW_ARRIVALS = `# the district follows what happens to arrivals,
subscription FollowArrivals($region: RegionCode!, $after: String) {
  arrivalEvents(region: $region, after: $after) {
    cursor
    node {
      __typename
      ... on ArrivalRecorded { arrival { id district } }
      ... on ArrivalAcknowledged { arrival { id district } }
      ... on ArrivalWithdrawn { arrival { id district } }
    }
  }
}
`;

export const MANIFEST = `# 2. A manifest. An entry with a mistake fails alone, and comes back under its ref.
query AskAboutManifest($input: ManifestInput!) {
  travelers(input: $input) {
    index
    ref
    result {
      __typename
      ...Shown
      ... on Refusal { code text { zh en } }
    }
  }
}
# What a gate shows of an answer. Used by the three questions.
fragment Shown on TravelerRecognition {
  color
  decision
  reasons { code text { zh en } }
  sources { issuer { id } outcome }
  validUntil
  receipt
}
`;

export const RECORD_ARRIVAL = `# 4. An arrival: the gate records it by the receipt,
mutation RecordArrival($input: RecordArrivalInput!) {
  recordArrival(input: $input) {
    __typename
    ... on TravelerArrival { id district }
    ... on Refusal { code text { zh en } }
  }
}
`;

export const REFRESH_CORRECTION = `# and its state is asked for until the issuer has decided.
mutation RefreshCorrection($input: RefreshCorrectionInput!) {
  refreshCorrection(input: $input) {
    __typename
    ... on HealthCodeCorrection { id state }
    ... on Refusal { code text { zh en } }
  }
}
`;

export const REPORT_MISTAKE = `# 5. A mistake: it goes to the issuer that set the color,
mutation ReportMistake($input: ReportMistakeInput!) {
  reportMistake(input: $input) {
    __typename
    ... on HealthCodeCorrection { id state evidenceDigest }
    ... on Refusal { code text { zh en } }
  }
}
`;

export const SCAN = `# 3. A code that was scanned.
query VerifyScannedCode($input: ScannedCodeInput!) {
  verifyCode(input: $input) {
    __typename
    ...Shown
    ... on Refusal { code text { zh en } }
  }
}
# What a gate shows of an answer. Used by the three questions.
fragment Shown on TravelerRecognition {
  color
  decision
  reasons { code text { zh en } }
  sources { issuer { id } outcome }
  validUntil
  receipt
}
`;

export const TRAVELER = `# 1. One traveler, by document.
query AskAboutTraveler($input: TravelerInput!) {
  traveler(input: $input) {
    __typename
    ...Shown
    ... on Refusal { code text { zh en } }
  }
}
# What a gate shows of an answer. Used by the three questions.
fragment Shown on TravelerRecognition {
  color
  decision
  reasons { code text { zh en } }
  sources { issuer { id } outcome }
  validUntil
  receipt
}
`;
