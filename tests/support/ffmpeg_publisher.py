"""FFmpeg's WHIP muxer as a process of its own: PyAV holds the interpreter while it connects.

Prints "connected", then "sent" and the number of frames.

python -m tests.support.ffmpeg_publisher URL TOKEN CERT_FILE KEY_FILE FRAMES
"""

import sys
import time
from fractions import Fraction

import av
import numpy as np

RATE = 30


def main(url: str, token: str, cert_file: str, key_file: str, frames: str) -> None:
    # The certificate that it would make itself is P-224, which OpenSSL 4 refuses.
    options = {"authorization": token, "cert_file": cert_file, "key_file": key_file}
    with av.open(url, "w", format="whip", options=options) as target:
        stream = target.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
        stream.codec_context.gop_size = 15
        picture = np.full((240, 320, 3), 240, np.uint8)
        start = time.monotonic()
        for number in range(int(frames)):
            time.sleep(max(start + number / RATE - time.monotonic(), 0))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            target.mux(stream.encode(frame))
            if number == 0:
                print("connected", flush=True)  # noqa: T201
        target.mux(stream.encode(None))
    print("sent", frames, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
