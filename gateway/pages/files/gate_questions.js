// One question and its answer: from the hub while it can be reached, else from what the device knows.
// A verdict of the device's own is on its disk, sealed, before anybody sees it.

import { gateVerdict, ofCheckedPass, ofHub, ofPass, unknown } from "./gate_answer.js";
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

/** The hub knows more of a pass than any list; without it the pass is verified here. */
export async function verified(gate, code) {
  try {
    const data = await gate.hub.ask("pass", { passText: code });
    reached(gate);
    return { ...ofCheckedPass(data.verifyPass, here(gate), gate.clock()), code };
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof NotNow)) throw error;
    if (error instanceof Unreachable) unreached(gate);
  }
  await gate.checked;
  const verdict = await judged(gate, code);
  const state = gate.known.lists.get(verdict.claims?.uri) ?? null;
  const decision = decisionOf(code, verdict, state, gate.clock());
  await keep(decision);
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
  return { region, purpose, policy: known.policy, drift: hub.drift(), isOutdated };
}

/** The answer where there is none. */
export function failed(gate, error) {
  if (error instanceof Revoked) {
    gate.isRevoked = true;
    return unknown({ key: "revoked_why" }, gate.clock(), "revoked_todo");
  }
  if (error instanceof Unreachable) unreached(gate);
  const why = error instanceof Forbidden ? "forbidden_why" : "not_asked_why";
  return unknown({ key: why }, gate.clock(), "not_asked_todo");
}

function reached(gate) {
  gate.failures = 0;
  showState(gate);
}

function unreached(gate) {
  gate.failures += 1;
  showState(gate);
}
