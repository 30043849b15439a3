// The code from the camera, or from a picture of it, into the form that signs in. A picture is read
// here and sent nowhere.

import { Camera, startReader } from "./gate_camera.js";

const at = (id) => document.getElementById(id);
const texts = JSON.parse(at("told").textContent);
const says = (key) => (at("tip").textContent = key === "" ? "" : texts[key]);

function signIn(code) {
  camera?.stop();
  at("code").value = code;
  at("sign-in").requestSubmit();
}

async function readPicture(reader) {
  const [picture] = at("picture").files;
  if (picture === undefined) return;
  says("");
  const found = await createImageBitmap(picture).then((image) => reader.detect(image)).catch(() => []);
  const code = found[0]?.rawValue;
  if (code) signIn(code);
  else says("picture_unread");
  at("picture").value = "";
}

async function withCamera(act) {
  try {
    await act();
    at("camera-turn").hidden = false;
  } catch {
    says("camera_missing");
  }
}

let camera = null;
const reader = await startReader();
if (reader !== null) {
  camera = new Camera(at("camera"), reader, { found: signIn, says });
  at("camera-start").addEventListener("click", () => withCamera(() => camera.start()));
  at("camera-turn").addEventListener("click", () => withCamera(() => camera.turn()));
  at("picture").addEventListener("change", () => readPicture(reader));
  addEventListener("pagehide", () => camera.stop());
  at("by-reader").hidden = false;
}
