"""The command line: one file a command, found by being here."""
