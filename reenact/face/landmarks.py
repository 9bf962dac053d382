"""Names for groups of MediaPipe's 478 face points. Left and right are the subject's own.

Indices from MediaPipe's `FaceLandmarksConnections`; the FFHQ eyes are the six points of each eye
that correspond to those of the 68-point scheme the recipe was written for.
"""

EYE_RIGHT = (33, 160, 158, 133, 153, 144)
EYE_LEFT = (362, 385, 387, 263, 373, 380)
MOUTH_CORNERS = (61, 291)
"""Right, left."""

EYE_CORNERS_RIGHT = (33, 133)
EYE_CORNERS_LEFT = (362, 263)
"""In image order: each pair runs from the image's left to its right."""

LIDS_RIGHT = ((160, 144), (159, 145), (158, 153))
LIDS_LEFT = ((385, 380), (386, 374), (387, 373))
"""(upper, lower) points that face each other."""

IRIS_RIGHT, IRIS_LEFT = 468, 473
BROW_RIGHT = (70, 63, 105, 66, 107)
BROW_LEFT = (300, 293, 334, 296, 336)
INNER_BROWS = ((107, 336), (55, 285))
"""(right, left) pairs."""

INNER_BROW_ENDS = (107, 55, 336, 285)
OUTER_BROW_ENDS = (70, 46, 300, 276)

INNER_LIPS = ((82, 87), (13, 14), (312, 317))
"""(upper, lower) points that face each other."""
