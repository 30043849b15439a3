"""The fields that a client can ask for, one file for each capability.

A file holds the resolvers of its fields and nothing of how they are answered. ``root`` puts them
together; ``authorization`` says who may ask for which.
"""
