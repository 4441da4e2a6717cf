"""A stand-in for kintone, as strict as one: `with KintoneSite(clock) as site:`."""

from tests.kintone_site.site import KintoneSite

__all__ = ["KintoneSite"]
