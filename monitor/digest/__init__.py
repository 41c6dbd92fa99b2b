"""The digest: an assessment put into words, numbers and two renditions of them."""
