// The gate's page: what happens from a scan to an answer, and in what order. While one question is
// open no other begins, and before one begins nothing of the last answer is left on the screen.

import { Camera, startReader } from "./gate_camera.js";
import { handIn, keep } from "./gate_decisions.js";
import { CodeRefused, enroll, enrolled } from "./gate_device.js";
import { Hub, NotNow, Revoked, Unreachable } from "./gate_hub.js";
import { Known } from "./gate_known.js";
import { askedByCode, askedByDocument, failed, stop, unreached, verified } from "./gate_questions.js";
import { allowSound, sound } from "./gate_sound.js";
import { LOOK_MS, showPending, showState } from "./gate_state.js";
import { say, told } from "./gate_texts.js";
import { takeTyped } from "./gate_typed.js";
import { at, chip, countDown, notice, showAnswer, showNone } from "./gate_view.js";
import { isSaidToBePass } from "./pass_check.js";
import { isOutdated, keepForOffline } from "./gate_version.js";

const LOOK_MOST_MS = 120_000;
const SAME_CODE_MS = 4_000;
const SOON_MS = 5_000;
const clock = () => Date.now();
const steady = () => performance.now();

const gate = {
  clock,
  device: null,
  hub: null,
  known: new Known(clock, steady),
  camera: null,
  isBusy: false,
  isOutdated: false,
  isDown: false, // the hub gave no answer last time
  isElsewhere: false, // another window of this device is at work
  isTwice: false, // another device has handed in a decision of this one
  checked: null, // once it is known whether this page is the hub's, or that nobody can say
  shown: null, // the answer on the screen, with the decision that it was kept as
  closesAt: 0, // when it goes away, by the steady clock
  open: null, // the id of a decision that may still change, with its arrival
  last: { code: null, at: -SAME_CODE_MS },
  failures: 0,
  next: 0, // the timer of the next look
  isLooking: false,
  isLookWanted: false,
  lookedAt: 0,
  lookSoon,
};

/* ---- one question ---- */

async function oneAfterAnother(work) {
  if (gate.isBusy || gate.isElsewhere) return;
  gate.isBusy = true;
  clear();
  showNone("asking");
  try {
    show(await work());
  } catch (error) {
    show(failed(gate, error));
  } finally {
    gate.isBusy = false;
  }
}

function scanned(code) {
  if (gate.device === null) enrollWith(code);
  else oneAfterAnother(() => (isSaidToBePass(code) ? verified : askedByCode)(gate, code));
}

/* A camera sees the same code many times a second. */
function seen(code) {
  const isAgain = code === gate.last.code && steady() - gate.last.at < SAME_CODE_MS;
  if (gate.isBusy) return;
  gate.last = { code, at: steady() };
  if (!isAgain && gate.shown?.code !== code) scanned(code);
}

/* ---- the answer on the screen ---- */

function show(answer) {
  if (gate.isElsewhere) return;
  gate.shown = answer;
  gate.closesAt = steady() + answer.until - clock();
  showAnswer(answer);
  sound(answer.panel);
  at("arrival").hidden = !mayArrive(answer);
  tick();
  at("scanned").focus({ preventScroll: true });
}

function mayArrive(answer) {
  return Boolean(answer.receipt) || answer.decision?.shownStatus === "GREEN";
}

function clear() {
  gate.shown = null;
  gate.open = null;
  showNone();
}

function tick() {
  if (steady() - gate.last.at > SAME_CODE_MS) gate.last = { code: null, at: -SAME_CODE_MS };
  if (gate.shown === null) return;
  const left = Math.min(gate.shown.until - clock(), gate.closesAt - steady()); // one may be set back
  if (left <= 0) clear();
  else countDown(left / 1000);
}

async function recordArrival(destination) {
  const { receipt, decision } = gate.shown ?? {};
  if (decision) {
    await keep(Object.assign(decision, { destination }));
    return "arrival_kept";
  }
  const data = await gate.hub.ask("arrival", { input: { receipt, destination } });
  return data.recordArrival.__typename === "TravelerArrival" ? "arrival_done" : "arrival_failed";
}

/* ---- looking at the hub, again and again ---- */

async function checkVersion() {
  gate.isOutdated = (await isOutdated()) ?? gate.isOutdated;
}

/* One at a time; whoever asks for a look while there is one gets another right after it. */
async function look() {
  clearTimeout(gate.next);
  gate.isLookWanted = gate.isLooking;
  if (gate.isLooking || gate.isElsewhere) return;
  gate.isLooking = true;
  gate.lookedAt = steady();
  try {
    await askAll();
  } catch (error) {
    if (error instanceof Revoked) stop(gate, "CLIENT_REVOKED");
    else if (error instanceof Unreachable) unreached(gate);
    else if (error instanceof NotNow) gate.failures += 1;
  }
  await gate.known.save().catch(() => undefined); // without room: what is known stays until the end
  gate.isLooking = false;
  showState(gate);
  const most = Math.min(LOOK_MOST_MS, LOOK_MS * 2 ** Math.min(gate.failures, 3));
  gate.next = setTimeout(look, gate.isLookWanted ? 0 : most * (0.75 + Math.random() / 2));
}

