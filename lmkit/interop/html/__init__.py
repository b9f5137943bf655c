"""One HTML file that holds the page and a model, and asks nothing of any network."""
