"""Axes of an expression, named as in Apple's ARKit (`ARFaceAnchor.BlendShapeLocation`).

A neutral, frontal face is zero on all of them. A pack lists in its `pack.json` the axes that it
moves on; packs without such a list move on the thirteen `EXPRESSION_AXES`.
"""

HEAD_AXES = ("headYaw", "headPitch", "headRoll")
"""Radians; head turned to the image's right, chin up, top of the head tilted to the image's right
are positive; useful ranges +-0.6, +-0.4, +-0.4."""

GAZE_AXES = ("eyeLookX", "eyeLookY")
"""-1..1, both eyes together; to the image's right and up are positive. ARKit's eight eyeLook
coefficients, one for each eye and way, as the two numbers that a glance has."""

FACE_AXES = (
    "jawOpen",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthPucker",
    "mouthFunnel",
    "mouthUpperUp",
    "mouthLowerDown",
    "mouthLeft",
    "mouthRight",
    "mouthPress",
    "cheekPuff",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeWideLeft",
    "eyeWideRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "browDownLeft",
    "browDownRight",
)
"""0..1, from neutral to the end of what a face can do. Left and right are the subject's own: left
is on the image's right in an unmirrored picture. mouthPucker draws the closed lips together,
mouthFunnel opens them to a round "oh"; mouthUpperUp and mouthLowerDown part the lips over the teeth
without the jaw; mouthLeft and mouthRight shift the whole mouth; mouthPress, mouthUpperUp and
mouthLowerDown are the mean of ARKit's left and right."""

AXES = (*HEAD_AXES, *FACE_AXES, *GAZE_AXES)
"""All 29 axes, in the order of an expression vector."""
