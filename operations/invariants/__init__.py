"""What must hold of a tracker's database and files, each as a check that finds the rows for which it does not.

Nothing here writes. One file a subject; ``all`` lists every check in the order in which ``check_record`` runs them.
"""
