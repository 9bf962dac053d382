"""The people who are drawn; the bundled pack was trained on the first twelve."""

from types import MappingProxyType

from reenact.avatars.person import Person

PEOPLE: tuple[Person, ...] = (
    Person(
        "ada", head_width=0.97, jaw_width=0.92, jaw_square=0.0, chin_size=0.88, nose_size=0.88,
        nose_width=0.9, eye_size=1.06, eye_tilt=0.025, lash=0.9, brow_thickness=0.85,
        brow_arch=0.9, upper_lip=1.15, lower_lip=1.1, ear_size=0.85, neck_width=0.82,
        shoulder_width=0.92, hair="long", hair_part=0.14, blush=0.7,
        skin=(0.95, 0.78, 0.68), hair_colour=(0.46, 0.24, 0.12), brow_colour=(0.34, 0.18, 0.10),
        lip_colour=(0.82, 0.36, 0.38), iris=(0.22, 0.48, 0.34), shirt=(0.16, 0.48, 0.46),
        background=(0.94, 0.85, 0.76),
    ),
    Person(
        "bruno", head_width=1.03, jaw_width=1.1, jaw_square=0.8, chin_size=1.12, nose_size=1.1,
        nose_width=1.1, eye_size=0.95, lash=0.25, brow_thickness=1.35, brow_arch=0.2,
        upper_lip=0.8, lower_lip=0.9, neck_width=1.15, shoulder_width=1.1, hair="quiff",
        hair_part=0.05, beard=1.0, moustache=1.0, blush=0.4,
        skin=(0.88, 0.67, 0.53), hair_colour=(0.19, 0.11, 0.07), brow_colour=(0.14, 0.08, 0.05),
        lip_colour=(0.74, 0.43, 0.39), iris=(0.33, 0.20, 0.10), shirt=(0.74, 0.28, 0.20),
        background=(0.72, 0.80, 0.82),
    ),
    Person(
        "chidi", head_width=1.0, jaw_width=1.0, jaw_square=0.5, nose_size=1.08, nose_width=1.3,
        nose_length=0.96, eye_size=0.98, lash=0.35, brow_thickness=1.15, brow_arch=0.3,
        upper_lip=1.25, lower_lip=1.25, mouth_width=1.08, neck_width=1.08, hair="buzz",
        glasses="square", stubble=0.35, blush=0.25,
        skin=(0.42, 0.26, 0.17), hair_colour=(0.07, 0.055, 0.05), brow_colour=(0.05, 0.04, 0.035),
        lip_colour=(0.50, 0.26, 0.23), iris=(0.20, 0.11, 0.06), shirt=(0.93, 0.74, 0.26),
        background=(0.64, 0.75, 0.68), frame_colour=(0.10, 0.10, 0.12),
    ),
    Person(
        "dora", head_width=1.0, jaw_width=0.98, jaw_square=0.1, cheek_size=1.08, chin_size=0.95,
        nose_size=1.0, eye_size=0.97, eye_open=0.92, lash=0.6, brow_thickness=0.8, brow_arch=0.6,
        upper_lip=0.85, lower_lip=0.9, ear_size=0.95, neck_width=0.88, hair="bob", hair_part=-0.12,
        glasses="round", age=0.8, blush=0.7,
        skin=(0.93, 0.76, 0.68), hair_colour=(0.80, 0.79, 0.79), brow_colour=(0.55, 0.51, 0.49),
        lip_colour=(0.76, 0.38, 0.40), iris=(0.28, 0.42, 0.58), shirt=(0.50, 0.30, 0.56),
        background=(0.86, 0.82, 0.90), frame_colour=(0.50, 0.14, 0.22),
    ),
    Person(
        "emil", head_width=1.0, jaw_width=1.02, jaw_square=0.5, nose_size=1.14, nose_length=1.06,
        eye_size=0.92, eye_open=0.92, lash=0.2, brow_thickness=1.2, brow_arch=0.1,
        upper_lip=0.7, lower_lip=0.85, ear_size=1.12, neck_width=1.02, hair="crop", hairline=0.08,
        hair_part=0.10, beard=0.75, moustache=1.0, age=0.9, blush=0.6,
        skin=(0.87, 0.65, 0.54), hair_colour=(0.84, 0.83, 0.82), brow_colour=(0.66, 0.64, 0.62),
        lip_colour=(0.75, 0.46, 0.43), iris=(0.30, 0.46, 0.62), shirt=(0.22, 0.30, 0.44),
        background=(0.80, 0.76, 0.68),
    ),
    Person(
        "fatou", head_width=0.97, jaw_width=0.95, jaw_square=0.1, chin_size=0.9, cheek_size=1.05,
        nose_size=0.95, nose_width=1.2, nose_length=0.95, eye_size=1.08, eye_tilt=0.02, lash=1.0,
        brow_thickness=0.95, brow_arch=0.85, upper_lip=1.35, lower_lip=1.3, mouth_width=1.05,
        ear_size=0.85, neck_width=0.82, shoulder_width=0.92, hair="afro", blush=0.4,
        skin=(0.50, 0.31, 0.20), hair_colour=(0.10, 0.07, 0.055), brow_colour=(0.07, 0.05, 0.04),
        lip_colour=(0.62, 0.22, 0.26), iris=(0.24, 0.13, 0.07), shirt=(0.92, 0.50, 0.20),
        background=(0.60, 0.78, 0.80),
    ),
    Person(
        "gita", head_width=0.98, jaw_width=0.93, jaw_square=0.1, chin_size=0.92, nose_size=1.0,
        nose_length=1.03, eye_size=1.06, eye_tilt=0.015, lash=1.0, brow_thickness=1.15,
        brow_arch=0.8, upper_lip=1.1, lower_lip=1.15, ear_size=0.9, neck_width=0.85,
        shoulder_width=0.94, hair="wavy", hair_part=-0.10, blush=0.45,
        skin=(0.74, 0.52, 0.37), hair_colour=(0.11, 0.075, 0.065), brow_colour=(0.08, 0.055, 0.05),
        lip_colour=(0.70, 0.28, 0.32), iris=(0.28, 0.16, 0.08), shirt=(0.80, 0.22, 0.40),
        background=(0.95, 0.86, 0.62),
    ),
    Person(
        "hiro", head_width=1.0, jaw_width=1.0, jaw_square=0.35, chin_size=0.98, nose_size=0.94,
        nose_width=1.05, eye_size=0.95, eye_tilt=0.025, eye_open=0.9, lash=0.35,
        brow_thickness=1.05, brow_arch=0.2, upper_lip=0.9, lower_lip=0.95, hair="fringe_crop",
        hair_part=0.06, glasses="soft", blush=0.4,
        skin=(0.93, 0.77, 0.64), hair_colour=(0.075, 0.07, 0.08), brow_colour=(0.06, 0.05, 0.05),
        lip_colour=(0.78, 0.46, 0.43), iris=(0.20, 0.12, 0.08), shirt=(0.36, 0.52, 0.36),
        background=(0.84, 0.84, 0.86), frame_colour=(0.20, 0.16, 0.14),
    ),
    Person(
        "ines", head_width=0.97, jaw_width=0.93, jaw_square=0.0, chin_size=0.85, cheek_size=1.04,
        nose_size=0.85, nose_width=0.9, nose_length=0.94, eye_size=1.1, lash=0.8,
        brow_thickness=0.85, brow_arch=0.7, upper_lip=1.05, lower_lip=1.05, ear_size=0.85,
        neck_width=0.8, shoulder_width=0.9, hair="fringe", blush=0.85,
        skin=(0.97, 0.82, 0.73), hair_colour=(0.78, 0.36, 0.14), brow_colour=(0.56, 0.27, 0.12),
        lip_colour=(0.86, 0.42, 0.40), iris=(0.24, 0.50, 0.62), shirt=(0.94, 0.90, 0.82),
        background=(0.66, 0.80, 0.74),
    ),
    Person(
        "jonas", head_width=1.0, jaw_width=1.03, jaw_square=0.6, chin_size=1.04, nose_size=1.0,
        eye_size=0.98, lash=0.3, brow_thickness=1.1, brow_arch=0.3, upper_lip=0.85,
        lower_lip=0.95, neck_width=1.06, shoulder_width=1.05, hair="curly", stubble=0.5, blush=0.6,
        skin=(0.96, 0.78, 0.66), hair_colour=(0.80, 0.60, 0.30), brow_colour=(0.55, 0.38, 0.20),
        lip_colour=(0.82, 0.48, 0.45), iris=(0.26, 0.46, 0.66), shirt=(0.26, 0.42, 0.70),
        background=(0.90, 0.78, 0.72),
    ),
    Person(
        "kofi", head_width=1.02, jaw_width=1.06, jaw_square=0.6, chin_size=1.06, nose_size=1.1,
        nose_width=1.25, eye_size=0.94, lash=0.3, brow_thickness=1.25, brow_arch=0.25,
        upper_lip=1.15, lower_lip=1.2, ear_size=1.02, neck_width=1.15, shoulder_width=1.1,
        hair="bald", beard=0.9, moustache=0.9, age=0.3, blush=0.3,
        skin=(0.58, 0.38, 0.26), hair_colour=(0.085, 0.065, 0.055), brow_colour=(0.07, 0.05, 0.04),
        lip_colour=(0.60, 0.32, 0.29), iris=(0.26, 0.15, 0.08), shirt=(0.88, 0.88, 0.86),
        background=(0.72, 0.68, 0.84),
    ),
    Person(
        "lena", head_width=0.98, jaw_width=0.95, jaw_square=0.15, chin_size=0.92, nose_size=0.92,
        nose_width=0.92, eye_size=1.04, eye_tilt=0.03, lash=0.9, brow_thickness=0.9,
        brow_arch=0.8, upper_lip=1.0, lower_lip=1.1, ear_size=0.85, neck_width=0.84,
        shoulder_width=0.93, hair="bun", glasses="soft", blush=0.65,
        skin=(0.96, 0.81, 0.71), hair_colour=(0.86, 0.68, 0.40), brow_colour=(0.60, 0.44, 0.25),
        lip_colour=(0.84, 0.34, 0.36), iris=(0.30, 0.44, 0.30), shirt=(0.20, 0.24, 0.34),
        background=(0.74, 0.82, 0.92), frame_colour=(0.16, 0.22, 0.42),
    ),
    Person(
        "mei", head_width=0.99, jaw_width=0.96, jaw_square=0.1, chin_size=0.9, cheek_size=1.06,
        nose_size=0.88, nose_width=1.0, nose_length=0.95, eye_size=0.98, eye_tilt=0.035,
        eye_open=0.9, lash=0.8, brow_thickness=0.9, brow_arch=0.45, upper_lip=1.05, lower_lip=1.1,
        mouth_width=0.94, ear_size=0.85, neck_width=0.8, shoulder_width=0.88, hair="fringe",
        hair_volume=0.9, hairline=0.04, blush=0.6,
        skin=(0.96, 0.81, 0.69), hair_colour=(0.09, 0.075, 0.085), brow_colour=(0.08, 0.06, 0.06),
        lip_colour=(0.80, 0.22, 0.26), iris=(0.22, 0.13, 0.08), shirt=(0.30, 0.34, 0.62),
        background=(0.95, 0.83, 0.84),
    ),
    Person(
        "nils", head_width=0.98, jaw_width=0.97, jaw_square=0.3, chin_size=0.95, nose_size=0.95,
        nose_length=0.97, eye_size=1.02, lash=0.35, brow_thickness=1.1, brow_arch=0.35,
        upper_lip=0.85, lower_lip=0.95, mouth_width=1.04, ear_size=1.05, neck_width=0.96,
        hair="quiff", hair_volume=1.1, hair_part=-0.06, blush=0.9,
        skin=(0.98, 0.83, 0.74), hair_colour=(0.68, 0.30, 0.12), brow_colour=(0.46, 0.20, 0.09),
        lip_colour=(0.84, 0.48, 0.46), iris=(0.30, 0.46, 0.36), shirt=(0.24, 0.44, 0.30),
        background=(0.80, 0.86, 0.76),
    ),
    Person(
        "omar", head_width=1.02, jaw_width=1.05, jaw_square=0.55, chin_size=1.05, nose_size=1.1,
        nose_width=1.05, nose_length=1.05, eye_size=0.96, eye_open=0.95, lash=0.5,
        brow_thickness=1.35, brow_arch=0.3, upper_lip=0.9, lower_lip=1.0, neck_width=1.08,
        shoulder_width=1.05, hair="crop", hairline=0.05, hair_part=0.12, beard=0.8, moustache=0.9,
        glasses="soft", age=0.6, blush=0.35,
        skin=(0.78, 0.56, 0.42), hair_colour=(0.27, 0.25, 0.24), brow_colour=(0.12, 0.10, 0.09),
        lip_colour=(0.68, 0.40, 0.36), iris=(0.30, 0.19, 0.10), shirt=(0.55, 0.20, 0.24),
        background=(0.66, 0.72, 0.84), frame_colour=(0.24, 0.18, 0.12),
    ),
    Person(
        "petra", head_width=0.98, jaw_width=0.98, jaw_square=0.25, chin_size=0.95, cheek_size=1.0,
        nose_size=1.0, nose_length=1.04, eye_size=0.98, eye_open=0.95, lash=0.7,
        brow_thickness=0.9, brow_arch=0.75, upper_lip=0.8, lower_lip=0.9, mouth_width=1.04,
        ear_size=0.95, neck_width=0.86, shoulder_width=0.94, hair="curly", hair_volume=0.75,
        hairline=0.03, age=0.7, blush=0.6,
        skin=(0.94, 0.77, 0.68), hair_colour=(0.62, 0.58, 0.55), brow_colour=(0.38, 0.33, 0.30),
        lip_colour=(0.78, 0.26, 0.32), iris=(0.34, 0.44, 0.48), shirt=(0.16, 0.42, 0.58),
        background=(0.94, 0.88, 0.74),
    ),
)  # fmt: skip
"""People who differ in age, skin, hair and dress; their names are lower-case ASCII."""

ABOUT = MappingProxyType(
    {
        "ada": "long auburn hair, green eyes",
        "bruno": "dark quiff, full beard",
        "chidi": "buzz cut, square glasses",
        "dora": "older, silver bob, round red glasses",
        "emil": "older, white hair and beard",
        "fatou": "afro, bright lips",
        "gita": "long black hair, brown eyes",
        "hiro": "black fringe, glasses",
        "ines": "copper bob, blue eyes",
        "jonas": "blond curls, stubble",
        "kofi": "bald, beard",
        "lena": "blond bun, blue glasses",
        "mei": "black bob with a fringe, red lips",
        "nils": "red quiff, green eyes",
        "omar": "greying, trimmed beard, glasses",
        "petra": "older, short grey curls",
    }
)
"""Short description of each person, for lists."""


def find_person(name: str) -> Person:
    """Find the person called `name`; raises ValueError when there is none."""
    for person in PEOPLE:
        if person.name == name:
            return person
    names = ", ".join(person.name for person in PEOPLE)
    raise ValueError(f"the person must be one of {names}, got {name!r}")
