"""Training on a release: what is learnt from, the models, how they are scored and kept."""
