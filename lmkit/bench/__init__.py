"""How fast this machine trains and asks, beside the matrix product it can do."""
