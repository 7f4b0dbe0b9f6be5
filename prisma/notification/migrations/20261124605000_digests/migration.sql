-- Notifications that are collected for a while and sent as one.
CREATE TABLE "notification_digests" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "channel" "channel" NOT NULL,
    "recipient" TEXT NOT NULL,
    "category" TEXT NOT NULL DEFAULT '',
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_digests_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "notifications" ADD COLUMN "digest_id" TEXT;

CREATE UNIQUE INDEX "notification_digests_open_key" ON "notification_digests"("user_id", "channel", "recipient", "category") WHERE (closed_at IS NULL);
CREATE INDEX "notification_digests_due_idx" ON "notification_digests"("due_at") WHERE (closed_at IS NULL);
CREATE INDEX "notification_digests_closed_at_idx" ON "notification_digests"("closed_at");
CREATE INDEX "notifications_digest_idx" ON "notifications"("digest_id", "created_at", "id") WHERE (digest_id IS NOT NULL);
