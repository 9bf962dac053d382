// The page, put together: what the server offers, what the person does, and what each then shows.

import { Api, asSentence } from "./api.js";
import { Bar } from "./bar.js";
import { CalibrationView } from "./calibration_view.js";
import { CameraError, listCameras } from "./camera.js";
import { DelayMeter } from "./delay_meter.js";
import { Gallery } from "./gallery.js";
import { MeterView } from "./meter_view.js";
import { MotionView } from "./motion_view.js";
import { Notices, noticeOf } from "./notices.js";
import { Preferences, sentPart } from "./preferences.js";
import { Recording } from "./recording.js";
import { Show } from "./show.js";
import { Stage } from "./stage.js";
import { StateView } from "./state_view.js";
import { keepToken, takeToken } from "./token.js";

const find = (id) => document.getElementById(id);
const preferences = new Preferences();
const api = new Api(takeToken());
const stage = new Stage(find("stage"));
const state = new StateView(document);
const notices = new Notices(find("notice"), {
  retry: () => retry(),
  reconnect: () => show.session.reconnect(),
  stop: () => show.stop(),
  dismiss: () => dismiss(),
  loopback: () => location.assign(`http://127.0.0.1:${location.port}${location.pathname}`),
  https: () => location.assign(`https://${location.host}${location.pathname}`),
  key: (text) => useKey(text),
});

let config = null;
let show = null;
let waiting; // timer, for a place on a full server
let opening = false; // while the browser asks for the camera

stage.arrange(preferences.values);
await begin();

/** Asks the server what it offers; everything else needs that. */
async function begin() {
  notices.clear();
  try {
    config = await api.config();
  } catch (error) {
    return report(error);
  }
  if (!isSecureContext) notices.show("insecure");
  furnish();
}

function furnish() {
  const delay = new DelayMeter(stage.result, config.code_rows);
  const gallery = new Gallery(find("gallery"), api);
  const meter = new MeterView(document, delay);
  stage.cropRows(config.code_rows);
  state.introduce(config);
  find("random").hidden = !config.can_random;
  show = new Show({ api, preferences, stage, delay, config });
  const recording = new Recording(find("record"), api, show.session, state.toast.bind(state));
  const calibration = new CalibrationView(find("calibration"), () =>
    state.toast("The server did not answer: press “Look neutral” again."),
  );
  const acts = { start: toggle, calibrate: () => calibrate(calibration), newFace: () => newFace(gallery) };
  const bar = new Bar(document, { preferences, stage, gallery, recording, acts });
  new MotionView(find("motion"), preferences).show(config.gains ?? []);
  people(gallery);
  hear(show.session, { meter, calibration, recording, bar });
  show.addEventListener("camera-stopped", () => block("camera-stopped"));
  preferences.addEventListener("change", ({ detail }) => obey(detail));
  cameras(bar);
  navigator.mediaDevices?.addEventListener("devicechange", () => cameras(bar));
  setInterval(() => count(meter), 1000);
}

function people(gallery) {
  const names = config.identities.map((identity) => identity.name);
  if (!names.includes(preferences.get("identity"))) preferences.set({ identity: names[0] ?? null });
  gallery.show(config.identities, preferences.get("identity"));
  present(gallery, preferences.get("identity"));
  gallery.addEventListener("choose", ({ detail }) => {
    preferences.set({ identity: detail });
    present(gallery, detail);
  });
}

function present(gallery, name) {
  if (!name) return;
  state.describe(config.identities.find((identity) => identity.name === name));
  gallery.draw(name, stage.portrait).catch(() => {});
}

async function newFace(gallery) {
  try {
    const name = await api.makeRandom();
    config = { ...config, identities: (await api.config()).identities };
    preferences.set({ identity: name });
    gallery.show(config.identities, name);
    present(gallery, name);
  } catch (error) {
    state.toast(error.message);
  }
}

function hear(session, { meter, calibration, recording, bar }) {
  const on = (name, act) => session.addEventListener(name, ({ detail }) => act(detail));
  on("state", (now) => {
    state.connection(now);
    bar.running(now);
    if (now === "reconnecting" || now === "lost") notices.show(now, { attempt: session.attempt + 1 });
    else notices.clear("reconnecting", "lost");
    if (now !== "live") calibration.hide();
    if (now === "ended") {
      recording.reset();
      meter.clear();
    }
  });
  on("stats", (stats) => {
    meter.hear(stats);
    state.face(stats.face);
  });
  on("calibration", (message) => calibration.hear(message));
  on("hint", ({ max_fps: fps }) => state.hint(fps));
  on("err", ({ error }) => state.toast(asSentence(error)));
  on("bye", ({ reason }) => state.toast(`${asSentence(reason)} The picture goes on as long as it can.`));
  on("gone", ({ reason }) => notices.show("bye", { reason: asSentence(reason) }));
  on("refused", report);
}

/** Follows a changed choice. */
function obey(changes) {
  stage.arrange(preferences.values);
  const sent = sentPart(changes);
  if ("measure" in sent) show.remeasure();
  delete sent.measure;
  if (Object.keys(sent).length) show.session.set(sent);
  if ("camera" in changes) show.changeCamera().catch(report);
  if ("microphone" in changes && show.session.running) restart();
}

async function toggle() {
  if (show.session.running) return dismiss();
  if (opening) return;
  opening = true;
  dismiss();
  state.connection("starting");
  try {
    await show.start();
  } catch (error) {
    state.connection("ended");
    report(error);
  } finally {
    opening = false;
  }
}

async function restart() {
  show.stop();
  await toggle();
}

function retry() {
  dismiss();
  return show ? toggle() : begin();
}

/** Stops what runs or waits. */
function dismiss() {
  clearInterval(waiting);
  if (show?.session.running) show.stop();
  notices.clear();
}

function report(error) {
  if (error instanceof CameraError) return notices.show(error.reason);
  const { name, ...details } = noticeOf(error);
  if (name === "full") waitForPlace(details.seconds);
  else notices.show(name, details);
}

function waitForPlace(seconds) {
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

function block(name) {
  show.stop();
  notices.show(name);
}

function useKey(text) {
  api.token = keepToken(text);
  return retry();
}

function calibrate(view) {
  if (show.session.calibrate()) view.begin();
}

async function cameras(bar) {
  bar.cameras(await listCameras().catch(() => []));
}

async function count(meter) {
  const { session } = show;
  if (session.state === "live") meter.tick(await session.peer.framesDecoded());
}
