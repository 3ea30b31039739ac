"""The local AWS: MiniStack in front, moto's RDS behind it, and what neither of them has.

`python -m emulator` starts it; see local/README.md.
"""
