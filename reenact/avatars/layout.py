"""Names of the places in a frame's array of constants, which the compiled functions read.

Head space: x to the image's right (subject's left), y up, z to the camera, origin between the
eyes; about 10 cm to the unit. World space is the same for the neutral head.
"""

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

FrameConstants: TypeAlias = npt.NDArray[np.float64]
"""(COUNT,) float64, filled by `frame.frame_constants`."""


class Constants(Protocol):
    """`FrameConstants` as the compiled functions see it: numbers to read by place."""

    def __getitem__(self, place: int, /) -> float:
        """The number at a place of this layout."""


(
    # rotation world_from_head, row by row, and the pivot's depth
    R00, R01, R02, R10, R11, R12, R20, R21, R22, PIVOT_Z,
    # skull
    CRAN_RX, CRAN_RY, FACE_RX, FACE_RY, FACE_Y, JAW_X, JAW_Y, JAW_R,
    CHIN_Y, CHIN_Z, CHIN_R, MUZZLE_Z,
    # cheeks, right and left
    CHEEK_X, CHEEK_Y_R, CHEEK_Y_L, CHEEK_Z_R, CHEEK_Z_L, CHEEK_R_R, CHEEK_R_L, CHEEK_PUFF,
    # nose
    NOSE_TIP_Y, NOSE_TIP_Z, NOSE_TIP_R, NOSE_WING_X, NOSE_WING_R, NOSE_BRIDGE_Z, NOSE_BRIDGE_R,
    # eyes; pairs are right, left
    EYE_X, EYE_Z, EYE_R, EYE_W, EYE_TILT, LID_UP_R, LID_UP_L, LID_LOW_R, LID_LOW_L,
    BLINK_R, BLINK_L, IRIS_R, GAZE_X, GAZE_Y, GAZE_Z,
    # brows; BROW_INNER is what their inner ends stand above the rest
    BROW_Y_R, BROW_Y_L, BROW_INNER_R, BROW_INNER_L, BROW_INNER_X_R, BROW_INNER_X_L, BROW_OUTER_X,
    BROW_ARCH, BROW_T, FURROW_R, FURROW_L,
    # mouth; widths and corners are those of its halves, from its own middle
    MOUTH_X, MOUTH_Y, MOUTH_W_R, MOUTH_W_L, CORNER_R, CORNER_L, CORNER_MEAN, GAP_UP, GAP_LOW,
    OPEN_SLOPE, LIP_UP, LIP_LOW, LIP_H, TEETH_Y, TEETH_LOW_Y, FOLD_R, FOLD_L, JAW,
    # ears
    EAR_X, EAR_R,
    # hair
    HAIR, CAP_RX, CAP_RY, CAP_RZ, CAP_Y, WIN_Y, WIN_RX, WIN_RY, WIN_RZ, WIN_PART, CUT_Y, CUT_SLOPE,
    DRAPE, DRAPE_RX, DRAPE_RZ, DRAPE_FLARE, DRAPE_END, PUFF_X, PUFF_Y, PUFF_Z, PUFF_RX, PUFF_RY,
    PUFF_RZ, CURL, CURL_F, LOCK, LOCK_K, SLOT, HAIR_BOUND,
    # beard, glasses
    BEARD, MOUSTACHE, STUBBLE, BEARD_THICK,
    GLASSES, GLASS_X, GLASS_W, GLASS_H, GLASS_ROUND, GLASS_T, GLASS_Z,
    # neck and torso, world space
    NECK_X, NECK_Y, NECK_Z, NECK_R, TORSO_X, TORSO_Y, TORSO_Z, SHOULDER_X, SHOULDER_Y, SHOULDER_R,
    # looks
    AGE, BLUSH, LASH,
    SKIN, _SKIN_G, _SKIN_B, HAIR_COLOUR, _HAIR_G, _HAIR_B, BROW_COLOUR, _BROW_G, _BROW_B,
    LIP, _LIP_G, _LIP_B, IRIS, _IRIS_G, _IRIS_B, SHIRT, _SHIRT_G, _SHIRT_B,
    BACK, _BACK_G, _BACK_B, FRAME_COLOUR, _FRAME_G, _FRAME_B,
    # camera: world width of the picture, its centre; 1 where the backdrop is drawn, 0 without it
    SIDE, CENTRE_X, CENTRE_Y, BACKDROP,
    COUNT,
) = range(165)  # fmt: skip
