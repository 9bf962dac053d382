// The person's camera and microphone, and why one is not to be had.

/** `reason` is one of the notices' names, see notices.js. */
export class CameraError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const REASONS = {
  NotAllowedError: "camera-denied",
  SecurityError: "camera-denied",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
  NotFoundError: "camera-none",
  OverconstrainedError: "camera-none",
};

/**
 * A stream of `camera` (a device's id, "" = any), about `size` ([width, height] in pixels), with
 * sound when `microphone` is set.
 */
export async function openCamera(camera, microphone, size) {
  if (!isSecureContext || !navigator.mediaDevices) throw new CameraError("insecure");
  const [width, height] = size;
  const ideal = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } };
  const video = { ...ideal, ...(camera ? { deviceId: { exact: camera } } : { facingMode: "user" }) };
  const audio = microphone && { echoCancellation: true, noiseSuppression: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio });
  } catch (error) {
    // The camera that was chosen last time may be unplugged today: any other serves as well.
    if (error.name === "OverconstrainedError" && camera) return openCamera("", microphone, size);
    throw new CameraError(REASONS[error.name] ?? "camera-busy");
  }
}

/** [{id, label}]; labels are empty until the browser has the person's permission. */
export async function listCameras() {
  if (!navigator.mediaDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId)
    .map((device, at) => ({ id: device.deviceId, label: device.label || `Camera ${at + 1}` }));
}
