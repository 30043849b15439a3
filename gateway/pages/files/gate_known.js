// What the device knows of the hub without asking: its keys, the policy that holds here, the status
// lists, and how old each is. All or nothing: what is refused leaves what was known, and its age.

import { Forbidden, Unreachable, fetched } from "./gate_hub.js";
import { kept } from "./gate_store.js";
import { told } from "./gate_texts.js";
import { CLOCK_LEEWAY, Faulty, KEYS_MAX_AGE, knownHub } from "./signed_text.js";
import {
  DELTA_MAX,
  SNAPSHOT_MAX,
  checkJustFetched,
  takeDelta,
  takeSnapshot,
} from "./status_list.js";

const KEYS_PATH = "/.well-known/jwks.json";
const LISTS_PATH = "/status-lists";
const ANEW_SECONDS = 300;
const DELTAS_MAX = 20;

/* Of one hub: each holds a million passes. More of them are not followed, so not green. */
const LISTS_MAX = 64;
const LIST_PATH = /\/status-lists\/[A-Za-z0-9_-]{1,64}$/;

/** A policy is looked up every few minutes; one that was not for so long may have been replaced. */
export const POLICY_MAX_AGE = KEYS_MAX_AGE;

export class Known {
  /** `clock` gives milliseconds since 1970, `steady` milliseconds that nobody can set. */
  constructor(clock, steady) {
    this.clock = clock;
    this.steady = steady;
    this.anchor = clock() - steady();
    this.jwks = null;
    this.readAt = 0;
    this.revoked = [];
    this.lists = new Map();
    this.newest = 0;
    this.policy = null;
    this.hub = null;
    this.refused = null; // the last fault of a list that was not taken
    this.stopped = null; // why the hub does not serve this device: a fault, also after a new start
  }

  /** What is damaged or of another version is fetched anew. */
  async load() {
    const before = await kept.get("known");
    if (before === undefined) return;
    const { jwks = null, readAt = 0, revoked = [], newest = 0, policy = null } = before;
    const { lists = [], seenAt = 0, stopped = null } = before;
    const hub = jwks === null ? null : await knownHub(told.hub, jwks, readAt, revoked);
    Object.assign(this, { jwks, readAt, revoked, newest, policy, stopped, hub });
    this.lists = new Map(lists);
    this.anchor = Math.max(seenAt, this.clock()) - this.steady();
  }

  /** All that is older than it should be. Throws what asking the hub throws. */
  async refresh(hub) {
    const at = this.seconds();
    if (at - this.readAt >= ANEW_SECONDS || at < this.readAt) await this.readKeys();
    if (at - (this.policy?.readAt ?? 0) >= ANEW_SECONDS) await this.readPolicy(hub);
    await this.readLists();
  }

  /** The time that it must be at least, in seconds, by the steady clock. A clock that shows less than
   * it must is behind; only a list that was just signed says that it is right after all. */
  latest() {
    return (this.anchor + this.steady()) / 1000;
  }

  /** The hub has signed this time. */
  hasSeen(signedAt) {
    if (Number.isSafeInteger(signedAt)) this.newest = Math.max(this.newest, signedAt);
  }

  seconds() {
    return this.clock() / 1000;
  }

  /** The list that a pass names, if it is not known or has a newer state. */
  async readList(uri) {
    const known = this.lists.get(uri) ?? null;
    try {
      const state = (known && (await this.byDeltas(known))) ?? (await this.bySnapshot(uri, known));
      if (state === null) return;
      this.hasSeen(state.iat);
      const at = this.seconds();
      if (at - CLOCK_LEEWAY <= state.iat + state.ttl) this.anchor = this.clock() - this.steady();
      this.lists.set(uri, state);
      this.refused = null;
    } catch (error) {
      if (!(error instanceof Faulty)) throw error;
      this.refused = error.fault;
    }
  }

  /** The age in seconds of the newest list; null if there is none. */
  listAge() {
    const states = [...this.lists.values()];
    return states.length === 0 ? null : this.seconds() - Math.max(...states.map((each) => each.iat));
  }

  /** For pass_check. */
  forPasses() {
    const newest = Math.max(this.newest, Math.floor(this.latest()));
    return { hub: this.hub, lists: this.lists, newest };
  }

