"""Names for groups of MediaPipe's 478 face points, from its `FaceLandmarksConnections`.

Left and right are the subject's own. What there is one of on each side is a mapping from "right"
and "left", in this order; a picture of a face that looks ahead shows the right side on its left.
"""

from types import MappingProxyType

SIDES = ("left", "right")

FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The face's outline, clockwise from the top as the picture shows it."""

FOREHEAD, CHIN = 10, 152
NOSE_TIP, NOSE_BASE = 1, 2
TEMPLES = MappingProxyType({"right": 127, "left": 356})
EARS = MappingProxyType({"right": 234, "left": 454})
CHEEK_BONES = MappingProxyType({"right": 116, "left": 345})

CHEEKS = MappingProxyType({"right": 50, "left": 280})

FFHQ_EYE = MappingProxyType(
    {"right": (33, 160, 158, 133, 153, 144), "left": (362, 385, 387, 263, 373, 380)}
)
"""The six points of each eye that correspond to those of the 68-point scheme, for which FFHQ's
recipe of alignment was written."""

EYE_CORNERS = MappingProxyType({"right": (33, 133), "left": (263, 362)})
"""(outer, inner) corner."""

EYE_LINE = MappingProxyType({"right": (33, 133), "left": (362, 263)})
"""The same corners from the picture's left to its right."""

IRIS = MappingProxyType({"right": (468, 469, 470, 471, 472), "left": (473, 474, 475, 476, 477)})
"""The centre and four points of the edge."""

UPPER_LID = MappingProxyType(
    {"right": (246, 161, 160, 159, 158, 157, 173), "left": (466, 388, 387, 386, 385, 384, 398)}
)
LOWER_LID = MappingProxyType(
    {"right": (7, 163, 144, 145, 153, 154, 155), "left": (249, 390, 373, 374, 380, 381, 382)}
)
"""Lid margins from the outer to the inner corner; the n-th points of both lids face each other."""

LID_PAIRS = MappingProxyType(
    {"right": ((160, 144), (159, 145), (158, 153)), "left": ((385, 380), (386, 374), (387, 373))}
)
"""(upper, lower) points in the middle of the lids, from the picture's left to its right."""

UPPER_LID_SKIN = MappingProxyType(
    {"right": (247, 30, 29, 27, 28, 56, 190), "left": (467, 260, 259, 257, 258, 286, 414)}
)
"""The row of points above each upper lid margin."""

UPPER_BROW = MappingProxyType({"right": (70, 63, 105, 66, 107), "left": (300, 293, 334, 296, 336)})
LOWER_BROW = MappingProxyType({"right": (46, 53, 52, 65, 55), "left": (276, 283, 282, 295, 285)})
"""The upper and lower edge of each brow, from the outer to the inner end."""

INNER_BROW = MappingProxyType({"right": (107, 55), "left": (336, 285)})
OUTER_BROW = MappingProxyType({"right": (70, 46), "left": (300, 276)})
"""(upper, lower) point of each end."""

MOUTH_CORNERS = MappingProxyType({"right": 61, "left": 291})
INNER_MOUTH_CORNERS = MappingProxyType({"right": 78, "left": 308})
LIP_CORNERS = (61, 76, 62, 78, 291, 306, 292, 308)

INNER_UPPER_LIP = (191, 80, 81, 82, 13, 312, 311, 310, 415)
INNER_LOWER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
"""The lips' inner edges from the subject's right to left; the n-th points face each other."""

INNER_LIP_PAIRS = ((82, 87), (13, 14), (312, 317))
"""(upper, lower) points in the middle of the inner edges."""

UPPER_LIP = (
    *(185, 40, 39, 37, 0, 267, 269, 270, 409, 184, 74, 73, 72, 11, 302, 303, 304, 408),
    *(183, 42, 41, 38, 12, 268, 271, 272, 407, *INNER_UPPER_LIP),
)
LOWER_LIP = (
    *(146, 91, 181, 84, 17, 314, 405, 321, 375, 77, 90, 180, 85, 16, 315, 404, 320, 307),
    *(96, 89, 179, 86, 15, 316, 403, 319, 325, *INNER_LOWER_LIP),
)
"""Four rows of nine points each, from the outer to the inner edge."""

UPPER_LIP_EDGE, LOWER_LIP_EDGE = (37, 0, 267), (84, 17, 314)
"""The middle of the red's outer edges, from the subject's right to left."""
