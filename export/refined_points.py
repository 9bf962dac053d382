"""The 478 points out of the attention mesh's seven outputs.

The order is that of MediaPipe's published graph `tensors_to_face_landmarks_with_attention.pbtxt`.
"""

import numpy as np
import numpy.typing as npt

MESH, FLAG = "output_mesh_identity", "conv_faceflag"
"""Names of the outputs that hold 468 points (x, y, z) and how sure the net is of a face."""

_LIPS = (
    "61 146 91 181 84 17 314 405 321 375 291 185 40 39 37 0 267 269 270 409 78 95 88 178 87 14 "
    "317 402 318 324 308 191 80 81 82 13 312 311 310 415 76 77 90 180 85 16 315 404 320 307 306 "
    "184 74 73 72 11 302 303 304 408 62 96 89 179 86 15 316 403 319 325 292 183 42 41 38 12 268 "
    "271 272 407"
)
_LEFT_EYE = (
    "33 7 163 144 145 153 154 155 133 246 161 160 159 158 157 173 130 25 110 24 23 22 26 112 243 "
    "247 30 29 27 28 56 190 226 31 228 229 230 231 232 233 244 113 225 224 223 222 221 189 35 124 "
    "46 53 52 65 143 111 117 118 119 120 121 128 245 156 70 63 105 66 107 55 193"
)
_RIGHT_EYE = (
    "263 249 390 373 374 380 381 382 362 466 388 387 386 385 384 398 359 255 339 254 253 252 256 "
    "341 463 467 260 259 257 258 286 414 446 261 448 449 450 451 452 453 464 342 445 444 443 442 "
    "441 413 265 353 276 283 282 295 372 340 346 347 348 349 350 357 465 383 300 293 334 296 336 "
    "285 417"
)
REFINED = (
    ("output_lips", _LIPS),
    ("output_left_eye", _LEFT_EYE),
    ("output_right_eye", _RIGHT_EYE),
    ("output_left_iris", "468 469 470 471 472"),
    ("output_right_iris", "473 474 475 476 477"),
)
"""Name of each refined output (x, y), and the points that it replaces or adds, in its order."""

MESH_POINTS, POINTS = 468, 478
_IRIS_DEPTH = {468: 159, 473: 386}  # an iris has no depth of its own: that of its upper lid


def order_points() -> npt.NDArray[np.int64]:
    """(1434,) where each of the 478 x 3 values lies in `MESH` and `REFINED` laid end to end."""
    take = np.zeros((POINTS, 3), np.int64)
    take[:MESH_POINTS] = np.arange(3 * MESH_POINTS).reshape(-1, 3)
    for iris, lid in _IRIS_DEPTH.items():
        take[iris : iris + 5, 2] = take[lid, 2]
    start = 3 * MESH_POINTS
    for _, points in REFINED:
        for point in map(int, points.split()):
            take[point, :2] = start, start + 1
            start += 2
    return take.ravel()
