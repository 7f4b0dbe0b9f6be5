-- What a confidential notification says stands encrypted in sealed_content until it is sent, and nowhere afterwards.
ALTER TABLE "notifications"
  ADD COLUMN "is_confidential" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "sealed_content" TEXT;
