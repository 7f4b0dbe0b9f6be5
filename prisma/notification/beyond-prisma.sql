-- What the migrations make and schema.prisma has no words for. Both together describe the database; a test compares them.

-- Lists: Prisma never says that one may not be null.
ALTER TABLE "notification_settings" ALTER COLUMN "quiet_days" SET NOT NULL;
