"""Past visits from another system: `reading` the file, `recording` what is new in it, by `copying` many rows at once."""
