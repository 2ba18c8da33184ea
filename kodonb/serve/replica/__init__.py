"""A service on Ray Serve: the deployment, how its code travels, how it is asked, how its streams end.

ending, looking, parcel ← replica
"""

from kodonb.serve.replica.replica import on_serve

__all__ = ["on_serve"]
