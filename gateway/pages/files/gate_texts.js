// What the page says, in the language that its reader chose.

const TOLD = JSON.parse(document.getElementById("told").textContent);

export const told = TOLD;
export const language = document.documentElement.lang.startsWith("en") ? "en" : "zh";

/** The text `key` in this language, with `values` in its places. */
export function say(key, values = {}) {
  const text = TOLD.texts[language][key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** A text of the hub, which comes in both languages. */
export function chosen(text) {
  return text[language];
}
