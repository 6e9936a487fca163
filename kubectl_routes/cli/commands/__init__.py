"""What each command does, in the module of its name: ``run``.

This is the one lazy seam of the program: a module of this package imports all that its command
needs, and only that of the command that runs is imported. ``run`` takes what was parsed and the
terminal; it returns the exit code, and raises RoutesError.
"""
