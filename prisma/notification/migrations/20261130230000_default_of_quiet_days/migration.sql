-- The same days, as the schema writes them.
ALTER TABLE "notification_settings" ALTER COLUMN "quiet_days" SET DEFAULT ARRAY[1, 2, 3, 4, 5, 6, 7];
