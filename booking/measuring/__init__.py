"""How the house was used: hours, people, what was wanted in vain, what is to be expected."""
