ALTER TABLE "notifications" ADD COLUMN "request_hash" TEXT;
