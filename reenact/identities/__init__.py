"""People who can be driven: the store, enrolment, pictures."""
