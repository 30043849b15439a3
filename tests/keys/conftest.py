"""Property tests here judge results and not time: the machine may be busy with other things."""

from hypothesis import settings

settings.register_profile("keys", deadline=None)
settings.load_profile("keys")
