// The page: connects the server's offers, the user's actions and the views that show both.

import { Api, asSentence } from "./api.js";
import { CalibrationView } from "./calibration_view.js";
import { CameraError, listCameras } from "./camera.js";
import { DelayMeter } from "./delay_meter.js";
import { Gallery } from "./gallery.js";
import { MeterView } from "./meter_view.js";
import { MotionView } from "./motion_view.js";
import { Notices, noticeOf } from "./notices.js";
import { Preferences, sentPart } from "./preferences.js";
import { Recording } from "./recording.js";
import { Stage } from "./stage.js";
import { StateView } from "./state_view.js";
import { Streaming } from "./streaming.js";
import { keepToken, takeToken } from "./token.js";
import { Toolbar } from "./toolbar.js";

const find = (id) => document.getElementById(id);
const preferences = new Preferences();
const api = new Api();
const stage = new Stage(find("stage"));
const state = new StateView(document);
const notices = new Notices(find("notice"), {
  retry: () => retry(),
  reconnect: () => streaming.session.reconnect(),
  stop: () => streaming.stop(),
  dismiss: () => dismiss(),
  loopback: () => location.assign(`http://127.0.0.1:${location.port}${location.pathname}`),
  https: () => location.assign(`https://${location.host}${location.pathname}`),
  key: (text) => useKey(text),
});

let config = null;
let streaming = null;
let waiting; // timer of the next attempt on a full server
let opening = false; // while the browser asks for the camera

stage.arrange(preferences.values);
api.token = await takeToken((ticket) => api.trade(ticket));
await loadConfig();

/** Asks the server what it offers, then builds the controls for it. */
async function loadConfig() {
  notices.clear();
  try {
    config = await api.config();
  } catch (error) {
    return report(error);
  }
  if (!isSecureContext) notices.show("insecure");
  buildControls();
}

function buildControls() {
  const delay = new DelayMeter(stage.result, config.code_rows);
  const gallery = new Gallery(find("gallery"), api);
  const meter = new MeterView(document, delay);
  stage.cropRows(config.code_rows);
  state.introduce(config);
  find("random").hidden = !config.can_random;
  streaming = new Streaming({ api, preferences, stage, delay, config });
  const recording = new Recording(find("record"), api, streaming.session, state.toast.bind(state));
  const calibration = new CalibrationView(find("calibration"), () =>
    state.toast("The server did not answer: press “Calibrate” again."),
  );
  const acts = { start: toggle, calibrate: () => calibrate(calibration), addRandomFace: () => addRandomFace(gallery) };
  const toolbar = new Toolbar(document, { preferences, stage, gallery, recording, acts });
  new MotionView(find("motion"), preferences).show(config.gains ?? []);
  showIdentities(gallery);
  subscribe(streaming.session, { meter, calibration, recording, toolbar });
  streaming.addEventListener("camera-stopped", () => stopWith("camera-stopped"));
  preferences.addEventListener("change", ({ detail }) => applyPreferences(detail));
  updateCameras(toolbar);
  navigator.mediaDevices?.addEventListener("devicechange", () => updateCameras(toolbar));
  setInterval(() => countFrames(meter), 1000);
}

/** Fills the gallery and marks the preferred identity, or the first where that is gone. */
function showIdentities(gallery) {
  const names = config.identities.map((identity) => identity.name);
  if (!names.includes(preferences.get("identity"))) preferences.set({ identity: names[0] ?? null });
  gallery.show(config.identities, preferences.get("identity"));
  showIdentity(gallery, preferences.get("identity"));
  gallery.addEventListener("choose", ({ detail }) => {
    preferences.set({ identity: detail });
    showIdentity(gallery, detail);
  });
}

function showIdentity(gallery, name) {
  if (!name) return;
  state.describe(config.identities.find((identity) => identity.name === name));
  gallery.draw(name, stage.portrait).catch(() => {});
}

async function addRandomFace(gallery) {
  try {
    const name = await api.makeRandom();
    config = { ...config, identities: (await api.config()).identities };
    preferences.set({ identity: name });
    gallery.show(config.identities, name);
    showIdentity(gallery, name);
  } catch (error) {
    state.toast(error.message);
  }
}

/** Shows what the session tells. */
function subscribe(session, { meter, calibration, recording, toolbar }) {
  const on = (name, show) => session.addEventListener(name, ({ detail }) => show(detail));
  on("state", (now) => {
    state.showConnection(now);
    toolbar.showState(now);
    if (now === "reconnecting" || now === "lost") notices.show(now, { attempt: session.attempt + 1 });
    else notices.clear("reconnecting", "lost");
    if (now !== "live") calibration.hide();
    if (now === "ended") {
      recording.reset();
      meter.clear();
    }
  });
  on("stats", (stats) => {
    meter.setStats(stats);
    state.showFace(stats.face);
  });
  on("calibration", (message) => calibration.update(message));
  on("hint", ({ max_fps: fps }) => state.showHint(fps));
  on("recording", () => recording.end());
  on("err", ({ error }) => state.toast(asSentence(error)));
  on("bye", ({ reason }) => state.toast(`${asSentence(reason)} The session continues until then.`));
  on("gone", ({ reason }) => notices.show("bye", { reason: asSentence(reason) }));
  on("refused", report);
}

/** Applies changed preferences to the stage, the session and the camera. */
function applyPreferences(changes) {
  stage.arrange(preferences.values);
  const sent = sentPart(changes);
  if ("measure" in sent) streaming.remeasure();
  delete sent.measure;
  if (Object.keys(sent).length) streaming.session.set(sent);
  if ("camera" in changes) streaming.changeCamera().catch(report);
  if ("microphone" in changes && streaming.session.running) restart();
}

async function toggle() {
  if (streaming.session.running) return dismiss();
  if (opening) return;
  opening = true;
  dismiss();
  state.showConnection("starting");
  try {
    await streaming.start();
  } catch (error) {
    state.showConnection("ended");
    report(error);
  } finally {
    opening = false;
  }
}

async function restart() {
  streaming.stop();
  await toggle();
}

function retry() {
  dismiss();
  return streaming ? toggle() : loadConfig();
}

/** Stops a running session or a waiting attempt, and clears the notice. */
function dismiss() {
  clearInterval(waiting);
  if (streaming?.session.running) streaming.stop();
  notices.clear();
}

function report(error) {
  if (error instanceof CameraError) return notices.show(error.reason);
  const { name, ...details } = noticeOf(error);
  if (name === "full") waitForSlot(details.seconds);
  else notices.show(name, details);
}

function waitForSlot(seconds) {
  clearInterval(waiting);
  let left = seconds;
  const step = () => {
    if (left <= 0) return retry();
    notices.show("full", { seconds: left });
    left -= 1;
  };
  waiting = setInterval(step, 1000);
  step();
}

/** Stops streaming and shows the notice `name`. */
function stopWith(name) {
  streaming.stop();
  notices.show(name);
}

function useKey(text) {
  api.token = keepToken(text);
  return retry();
}

function calibrate(view) {
  if (streaming.session.calibrate()) view.begin();
}

async function updateCameras(toolbar) {
  toolbar.showCameras(await listCameras().catch(() => []));
}

async function countFrames(meter) {
  const { session } = streaming;
  if (session.state === "live") meter.tick(await session.peer.framesDecoded());
}
