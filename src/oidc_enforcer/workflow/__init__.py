"""The language of workflows and actions, and what follows from it about AWS access."""
