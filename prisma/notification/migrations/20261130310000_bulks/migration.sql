CREATE TABLE "notification_bulks" (
    "id" TEXT NOT NULL,
    "request_digest" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_bulks_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "notification_bulks_created_at_idx" ON "notification_bulks"("created_at");
