ALTER TABLE "notifications" ADD COLUMN "request_digest" TEXT;
