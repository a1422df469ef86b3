"""``serve``: the ML backend of Label Studio, and the check of each annotation as it is submitted."""
