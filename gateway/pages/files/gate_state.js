// How things stand, always in sight: the connection, how old everything is that answers rest on, the
// clock, and what somebody has to see to.

import { DRIFT_SECONDS } from "./gate_answer.js";
import { sealedDecisions } from "./gate_store.js";
import { language, say, told } from "./gate_texts.js";
import { age, at, chip, notice } from "./gate_view.js";

/** The page looks at the hub as often, if nothing goes wrong. */
export const LOOK_MS = 15_000;

export function showState(gate) {
  const { known, hub, failures } = gate;
  const now = known.seconds();
  const keysAge = known.readAt === 0 ? null : now - known.readAt;
  const connection = failures > 0 ? "offline" : "online";
  chip("connection", connection, say(`connection_${connection}`));
  chip("age-keys", aged(keysAge, 450, 24 * 3600), `${say("age_keys")} ${age(keysAge)}`);
  showPolicy(known.policy, now);
  showList(known);
  showClock(hub.drift());
  const lacks = known.lacks();
  at("ready").textContent =
    lacks === null ? say("offline_ready") : say("offline_not_ready", { what: say(lacks) });
  notice(worthSaying(gate));
}

/* What somebody has to know, or see to, beside the answers. */
function worthSaying({ known, isElsewhere, isOutdated, isTwice }) {
  if (isElsewhere) return say("elsewhere");
  if (known.stopped === "CLIENT_REVOKED") return `${say("revoked_why")} ${say("revoked_todo")}`;
  if (known.refused !== null) return say(textOfRefused(known.refused));
  if (isOutdated) return say("version_new");
  return isTwice ? say("handed_in_before") : "";
}

function textOfRefused(fault) {
  return `fault_${fault}` in told.texts[language] ? `fault_${fault}` : "fault_LIST_REFUSED";
}

function showPolicy(policy, now) {
  const since = policy === null ? null : now - policy.readAt;
  const version = policy === null ? "" : `${say("age_version", { n: policy.number })} `;
  const state = policy !== null && now >= policy.until ? "bad" : aged(since, 450, 24 * 3600);
  chip("age-policy", state, `${say("age_policy")} ${version}${age(since)}`);
}

function showList(known) {
  const since = known.listAge();
  const [newest] = [...known.lists.values()].sort((one, other) => other.iat - one.iat);
  const ends = newest === undefined ? 0 : newest.exp - newest.iat;
  const usual = (newest?.ttl ?? 0) + (1.25 * LOOK_MS) / 1000; // made every ttl, looked for as often
  chip("age-list", aged(since, 1.5 * usual, ends), `${say("age_list")} ${age(since)}`);
}

function aged(seconds, warnAt, endsAt) {
  if (seconds === null || seconds >= endsAt) return "bad";
  return seconds > warnAt ? "old" : "good";
}

function showClock(drift) {
  if (drift === null) chip("clock", "old", say("clock_unknown"));
  else if (Math.abs(drift) <= DRIFT_SECONDS) chip("clock", "good", say("clock_right"));
  else chip("clock", "bad", say("clock_off", { n: Math.round(Math.abs(drift) / 60) }));
}

/** What waits to be handed in. */
export async function showPending() {
  const n = await sealedDecisions.count();
  chip("pending", n > 0 ? "old" : "good", n > 0 ? say("pending_some", { n }) : say("pending_none"));
}
