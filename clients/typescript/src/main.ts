// The six things that a city system does, one after the other. What to ask about comes from standard
// input (../example.json), because numbers and names do not belong in arguments; one line of JSON
// for each thing goes to standard output, without anything of a person.

import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import {
  AcknowledgeArrivalDocument,
  AskAboutManifestDocument,
  AskAboutTravelerDocument,
  FollowArrivalsDocument,
  ReadAuditPageDocument,
  RecordArrivalDocument,
  RefreshCorrectionDocument,
  ReportMistakeDocument,
  VerifyScannedCodeDocument,
  type AskAboutTravelerQuery,
  type CheckpointInput,
  type CorrectionState,
  type ManifestEntryInput,
  type MistakeKind,
  type RecognitionPurpose,
  type TravelDocumentInput,
} from './generated/graphql.js';
import { Hub } from './hub.js';

interface Order {
  region: string;
  district: string;
  purpose: RecognitionPurpose;
  traveler: TravelDocumentInput;
  manifest: ManifestEntryInput[];
  checkpoint: CheckpointInput;
  code?: string;
  wrong: { document: TravelDocumentInput; issuer: string; mistake: MistakeKind };
  patienceSeconds: number;
  entriesOfAPage: number;
}

type Answer = AskAboutTravelerQuery['traveler'];

function say(act: string, told: object): void {
  console.log(JSON.stringify({ act, ...told }));
}

/** What a gate does with an answer. A decision that this program does not know does not admit; a
 * member of the union that it does not know is no answer. */
function shown(answer: Answer): object {
  switch (answer.__typename) {
    case 'TravelerRecognition':
      return {
        color: answer.color,
        decision: answer.decision,
        opens: answer.decision === 'ADMIT',
        reasons: answer.reasons.length,
      };
    default:
      return { opens: false, refused: answer.code };
  }
}

async function traveler(city: Hub, order: Order): Promise<string> {
  const answer = await about(city, order, order.traveler);
  say('traveler', shown(answer));
  return receiptOf(answer);
}

async function about(city: Hub, order: Order, document: TravelDocumentInput): Promise<Answer> {
  const input = { document, purpose: order.purpose, receivingRegion: order.region };
  return (await city.ask(AskAboutTravelerDocument, { input })).traveler;
}

function receiptOf(answer: Answer): string {
  if (answer.__typename !== 'TravelerRecognition') throw new Error('there is no receipt');
  return answer.receipt;
}

async function manifest(city: Hub, order: Order): Promise<void> {
  const input = {
    purpose: order.purpose,
    receivingRegion: order.region,
    entries: order.manifest,
  };
  const { travelers } = await city.ask(AskAboutManifestDocument, { input });
  say('manifest', { answers: travelers.map(({ ref, result }) => ({ ref, ...shown(result) })) });
}

async function scan(city: Hub, order: Order): Promise<void> {
  if (order.code === undefined) return say('scan', { left: 'no code was scanned' });
  const { code, checkpoint, purpose, region } = order;
  const input = { code, checkpoint, purpose, receivingRegion: region };
  say('scan', shown((await city.ask(VerifyScannedCodeDocument, { input })).verifyCode));
}

async function arrival(city: Hub, district: Hub, order: Order, receipt: string): Promise<void> {
  const input = { receipt, destination: order.district };
  const { recordArrival: recorded } = await city.ask(RecordArrivalDocument, { input });
  if (recorded.__typename !== 'TravelerArrival') return say('arrival', { refused: recorded.code });
  const { id } = recorded;
  const events: string[] = [];
  for await (const { arrivalEvents } of district.follow(FollowArrivalsDocument, {
    region: order.district,
  })) {
    const { node } = arrivalEvents;
    if (!('arrival' in node) || node.arrival.id !== id) continue;
    events.push(node.__typename);
    if (node.__typename === 'ArrivalRecorded') {
      await district.ask(AcknowledgeArrivalDocument, { input: { id } });
    }
    if (node.__typename === 'ArrivalAcknowledged') break;
  }
  say('arrival', { id, events });
}

async function correction(city: Hub, order: Order): Promise<void> {
  const { document, issuer, mistake } = order.wrong;
  const receipt = receiptOf(await about(city, order, document));
  const input = { receipt, document, issuer, mistake };
  const { reportMistake: reported } = await city.ask(ReportMistakeDocument, { input });
  if (reported.__typename !== 'HealthCodeCorrection') {
    return say('report', { refused: reported.code });
  }
  const { id, state, evidenceDigest } = reported;
  say('report', { id, state, evidence: evidenceDigest });
  say('correction', { id, state: await decided(city, id, state, order.patienceSeconds) });
}

/** The state once the issuer has decided, or after some patience. */
async function decided(
  city: Hub,
  id: string,
  reported: CorrectionState,
  patience: number,
): Promise<CorrectionState> {
  let state = reported;
  for (let second = 0; second < patience && state === 'REPORTED'; second += 1) {
    await setTimeout(1000);
    const { refreshCorrection: now } = await city.ask(RefreshCorrectionDocument, { input: { id } });
    if (now.__typename === 'HealthCodeCorrection') state = now.state;
  }
  return state;
}

async function audit(coordinator: Hub, first: number): Promise<void> {
  let pages = 0;
  const seen: number[] = [];
  for (let after: string | null = null, more = true; more; pages += 1) {
    const page: { after: string | null; first: number } = { after, first };
    const { auditEntries } = await coordinator.ask(ReadAuditPageDocument, page);
    seen.push(...auditEntries.edges.map(({ node }) => node.index));
    after = auditEntries.pageInfo.endCursor ?? null;
    more = auditEntries.pageInfo.hasNextPage;
  }
  say('audit', { pages, entries: seen.length, once: new Set(seen).size === seen.length });
}

const [clients = '.'] = process.argv.slice(2);
const hub = (id: string) => Hub.open(join(clients, id, 'credentials.json'));
const order = JSON.parse(await text(process.stdin)) as Order;
const city = await hub('city-system');
const district = await hub('jingkou-district');
const receipt = await traveler(city, order);
await manifest(city, order);
await scan(city, order);
await arrival(city, district, order, receipt);
await correction(city, order);
await audit(await hub('coordinator'), order.entriesOfAPage);
