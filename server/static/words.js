// Texts of states and stages, and formats of figures.

export const FACE = {
  tracked: { text: "Tracking your face", tone: "good" },
  held: { text: "Face lost: holding the last picture", tone: "warn" },
  easing: { text: "Face lost: returning to neutral", tone: "warn" },
  idle: { text: "No face found: face the camera in good light", tone: "warn" },
};

export const CONNECTION = {
  ended: { text: "Camera is off", tone: "calm" },
  starting: { text: "Connecting…", tone: "busy" },
  live: { text: "Connected", tone: "good" },
  reconnecting: { text: "Connection lost. Reconnecting…", tone: "warn" },
  lost: { text: "Connection lost", tone: "bad" },
};

export const CALIBRATION = {
  look: "Look at the camera with a neutral face",
  blink: "Keep your eyes open",
  talking: "Close your mouth and do not speak",
  away: "Turn your face to the camera",
  done: "Done: your neutral face is set",
};

/** Names of the server's stages, in their order in time. */
export const STAGES = {
  wait: "wait",
  align: "find face",
  read: "read face",
  motion: "motion",
  synthesis: "generate face",
  convert: "convert",
  encode: "encode",
};

/** `value` as "120 ms", or a dash when it is unknown. */
export function milliseconds(value) {
  return Number.isFinite(value) ? `${Math.round(value)} ms` : "–";
}

/** `seconds` as "1:05". */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Names of devices; others are shown in capitals. */
export const DEVICES = {
  openvino: "CPU with OpenVINO",
  torch: "PyTorch",
  tensorrt: "TensorRT",
  directml: "DirectML",
};
