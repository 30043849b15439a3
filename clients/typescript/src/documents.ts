// The GraphQL documents that this library sends, and their ids.
//
// A hub knows each by the SHA-256 of its text (`gateway/documents`), so the id is sent alone. A hub that
// lacks one says so, and is sent texts from then on.

import { sha256 } from './digests.js';

/** What a hub says that does not have a document, or is too old to know `documentId`. */
export const LACKING: readonly string[] = ['PERSISTED_DOCUMENT_NOT_FOUND', 'MALFORMED_REQUEST'];

/** `repeats`: done twice, it does nothing else than done once. `isShipped`: hubs know it by its id. */
export interface Operation {
  readonly text: string;
  readonly repeats: boolean;
  readonly isShipped: boolean;
}

/** `sha256:` and the digest of the document, in hexadecimal. */
export async function documentId(text: string): Promise<string> {
  const octets = [...(await sha256(text))];
  return `sha256:${octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')}`;
}

export async function bodyOf(
  operation: Operation,
  variables: object,
  asText: boolean,
): Promise<object> {
  if (asText || !operation.isShipped) return { query: operation.text, variables };
  return { documentId: await documentId(operation.text), variables };
}

/** The hub does none of them twice (docs/errors.md). */
function shipped(text: string): Operation {
  return { text, repeats: true, isShipped: true };
}

const SHOWN = `# What a gate shows of an answer. Used by the three questions.
fragment Shown on TravelerRecognition {
  color
  decision
  reasons { code text { zh en } }
  sources { issuer { id } outcome }
  validUntil
  receipt
}
`;

export const TRAVELER = shipped(`# 1. One traveler, by document.
query AskAboutTraveler($input: TravelerInput!) {
  traveler(input: $input) {
    __typename
    ...Shown
    ... on Refusal { code text { zh en } }
  }
}
${SHOWN}`);

export const MANIFEST = shipped(`# 2. A manifest. An entry with a mistake fails alone, and comes back under its ref.
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
${SHOWN}`);

export const SCAN = shipped(`# 3. A code that was scanned.
query VerifyScannedCode($input: ScannedCodeInput!) {
  verifyCode(input: $input) {
    __typename
    ...Shown
    ... on Refusal { code text { zh en } }
  }
}
${SHOWN}`);

export const RECORD_ARRIVAL = shipped(`# 4. An arrival: the gate records it by the receipt,
mutation RecordArrival($input: RecordArrivalInput!) {
  recordArrival(input: $input) {
    __typename
    ... on TravelerArrival { id district }
    ... on Refusal { code text { zh en } }
  }
}
`);

export const ACKNOWLEDGE_ARRIVAL = shipped(`# and acknowledges it.
mutation AcknowledgeArrival($input: AcknowledgeArrivalInput!) {
  acknowledgeArrival(input: $input) {
    __typename
    ... on TravelerArrival { id acknowledgedAt }
    ... on Refusal { code text { zh en } }
  }
}
`);

export const FOLLOW_ARRIVALS = shipped(`# the district follows what happens to arrivals,
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
`);

export const REPORT_MISTAKE = shipped(`# 5. A mistake: it goes to the issuer that set the color,
mutation ReportMistake($input: ReportMistakeInput!) {
  reportMistake(input: $input) {
    __typename
    ... on HealthCodeCorrection { id state evidenceDigest }
    ... on Refusal { code text { zh en } }
  }
}
`);

export const REFRESH_CORRECTION = shipped(`# and its state is asked for until the issuer has decided.
mutation RefreshCorrection($input: RefreshCorrectionInput!) {
  refreshCorrection(input: $input) {
    __typename
    ... on HealthCodeCorrection { id state }
    ... on Refusal { code text { zh en } }
  }
}
`);
