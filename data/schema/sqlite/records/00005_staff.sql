-- +goose Up

-- Who uses the console. Nobody is deleted: the audit names them.
CREATE TABLE staff (
  id             TEXT    NOT NULL PRIMARY KEY, -- random
  login          TEXT    NOT NULL UNIQUE,      -- what is typed to sign in, in small letters
  name           TEXT    NOT NULL,
  section        TEXT    NOT NULL,
  role           TEXT    NOT NULL,
  appointed_by   TEXT    NOT NULL, -- id of who gave the role, '' from the command line
  appointed_at   INTEGER NOT NULL,
  dismissed      INTEGER NOT NULL, -- 0 while in office
  version        INTEGER NOT NULL,
  password       TEXT    NOT NULL, -- argon2id as a PHC string, '' for none
  password_until INTEGER NOT NULL, -- until when a one-time password may be used, 0 for the person's own
  totp           TEXT    NOT NULL, -- secret of the second factor in base32, '' for none
  totp_step      INTEGER NOT NULL, -- of the last code that was used: no code counts twice
  subject        TEXT    NOT NULL  -- who this is at the OIDC provider, '' until the first time
) STRICT;
CREATE UNIQUE INDEX staff_subject ON staff (subject) WHERE subject <> '';

-- Who is signed in, or half way there.
CREATE TABLE staff_session (
  id      TEXT    NOT NULL PRIMARY KEY, -- random, shown to its owner
  secret  TEXT    NOT NULL UNIQUE,      -- SHA-256 in hex of what the cookie holds
  staff   TEXT    NOT NULL REFERENCES staff (id),
  stage   TEXT    NOT NULL, -- code, set-up, renew: not in yet; in
  totp    TEXT    NOT NULL, -- secret that is being set up, '' for none
  network TEXT    NOT NULL, -- where from
  created INTEGER NOT NULL,
  seen    INTEGER NOT NULL  -- when it was last used, to the minute
) STRICT;
CREATE INDEX staff_session_staff ON staff_session (staff);
CREATE INDEX staff_session_created ON staff_session (created);

-- Browsers that somebody has signed in from before. That opens nothing: their
-- wrong attempts are counted apart from those of strangers.
CREATE TABLE staff_device (
  secret TEXT    NOT NULL, -- SHA-256 in hex of what the browser's cookie holds
  staff  TEXT    NOT NULL REFERENCES staff (id),
  seen   INTEGER NOT NULL,
  PRIMARY KEY (secret, staff)
) STRICT;

-- Attempts to sign in that have not succeeded yet.
CREATE TABLE staff_attempt (
  who      TEXT    NOT NULL PRIMARY KEY, -- SHA-256 in hex of what is counted: a login, a network, both, a browser
  failures INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  until    INTEGER NOT NULL -- nothing is accepted before
) STRICT;
CREATE INDEX staff_attempt_last ON staff_attempt (last);
