"""MQTT as source and target, with messages that are acknowledged unless `qos` is 0.

connecting ← source, target ← making
"""
