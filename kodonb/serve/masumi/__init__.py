"""Routes for the Masumi network (MIP-003).

jobs, canonical, fields ← routes
"""
