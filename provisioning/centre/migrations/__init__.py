"""Every step of the centre's schema, run by `provisioning.centre.schema` through Alembic."""
