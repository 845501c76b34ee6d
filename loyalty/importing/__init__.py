"""Past visits from another system: `reading` the file, `recording` what is new in it, `copying` many rows."""
