// Access to camera and microphone, with a reason where the browser grants none.

/** A camera that cannot be opened; `reason` is the name of a notice in notices.js. */
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
 * Opens `camera` (a device's id, "" for the default one) at about `size` ([width, height] in
 * pixels), with sound when `microphone` is set. Raises CameraError.
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
    // The camera chosen on the last visit may be unplugged: fall back to the default one.
    if (error.name === "OverconstrainedError" && camera) return openCamera("", microphone, size);
    throw new CameraError(REASONS[error.name] ?? "camera-busy");
  }
}

/** The cameras as [{id, label}]; none before the user has granted access to one. */
export async function listCameras() {
  if (!navigator.mediaDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId)
    .map((device, at) => ({ id: device.deviceId, label: device.label || `Camera ${at + 1}` }));
}
