-- Until when a password signs in that somebody else has made or given: it is no password to stay with.
ALTER TABLE "users" ADD COLUMN "password_expires_at" TIMESTAMPTZ(3);
