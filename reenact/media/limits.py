"""Bounds on what a file from a stranger may cost, each with its reason."""

MOST_PIXELS = 1 << 28
"""Pixels of the largest picture that is decoded, 268 million: the 200 megapixels of a phone fit,
and decoding takes 2 GB at most. A file of some kilobytes may claim a thousand times more."""

MOST_FRAME_PIXELS = 1 << 26
"""Pixels of a video's largest picture, 67 million: twice an 8K frame, which is the most that the
levels of H.264, HEVC and AV1 know, and a decoder holds some twenty at a time."""

LONGEST_SIDE = 16384
"""Pixels of the longest side of a video's picture: twice an 8K camera's, and x264's limit."""

MOST_STREAMS = 256
"""Streams of a video: a recording of a whole broadcast channel has about a hundred."""

MOST_TILES = 1000
"""Streams of a HEIF photograph, whose tiles are streams to FFmpeg: 200 megapixels have 763."""

PROBED_BYTES = 5_000_000
"""Bytes in which a video's streams must show what they are: FFmpeg's own bound, stated."""

PROBED_S = 90
"""Seconds of film in which they must: the longest that FFmpeg waits, for sound in an FLV file."""

MOST_REPEATED_SAMPLES = 1 << 24
"""Entries of an mp4's index, where its edit list plays samples many times: 400 MB, and three days
of film. A list of 36 KB may otherwise ask for any number of gigabytes."""

HEAD_BYTES = 1 << 16
"""Bytes of a file's beginning by which its kind is told: an animated PNG says so behind a colour
profile of some kilobytes, and a recorded broadcast may begin with half a packet."""
