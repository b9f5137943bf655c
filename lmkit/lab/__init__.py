"""What is shown to people who want to understand recurrent networks."""
