"""MQTT as source and target, with messages that are acknowledged (QoS 1).

connecting ← source, target ← making
"""
