-- What recipients did with what they got.
CREATE TYPE "engagement_kind" AS ENUM ('OPEN', 'CLICK');

CREATE TABLE "notification_engagements" (
    "notification_id" TEXT NOT NULL,
    "kind" "engagement_kind" NOT NULL,
    "url" TEXT NOT NULL DEFAULT '',
    "count" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_engagements_pkey" PRIMARY KEY ("notification_id","kind","url")
);

ALTER TABLE "notifications" ADD COLUMN "is_tracked" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "notification_engagements" ADD CONSTRAINT "notification_engagements_notification_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notifications"("id") ON DELETE CASCADE ON UPDATE CASCADE;
