"""Distance function of the whole scene, and the part that is nearest."""

from reenact.avatars import layout as at
from reenact.avatars.compiled import scalar
from reenact.avatars.face import FAR, face_distances
from reenact.avatars.hair import hair_distance
from reenact.avatars.layout import Constants
from reenact.avatars.outfit import glasses_distance, neck_distance, shirt_distance
from reenact.avatars.primitives import smooth_min

SKIN, EYE, INSIDE, HAIR, GLASSES, SHIRT, NECK = range(7)


@scalar
def head_from_world(wx: float, wy: float, wz: float, f: Constants) -> tuple[float, float, float]:
    """Turn a world point, or a direction with the pivot added by the caller, into head space."""
    pz = wz - f[at.PIVOT_Z]
    x = f[at.R00] * wx + f[at.R10] * wy + f[at.R20] * pz
    y = f[at.R01] * wx + f[at.R11] * wy + f[at.R21] * pz
    z = f[at.R02] * wx + f[at.R12] * wy + f[at.R22] * pz
    return x, y, z + f[at.PIVOT_Z]


@scalar
def nearest(wx: float, wy: float, wz: float, with_glasses: bool, f: Constants) -> tuple[float, int]:
    """Distance to the nearest surface at a world point, and the part that it belongs to."""
    x, y, z = head_from_world(wx, wy, wz, f)
    skin, eye, inside = face_distances(x, y, z, f)
    part = SKIN
    if wy < -0.4:
        neck = neck_distance(wx, wy, wz, f)
        if neck < skin:
            part = NECK
        skin = smooth_min(skin, neck, 0.12)
    d = skin
    if eye < d:
        d, part = eye, EYE
    if inside < d:
        d, part = inside, INSIDE
    hair = hair_distance(x, y, z, f) if f[at.HAIR] > 0.0 else FAR
    if hair < d:
        d, part = hair, HAIR
    shirt = shirt_distance(wx, wy, wz, f)
    if shirt < d:
        d, part = shirt, SHIRT
    if with_glasses and f[at.GLASSES] > 0.0:
        glasses = glasses_distance(abs(x), y, z, f)
        if glasses < d:
            d, part = glasses, GLASSES
    return d, part


@scalar
def distance(wx: float, wy: float, wz: float, f: Constants) -> float:
    """Distance to the nearest surface at a world point."""
    return nearest(wx, wy, wz, True, f)[0]


@scalar
def soft_distance(wx: float, wy: float, wz: float, f: Constants) -> float:
    """Distance without glasses, whose thin rims would throw blotches of soft shadow."""
    return nearest(wx, wy, wz, False, f)[0]
