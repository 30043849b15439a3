// The screen: one big answer, and how things stand. Texts go in as texts, never as markup.

import { SHAPES } from "./gate_answer.js";
import { chosen, say } from "./gate_texts.js";

export const at = (id) => document.getElementById(id);

/** `answer` comes from gate_answer.js; its `why` and `todo` are {text} of the hub or {key}. */
export function showAnswer(answer) {
  panel(answer.panel);
  at("word").textContent = say(`word_${answer.word}`);
  at("code-color").textContent = answer.color === null ? "" : say(`code_${answer.color}`);
  at("why").textContent = line(answer.why);
  at("todo").textContent = line(answer.todo);
  at("source").textContent = [
    answer.source && say(answer.source),
    answer.policy && say("policy_version", answer.policy),
  ]
    .filter(Boolean)
    .join(" · ");
  at("close").hidden = false;
}

/** No answer: nothing of the last one stays in the page. */
export function showNone(kind = "none") {
  panel(kind);
  at("word").textContent = say(`panel_${kind}`);
  for (const id of ["code-color", "why", "todo", "source", "countdown", "arrival-said"]) {
    at(id).textContent = "";
  }
  at("close").hidden = true;
  at("arrival").hidden = true;
  at("district").value = "";
}

export function countDown(seconds) {
  at("countdown").textContent = say("ends_in", { n: Math.ceil(seconds) });
}

/** A chip: `state` is good, old or bad. */
export function chip(id, state, text) {
  if (at(id).dataset.state !== state) at(id).dataset.state = state;
  if (at(id).textContent !== text) at(id).textContent = text;
}

export function notice(text) {
  if (at("notice").textContent === text) return;
  at("notice").textContent = text;
  at("notice").hidden = text === "";
}

/** How old something is, in seconds; null for never. */
export function age(seconds) {
  if (seconds === null) return say("age_never");
  const n = Math.max(0, seconds);
  if (n < 100) return say("age_seconds", { n: Math.round(n) });
  if (n < 5_400) return say("age_minutes", { n: Math.round(n / 60) });
  return say("age_hours", { n: Math.round(n / 3600) });
}

function panel(kind) {
  at("answer").dataset.panel = kind;
  at("shape").textContent = SHAPES[kind];
}

function line({ key, values, text }) {
  if (key !== undefined) return say(key, values);
  return text === undefined || text === null ? "" : chosen(text);
}
