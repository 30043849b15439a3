// The six things that a city system does, one after the other, with the library. What to ask about comes
// from standard input (../example.json), because numbers and names do not belong in arguments; one line of
// JSON for each thing goes to standard output, without anything of a person.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import {
  Arrival,
  Correction,
  Refused,
  TongxingError,
  type Checkpoint,
  type Client,
  type Document,
  type Recognition,
} from 'tongxing-client';
import { clientFromFile } from 'tongxing-client/node';

interface Order {
  region: string;
  district: string;
  purpose: string;
  traveler: Document;
  manifest: { document: Document; ref?: string; receivingRegion?: string; purpose?: string }[];
  checkpoint: Checkpoint;
  code?: string;
  wrong: { document: Document; issuer: string; mistake: string };
  patienceSeconds: number;
  entriesOfAPage: number;
}

interface AuditPage {
  edges: { node: { index: number } }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

const AUDIT_PAGE = new URL('../../../operations/audit_page.graphql', import.meta.url);

function say(act: string, told: object): void {
  console.log(JSON.stringify({ act, ...told }));
}

/** What a gate does with an answer. A word that this version does not know opens nothing. */
function shown(answer: Recognition | Refused): object {
  if (answer instanceof Refused) return { opens: answer.opens, refused: answer.code };
  const { color, decision, opens, reasons } = answer;
  return { color, decision, opens, reasons: reasons.length };
}

function receiptOf(answer: Recognition | Refused): string {
  if (answer instanceof Refused) throw new Error('there is no receipt');
  return answer.receipt;
}

async function traveler(city: Client, order: Order): Promise<string> {
  const answer = await city.traveler(order.traveler, order);
  say('traveler', shown(answer));
  return receiptOf(answer);
}

async function manifest(city: Client, order: Order): Promise<void> {
  const entries = order.manifest.map(({ receivingRegion: region, ...rest }) => ({ ...rest, region }));
  const answers = await city.manifest(entries, { region: order.region, purpose: order.purpose });
  say('manifest', { answers: answers.map(({ ref, result }) => ({ ref, ...shown(result) })) });
}

async function scan(city: Client, order: Order): Promise<void> {
  if (order.code === undefined) return say('scan', { left: 'no code was scanned' });
  say('scan', shown(await city.scan(order.code, order.checkpoint, order)));
}

async function arrival(city: Client, district: Client, order: Order, receipt: string): Promise<void> {
  const recorded = await city.recordArrival(receipt, { district: order.district });
  if (!(recorded instanceof Arrival)) return say('arrival', { refused: recorded.code });
  const { id } = recorded;
  const events: string[] = [];
  for await (const event of district.followArrivals(order.district)) {
    if (event.arrival?.id !== id) continue;
    events.push(event.kind);
    if (event.kind === 'ArrivalRecorded') await district.acknowledgeArrival(id);
    if (event.kind === 'ArrivalAcknowledged') break;
  }
  say('arrival', { id, events });
}

async function correction(city: Client, order: Order): Promise<void> {
  const { document, issuer, mistake } = order.wrong;
  const receipt = receiptOf(await city.traveler(document, order));
  const reported = await city.reportMistake(receipt, document, { issuer, mistake });
  if (!(reported instanceof Correction)) return say('report', { refused: reported.code });
  const { id, state, evidenceDigest: evidence } = reported;
  say('report', { id, state, evidence });
  say('correction', { id, state: await decided(city, reported, order.patienceSeconds) });
}

/** The state once the issuer has decided, or after some patience. */
async function decided(city: Client, { id, state: first }: Correction, patience: number): Promise<string> {
  let state = first;
  for (let second = 0; second < patience && state === 'REPORTED'; second += 1) {
    await setTimeout(1000);
    const now = await city.correction(id);
    if (now instanceof Correction) state = now.state;
  }
  return state;
}

async function audit(coordinator: Client, first: number): Promise<void> {
  const query = await readFile(AUDIT_PAGE, 'utf8');
  const seen: number[] = [];
  let [pages, after, more]: [number, string | null, boolean] = [0, null, true];
  for (; more; pages += 1) {
    const data = await coordinator.execute(query, { first, after }, { repeats: true });
    const { edges, pageInfo } = data['auditEntries'] as AuditPage;
    seen.push(...edges.map(({ node }) => node.index));
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  say('audit', { pages, entries: seen.length, once: new Set(seen).size === seen.length });
}

async function main(clients: string): Promise<void> {
  const hub = (id: string): Promise<Client> => clientFromFile(join(clients, id, 'credentials.json'));
  const order = JSON.parse(await text(process.stdin)) as Order;
  const [city, district] = [await hub('city-system'), await hub('jingkou-district')];
  const receipt = await traveler(city, order);
  await manifest(city, order);
  await scan(city, order);
  await arrival(city, district, order, receipt);
  await correction(city, order);
  await audit(await hub('coordinator'), order.entriesOfAPage);
}

try {
  await main(process.argv[2] ?? '.');
} catch (fault) {
  if (!(fault instanceof TongxingError)) throw fault;
  console.error(`${fault.name}: ${fault.message}`);
  process.exitCode = 1;
}
