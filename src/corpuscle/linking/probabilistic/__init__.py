"""Linkers that weigh hypotheses: one way the links might be against another."""
