"""Label Studio: the server, the project on it, what goes there and what comes back."""
