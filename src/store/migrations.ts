/** One step of the database layout; never edited once released, only followed by another. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sqlite: string
  readonly postgres: string
}

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'accounts, bindings and secrets',
    sqlite: `
      CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE credential_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
      INSERT INTO credential_version VALUES (1, 0);
      CREATE TABLE credential (
        domain TEXT NOT NULL, user TEXT NOT NULL, sealed BLOB NOT NULL, version INTEGER NOT NULL,
        PRIMARY KEY (domain, user)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX credential_by_version ON credential (version);
      CREATE TABLE location (
        aor TEXT NOT NULL, key TEXT NOT NULL, expires_at_ms INTEGER NOT NULL, binding TEXT NOT NULL,
        PRIMARY KEY (aor, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX location_by_expiry ON location (expires_at_ms);`,
    postgres: `
      CREATE TABLE meta (name text PRIMARY KEY, value bytea NOT NULL);
      CREATE TABLE credential_version (one int PRIMARY KEY CHECK (one = 1), version bigint NOT NULL);
      INSERT INTO credential_version VALUES (1, 0);
      CREATE TABLE credential (
        domain text COLLATE "C" NOT NULL, "user" text COLLATE "C" NOT NULL,
        sealed bytea NOT NULL, version bigint NOT NULL, PRIMARY KEY (domain, "user"));
      CREATE INDEX credential_by_version ON credential (version);
      CREATE TABLE location (
        aor text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
        expires_at_ms bigint NOT NULL, binding text NOT NULL, PRIMARY KEY (aor, key));
      CREATE INDEX location_by_expiry ON location (expires_at_ms);`,
  },
  {
    number: 2,
    name: 'accounts that went',
    sqlite: `
      CREATE TABLE credential_gone (
        domain TEXT NOT NULL, user TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (domain, user)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX credential_gone_by_version ON credential_gone (version);`,
    postgres: `
      CREATE TABLE credential_gone (
        domain text COLLATE "C" NOT NULL, "user" text COLLATE "C" NOT NULL,
        version bigint NOT NULL, PRIMARY KEY (domain, "user"));
      CREATE INDEX credential_gone_by_version ON credential_gone (version);`,
  },
]
