"""The course: the program that grows, its gaps and guesses."""
