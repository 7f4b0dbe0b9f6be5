-- ID tokens of Auth0 that somebody has signed in with, until they expire: each is good once.
CREATE TABLE "used_id_tokens" (
  "token_hash" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "used_id_tokens_pkey" PRIMARY KEY ("token_hash")
);
CREATE INDEX "used_id_tokens_expires_at_idx" ON "used_id_tokens"("expires_at");
