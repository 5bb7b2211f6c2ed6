"""What can be done: one function each. Permission, state, change, event, one commit."""
