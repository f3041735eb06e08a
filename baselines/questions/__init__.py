"""Small questions to a language model: what they are about, their words, and what becomes of the answers."""
