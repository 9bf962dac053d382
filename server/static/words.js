// States, in words that a person can act on.

export const FACE = {
  tracked: { text: "Following your face", tone: "good" },
  held: { text: "Lost your face: holding the last picture", tone: "warn" },
  easing: { text: "Lost your face: easing to rest", tone: "warn" },
  idle: { text: "No face in view: come into the light, facing the camera", tone: "warn" },
};

export const CONNECTION = {
  ended: { text: "Camera is off", tone: "calm" },
  starting: { text: "Connecting…", tone: "busy" },
  live: { text: "Connected", tone: "good" },
  reconnecting: { text: "Connection lost. Reconnecting…", tone: "warn" },
  lost: { text: "Connection lost", tone: "bad" },
};

export const CALIBRATION = {
  look: "Look at the camera with a resting face",
  blink: "Keep your eyes open",
  talking: "Close your mouth and stay silent",
  away: "Turn your face to the camera",
  done: "Done. This is your resting face now",
};

/** Of the server, in their order in time. */
export const STAGES = {
  decode: "decode",
  wait: "wait",
  align: "find face",
  read: "read face",
  motion: "motion",
  synthesis: "draw face",
  convert: "convert",
  encode: "encode",
};

/** "120 ms", or a dash while nothing is known. */
export function milliseconds(value) {
  return Number.isFinite(value) ? `${Math.round(value)} ms` : "–";
}

/** "1:05" from seconds. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Devices whose own name says too little; the others are shown as they are called. */
export const DEVICES = {
  openvino: "CPU with OpenVINO",
  torch: "PyTorch",
  tensorrt: "TensorRT",
  directml: "DirectML",
};
