// A scanner that types: fast, with or without Enter at its end, through whatever input method the
// device has. The text is taken from the field, never put together from keys, because scanners send
// keys that the browser cannot identify.

const BURST_MS = 60;
const QUIET_MS = 180;
const SHORTEST = 8;

/** Calls `taken` with what came into `field`; the form around it is submitted by a person. */
export function takeTyped(form, field, taken) {
  let last = 0;
  let fast = 0;
  let waiting = null;

  function take() {
    clearTimeout(waiting);
    fast = 0;
    const text = field.value.replace(/[\r\n]+$/, "").trim();
    field.value = "";
    if (text !== "") taken(text);
  }

  function takeSoon() {
    clearTimeout(waiting);
    if (fast >= SHORTEST) waiting = setTimeout(take, QUIET_MS);
  }

  field.addEventListener("input", (event) => {
    const now = performance.now();
    fast = now - last < BURST_MS ? fast + 1 : 0;
    last = now;
    if (event.isComposing) clearTimeout(waiting);
    else takeSoon();
  });
  // An input method takes a scanner's Enter for itself: the text is there, and nobody sends it.
  field.addEventListener("compositionend", takeSoon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
  // A scanner types wherever the focus is: what nobody else takes goes into the field.
  document.addEventListener("keydown", (event) => {
    const isForNobody = !event.target.closest("input, select, textarea, button, a, summary");
    const isText = event.key.length === 1 || event.key === "Unidentified";
    if (isForNobody && isText && !event.ctrlKey && !event.altKey && !event.metaKey) field.focus();
  });
}
