-- What users want to get, and recipients who have unsubscribed.
CREATE TABLE "notification_settings" (
    "user_id" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "quiet_from" TIME(0),
    "quiet_until" TIME(0),
    "quiet_days" INTEGER[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}',
    "language" TEXT,
    "allow_tracking" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notification_settings_pkey" PRIMARY KEY ("user_id")
);

CREATE TABLE "notification_preferences" (
    "user_id" TEXT NOT NULL,
    "channel" "channel" NOT NULL,
    "category" TEXT NOT NULL DEFAULT '',
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "digest_minutes" INTEGER,

    CONSTRAINT "notification_preferences_pkey" PRIMARY KEY ("user_id","channel","category")
);

CREATE TABLE "recipient_opt_outs" (
    "channel" "channel" NOT NULL,
    "recipient" TEXT NOT NULL,
    "category" TEXT NOT NULL DEFAULT '',
    "notification_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "recipient_opt_outs_pkey" PRIMARY KEY ("channel","recipient","category")
);

ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "notification_settings"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
