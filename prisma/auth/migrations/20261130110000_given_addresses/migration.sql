-- Addresses that somebody else gave a user: whoever reads what is mailed there can act as the user.
CREATE TABLE "given_addresses" (
    "user_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "given_by_id" TEXT NOT NULL,
    "giver_scopes" TEXT[] NOT NULL,
    "given_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "opened" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "given_addresses_pkey" PRIMARY KEY ("user_id", "email", "given_by_id"),
    CONSTRAINT "given_addresses_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- Whom the audit log knows to have been made by somebody else. What the giver was allowed then is not known any more:
-- what they are allowed when it is asked counts.
INSERT INTO "given_addresses" ("user_id", "email", "given_by_id", "giver_scopes", "given_at", "opened")
SELECT DISTINCT ON (users.id) users.id, users.email, log.actor_id, ARRAY['*:*'], users.created_at, true
FROM "users" JOIN "audit_logs" log ON log.target_id = users.id AND log.action = 'user.created' AND log.outcome = 'SUCCESS'
WHERE users.kind = 'PERSON' AND users.email IS NOT NULL AND log.actor_id IS NOT NULL AND log.actor_id <> users.id
ORDER BY users.id, log.occurred_at;

-- The same of addresses that somebody else has asked for and that were confirmed since.
INSERT INTO "given_addresses" ("user_id", "email", "given_by_id", "giver_scopes", "given_at", "opened")
SELECT DISTINCT ON (users.id) users.id, users.email, asked.actor_id, ARRAY['*:*'], asked.occurred_at, true
FROM "users"
JOIN "audit_logs" asked ON asked.target_id = users.id AND asked.action = 'user.updated' AND asked.outcome = 'SUCCESS'
  AND asked.details->'fields' @> '["email"]' AND asked.actor_id <> users.id
WHERE users.kind = 'PERSON' AND users.email IS NOT NULL AND EXISTS (
  SELECT 1 FROM "audit_logs" done WHERE done.target_id = users.id AND done.action = 'user.email_verified'
    AND done.outcome = 'SUCCESS' AND done.details->'changed' = 'true' AND done.occurred_at >= asked.occurred_at)
ORDER BY users.id, asked.occurred_at DESC
ON CONFLICT DO NOTHING;
