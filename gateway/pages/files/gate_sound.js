// What is heard and felt of an answer: rising for green, level for yellow, falling for red. For those
// who do not look, and those who see no colors.

const TONES = {
  GREEN: [660, 880],
  YELLOW: [520, 520, 520],
  RED: [300, 220, 160],
  UNKNOWN: [420, 420],
};
const BUZZES = { GREEN: [80], YELLOW: [120, 80, 120], RED: [400, 100, 400], UNKNOWN: [120, 80, 120] };
const EACH = 0.16;

let context = null;

/** Browsers let a page sound only after its reader has done something on it. */
export function allowSound() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => undefined);
}

export function sound(panel) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZES[panel]);
  if (context?.state !== "running") return;
  TONES[panel].forEach((hertz, index) => {
    const from = context.currentTime + index * EACH;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.25, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + EACH);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + EACH);
  });
}
