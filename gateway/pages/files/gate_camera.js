// Codes from the camera. The reader decodes a known picture first and says what came of it: where a
// policy or a broken file stops it, its only message would come when a traveler stands there.

const PERIOD_MS = 90;
const TIP_MS = 4_000;
const TYPE_MS = 8_000;
const TEST_PICTURE = "/files/gate_test_code.png";
const TEST_TEXT = "TONGXING TEST";

/** The reader, once it has read the built-in picture; null if it cannot. */
export async function startReader() {
  const api = globalThis.BarcodeDetectionAPI;
  if (api === undefined) return null;
  const locateFile = () => "/files/code_reader.wasm";
  api.prepareZXingModule({ overrides: { locateFile } });
  try {
    const reader = new api.BarcodeDetector({ formats: ["qr_code"] });
    const picture = await (await fetch(TEST_PICTURE)).blob();
    const [found] = await reader.detect(await createImageBitmap(picture));
    return found?.rawValue === TEST_TEXT ? reader : null;
  } catch {
    return null;
  }
}

export class Camera {
  /** `says` is called with the key of a text, or "" when there is nothing to say. */
  constructor(video, reader, { found, says }) {
    Object.assign(this, { video, reader, found, says });
    this.facing = "environment";
    this.stream = null;
    this.torch = false;
    this.restarted = false;
    this.since = 0;
  }

  /** Throws if there is no camera, or nobody allows it. */
  async start() {
    this.stop();
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const video = { facingMode: this.facing, ...size };
    await this.show(await navigator.mediaDevices.getUserMedia({ video, audio: false }));
  }

  async show(stream) {
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.ended(), { once: true });
    this.video.srcObject = stream;
    this.video.hidden = false;
    await this.video.play();
    if (this.torch) await this.light(true);
    this.since = performance.now();
    this.look(stream);
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.hidden = true;
    this.video.srcObject = null;
    this.says("");
  }

  async turn() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    await this.start();
  }

  hasTorch() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    return track?.getCapabilities?.().torch === true;
  }

  async light(on) {
    const [track] = this.stream?.getVideoTracks() ?? [];
    this.torch = on;
    await track?.applyConstraints({ advanced: [{ torch: on }] }).catch(() => undefined);
  }

  /** A camera that goes away is started again once; after that it is said. */
  async ended() {
    if (this.restarted) {
      this.stop();
      this.says("camera_ended");
      return;
    }
    this.restarted = true;
    await this.start().catch(() => this.says("camera_ended"));
  }

  async look(stream) {
    while (this.stream === stream) {
      const code = await this.read();
      if (this.stream !== stream) return;
      if (code !== null) {
        this.since = performance.now();
        this.restarted = false;
        this.says("");
        this.found(code);
      } else this.hint(performance.now() - this.since);
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    }
  }

  hint(waited) {
    if (waited >= TYPE_MS) this.says("tip_type");
    else if (waited >= TIP_MS) this.says("tip_closer");
  }

  async read() {
    if (this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    try {
      const [found] = await this.reader.detect(this.video);
      return found?.rawValue || null;
    } catch {
      return null;
    }
  }
}
