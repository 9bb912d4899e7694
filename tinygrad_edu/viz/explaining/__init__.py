"""A backward pass as a worked example: `steps` in order, the `paths` of one element, written on the `blackboard`."""
