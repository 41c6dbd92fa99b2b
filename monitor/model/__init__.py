"""Models: from monthly figures to the probability that a recession starts."""
