ALTER TABLE "provider_reports" ADD COLUMN "disables_recipient" BOOLEAN NOT NULL DEFAULT false;
