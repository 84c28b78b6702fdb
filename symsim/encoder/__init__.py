"""The machine: slots and tokens, heads, feed-forward networks, layers, masks, cost, and encoders as JSON."""
