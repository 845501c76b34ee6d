"""A believable salon to try the program on: 花间美容, two years of it, the same each time for the same date and seed.

Everything is drawn per client from a random generator of their own, so any number of clients and visits is made one
client at a time: the memory that it takes does not grow with the salon.
"""
