"""Delivery: the bounded queue, the one worker that empties it, and the transports it hands requests to."""
