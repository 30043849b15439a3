// One question and its answer: from the hub while it can be reached, else from what the device knows.
// A verdict of the device's own is on its disk, sealed, before anybody sees it.

import { gateVerdict, notKept, ofCheckedPass, ofHub, ofPass, unknown } from "./gate_answer.js";
import { decisionOf, keep } from "./gate_decisions.js";
import { Forbidden, NotNow, Revoked, Unreachable } from "./gate_hub.js";
import { showPending, showState } from "./gate_state.js";
import { judgePass } from "./pass_check.js";

/** What the hub says of a scanned code. */
export async function askedByCode(gate, code) {
  const { region, purpose, place, department, phone, client_id: name } = gate.device;
  const checkpoint = {
    ...{ name: place, position: place, department },
    ...{ verifierName: name, verifierPhone: phone },
  };
  const input = { code, checkpoint, receivingRegion: region, purpose };
  try {
    const data = await gate.hub.ask("scan", { input });
    reached(gate);
    return { ...ofHub(data.verifyCode, gate.clock()), code };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    unreached(gate);
    return { ...unknown({ key: "offline_code_why" }, gate.clock()), code };
  }
}

export async function askedByDocument(gate, document) {
  const { region, purpose } = gate.device;
  const input = { document, receivingRegion: region, purpose };
  const data = await gate.hub.ask("traveler", { input });
  reached(gate);
  return ofHub(data.traveler, gate.clock());
}

/** The hub knows more of a pass than any list; without it the pass is verified here. If it gave no
 * answer last time nobody waits for it again: the next look says whether it is back. */
export async function verified(gate, code) {
  if (gate.isDown) gate.lookSoon();
  else {
    try {
      const data = await gate.hub.ask("pass", { passText: code });
      reached(gate);
      return { ...ofCheckedPass(data.verifyPass, here(gate), gate.clock()), code };
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof NotNow)) throw error;
      if (error instanceof Unreachable) unreached(gate);
    }
  }
  await gate.checked;
  const verdict = await judged(gate, code);
  const state = gate.known.lists.get(verdict.claims?.uri) ?? null;
  const decision = decisionOf(code, verdict, state, gate.clock());
  gate.open = decision.id;
  try {
    await keep(decision);
  } catch {
    return { ...ofPass(notKept(verdict), gate.clock()), code };
  }
  showPending();
  return { ...ofPass(verdict, gate.clock()), code, decision };
}

async function judged(gate, code) {
  const at = gate.clock() / 1000;
  if (gate.known.hub === null) {
    return { status: null, fault: "KEYS_TOO_OLD", claims: null, until: at };
  }
  return gateVerdict(await judgePass(code, gate.known.forPasses(), at), here(gate), at);
}

/* What only this gate knows. */
function here(gate) {
  const { device, known, hub, isOutdated } = gate;
  const { region, purpose } = device;
  const { policy, stopped } = known;
  return { region, purpose, policy, stopped, drift: hub.drift(), isOutdated };
}

/** The answer where there is none. */
export function failed(gate, error) {
  if (error instanceof Revoked) {
    stop(gate, "CLIENT_REVOKED");
    return unknown({ key: "revoked_why" }, gate.clock(), "revoked_todo");
  }
  if (error instanceof Forbidden) stop(gate, "CLIENT_FORBIDDEN");
  if (error instanceof Unreachable) unreached(gate);
  const why = error instanceof Forbidden ? "forbidden_why" : "not_asked_why";
  return unknown({ key: why }, gate.clock(), "not_asked_todo");
}

/** The hub does not serve this device until somebody mends that: until then nothing is green. */
export function stop(gate, fault) {
  gate.known.stopped = fault;
  gate.known.save().catch(() => undefined);
}

function reached(gate) {
  gate.failures = 0;
  gate.isDown = false;
  gate.known.stopped = null;
  showState(gate);
}

export function unreached(gate) {
  gate.failures += 1;
  gate.isDown = true;
  showState(gate);
}