async function askAll() {
  await checkVersion();
  await gate.known.refresh(gate.hub);
  // Also notices a clock that was set, and a device that is served again: what is public shows neither.
  const isStopped = gate.known.stopped === "CLIENT_REVOKED";
  if (gate.hub.drift() === null || isStopped) await gate.hub.renew();
  if (isStopped) gate.known.stopped = null;
  gate.failures = 0;
  gate.isDown = false;
  await handInAll();
}

/* Somebody needs the hub, which gave no answer last time. */
function lookSoon() {
  if (steady() - gate.lookedAt >= SOON_MS) look();
}

async function handInAll() {
  const results = await handIn(gate.hub, gate.open);
  if (results.some(({ outcome }) => outcome === "HANDED_IN_BY_ANOTHER")) gate.isTwice = true;
  await showPending();
}

/* ---- beginning ---- */

async function enrollWith(code) {
  at("enroll-code").value = "";
  at("enroll-said").textContent = "";
  try {
    await enroll(code, clock());
    location.reload();
  } catch (error) {
    at("enroll-said").textContent = say(error instanceof CodeRefused ? "enroll_refused" : "enroll_failed");
  }
}

function listen() {
  takeTyped(at("scan"), at("scanned"), scanned);
  at("enroll").addEventListener("submit", (event) => {
    event.preventDefault();
    enrollWith(at("enroll-code").value);
  });
  at("document").addEventListener("submit", (event) => {
    event.preventDefault();
    const [kind, number, name] = ["kind", "number", "name"].map((id) => at(id).value.trim());
    at("document").reset();
    if (number !== "" && name !== "") oneAfterAnother(() => askedByDocument(gate, { kind, number, name }));
  });
  at("arrival").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = gate.shown;
    const said = await recordArrival(at("district").value).catch(() => "arrival_failed");
    if (gate.shown === answer) at("arrival-said").textContent = say(said);
  });
  at("close").addEventListener("click", clear);
  addEventListener("pagehide", clear);
  document.addEventListener("visibilitychange", () => document.hidden && clear());
  addEventListener("pointerdown", allowSound);
  addEventListener("keydown", allowSound);
  setInterval(tick, 250);
}

async function startCamera() {
  const reader = told.hasReader ? await startReader() : null;
  const state = told.hasReader ? (reader === null ? "blocked" : "ready") : "missing";
  chip("reader", reader === null ? "bad" : "good", say(`reader_${state}`));
  at("camera-start").hidden = reader === null;
  if (reader === null) return;
  const says = (key) => (at("tip").textContent = key === "" ? "" : say(key));
  gate.camera = new Camera(at("camera"), reader, { found: seen, says });
  at("camera-start").addEventListener("click", () => withCamera(() => gate.camera.start()));
  at("camera-turn").addEventListener("click", () => withCamera(() => gate.camera.turn()));
  at("camera-torch").addEventListener("click", () => gate.camera.light(!gate.camera.torch));
}

async function withCamera(act) {
  try {
    await act();
    at("camera-turn").hidden = false;
    at("camera-torch").hidden = !gate.camera.hasTorch();
  } catch {
    at("tip").textContent = say("camera_missing");
  }
}

/* The newest window of a device is the one that works: two would hand in alike, and forget what the
 * other has learned. */
function takeOver() {
  return new Promise((resolve) => {
    const held = () => new Promise(() => resolve());
    navigator.locks.request("tongxing-gate", { steal: true }, held).catch(giveWay);
  });
}

function giveWay() {
  gate.isElsewhere = true;
  gate.camera?.stop();
  clear();
  at("work").dataset.stage = "elsewhere";
  notice(say("elsewhere"));
}

/* What a code is for is known only after that: one scanned before is nobody's. */
async function begin() {
  if (!isSecureContext) {
    notice(say("enroll_insecure"));
    return;
  }
  await takeOver();
  showNone();
  keepForOffline();
  gate.device = (await enrolled()) ?? null;
  if (gate.device === null) beginEnrolling();
  else await beginWork();
}

function beginEnrolling() {
  listen();
  startCamera();
  at("work").dataset.stage = "enroll";
  at("enroll-code").focus();
}

async function beginWork() {
  at("device").textContent = `${gate.device.place} · ${gate.device.client_id}`;
  await gate.known.load().catch(() => undefined);
  if (gate.isElsewhere) return;
  gate.hub = new Hub(gate.device, clock, gate.known);
  gate.checked = checkVersion().catch(() => undefined);
  listen();
  startCamera();
  at("work").dataset.stage = "gate";
  at("scanned").focus({ preventScroll: true });
  await showPending();
  addEventListener("online", look);
  setInterval(() => showState(gate), 1_000);
  await look();
}

begin().catch(() => notice(say("keeps_nothing")));
