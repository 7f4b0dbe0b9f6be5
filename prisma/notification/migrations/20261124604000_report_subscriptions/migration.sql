-- Who gets the report of each day or month.
CREATE TYPE "report_kind" AS ENUM ('DAILY', 'MONTHLY');

CREATE TABLE "report_subscriptions" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "kind" "report_kind" NOT NULL,
    "channel" "channel" NOT NULL,
    "recipient" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "everybody" BOOLEAN NOT NULL DEFAULT false,
    "next_period" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "report_subscriptions_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "report_subscriptions_user_id_kind_channel_recipient_key" ON "report_subscriptions"("user_id", "kind", "channel", "recipient");
CREATE INDEX "report_subscriptions_due_at_idx" ON "report_subscriptions"("due_at");
