// Runs the vectors of passes and lists against the gate's own modules and prints, as JSON, what each
// came to. The arguments are the folder of the modules and the file of the vectors.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}`));
const { knownHub, Faulty } = await load("signed_text.js");
const { judgePass } = await load("pass_check.js");
const lists = await load("status_list.js");
const vectors = JSON.parse(await readFile(file, "utf-8"));

const hubOf = (each) =>
  knownHub(vectors.hub_id, vectors.jwks[each.jwks], each.keys_read_at ?? each.at, each.revoked);

async function passed(each) {
  const hub = await hubOf(each);
  const states = await Promise.all(each.lists.map((text) => lists.readSnapshot(text, hub)));
  const byUri = new Map(states.map((state) => [state.uri, state]));
  const { status, fault, until } = await judgePass(
    each.pass,
    { hub, lists: byUri, newest: each.newest },
    each.at,
  );
  return { status, fault, until: fault === null ? until : null };
}

async function taken(each) {
  const hub = await hubOf(each);
  const known = each.known === null ? null : await lists.readSnapshot(each.known, hub);
  try {
    const state =
      known !== null && each.kind === "delta"
        ? await lists.takeDelta(each.text, hub, known, each.at)
        : await lists.takeSnapshot(each.text, each.uri, hub, known, each.at);
    if (each.just_fetched) lists.checkJustFetched(state, each.at);
    return { fault: null, number: state.number, digest: await lists.digestOf(state) };
  } catch (error) {
    if (!(error instanceof Faulty)) throw error;
    return { fault: error.fault, number: null, digest: null };
  }
}

/** What a gate says that lost a time: its own, that of the keys, or the newest that it has seen. */
async function withoutTimes(each) {
  const hub = await hubOf(each);
  const states = await Promise.all(each.lists.map((text) => lists.readSnapshot(text, hub)));
  const known = { hub, lists: new Map(states.map((state) => [state.uri, state])), newest: each.newest };
  const lost = [
    [known, NaN],
    [{ ...known, newest: NaN }, each.at],
    [{ ...known, hub: { ...hub, readAt: NaN } }, each.at],
    [{ ...known, hub: { ...hub, readAt: undefined } }, each.at],
  ];
  const verdicts = await Promise.all(lost.map(([had, at]) => judgePass(each.pass, had, at)));
  return verdicts.map((verdict) => verdict.status);
}

const found = {};
const green = vectors.passes.filter((each) => each.expected.status === "GREEN");
found.lost = (await Promise.all(green.map(withoutTimes))).flat();
for (const each of vectors.passes) found[`pass: ${each.name}`] = await passed(each);
for (const each of vectors.lists) found[`list: ${each.name}`] = await taken(each);
console.log(JSON.stringify(found));
