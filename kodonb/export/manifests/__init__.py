"""The objects of Kubernetes that make a service, as dicts.

sizing ← pods ← rayservice; network ← base, overlays
"""
