# Plain Python: nothing here imports the ORM, everything is tested without a database.