  /** Why no pass can be verified without a network now; null if it can. */
  lacks() {
    const at = this.seconds();
    if (this.hub === null || at - this.readAt >= KEYS_MAX_AGE) return "lacks_keys";
    if (!isInForce(this.policy, at)) return "lacks_policy";
    return [...this.lists.values()].some((each) => at < each.exp) ? null : "lacks_list";
  }

  async readKeys() {
    const response = await fetched(KEYS_PATH);
    const jwks = await response.json().catch(() => null);
    if (!response.ok || !Array.isArray(jwks?.keys) || jwks.keys.length === 0) return;
    const readAt = this.seconds();
    const now = new Set(jwks.keys.map((key) => key.kid));
    const gone = (this.jwks?.keys ?? []).map((key) => key.kid).filter((id) => !now.has(id));
    const revoked = [...new Set([...this.revoked, ...gone])].filter((id) => !now.has(id));
    const hub = await knownHub(told.hub, jwks, readAt, revoked).catch(() => null);
    if (hub !== null) Object.assign(this, { jwks, readAt, revoked, hub });
  }

  async readPolicy(hub) {
    const { region } = hub.device;
    const [city, province] = [`${region.slice(0, 4)}00`, `${region.slice(0, 2)}0000`];
    const data = await hub.ask("policy", { region, city, province }).catch((error) => {
      if (error instanceof Forbidden) return null; // it may still ask about codes
      throw error;
    });
    if (data === null) return;
    const at = this.seconds();
    for (const versions of [data.here, data.inTheCity, data.inTheProvince]) {
      const found = versions.map((each) => asPolicy(each, at)).find((each) => isInForce(each, at));
      if (found !== undefined) {
        this.policy = found;
        return;
      }
    }
    this.policy = null;
  }

  async readLists() {
    for (const uri of await this.addresses()) await this.readList(uri);
  }

  /** Of the lists that the hub keeps now. Without passes there are none. */
  async addresses() {
    const response = await fetched(LISTS_PATH);
    const found = response.ok ? await response.json().catch(() => null) : null;
    const named = Array.isArray(found?.status_lists) ? found.status_lists : [];
    return named.filter((uri) => typeof uri === "string" && LIST_PATH.test(uri)).slice(0, LISTS_MAX);
  }

  async byDeltas(known) {
    let state = known;
    for (let count = 0; count < DELTAS_MAX; count += 1) {
      if (this.seconds() < state.iat + state.ttl) return state; // there is no next one yet
      const path = `${pathOf(known.uri)}/deltas/${state.number}`;
      const response = await fetched(path, { atMost: DELTA_MAX });
      if (!response.ok) return count > 0 ? state : null;
      try {
        state = await takeDelta(await response.text(), this.hub, state, this.seconds());
      } catch (error) {
        if (error.fault !== "LIST_GAP") throw error;
        return null;
      }
    }
    return null;
  }

  async bySnapshot(uri, known) {
    const response = await fetched(pathOf(uri), { atMost: SNAPSHOT_MAX });
    if (response.status === 404) return null;
    if (!response.ok) throw new Unreachable();
    const state = await takeSnapshot(
      await response.text(),
      uri,
      this.hub,
      known,
      this.seconds(),
    );
    checkJustFetched(state, this.seconds());
    return state;
  }

  async save() {
    const { jwks, readAt, revoked, newest, policy, stopped } = this;
    const seenAt = this.anchor + this.steady();
    const lists = [...this.lists];
    await kept.put("known", { jwks, readAt, revoked, newest, policy, stopped, seenAt, lists });
  }
}

/** Whether `policy` holds and was looked up lately. */
export function isInForce(policy, at) {
  if (policy === null || policy === undefined) return false;
  return policy.from <= at && at < Math.min(policy.until, policy.readAt + POLICY_MAX_AGE);
}

function asPolicy(version, readAt) {
  const [from, until] = [version.validFrom, version.validUntil].map((text) => Date.parse(text) / 1000);
  return { region: version.ref.region, number: version.ref.number, from, until, readAt };
}

/* At this hub, whatever host its own address names: nothing is loaded from elsewhere. */
function pathOf(uri) {
  return LIST_PATH.exec(uri)[0];
}
