# Plain Python: no module here imports the ORM, and all are tested without a database.
