// From a verdict to what stands on the screen. Pure. The color is the hub's or the list's; a green is
// shown as green only if the decision beside it is to admit. What the page does not know is UNKNOWN.

import { isInForce } from "./gate_known.js";

const PANELS = {
  GREEN: { ADMIT: "GREEN", INSPECT: "YELLOW", REFUSE: "RED" },
  YELLOW: { ADMIT: "YELLOW", INSPECT: "YELLOW", REFUSE: "RED" },
  RED: { ADMIT: "RED", INSPECT: "RED", REFUSE: "RED" },
  UNKNOWN: { ADMIT: "UNKNOWN", INSPECT: "UNKNOWN", REFUSE: "RED" },
};

export const SHAPES = { none: "", asking: "…", GREEN: "✓", YELLOW: "!", RED: "✕", UNKNOWN: "?" };

const OF_STATUS = {
  GREEN: { panel: "GREEN", word: "ADMIT", todo: "todo_pass" },
  YELLOW: { panel: "YELLOW", word: "INSPECT", todo: "todo_INSPECT" },
  RED: { panel: "RED", word: "REFUSE", todo: "todo_REFUSE" },
  WITHDRAWN: { panel: "RED", word: "REFUSE", todo: "todo_REFUSE" },
};

/** The longest that an answer stays on the screen, in milliseconds. */
export const STAYS_MS = 30_000;

/** A verdict that could not be kept for the hub: nobody is admitted on it. */
export function notKept(verdict) {
  if (verdict.status !== "GREEN") return verdict;
  return { ...verdict, status: null, fault: "NOT_KEPT" };
}

/** Of the hub, `data` being a TravelerRecognition or a Refusal; `now` in milliseconds. */
export function ofHub(data, now) {
  if (data?.decision === undefined) return unknown({ text: data?.text }, now);
  const panel = PANELS[data.color]?.[data.decision];
  const until = Date.parse(data.validUntil);
  if (panel === undefined || !(until > now)) return unknown({ key: "not_asked_why" }, now);
  return {
    panel,
    word: data.decision,
    color: data.color,
    why: { text: data.reasons[0]?.text },
    todo: { key: `todo_${data.decision}` },
    source: "by_hub",
    policy: data.policy,
    receipt: data.decision === "ADMIT" ? data.receipt : null,
    until: Math.min(until, now + STAYS_MS),
  };
}

/** Of a pass; `verdict` comes from `gateVerdict`. */
export function ofPass(verdict, now) {
  const { status, fault, claims } = verdict;
  const shown = OF_STATUS[status];
  const why = { key: fault === null ? `why_pass_${status}` : `fault_${fault}` };
  if (shown === undefined) return { ...unknown(why, now), source: "by_pass" };
  return {
    ...shown,
    color: status === "WITHDRAWN" ? null : status,
    why: status === "GREEN" ? why : { key: `why_pass_${status}` },
    todo: { key: shown.todo, values: { name: claims.name, tail: claims.tail } },
    source: "by_pass",
    policy: claims.policy === null ? null : { region: claims.region, number: claims.policy },
    receipt: null,
    until: Math.min(status === "GREEN" ? verdict.until * 1000 : Infinity, now + STAYS_MS),
  };
}

/** Of a pass, by what the hub knows of it now. */
export function ofCheckedPass(checked, gate, now) {
  if (checked.status === undefined) return unknown({ text: checked.text }, now);
  const claims = {
    ...{ name: checked.maskedName, tail: checked.documentTail },
    ...{ region: checked.receivingRegion, purpose: checked.purpose, policy: null },
  };
  const isHere = isForHere(claims, gate);
  const status = isHere || checked.status !== "GREEN" ? checked.status : null;
  const fault = isHere ? null : "PASS_ELSEWHERE";
  const until = Date.parse(checked.validUntil) / 1000;
  return { ...ofPass({ status, fault, claims, until }, now), source: "by_hub" };
}

/** No verdict; `why` says what is known of the cause. */
export function unknown(why, now, todo = "todo_UNKNOWN") {
  return {
    panel: "UNKNOWN",
    word: "UNKNOWN",
    color: null,
    why: why.text === undefined && why.key === undefined ? { key: "not_asked_why" } : why,
    todo: { key: todo },
    source: null,
    policy: null,
    receipt: null,
    until: now + STAYS_MS,
  };
}

/**
 * What pass_check says, under what only this gate knows: its place, its policy, its clock against
 * signed times and its own version. Each of them takes a green away, and none makes one.
 */
export function gateVerdict(verdict, gate, at) {
  const fault = verdict.fault ?? faultHere(verdict.claims, gate, at);
  if (fault === null) return { ...verdict, until: Math.min(verdict.until, gate.policy.until) };
  return { ...verdict, fault, status: verdict.status === "GREEN" ? null : verdict.status };
}

/** How far a clock may be off before it is said, in seconds. */
export const DRIFT_SECONDS = 120;

function faultHere(claims, gate, at) {
  if (gate.stopped !== null) return gate.stopped;
  if (gate.isOutdated) return "VERSION_TOO_OLD";
  if (gate.drift !== null && gate.drift > DRIFT_SECONDS) return "CLOCK_AHEAD";
  if (gate.drift !== null && gate.drift < -DRIFT_SECONDS) return "CLOCK_BEHIND";
  if (!isInForce(gate.policy, at)) return "POLICY_TOO_OLD";
  return isForHere(claims, gate) ? null : "PASS_ELSEWHERE";
}

function isForHere(claims, gate) {
  const isRegion = [gate.region, gate.policy?.region].includes(claims.region);
  return isRegion && claims.purpose === gate.purpose;
}
