#!/usr/bin/env bash
# Run by the postgres image when its data directory is new: the roles and the database of roles.sql.
set -euo pipefail

psql --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$(cat /run/secrets/owner_password)" \
  --set app_password="$(cat /run/secrets/app_password)" \
  --set backup_password="$(cat /run/secrets/backup_password)" \
  --file /etc/wafaa/roles.sql
