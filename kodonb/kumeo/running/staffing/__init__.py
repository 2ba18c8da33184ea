"""Staffing: agents and knowledge are opened for the stages of a plan; what fails is rescued or put aside.

site, hiring, knowing, rescuing, burying ← staffing
"""
