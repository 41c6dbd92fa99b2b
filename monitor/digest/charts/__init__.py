"""Drawings of the digest, as inline SVG, and what each says in words."""
