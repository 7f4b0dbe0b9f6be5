-- What a refresh token was exchanged for, encrypted with that token: for whoever presents it once more a moment later.
ALTER TABLE "spent_refresh_tokens" ADD COLUMN "sealed_successor" TEXT;
