"""Releases on the Hugging Face Hub: one commit for a release, then its tag, then a look at what readers get.

``run`` publishes, ``fetch`` gets a release back. What the Hub refuses becomes one line (``errors``); what passes is
tried again, a bounded number of times (``patience``). A token is in the environment or in the store of
huggingface_hub; it is in no message, no file and no log of ours.
"""
