"""Nouns: frozen columns whose constructor has checked them."""
