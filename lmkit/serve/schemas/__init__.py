"""Bodies of requests and answers, as the description of the interface shows them."""
